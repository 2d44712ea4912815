//! Founding of a cluster: of the nodes that find an empty stream, one brings its data; and the mark in the data
//! directory of each node that says which cluster the data belongs to.

use std::path::{Path, PathBuf};

use parlour_cluster::{Link, Message, Version};
use parlour_core::MsgId;

use super::joining::cluster;
use super::journal::draw;
use crate::{ServerError, secret_file};

/// File of the mark.
const FILE: &str = "cluster";

/// Mark of a data directory.
pub(super) struct Mark {
    path: PathBuf,
    /// Name of the cluster.
    name: String,
    /// Number by which the node knows its own first message of the stream, until its state is stored.
    founding: Option<u64>,
    /// True if the directory is marked.
    is_there: bool,
}

impl Mark {
    /// Reads the mark of a data directory, which goes with the cluster `name`.
    ///
    /// # Errors
    /// The directory belongs to another cluster.
    pub fn read(data: &Path, name: &str) -> Result<Mark, ServerError> {
        let path = data.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            other => other?,
        };
        let mut lines = text.lines();
        let known = lines.next().map(str::trim);
        if let Some(known) = known.filter(|known| *known != name) {
            return Err(ServerError::Cluster(format!(
                "the data directory {} belongs to the cluster {known}, not to {name}",
                data.display()
            )));
        }
        Ok(Mark {
            path,
            name: name.to_owned(),
            founding: lines.next().and_then(|line| line.trim().parse().ok()),
            is_there: known.is_some(),
        })
    }

    /// Checks that a server on its own has no data directory of a cluster.
    ///
    /// # Errors
    /// It has.
    pub fn check_alone(data: &Path) -> Result<(), ServerError> {
        let path = data.join(FILE);
        let Ok(text) = std::fs::read_to_string(&path) else {
            return Ok(());
        };
        let (name, path) = (text.lines().next().unwrap_or_default(), path.display());
        Err(ServerError::Cluster(format!(
            "the data directory belongs to the cluster {name}: start the node with --cluster and --node. To go on without the others, who will not have what is said then, remove {path}"
        )))
    }

    /// Returns whether the directory is that of a member, whose stream must be there.
    pub fn is_member(&self) -> bool {
        self.is_there && self.founding.is_none()
    }

    /// Marks the directory as that of a member.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn set_member(&mut self) -> std::io::Result<()> {
        self.founding = None;
        self.write()
    }

    fn write(&mut self) -> std::io::Result<()> {
        let mut text = format!("{}\n", self.name);
        if let Some(number) = self.founding {
            text += &format!("{number}\n");
        }
        self.is_there = true;
        if std::fs::read(&self.path).is_ok_and(|known| known == text.as_bytes()) {
            return Ok(());
        }
        secret_file::write_private(&self.path, &text)
    }

    /// Tries to found the cluster, if its stream is empty. Returns whether this node has done so, now or
    /// before it was started anew. `last` is the last id of its data.
    ///
    /// # Errors
    /// The stream does not answer, or the mark cannot be written.
    pub fn found(&mut self, link: &Link, node: &str, last: MsgId) -> Result<bool, ServerError> {
        let nonce = match self.founding {
            Some(number) => number,
            None => draw(),
        };
        // Before the message: a node that ends between the two goes on with the same number.
        self.founding = Some(nonce);
        self.write()?;
        let name = node.to_owned();
        let claim = Message::Join { name, last, nonce };
        let claim = claim.encode(Version::OLDEST).map_err(cluster)?;
        let first = link.claim_first(&claim).map_err(cluster)?;
        let first = first.map(|bytes| Message::decode(&bytes, Version::OLDEST));
        let founds =
            matches!(first, Some(Ok(Message::Join { nonce: known, .. })) if known == nonce);
        if !founds {
            self.founding = None;
            self.is_there = false;
            std::fs::remove_file(&self.path)?;
        }
        Ok(founds)
    }

    /// Returns whether the node may be the founder: it has begun to found the cluster.
    pub fn has_begun(&self) -> bool {
        self.founding.is_some()
    }

    /// Checks that the stream of a member's data is there.
    ///
    /// # Errors
    /// It was deleted.
    pub fn check_stream(&self, is_empty: bool) -> Result<(), ServerError> {
        if !self.is_member() || !is_empty {
            return Ok(());
        }
        let (name, path) = (&self.name, self.path.display());
        Err(ServerError::Cluster(format!(
            "the stream of the cluster {name} is empty, but this node has what was in it: it was deleted. To begin a new stream with what this node has, remove {path}"
        )))
    }

    /// Checks that a node that does not found the cluster has no data but those of the cluster.
    ///
    /// # Errors
    /// It has.
    pub fn check_data(&self, has_data: bool) -> Result<(), ServerError> {
        if self.is_there || !has_data {
            return Ok(());
        }
        let data = self.path.parent().unwrap_or(&self.path).display();
        let name = &self.name;
        Err(ServerError::Cluster(format!(
            "the cluster {name} exists, and the data directory {data} has messages of its own; start a further node with an empty directory"
        )))
    }
}

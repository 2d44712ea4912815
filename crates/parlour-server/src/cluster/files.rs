//! Uploaded files of a cluster: a file is in the object store before anybody gets its address, and each node copies
//! those that messages link to, and those that it is asked for.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use parlour_cluster::{Bucket, Link, ObjectError};
use parlour_core::{MsgId, Time};
use parlour_store::{DataDir, Upload};
use serde::{Deserialize, Serialize};

use super::retention::{self, ABOUT, Before, LINK, Sorted};
use crate::hook_token;
use crate::upload_reservations::beside;
use crate::upload_worker::{SharedUploads, lock};

/// Ending of the object with the small picture of a picture.
const THUMB: &str = ".thumb";

/// Description of a file.
#[derive(Serialize, Deserialize)]
struct About {
    name: String,
    kind: String,
    size: u64,
    width: u32,
    height: u32,
    owner: String,
    /// Milliseconds since 1970.
    created: u64,
    has_thumb: bool,
}

/// Files that all nodes share.
#[derive(Clone)]
pub(crate) struct SharedFiles {
    link: Arc<Link>,
    /// Files that could not be deleted yet.
    undeleted: Arc<Mutex<Vec<String>>>,
}

impl SharedFiles {
    /// Creates them.
    pub fn new(link: Arc<Link>) -> SharedFiles {
        SharedFiles {
            link,
            undeleted: Arc::default(),
        }
    }

    /// Stores a file, and its small picture if it has one, which are at these paths.
    ///
    /// # Errors
    /// The object store refuses, or does not answer.
    pub fn store(
        &self,
        upload: &Upload,
        file: &Path,
        thumb: Option<&Path>,
    ) -> Result<(), ObjectError> {
        let about = About {
            name: upload.name.clone(),
            kind: upload.kind.clone(),
            size: upload.size,
            width: upload.width,
            height: upload.height,
            owner: upload.owner.clone(),
            created: upload.created.0,
            has_thumb: thumb.is_some(),
        };
        let about = serde_json::to_vec(&about).map_err(std::io::Error::other)?;
        let id = &upload.id;
        self.link.put_file(Bucket::Files, id, file)?;
        if let Some(thumb) = thumb {
            self.link
                .put_file(Bucket::Files, &format!("{id}{THUMB}"), thumb)?;
        }
        // Last: who finds it finds the rest as well.
        self.link
            .put(Bucket::Files, &format!("{id}{ABOUT}"), &about)
    }

    /// Returns which of the node's own files are not there, such as those from before the cluster. None while
    /// nobody can tell.
    pub fn missing(&self, uploads: &SharedUploads) -> Vec<String> {
        let Ok(mut own) = lock(uploads).own() else {
            return Vec::new();
        };
        if own.is_empty() {
            return own;
        }
        let Ok(objects) = self.link.objects(Bucket::Files) else {
            return Vec::new();
        };
        let ids = |ending| {
            let ids = objects.iter();
            let ids = ids.filter_map(move |object| object.name.strip_suffix(ending));
            ids.collect::<BTreeSet<&str>>()
        };
        let (known, linked) = (ids(ABOUT), ids(LINK));
        let is_linked = |id: &str| {
            let found = lock(uploads).find(id);
            found.is_ok_and(|found| found.is_some_and(|upload| upload.message.is_some()))
        };
        // A node that ends between the two leaves it without its link, by which others keep it.
        own.retain(|id| !known.contains(&**id) || !linked.contains(&**id) && is_linked(id));
        own
    }

    /// Stores a file that this node has, and the others lack.
    pub fn store_missing(&self, uploads: &SharedUploads, id: &str) {
        let (found, file, thumb) = {
            let uploads = lock(uploads);
            (uploads.find(id), uploads.file(id), uploads.thumb(id))
        };
        // It may have been deleted meanwhile.
        let Ok(Some(upload)) = found else { return };
        let thumb = thumb.exists().then_some(thumb.as_path());
        let stored = self.store(&upload, &file, thumb).and_then(|()| {
            let message = upload.message;
            message.map_or(Ok(()), |message| self.set_link(id, message))
        });
        if let Err(error) = stored {
            tracing::warn!("the file {id} is not shared with the other nodes: {error}");
        }
    }

    /// Returns the first message that links to a file, if one does.
    ///
    /// # Errors
    /// The object store does not answer.
    pub fn link_of(&self, id: &str) -> Result<Option<MsgId>, ObjectError> {
        let found = self.link.get(Bucket::Files, &format!("{id}{LINK}"))?;
        let id = found.and_then(|bytes| Some(u64::from_le_bytes(bytes.try_into().ok()?)));
        Ok(id.map(MsgId))
    }

    fn set_link(&self, id: &str, message: MsgId) -> Result<(), ObjectError> {
        let name = format!("{id}{LINK}");
        let noted = (&*name, message.to_string());
        self.link
            .put_noted(Bucket::Files, noted, &message.0.to_le_bytes())
    }

    /// Deletes the files whose time is over, and those whose messages are from before `unkept` and gone.
    ///
    /// # Errors
    /// The object store does not answer, or the database cannot be read.
    pub fn retain(&self, data: &DataDir, before: Before, unkept: Time) -> Result<(), CopyError> {
        let objects = self.link.objects(Bucket::Files)?;
        let Sorted { over, mut linked } = retention::sort(&objects, before);
        let gone = parlour_store::messages_gone(data, linked.keys().copied(), unkept)?;
        let gone = gone.iter().filter_map(|message| linked.remove(message));
        self.delete(over.into_iter().chain(gone.flatten()));
        Ok(())
    }

    /// Copies a file that a message links to, and notes the first such message: all nodes see them in the same
    /// order. What cannot be copied now is copied when somebody asks for it.
    pub fn linked(&self, uploads: &SharedUploads, id: &str, message: MsgId) {
        self.copy(uploads, id);
        // Whatever is written in a message may look like a link.
        if !is_known(uploads, id) {
            return;
        }
        let first = match self.link_of(id) {
            Ok(Some(first)) => Ok(first),
            Ok(None) => self.set_link(id, message).map(|()| message),
            Err(error) => Err(error),
        };
        match first {
            Ok(first) => {
                let noted = lock(uploads).link(id, first);
                noted.unwrap_or_else(|error| tracing::error!("the file {id}: {error}"));
            }
            Err(error) => tracing::warn!("the message of the file {id} is not noted: {error}"),
        }
    }

    /// Copies a file that this node lacks, if there is one.
    pub fn copy(&self, uploads: &SharedUploads, id: &str) {
        if is_known(uploads, id) || !hook_token::is_one(id) || !self.link.is_connected() {
            return;
        }
        // Of its own: the same file may be copied twice at once, and the first one is kept.
        let Ok(name) = hook_token::generate() else {
            return;
        };
        let part = lock(uploads).part(&name);
        if let Err(error) = self.copy_to(uploads, id, &part) {
            tracing::debug!("cluster: the file {id} is not copied: {error}");
        }
        // Those that were kept have been moved.
        let _ = std::fs::remove_file(beside(&part, "thumb"));
        let _ = std::fs::remove_file(&part);
    }

    fn copy_to(&self, uploads: &SharedUploads, id: &str, part: &Path) -> Result<(), CopyError> {
        let about = self.link.get(Bucket::Files, &format!("{id}{ABOUT}"))?;
        let Some(about) = about else {
            return Ok(());
        };
        let about: About = serde_json::from_slice(&about).map_err(std::io::Error::other)?;
        self.link.get_file(Bucket::Files, id, part)?;
        let thumb = beside(part, "thumb");
        if about.has_thumb {
            self.link
                .get_file(Bucket::Files, &format!("{id}{THUMB}"), &thumb)?;
        }
        let message = self.link_of(id)?;
        let upload = Upload {
            id: id.to_owned(),
            message,
            name: about.name,
            kind: about.kind,
            size: about.size,
            width: about.width,
            height: about.height,
            owner: about.owner,
            created: Time(about.created),
        };
        let thumb = about.has_thumb.then_some(thumb.as_path());
        Ok(lock(uploads).keep(&upload, part, thumb, false)?)
    }

    /// Deletes files, and those that could not be deleted before.
    pub fn delete(&self, ids: impl IntoIterator<Item = String>) {
        let mut undeleted = self
            .undeleted
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        undeleted.extend(ids);
        undeleted.retain(|id| {
            // The description first: from here on nobody copies the file.
            let all = [ABOUT, "", THUMB, LINK]
                .map(|ending| self.link.delete(Bucket::Files, &format!("{id}{ending}")));
            let failed = all.into_iter().find_map(Result::err);
            if let Some(error) = &failed {
                tracing::warn!("the file {id} is not deleted from the object store yet: {error}");
            }
            failed.is_some()
        });
    }
}

/// Returns whether this node has a file.
fn is_known(uploads: &SharedUploads, id: &str) -> bool {
    lock(uploads).find(id).is_ok_and(|found| found.is_some())
}

/// Failure to copy a file, or to keep the files in step.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CopyError {
    #[error("{0}")]
    Object(#[from] ObjectError),
    #[error("{0}")]
    Store(#[from] parlour_store::StoreError),
    #[error("{0}")]
    File(#[from] std::io::Error),
}

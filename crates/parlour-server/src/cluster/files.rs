//! Uploaded files of a cluster: a file is in the object store before anybody gets its address, and each node copies
//! those that messages link to, and those that it is asked for.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use parlour_cluster::{Bucket, Link, ObjectError};
use parlour_core::{MsgId, Time};
use parlour_store::Upload;
use serde::{Deserialize, Serialize};

use crate::hook_token;
use crate::upload_reservations::beside;
use crate::upload_worker::{SharedUploads, lock};

/// Ending of the object with the small picture of a picture.
const THUMB: &str = ".thumb";
/// Ending of the object that describes a file.
const ABOUT: &str = ".about";

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
    /// Held while a file is copied: whoever asks for many does not take the link from the chat.
    copying: Arc<Mutex<()>>,
}

impl SharedFiles {
    /// Creates them.
    pub fn new(link: Arc<Link>) -> SharedFiles {
        SharedFiles {
            link,
            copying: Arc::default(),
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

    /// Copies a file that this node lacks, if there is one.
    pub fn copy(&self, uploads: &SharedUploads, id: &str) {
        let _one = self.copying.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = lock(uploads).find(id).is_ok_and(|found| found.is_some());
        if is_known || !hook_token::is_one(id) {
            return;
        }
        let part = lock(uploads).part(id);
        let rest = [beside(&part, "thumb"), part.clone()];
        // Of a copy that was not finished.
        rest.iter()
            .for_each(|path| drop(std::fs::remove_file(path)));
        if let Err(error) = self.copy_to(uploads, id, &part) {
            tracing::debug!("cluster: the file {id} is not copied: {error}");
        }
        // Those that were kept have been moved.
        rest.iter()
            .for_each(|path| drop(std::fs::remove_file(path)));
    }

    fn copy_to(&self, uploads: &SharedUploads, id: &str, part: &Path) -> Result<(), CopyError> {
        let about = self.link.get(Bucket::Files, &format!("{id}{ABOUT}"))?;
        let about: About = serde_json::from_slice(&about).map_err(std::io::Error::other)?;
        self.link.get_file(Bucket::Files, id, part)?;
        let thumb = beside(part, "thumb");
        if about.has_thumb {
            self.link
                .get_file(Bucket::Files, &format!("{id}{THUMB}"), &thumb)?;
        }
        let upload = Upload {
            id: id.to_owned(),
            name: about.name,
            kind: about.kind,
            size: about.size,
            width: about.width,
            height: about.height,
            owner: about.owner,
            created: Time(about.created),
            message: None::<MsgId>,
        };
        let thumb = about.has_thumb.then_some(thumb.as_path());
        Ok(lock(uploads).keep(&upload, part, thumb, false)?)
    }

    /// Deletes files; what cannot be deleted is logged.
    pub fn delete(&self, ids: &[String]) {
        for id in ids {
            for ending in [ABOUT, "", THUMB] {
                if let Err(error) = self.link.delete(Bucket::Files, &format!("{id}{ending}")) {
                    // Another node may have been first.
                    tracing::debug!("cluster: the file {id}{ending} is not deleted: {error}");
                }
            }
        }
    }
}

/// Failure to copy a file.
#[derive(Debug, thiserror::Error)]
enum CopyError {
    #[error("{0}")]
    Object(#[from] ObjectError),
    #[error("{0}")]
    Store(#[from] parlour_store::StoreError),
    #[error("{0}")]
    File(#[from] std::io::Error),
}

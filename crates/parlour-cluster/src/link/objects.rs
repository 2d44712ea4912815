//! Objects beside the stream: snapshots, and copies of a database.

use std::path::Path;

use async_nats::jetstream::object_store::{
    Config, DeleteErrorKind, GetErrorKind, Object, ObjectMetadata, ObjectStore,
};
use async_nats::jetstream::{self, Context};
use futures_util::TryStreamExt;
use parlour_core::Time;
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::{ANSWER, Link, LinkError, Names, failed, stream};

/// Bytes of an object that are copied at once.
const PIECE: usize = 64 * 1024;

/// Failure to read or write an object.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// The object store refuses, or does not answer.
    #[error("the object store of the cluster: {0}")]
    Store(async_nats::Error),
    /// A file of this node cannot be read or written.
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// There is no such object.
    #[error("there is no object {0}")]
    Missing(String),
}

/// Kind of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// Snapshots, with copies of a database.
    Snapshots,
    /// Uploaded files.
    Files,
}

/// Object, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Name.
    pub name: String,
    /// Time at which it was stored.
    pub stored: Time,
    /// Note that whoever stored it has given it.
    pub note: Option<String>,
}

/// Buckets of a cluster.
pub(super) struct Buckets {
    snapshots: ObjectStore,
    files: ObjectStore,
}

impl Buckets {
    /// Opens the buckets, or creates them.
    pub async fn open(
        context: &Context,
        names: &Names,
        replicas: usize,
    ) -> Result<Buckets, LinkError> {
        Ok(Buckets {
            snapshots: open(context, &names.snapshots, replicas).await?,
            files: open(context, &names.files, replicas).await?,
        })
    }

    fn of(&self, bucket: Bucket) -> &ObjectStore {
        match bucket {
            Bucket::Snapshots => &self.snapshots,
            Bucket::Files => &self.files,
        }
    }
}

/// Opens a bucket, or creates it.
async fn open(context: &Context, name: &str, replicas: usize) -> Result<ObjectStore, LinkError> {
    if let Ok(store) = context.get_object_store(name).await {
        let objects = context.get_stream(format!("OBJ_{name}")).await;
        let objects =
            objects.map_err(|source| failed("the object store does not answer", source))?;
        stream::check_copies(&objects.cached_info().config, replicas)?;
        return Ok(store);
    }
    let config = Config {
        bucket: name.to_owned(),
        description: Some("Snapshots or files of a parlour cluster".into()),
        num_replicas: replicas,
        ..Config::default()
    };
    context
        .create_object_store(config)
        .await
        .map_err(|source| failed("the object store cannot be created", source))
}

/// Returns the options of a new file that only its owner may read.
fn private() -> tokio::fs::OpenOptions {
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    options
}

/// Returns the error of the object store.
fn refused(error: impl Into<async_nats::Error>) -> ObjectError {
    ObjectError::Store(error.into())
}

/// Returns the error of an object that does not come.
fn stuck() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::TimedOut, "it does not come")
}

/// Returns when an object was stored; one that does not tell counts as new.
fn stored(object: &jetstream::object_store::ObjectInfo) -> Time {
    let stored = object
        .modified
        .map(|time| time.unix_timestamp_nanos() / 1_000_000);
    Time(stored.map_or(u64::MAX, |ms| u64::try_from(ms).unwrap_or_default()))
}

/// Returns an object that can be read; none if there is none.
async fn found(store: &ObjectStore, name: &str) -> Result<Option<Object>, ObjectError> {
    match store.get(name).await {
        Ok(object) => Ok(Some(object)),
        Err(error) => match error.kind() {
            GetErrorKind::NotFound => Ok(None),
            GetErrorKind::InvalidName
            | GetErrorKind::ConsumerCreate
            | GetErrorKind::BucketLink
            | GetErrorKind::Other
            | GetErrorKind::TimedOut => Err(refused(error)),
        },
    }
}

/// Copies an object. One that is deleted meanwhile never ends: it is given up when nothing comes for a while.
async fn copy(object: &mut Object, to: &mut (impl AsyncWrite + Unpin)) -> Result<(), ObjectError> {
    let mut buffer = vec![0; PIECE];
    let mut left = object.info.size;
    while left > 0 {
        let read = timeout(ANSWER, object.read(&mut buffer)).await;
        let count = read.map_err(|_| stuck())??;
        if count == 0 {
            return Err(stuck().into());
        }
        to.write_all(&buffer[..count]).await?;
        left = left.saturating_sub(count);
    }
    // The end, with its checksum.
    timeout(ANSWER, object.read(&mut buffer))
        .await
        .map_err(|_| stuck())??;
    Ok(to.flush().await?)
}

impl Link {
    /// Stores an object; one of that name is replaced.
    ///
    /// # Errors
    /// The object store refuses, or does not answer.
    pub fn put(&self, bucket: Bucket, name: &str, bytes: &[u8]) -> Result<(), ObjectError> {
        self.put_about(bucket, name.into(), bytes)
    }

    /// Stores an object with a note, which a list of objects shows; one of that name is replaced.
    ///
    /// # Errors
    /// The object store refuses, or does not answer.
    pub fn put_noted(
        &self,
        bucket: Bucket,
        (name, note): (&str, String),
        bytes: &[u8],
    ) -> Result<(), ObjectError> {
        let about = ObjectMetadata {
            description: Some(note),
            ..name.into()
        };
        self.put_about(bucket, about, bytes)
    }

    fn put_about(
        &self,
        bucket: Bucket,
        about: ObjectMetadata,
        mut bytes: &[u8],
    ) -> Result<(), ObjectError> {
        let put = self.objects.of(bucket).put(about, &mut bytes);
        self.runtime.block_on(put).map(|_| ()).map_err(refused)
    }

    /// Stores a file as an object.
    ///
    /// # Errors
    /// The file cannot be read, or the object store refuses.
    pub fn put_file(&self, bucket: Bucket, name: &str, path: &Path) -> Result<(), ObjectError> {
        self.runtime.block_on(async {
            let mut file = tokio::fs::File::open(path).await?;
            let put = self.objects.of(bucket).put(name, &mut file).await;
            put.map(|_| ()).map_err(refused)
        })
    }

    /// Returns an object; its checksum is right. None if there is none.
    ///
    /// # Errors
    /// It is damaged, or the object store does not answer.
    pub fn get(&self, bucket: Bucket, name: &str) -> Result<Option<Vec<u8>>, ObjectError> {
        self.runtime.block_on(async {
            let Some(mut object) = found(self.objects.of(bucket), name).await? else {
                return Ok(None);
            };
            let mut bytes = Vec::new();
            copy(&mut object, &mut bytes).await?;
            Ok(Some(bytes))
        })
    }

    /// Writes an object to a new file; its checksum is right.
    ///
    /// # Errors
    /// It is not there, damaged, or the file cannot be written.
    pub fn get_file(&self, bucket: Bucket, name: &str, path: &Path) -> Result<(), ObjectError> {
        self.runtime.block_on(async {
            let object = found(self.objects.of(bucket), name).await?;
            let mut object = object.ok_or_else(|| ObjectError::Missing(name.to_owned()))?;
            let mut file = private().open(path).await?;
            copy(&mut object, &mut file).await?;
            Ok(file.sync_all().await?)
        })
    }

    /// Returns all objects, without their bytes.
    ///
    /// # Errors
    /// The object store does not answer.
    pub fn objects(&self, bucket: Bucket) -> Result<Vec<ObjectInfo>, ObjectError> {
        self.runtime.block_on(async {
            let mut list = self.objects.of(bucket).list().await.map_err(refused)?;
            let mut objects = Vec::new();
            loop {
                let next = timeout(ANSWER, list.try_next())
                    .await
                    .map_err(|_| stuck())?;
                match next.map_err(refused)? {
                    Some(object) => objects.push(ObjectInfo {
                        stored: stored(&object),
                        name: object.name,
                        note: object.description,
                    }),
                    None => return Ok(objects),
                }
            }
        })
    }

    /// Deletes an object, if there is one.
    ///
    /// # Errors
    /// The object store refuses, or does not answer.
    pub fn delete(&self, bucket: Bucket, name: &str) -> Result<(), ObjectError> {
        let deleted = self.runtime.block_on(self.objects.of(bucket).delete(name));
        match deleted {
            Err(error) if error.kind() == DeleteErrorKind::NotFound => Ok(()),
            other => other.map_err(refused),
        }
    }
}

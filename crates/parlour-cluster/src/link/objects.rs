//! Objects beside the stream: snapshots, and copies of a database.

use std::path::Path;

use async_nats::jetstream::Context;
use async_nats::jetstream::object_store::{Config, ObjectStore};
use futures_util::TryStreamExt;
use tokio::io::AsyncReadExt;

use super::{Link, LinkError, Names, failed};

/// Failure to read or write an object.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// The object store refuses, or does not answer.
    #[error("the object store of the cluster: {0}")]
    Store(async_nats::Error),
    /// A file of this node cannot be read or written.
    #[error("{0}")]
    File(#[from] std::io::Error),
}

/// Kind of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// Snapshots, with copies of a database.
    Snapshots,
    /// Uploaded files.
    Files,
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

impl Link {
    /// Stores an object; one of that name is replaced.
    ///
    /// # Errors
    /// The object store refuses, or does not answer.
    pub fn put(&self, bucket: Bucket, name: &str, mut bytes: &[u8]) -> Result<(), ObjectError> {
        let put = self
            .runtime
            .block_on(self.objects.of(bucket).put(name, &mut bytes));
        put.map(|_| ()).map_err(refused)
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

    /// Returns an object; its checksum is right.
    ///
    /// # Errors
    /// It is not there, damaged, or the object store does not answer.
    pub fn get(&self, bucket: Bucket, name: &str) -> Result<Vec<u8>, ObjectError> {
        self.runtime.block_on(async {
            let object = self.objects.of(bucket).get(name).await;
            let mut object = object.map_err(refused)?;
            let mut bytes = Vec::new();
            object.read_to_end(&mut bytes).await?;
            Ok(bytes)
        })
    }

    /// Writes an object to a new file; its checksum is right.
    ///
    /// # Errors
    /// It is not there, damaged, or the file cannot be written.
    pub fn get_file(&self, bucket: Bucket, name: &str, path: &Path) -> Result<(), ObjectError> {
        self.runtime.block_on(async {
            let object = self.objects.of(bucket).get(name).await;
            let mut object = object.map_err(refused)?;
            let mut file = private().open(path).await?;
            tokio::io::copy(&mut object, &mut file).await?;
            Ok(file.sync_all().await?)
        })
    }

    /// Returns the names of all objects.
    ///
    /// # Errors
    /// The object store does not answer.
    pub fn objects(&self, bucket: Bucket) -> Result<Vec<String>, ObjectError> {
        self.runtime.block_on(async {
            let list = self.objects.of(bucket).list().await.map_err(refused)?;
            let names = list.map_ok(|object| object.name);
            names.try_collect().await.map_err(refused)
        })
    }

    /// Deletes an object.
    ///
    /// # Errors
    /// The object store refuses, or does not answer.
    pub fn delete(&self, bucket: Bucket, name: &str) -> Result<(), ObjectError> {
        let deleted = self.runtime.block_on(self.objects.of(bucket).delete(name));
        deleted.map_err(refused)
    }
}

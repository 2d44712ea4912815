//! Uploads: `POST /uploads` takes a file (soju.im/FILEHOST), `GET /files/ID/NAME` serves it.

mod disposition;
mod receive;
mod serve;

pub(crate) use receive::{name_of, receive, take_file};
pub(crate) use serve::serve;

use std::fs::File;
use std::net::IpAddr;
use std::path::PathBuf;

use crate::backend::Answered;

/// Proof of who uploads.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// Account and password (HTTP Basic).
    Password(String, String),
    /// Token that the chat has given to a session (`TOKEN GENERATE filehost`).
    Token(String),
}

/// Owner of uploads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uploader {
    /// Owner of the file, as the store has it.
    pub owner: String,
    /// Bytes that all files of the owner may have.
    pub quota: u64,
}

/// Reason why an upload is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadRefusal {
    /// Uploads are switched off.
    Off,
    /// Wrong, or expired: the sentence.
    NotAllowed(String),
    /// The quota of the owner, or of all, is used up: the sentence.
    Full(String),
    /// Too many are on their way: the sentence.
    Busy(String),
    /// The type of the file is not taken: the sentence.
    Type(String),
    /// The server cannot keep it now.
    Unavailable,
}

/// Upload that has begun.
pub struct Begun {
    /// File that it is written to.
    pub part: PathBuf,
    /// The same, open.
    pub file: File,
    /// Holds its room, and removes what is left of it when it is dropped.
    pub guard: Box<dyn Send>,
}

/// Upload that has arrived as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// Uploader of the file.
    pub uploader: Uploader,
    /// File that holds it, which is moved or removed.
    pub part: PathBuf,
    /// File name for people, without a path.
    pub name: String,
    /// Media type, as the sender says.
    pub kind: String,
    /// Bytes.
    pub size: u64,
}

/// File that is served.
pub struct Served {
    /// Path of the file.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// Media type; never one that a browser runs.
    pub kind: String,
    /// Name for people.
    pub name: String,
    /// True if it is a picture that the server has encoded itself.
    pub is_picture: bool,
}

/// Store of uploaded files.
pub trait Files: Send + Sync {
    /// Returns whether uploads are taken, and the bytes that one may have.
    fn limit(&self) -> Option<u64>;

    /// Finds out who uploads, from an address, over a connection that others can read or not.
    fn authorize(
        &self,
        credentials: Credentials,
        from: Option<IpAddr>,
        is_secure: bool,
    ) -> Answered<Result<Uploader, UploadRefusal>>;

    /// Opens a file for an upload, with room for its bytes, if it says how many.
    fn begin(
        &self,
        uploader: Uploader,
        size: Option<u64>,
    ) -> Answered<Result<Begun, UploadRefusal>>;

    /// Keeps an upload. Returns the path of its address below the server's.
    fn keep(&self, arrived: Arrived) -> Answered<Result<String, UploadRefusal>>;

    /// Opens a file, or its small picture.
    fn open(&self, id: String, small: bool) -> Answered<Option<Served>>;
}

//! Why the server cannot run, as sentences for the one who starts it.

use std::path::PathBuf;

use parlour_store::StoreError;

use crate::config::address::ListenAddress;

/// What keeps the server from running.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The configuration is not right.
    #[error("{0}")]
    Config(String),
    /// Somebody else listens there.
    #[error(
        "{0} is in use: another server is listening there; stop it, or choose another address with --listen"
    )]
    AddressInUse(ListenAddress),
    /// This very server listens there, under another address.
    #[error(
        "{wanted} cannot be listened on while this server listens on {own}; it can after a restart"
    )]
    OwnAddress {
        /// Where it was to listen.
        wanted: ListenAddress,
        /// Where it does.
        own: ListenAddress,
    },
    /// It cannot be listened there.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: ListenAddress,
        /// Why not.
        source: std::io::Error,
    },
    /// The store cannot be used.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// Certificate and key cannot be made or read.
    #[error("the TLS certificate {} cannot be used: {reason}", path.display())]
    Tls {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The operating system gives no thread, poll or the like.
    #[error("the operating system refuses what a server needs: {0}")]
    System(#[from] std::io::Error),
    /// A part of the server has stopped by itself.
    #[error("the server stopped because of an internal error in {0}; the log says more")]
    Panicked(&'static str),
    /// The last messages could not be kept.
    #[error(
        "the store could not be written before the server stopped; nothing that was acknowledged is lost"
    )]
    Unwritten,
}

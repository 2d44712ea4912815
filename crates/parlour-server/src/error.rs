//! Errors that keep the server from running, as sentences for the administrator.

use std::path::PathBuf;

use parlour_store::StoreError;

use crate::config::address::ListenAddress;

/// Error that keeps the server from running.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The configuration has faults.
    #[error("{0}")]
    Config(String),
    /// Another process listens on the address.
    #[error(
        "{0} is in use: another server is listening there; stop it, or choose another address with --listen"
    )]
    AddressInUse(ListenAddress),
    /// This server itself listens there, under another address.
    #[error(
        "{wanted} cannot be listened on while this server listens on {own}; it can after a restart"
    )]
    OwnAddress {
        /// Address of the new configuration.
        wanted: ListenAddress,
        /// Address that it listens on now.
        own: ListenAddress,
    },
    /// Listening on the address failed.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Address of the listener.
        address: ListenAddress,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// The store cannot be used.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The certificate or its key cannot be created or read.
    #[error("the TLS certificate {} cannot be used: {reason}", path.display())]
    Tls {
        /// File of the certificate or the key.
        path: PathBuf,
        /// Reason, for the administrator.
        reason: String,
    },
    /// The operating system refuses a thread, a poll or the like.
    #[error("the operating system refuses what a server needs: {0}")]
    System(#[from] std::io::Error),
    /// The node cannot join the cluster, or cannot go on in it.
    #[error("{0}")]
    Cluster(String),
    /// A thread of the server has panicked.
    #[error("the server stopped because of an internal error in {0}; the log says more")]
    Panicked(&'static str),
    /// The last messages could not be committed.
    #[error(
        "the store could not be written before the server stopped; nothing that was acknowledged is lost"
    )]
    Unwritten,
}

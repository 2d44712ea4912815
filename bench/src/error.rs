//! Errors of a run.

use std::io;

/// Reason why a run gives no figures.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The server is not on this machine.
    #[error(
        "{0} is not an address of this machine; --allow-remote loads it all the same, if you may"
    )]
    Remote(std::net::SocketAddr),
    /// A value makes no sense.
    #[error("{0}")]
    Value(String),
    /// The system refuses something.
    #[error("{0}: {1}")]
    System(&'static str, #[source] io::Error),
    /// A connection was closed before the load began.
    #[error("a connection was closed while it was set up; {0}")]
    Closed(String),
    /// The server did not let all connections in, in time.
    #[error("only {ready} of {wanted} connections were ready within {seconds} s; {errors}")]
    Setup {
        /// Connections that were ready.
        ready: usize,
        /// Connections that were wanted.
        wanted: usize,
        /// Time limit.
        seconds: u64,
        /// Errors that the server sent.
        errors: String,
    },
    /// Nothing arrived for several seconds.
    #[error("the server has stood still for {0} s")]
    Stalled(u64),
}

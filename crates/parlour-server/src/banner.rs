//! What the one who starts the server reads.

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;

/// A few lines: where it listens, the ways in, the fingerprint, the data.
pub(crate) fn banner(listening: &[SocketAddr], fingerprint: &str, data: &Path) -> String {
    let port = listening.first().map_or(25000, SocketAddr::port);
    let shown: Vec<String> = listening.iter().map(ToString::to_string).collect();
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "parlour {version} listens on {shown}\n\
         \n\
         \x20 terminal client   parlour join localhost:{port}\n\
         \x20 netcat            nc localhost {port}\n\
         \x20 any IRC client    irssi -c localhost -p {port}    (plain or TLS on this one port)\n\
         \n\
         \x20 TLS SHA-256       {fingerprint}\n\
         \x20 data              {data}\n",
        version = env!("CARGO_PKG_VERSION"),
        shown = shown.join(", "),
        data = data.display(),
    );
    out
}

//! Banner that is printed when the server has started.

use std::fmt::Write;
use std::path::Path;

use crate::config::address::ListenAddress;

/// Returns a few lines: listening addresses, ways to connect, TLS fingerprint, data directory.
pub(crate) fn banner(listening: &[ListenAddress], fingerprint: &str, data: &Path) -> String {
    let port = listening.iter().find_map(ListenAddress::tcp);
    let shown: Vec<String> = listening.iter().map(ToString::to_string).collect();
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "parlour {version} listens on {shown}\n\
         {ways}\n\
         \x20 TLS SHA-256       {fingerprint}\n\
         \x20 data              {data}\n",
        version = env!("CARGO_PKG_VERSION"),
        shown = shown.join(", "),
        ways = port
            .map(|address| ways_in(address.port()))
            .unwrap_or_default(),
        data = data.display(),
    );
    out
}

/// Returns example commands for connecting to a port.
fn ways_in(port: u16) -> String {
    format!(
        "\n\
         \x20 terminal client   parlour join localhost:{port}\n\
         \x20 netcat            nc localhost {port}\n\
         \x20 any IRC client    irssi -c localhost -p {port}    (plain or TLS on this one port)\n"
    )
}

//! Client end of the admin socket.

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use super::protocol::{AdminAnswer, AdminRequest, socket};

/// Sends a request to the server of a data directory. Each row of the answer is passed to `row`;
/// the closing sentence is returned.
///
/// # Errors
/// A sentence that says why: no server runs there, it refuses, or `row` failed.
pub fn ask(
    data: &Path,
    request: &AdminRequest,
    mut row: impl FnMut(serde_json::Map<String, serde_json::Value>) -> Result<(), String>,
) -> Result<String, String> {
    let path = socket(data);
    let mut stream = UnixStream::connect(&path).map_err(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::ConnectionRefused => format!(
            "no server runs on the data directory {} (or its path is too long for a socket: 90 bytes do); start it, or name another with --data",
            data.display()
        ),
        ErrorKind::PermissionDenied => format!(
            "{} is not yours to use: be the user who runs the server",
            path.display()
        ),
        _ => format!("{}: {error}", path.display()),
    })?;
    let broken = |error: std::io::Error| format!("the server does not answer: {error}");
    let mut line = serde_json::to_string(request).map_err(|error| error.to_string())?;
    line.push('\n');
    stream.write_all(line.as_bytes()).map_err(broken)?;
    for line in BufReader::new(stream).lines() {
        let line = line.map_err(broken)?;
        let answer: AdminAnswer = serde_json::from_str(&line)
            .map_err(|error| format!("the server sent something that cannot be read: {error}"))?;
        match answer {
            AdminAnswer::Row(fields) => row(fields)?,
            AdminAnswer::Done(text) => return Ok(text),
            AdminAnswer::Failed(text) => return Err(text),
        }
    }
    Err("the server ended before it had answered".into())
}

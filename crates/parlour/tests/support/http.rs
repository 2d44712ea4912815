//! HTTP clients: one request at a time, and HTTP/2.

use std::future::Future;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

use bytes::Bytes;

use super::PATIENCE;

/// Response of HTTP/1.1.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    /// Lines of the head in lower case, with the status line.
    pub head: String,
    pub body: Vec<u8>,
    location: String,
}

impl Response {
    /// The value of a header, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .into_iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    /// The address of what was made.
    pub fn location(&self) -> &str {
        &self.location
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends a request on a connection of its own: the request line without its version, headers, body.
pub fn ask(address: SocketAddr, request: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
    try_ask(address, request, headers, body).unwrap()
}

/// As [`ask`], of a server that may be gone.
pub fn try_ask(
    address: SocketAddr,
    request: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<Response> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let host = headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("host"));
    let mut head = format!("{request} HTTP/1.1\r\nConnection: close\r\n");
    if !host {
        head += &format!("Host: {address}\r\n");
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    if !body.is_empty() {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    // The server may answer, and close, before it has read all of it.
    let _ = stream.write_all(body);
    try_read(stream)
}

/// Reads a response up to the end of the connection.
pub fn read(stream: impl Read) -> Response {
    try_read(stream).unwrap()
}

fn try_read(mut stream: impl Read) -> io::Result<Response> {
    let mut all = Vec::new();
    // A connection that is reset has said what it had to say.
    let _ = stream.read_to_end(&mut all);
    let end = all.windows(4).position(|four| four == b"\r\n\r\n");
    let Some(end) = end else {
        let all = String::from_utf8_lossy(&all).into_owned();
        return Err(io::Error::other(format!("no response: {all}")));
    };
    let head = String::from_utf8_lossy(&all[..end]).into_owned();
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    let mut locations = lines.filter(|(name, _)| name.eq_ignore_ascii_case("location"));
    let location = locations.next().map_or("", |(_, value)| value).to_owned();
    let head = head.to_lowercase();
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let raw = all[end + 4..].to_vec();
    let chunked = head.contains("transfer-encoding: chunked");
    Ok(Response {
        status: status.unwrap(),
        body: if chunked { unchunked(&raw) } else { raw },
        head,
        location,
    })
}

fn unchunked(mut raw: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = raw.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&raw[..end]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            break;
        }
        body.extend_from_slice(&raw[end + 2..end + 2 + size]);
        raw = &raw[end + 4 + size..];
    }
    body
}

/// Connects by HTTP/2. Returns the sender of requests and the task of the connection.
pub async fn http_2(address: SocketAddr, with: &h2::client::Builder) -> Http2 {
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (sender, connection) = with.handshake::<_, Bytes>(stream).await.unwrap();
    let driver = tokio::spawn(connection);
    (sender.ready().await.unwrap(), driver)
}

/// Sender of requests, and the task of their connection.
pub type Http2 = (
    h2::client::SendRequest<Bytes>,
    tokio::task::JoinHandle<Result<(), h2::Error>>,
);

/// Runs a client of HTTP/2.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let limited = async { tokio::time::timeout(PATIENCE, future).await };
    runtime.unwrap().block_on(limited).unwrap()
}

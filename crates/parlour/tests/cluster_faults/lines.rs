//! Connections of lines: TCP and WebSocket.

use std::io::{BufRead, BufReader, Error, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};

/// Time that a client waits for the server, before it turns to another one.
const PATIENCE: Duration = Duration::from_secs(3);

/// Connection of lines.
pub trait Lines {
    /// Sends a line, without its end.
    fn send(&mut self, line: &str) -> Result<()>;
    /// Returns the next line; an error at the end, and if none comes for too long.
    fn line(&mut self) -> Result<String>;
}

/// Connects to a server.
fn connect(server: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

impl Lines for BufReader<TcpStream> {
    fn send(&mut self, line: &str) -> Result<()> {
        self.get_mut().write_all(format!("{line}\r\n").as_bytes())
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        match self.read_line(&mut line)? {
            0 => Err(Error::other("the end")),
            _ => Ok(line.trim_end().to_owned()),
        }
    }
}

/// Connects by TCP.
pub fn tcp(server: SocketAddr) -> Result<BufReader<TcpStream>> {
    Ok(BufReader::new(connect(server)?))
}

impl Lines for WebSocket<TcpStream> {
    fn send(&mut self, line: &str) -> Result<()> {
        WebSocket::send(self, Message::text(line)).map_err(Error::other)
    }

    fn line(&mut self) -> Result<String> {
        loop {
            match self.read().map_err(Error::other)? {
                Message::Text(text) => return Ok(text.as_str().to_owned()),
                Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_) => {}
                Message::Close(_) => return Err(Error::other("the end")),
            }
        }
    }
}

/// Connects by WebSocket.
pub fn web(server: SocketAddr) -> Result<WebSocket<TcpStream>> {
    let request = format!("ws://{server}/").into_client_request();
    let mut request = request.map_err(Error::other)?;
    let protocol = "text.ircv3.net".parse().map_err(Error::other)?;
    request
        .headers_mut()
        .insert("sec-websocket-protocol", protocol);
    let (socket, _) =
        tungstenite::client(request, connect(server)?).map_err(|e| Error::other(e.to_string()))?;
    Ok(socket)
}

//! Layers between a connection and its socket: TLS, WebSocket, both, or none.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;

use mio::net::TcpStream;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use tungstenite::handshake::MidHandshake;
use tungstenite::handshake::client::ClientHandshake;
use tungstenite::http::Request;
use tungstenite::{HandshakeError, Message, WebSocket};

/// Subprotocol in which a text message is a line (IRCv3 WebSocket).
const SUBPROTOCOL: &str = "text.ircv3.net";

/// Layers that all connections of a run have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layers {
    pub tls: bool,
    pub websocket: bool,
}

impl Layers {
    /// Returns whether bytes are as they come from the socket.
    pub fn is_plain(self) -> bool {
        self == Layers::default()
    }
}

/// Socket, encrypted or not.
pub(crate) enum Wire {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Read for Wire {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Wire::Plain(stream) => stream.read(into),
            Wire::Tls(stream) => stream.read(into),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Wire::Plain(stream) => stream.write(bytes),
            Wire::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Wire::Plain(stream) => stream.flush(),
            Wire::Tls(stream) => stream.flush(),
        }
    }
}

/// Way of a connection's bytes.
pub(crate) enum Transport {
    /// Lines as they are.
    Lines(Wire),
    /// WebSocket whose handshake is on its way.
    Handshake(MidHandshake<ClientHandshake<Wire>>),
    WebSocket(Box<Lines>),
    /// Broken, or between two states.
    Gone,
}

/// Lines in a WebSocket.
pub(crate) struct Lines {
    socket: WebSocket<Wire>,
    /// Lines that were read, of which `taken` bytes are taken.
    read: Vec<u8>,
    taken: usize,
}

impl Transport {
    /// Puts the layers around a socket that is being connected.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(
        stream: TcpStream,
        layers: Layers,
        config: &Arc<ClientConfig>,
    ) -> io::Result<Transport> {
        if !layers.tls {
            return Ok(Transport::Lines(Wire::Plain(stream)));
        }
        let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
        let connection = ClientConnection::new(config.clone(), name).map_err(io::Error::other)?;
        let stream = StreamOwned::new(connection, stream);
        Ok(Transport::Lines(Wire::Tls(Box::new(stream))))
    }

    /// Begins the handshake of a WebSocket, now that the socket is connected.
    ///
    /// # Errors
    /// The server refuses it.
    pub fn upgrade(&mut self) -> io::Result<()> {
        let Transport::Lines(wire) = std::mem::replace(self, Transport::Gone) else {
            return Ok(());
        };
        let request = Request::get("ws://localhost/")
            .header("Host", "localhost")
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header(
                "Sec-WebSocket-Key",
                tungstenite::handshake::client::generate_key(),
            )
            .header("Sec-WebSocket-Protocol", SUBPROTOCOL)
            .body(())
            .map_err(io::Error::other)?;
        self.went_on(tungstenite::client(request, wire).map(|(socket, _)| socket))
    }

    /// Takes the outcome of a step of the handshake.
    fn went_on(
        &mut self,
        step: Result<WebSocket<Wire>, HandshakeError<ClientHandshake<Wire>>>,
    ) -> io::Result<()> {
        match step {
            Ok(socket) => {
                *self = Transport::WebSocket(Box::new(Lines {
                    socket,
                    read: Vec::new(),
                    taken: 0,
                }));
                Ok(())
            }
            Err(HandshakeError::Interrupted(on_its_way)) => {
                *self = Transport::Handshake(on_its_way);
                Err(ErrorKind::WouldBlock.into())
            }
            Err(HandshakeError::Failure(error)) => Err(io::Error::other(error)),
        }
    }

    /// Takes the handshake on, if it is on its way.
    fn shake(&mut self) -> io::Result<()> {
        match std::mem::replace(self, Transport::Gone) {
            Transport::Handshake(on_its_way) => {
                self.went_on(on_its_way.handshake().map(|(socket, _)| socket))
            }
            other => {
                *self = other;
                Ok(())
            }
        }
    }

    /// Returns the socket, if nothing is around it.
    pub fn plain(&self) -> Option<&TcpStream> {
        match self {
            Transport::Lines(Wire::Plain(stream)) => Some(stream),
            Transport::Lines(Wire::Tls(_))
            | Transport::Handshake(_)
            | Transport::WebSocket(_)
            | Transport::Gone => None,
        }
    }
}

impl Read for Transport {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.shake()?;
        match self {
            Transport::Lines(wire) => wire.read(into),
            Transport::WebSocket(lines) => lines.read(into),
            Transport::Handshake(_) | Transport::Gone => Err(ErrorKind::NotConnected.into()),
        }
    }
}

impl Write for Transport {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.shake()?;
        match self {
            Transport::Lines(wire) => wire.write(bytes),
            Transport::WebSocket(lines) => lines.write(bytes),
            Transport::Handshake(_) | Transport::Gone => Err(ErrorKind::NotConnected.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Transport::Lines(wire) => wire.flush(),
            Transport::WebSocket(lines) => lines.socket.flush().map_err(io_error),
            Transport::Handshake(_) | Transport::Gone => Ok(()),
        }
    }
}

impl Lines {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.read.len() {
            self.read.clear();
            self.taken = 0;
            // As much as has arrived, up to what is asked for.
            while self.read.len() < into.len() {
                match self.socket.read() {
                    Ok(Message::Text(line)) => self.read.extend_from_slice(line.as_bytes()),
                    Ok(Message::Binary(line)) => self.read.extend_from_slice(&line),
                    Ok(Message::Close(_)) if self.read.is_empty() => return Ok(0),
                    Ok(Message::Close(_)) => break,
                    Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => continue,
                    // It shows again when nothing is left to take.
                    Err(_) if !self.read.is_empty() => break,
                    Err(error) => return Err(io_error(error)),
                }
                self.read.extend_from_slice(b"\r\n");
            }
        }
        let rest = &self.read[self.taken..];
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.taken += count;
        Ok(count)
    }

    /// Sends the whole lines among some bytes, a message each. Returns their length.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut sent = 0;
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            let Some(text) = line.strip_suffix(b"\n") else {
                break;
            };
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            let text = String::from_utf8_lossy(text).into_owned();
            match self.socket.write(Message::text(text)) {
                Ok(()) => sent += line.len(),
                Err(error) if sent == 0 => return Err(io_error(error)),
                Err(_) => break,
            }
        }
        // What the socket does not take now goes with the next one.
        match self.socket.flush() {
            Ok(()) => Ok(sent),
            Err(error) => match io_error(error) {
                error if error.kind() == ErrorKind::WouldBlock => Ok(sent),
                error => Err(error),
            },
        }
    }
}

/// Returns the error of the socket below a WebSocket.
fn io_error(error: tungstenite::Error) -> io::Error {
    match error {
        tungstenite::Error::Io(error) => error,
        other => io::Error::other(other),
    }
}

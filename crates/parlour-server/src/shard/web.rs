//! WebSocket on a connection: each message is one line of IRC (RFC 6455, IRCv3 WebSocket).

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice, Read, Write};

use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, Role, WebSocket, WebSocketConfig};
use tungstenite::{Error, Message};

use parlour_web::BINARY;

/// Size limit of a message in bytes: the longest line of IRC with its tags and some more, so that a
/// longer line gets the usual reply.
const MAX_MESSAGE: usize = 16 * 1024;
/// Limit of queued frames in bytes; beyond it nothing more is accepted for sending.
const MAX_WAITING: usize = 64 * 1024;
/// Pair of buffers in place of a socket: bytes received, and bytes to send.
#[derive(Debug, Default)]
struct Pipe {
    input: VecDeque<u8>,
    output: Vec<u8>,
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.input.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        self.input.read(buffer)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// WebSocket of one connection.
pub(super) struct Web {
    socket: WebSocket<Pipe>,
    /// True if lines are sent as text messages rather than binary ones.
    text: bool,
    /// True once `text` is settled by the subprotocol; otherwise the client's first message settles
    /// it.
    agreed: bool,
    /// Lines received, with their line ends.
    lines: VecDeque<u8>,
    /// Beginning of an outgoing line whose end is still to come.
    partial: Vec<u8>,
    /// Set once the peer sends no more.
    ended: bool,
}

impl Web {
    /// Takes over a connection behind its handshake. `rest` is what the client has sent since.
    pub fn new(protocol: Option<&str>, rest: &[u8]) -> Web {
        let config = WebSocketConfig::default()
            .read_buffer_size(4 * 1024)
            // Frames reach the pipe at once, so `output` is all that is queued.
            .write_buffer_size(0)
            .max_message_size(Some(MAX_MESSAGE))
            .max_frame_size(Some(MAX_MESSAGE));
        let socket = WebSocket::from_raw_socket(Pipe::default(), Role::Server, Some(config));
        let mut web = Web {
            socket,
            text: protocol != Some(BINARY),
            agreed: protocol.is_some(),
            lines: VecDeque::new(),
            partial: Vec::new(),
            ended: false,
        };
        web.feed(rest);
        web
    }

    /// Processes received bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.socket.get_mut().input.extend(bytes);
        while !self.ended {
            match self.socket.read() {
                Ok(Message::Text(text)) => self.line(text.as_bytes(), true),
                Ok(Message::Binary(bytes)) => self.line(&bytes, false),
                Ok(Message::Close(_)) => self.ended = true,
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => {
                    self.fail(&error);
                    self.ended = true;
                }
            }
        }
        // Sends the replies to pings and to a close; if that fails, the next write shows it.
        let _ = self.socket.flush();
    }

    /// Appends a message as one line. A line feed inside would make two of it, so it becomes a
    /// carriage return.
    fn line(&mut self, message: &[u8], text: bool) {
        if !self.agreed {
            (self.text, self.agreed) = (text, true);
        }
        let line = message.strip_suffix(b"\n").unwrap_or(message);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let inside = line.iter().map(|&b| if b == b'\n' { b'\r' } else { b });
        self.lines.extend(inside);
        self.lines.extend(b"\r\n");
    }

    /// Closes the WebSocket because of an error of the client's.
    fn fail(&mut self, error: &Error) {
        let (code, reason) = match error {
            Error::Capacity(_) => (CloseCode::Size, "the message is too long"),
            Error::Utf8(_) => (CloseCode::Invalid, "a text message is UTF-8"),
            _ => (CloseCode::Protocol, "this is not what a WebSocket sends"),
        };
        self.close(code, reason);
    }

    /// Sends a close frame.
    fn close(&mut self, code: CloseCode, reason: &'static str) {
        let frame = CloseFrame {
            code,
            reason: reason.into(),
        };
        // Fails only if it is closed already.
        let _ = self.socket.close(Some(frame));
        let _ = self.socket.flush();
    }

    /// Reads received lines into the buffer; returns 0 if there are none.
    pub fn take_lines(&mut self, buffer: &mut [u8]) -> usize {
        // Reading from memory does not fail.
        self.lines.read(buffer).unwrap_or(0)
    }

    /// Returns whether the peer sends no more and everything received was read.
    pub fn is_ended(&self) -> bool {
        self.ended && self.lines.is_empty()
    }

    /// Returns whether too much output is queued to accept more.
    pub fn is_full(&self) -> bool {
        self.socket.get_ref().output.len() > MAX_WAITING
    }

    /// Accepts lines to send. Returns how many bytes it took: none while too much is queued.
    pub fn write(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        if self.is_full() {
            return Ok(0);
        }
        let mut taken = 0;
        for part in parts {
            for piece in part.split_inclusive(|&b| b == b'\n') {
                self.partial.extend_from_slice(piece);
                if piece.ends_with(b"\n") {
                    self.send_line()?;
                }
            }
            taken += part.len();
        }
        Ok(taken)
    }

    /// Sends the complete line in `partial` as one message.
    fn send_line(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.partial);
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let message = if self.text {
            Message::text(String::from_utf8_lossy(line).into_owned())
        } else {
            Message::binary(line.to_vec())
        };
        match self.socket.send(message) {
            // After a close, further lines are dropped.
            Ok(()) | Err(Error::ConnectionClosed | Error::AlreadyClosed | Error::Protocol(_)) => {
                Ok(())
            }
            Err(error) => Err(io::Error::other(error.to_string())),
        }
    }

    /// Returns the queued frames, for the socket.
    pub fn output(&mut self) -> &mut Vec<u8> {
        &mut self.socket.get_mut().output
    }

    /// Closes the WebSocket normally.
    pub fn end(&mut self) {
        self.close(CloseCode::Normal, "");
    }
}

//! TLS on a nonblocking socket.

use std::io::{self, ErrorKind, IoSlice, Read as _, Write as _};
use std::sync::Arc;

use rustls::{ServerConfig, ServerConnection};

use super::socket::{Read, broken};
use super::stream::Stream;
use crate::tls;

/// Limit of rustls's send buffer in bytes; what the socket does not take stays there.
const TLS_BUFFER: usize = 64 * 1024;

/// TLS layer of a connection.
pub(super) struct Tls {
    connection: ServerConnection,
    secured: bool,
    ended: bool,
}

impl Tls {
    /// Begins the handshake with bytes that were read already.
    pub fn begin(
        config: &Arc<ServerConfig>,
        bytes: &[u8],
        stream: &mut Stream,
    ) -> Result<Tls, String> {
        let mut connection =
            ServerConnection::new(config.clone()).map_err(|error| format!("TLS: {error}"))?;
        connection.set_buffer_limit(Some(TLS_BUFFER));
        let mut tls = Tls {
            connection,
            secured: false,
            ended: false,
        };
        tls.feed(bytes, stream)?;
        Ok(tls)
    }

    /// Returns whether encrypted bytes wait for the socket.
    pub fn holds_back(&self) -> bool {
        self.connection.wants_write()
    }

    /// Queues a close_notify alert: nothing more will be sent.
    pub fn end(&mut self) {
        self.connection.send_close_notify();
    }

    /// Reads decrypted bytes, or else one portion from the socket.
    pub fn read(&mut self, stream: &mut Stream, buffer: &mut [u8]) -> Read {
        // Decrypted bytes come before new ones from the socket.
        match self.connection.reader().read(buffer) {
            Ok(0) => return Read::End,
            Ok(count) => return Read::Bytes(count),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => return Read::End,
        }
        if self.ended {
            return Read::End;
        }
        match self.connection.read_tls(stream) {
            Ok(0) => {
                // Decrypted bytes may remain: read them before the end is reported.
                self.ended = true;
                return Read::More;
            }
            Ok(_) => {}
            Err(error) => return broken(&error),
        }
        if let Err(reason) = self.process(stream) {
            return Read::Broken(reason);
        }
        if !self.secured && !self.connection.is_handshaking() {
            self.secured = true;
            let certificates = self.connection.peer_certificates();
            let own = certificates.and_then(|chain| chain.first());
            return Read::Secured(own.map(|certificate| tls::digest(certificate).into()));
        }
        Read::More
    }

    /// Processes bytes that were read already.
    fn feed(&mut self, mut bytes: &[u8], stream: &mut Stream) -> Result<(), String> {
        while !bytes.is_empty() {
            self.connection
                .read_tls(&mut bytes)
                .map_err(|error| format!("TLS: {error}"))?;
            // After each read: rustls takes no more bytes while a full buffer is unprocessed.
            self.process(stream)?;
        }
        Ok(())
    }

    /// Decrypts received records, and sends what TLS answers.
    fn process(&mut self, stream: &mut Stream) -> Result<(), String> {
        let state = self.connection.process_new_packets();
        // An alert, or the server's part of the handshake: sent even if processing failed.
        let sent = self.push(stream);
        state.map_err(|error| format!("TLS: {error}"))?;
        sent.map_err(|error| format!("Write error: {error}"))
    }

    /// Encrypts and writes. Returns how many bytes were accepted.
    pub fn write(&mut self, parts: &[IoSlice<'_>], stream: &mut Stream) -> io::Result<usize> {
        // Makes room in the send buffer, which bounds how much is accepted.
        self.push(stream)?;
        let taken = self.connection.writer().write_vectored(parts)?;
        self.push(stream)?;
        Ok(taken)
    }

    /// Writes encrypted bytes, as far as the socket takes them.
    pub fn push(&mut self, stream: &mut Stream) -> io::Result<()> {
        while self.connection.wants_write() {
            match self.connection.write_tls(stream) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

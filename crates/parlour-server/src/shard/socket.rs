//! Socket of a connection, with its layers: PROXY header, TLS, WebSocket.

use std::io::{self, ErrorKind, IoSlice, Read as _, Write as _};
use std::net::IpAddr;

use parlour_core::Name;
use parlour_doors::ConnId;

use super::encrypted::Tls;
use super::proxy::{self, ProxyParse};
use super::stream::Stream;
use super::web::Web;
use crate::bridge::WebSocketReturn;
use crate::config::values::ListenerTls;
use crate::gate::{Admission, DescriptorPermit};
use crate::rules::{ListenerRules, NetworkRules, ProxyHeader};

/// First byte of TLS: a handshake record (RFC 8446 §5.1).
const TLS_HANDSHAKE: u8 = 0x16;
/// Second byte of TLS: the major version, 3 since SSL 3.0.
const TLS_MAJOR: u8 = 0x03;

/// Result of a read.
pub(super) enum Read {
    /// This many bytes are in the buffer.
    Bytes(usize),
    /// This many bytes are in the buffer, and no more to read now.
    Last(usize),
    /// Nothing to read now.
    Nothing,
    /// Nothing yet; read again.
    More,
    /// A PROXY header, with the client's address if it names one.
    From(Option<IpAddr>),
    /// A TLS handshake has begun.
    Handshake,
    /// The TLS handshake is complete, with the SHA-256 fingerprint of the client certificate if
    /// there is one.
    Secured(Option<Name>),
    /// The peer sends no more.
    End,
    /// The connection is dead, for this reason.
    Broken(String),
}

/// Transport of the bytes.
enum Wire {
    /// Not known yet; a PROXY header may come first.
    Undetected(ProxyHeader),
    Plain,
    Tls(Box<Tls>),
}

/// Socket of a connection.
pub(super) struct Socket {
    pub id: ConnId,
    pub stream: Stream,
    rules: ListenerRules,
    wire: Wire,
    web: Option<Box<Web>>,
    /// Way back from the service that the connection is bridged to, should it become a WebSocket.
    pub websocket_return: Option<WebSocketReturn>,
    /// First bytes, until the transport is known.
    head: Vec<u8>,
    /// Set while the socket is in the shard's list of readable ones.
    pub listed: bool,
    /// Set once the poll has reported that the peer sends no more.
    pub ends: bool,
    /// Its count among the connections of its address.
    pub admission: Option<Admission>,
    /// Its count among all connections.
    pub permit: DescriptorPermit,
}

impl Socket {
    pub fn new(
        id: ConnId,
        stream: Stream,
        rules: ListenerRules,
        proxy: ProxyHeader,
        (permit, admission): (DescriptorPermit, Option<Admission>),
    ) -> Self {
        Socket {
            id,
            stream,
            rules,
            wire: Wire::Undetected(proxy),
            web: None,
            websocket_return: None,
            head: Vec::new(),
            listed: false,
            ends: false,
            admission,
            permit,
        }
    }

    /// Reads from the socket through its layers, once.
    pub fn read(&mut self, buffer: &mut [u8], network: &NetworkRules) -> Read {
        if let Some(web) = &mut self.web {
            // Decoded lines come before new bytes from the socket.
            match web.take_lines(buffer) {
                0 if web.is_ended() => return Read::End,
                // A client that does not read its pongs is not read either: they would pile up
                // here.
                0 if web.is_full() => return Read::Nothing,
                0 => {}
                count => return Read::Bytes(count),
            }
        }
        let read = match &mut self.wire {
            Wire::Tls(tls) => tls.read(&mut self.stream, buffer),
            Wire::Plain | Wire::Undetected(_) => match self.stream.read(buffer) {
                Ok(0) => Read::End,
                Ok(count) => Read::Bytes(count),
                Err(error) => broken(&error),
            },
        };
        let Read::Bytes(count) = read else {
            return read;
        };
        if let Wire::Undetected(proxy) = self.wire {
            self.head.extend_from_slice(&buffer[..count]);
            return self.begin(buffer, network, proxy);
        }
        // What a stream has not filled the buffer with has not arrived: the poll reports it (epoll(7)),
        // but not an end that it has reported already. Behind urgent data there may be more all the same: a
        // peer that sends such waits for what it sends next.
        let is_all = matches!(self.wire, Wire::Plain) && self.web.is_none();
        if is_all && count < buffer.len() && !self.ends {
            return Read::Last(count);
        }
        self.arrived(buffer, count)
    }

    /// Processes bytes that have passed the transport.
    fn arrived(&mut self, buffer: &mut [u8], count: usize) -> Read {
        let Some(web) = &mut self.web else {
            return Read::Bytes(count);
        };
        web.feed(&buffer[..count]);
        // Pongs and the like are sent at once.
        if let Err(error) = self.push() {
            return broken(&error);
        }
        Read::More
    }

    /// Detects a PROXY header in the first bytes, then TLS.
    fn begin(&mut self, buffer: &mut [u8], network: &NetworkRules, proxy: ProxyHeader) -> Read {
        if proxy != ProxyHeader::None {
            match proxy::look(&self.head) {
                ProxyParse::Header(length, address) => {
                    self.head.drain(..length);
                    // One header at most: the next bytes are the client's own.
                    self.wire = Wire::Undetected(ProxyHeader::None);
                    return Read::From(address);
                }
                // The bytes read so far stay in `head`.
                ProxyParse::More => return Read::More,
                ProxyParse::None if proxy == ProxyHeader::Required => {
                    return Read::Broken("no PROXY header came first".into());
                }
                ProxyParse::Broken => {
                    return Read::Broken("its PROXY header cannot be read".into());
                }
                ProxyParse::None => self.wire = Wire::Undetected(ProxyHeader::None),
            }
        }
        self.detect_tls(buffer, network)
    }

    /// Continues behind a PROXY header.
    pub fn after_header(&mut self, buffer: &mut [u8], network: &NetworkRules) -> Read {
        if self.head.is_empty() {
            Read::More
        } else {
            self.detect_tls(buffer, network)
        }
    }

    /// Detects TLS in the first bytes, and sets the transport.
    fn detect_tls(&mut self, buffer: &mut [u8], network: &NetworkRules) -> Read {
        let head = std::mem::take(&mut self.head);
        // Both callers make sure that `head` is not empty. A lone 0x16 counts as TLS: no other
        // protocol begins with it.
        let tls = head[0] == TLS_HANDSHAKE && head.get(1).is_none_or(|&major| major == TLS_MAJOR);
        match (tls, self.rules.tls) {
            (true, ListenerTls::Off) => Read::Broken("TLS is not spoken on this port".into()),
            (false, ListenerTls::Only) => {
                let words = b"ERROR :This port is for TLS only\r\n";
                // Best effort: the connection ends in any case.
                let _ = self.stream.write(words);
                Read::Broken("came without TLS".into())
            }
            (true, _) => match Tls::begin(&network.tls, &head, &mut self.stream) {
                Ok(tls) => {
                    self.wire = Wire::Tls(Box::new(tls));
                    Read::Handshake
                }
                Err(reason) => Read::Broken(reason),
            },
            (false, _) => {
                self.wire = Wire::Plain;
                // An incomplete PROXY header may have grown beyond one read before it turned out to
                // be none.
                let Some(room) = buffer.get_mut(..head.len()) else {
                    return Read::Broken("its first bytes are no PROXY header".into());
                };
                room.copy_from_slice(&head);
                Read::Bytes(head.len())
            }
        }
    }

    /// Turns the connection into the WebSocket that its service has given back. Returns the client's
    /// address, and whether it is encrypted there, if a proxy has told them.
    ///
    /// # Errors
    /// There is none, or the connection is dead.
    pub fn upgrade(&mut self) -> Result<(Option<IpAddr>, bool), String> {
        let back = self.websocket_return.take();
        let Some(web) = back.and_then(|back| back.take()) else {
            return Err("no WebSocket came back".into());
        };
        self.web = Some(Box::new(Web::new(web.protocol, &web.rest)));
        let told = (web.address, web.is_secure);
        self.push()
            .map_err(|error| format!("Write error: {error}"))?;
        Ok(told)
    }

    /// Sends the reason for refusing the connection, before its protocol is known.
    pub fn turn_away(&mut self, why: &str) {
        // Best effort: the connection ends in any case.
        let _ = self.stream.write(format!("ERROR :{why}\r\n").as_bytes());
    }

    /// Writes through the layers. Returns how many bytes were accepted; 0 if none can be now.
    pub fn write(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let Some(web) = &mut self.web else {
            return self.write_wire(parts);
        };
        let taken = web.write(parts)?;
        self.push()?;
        Ok(taken)
    }

    /// Writes to the transport, below the WebSocket. Returns 0 if the socket takes nothing now.
    fn write_wire(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        match &mut self.wire {
            Wire::Tls(tls) => tls.write(parts, &mut self.stream),
            Wire::Undetected(_) | Wire::Plain => loop {
                let written = match parts {
                    [part] => self.stream.write(part),
                    parts => self.stream.write_vectored(parts),
                };
                match written {
                    Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(0),
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    other => return other,
                }
            },
        }
    }

    /// Writes what the layers have queued, as far as the socket takes it.
    pub fn push(&mut self) -> io::Result<()> {
        if let Wire::Tls(tls) = &mut self.wire {
            tls.push(&mut self.stream)?;
        }
        let Some(web) = &mut self.web else {
            return Ok(());
        };
        // The buffer is taken out and put back, for its capacity and for the borrow checker; what
        // was not sent stays in it.
        let mut frames = std::mem::take(web.output());
        let mut sent = 0;
        let outcome = loop {
            if sent == frames.len() {
                break Ok(());
            }
            match self.write_wire(&[IoSlice::new(&frames[sent..])]) {
                Ok(0) => break Ok(()),
                Ok(count) => sent += count,
                Err(error) => break Err(error),
            }
        };
        frames.drain(..sent);
        if let Some(web) = &mut self.web {
            *web.output() = frames;
        }
        outcome
    }

    /// Returns whether everything accepted was passed to the socket.
    pub fn is_drained(&mut self) -> bool {
        let web = self.web.as_mut().is_none_or(|web| web.output().is_empty());
        web && !matches!(&self.wire, Wire::Tls(tls) if tls.holds_back())
    }

    /// Closes each layer in turn: WebSocket close frame, then TLS close_notify.
    pub fn end(&mut self) -> io::Result<()> {
        if let Some(web) = &mut self.web {
            web.end();
        }
        // Pushed first: the close frame must be encrypted before close_notify.
        self.push()?;
        if let Wire::Tls(tls) = &mut self.wire {
            tls.end();
        }
        self.push()
    }
}

/// Converts an I/O error to the result of a read.
pub(super) fn broken(error: &io::Error) -> Read {
    match error.kind() {
        ErrorKind::WouldBlock => Read::Nothing,
        ErrorKind::Interrupted => Read::More,
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
            Read::Broken("Connection reset by peer".into())
        }
        _ => Read::Broken(format!("Read error: {error}")),
    }
}

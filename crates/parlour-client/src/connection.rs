//! Connection to a server, remade whenever it is lost.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Instant, sleep, timeout};

use crate::Address;
use crate::backoff::Backoff;
use crate::connect::{ConnectError, Stream, Trust, connect};
use crate::engine::SessionOptions;
use crate::pins::Pin;
use crate::proxy::Proxy;

/// Events that may wait for the client; when full, the socket is not read.
const EVENTS: usize = 64;
/// Writes that may wait for the network: more than a user types while it stalls.
const WRITES: usize = 1024;
/// Minimum life of a connection that resets the backoff: a server that disconnects at once is not
/// tried every second.
const STABLE_AFTER: Duration = Duration::from_secs(30);
/// Timeout of writing the last messages before a disconnect.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// Size of the read buffer in bytes.
const READ: usize = 16 * 1024;

/// Event of a connection.
#[derive(Debug)]
pub(crate) enum ConnectionEvent {
    /// Connection established.
    Connected {
        /// True if it is encrypted.
        encrypted: bool,
        /// Parameters of the session.
        start: SessionOptions,
        /// Notice for the user.
        remark: Option<String>,
    },
    /// Bytes from the server.
    Bytes(Vec<u8>),
    /// Connection lost or attempt failed; the next attempt is in `wait` seconds.
    Lost {
        /// Reason; empty in the countdown after the first event.
        reason: String,
        /// Seconds until the next attempt.
        wait: u64,
    },
    /// No connection, and no attempt until the client asks for one.
    Held(String),
    /// No connection, and no attempt until the user has decided.
    Ended(String),
    /// As [`ConnectionEvent::Ended`]: the certificate differs from the pinned one.
    Changed {
        /// Server, as in the pin file.
        server: String,
        /// Pinned certificate.
        before: Pin,
        /// Certificate shown now.
        now: Pin,
    },
}

/// Command to a connection.
#[derive(Debug)]
pub(crate) enum ConnectionCommand {
    /// Write these bytes.
    Send(Vec<u8>),
    /// Connect anew now, whatever the state of the current connection.
    Now,
    /// Do not reconnect until [`ConnectionCommand::Now`].
    Hold,
    /// Drop the connection: it is dead, but has not noticed.
    Drop(&'static str),
}

/// Client's end of a connection.
pub(crate) struct Connection {
    pub events: Receiver<ConnectionEvent>,
    pub commands: Sender<ConnectionCommand>,
}

/// Starts a connection; it ends when the returned end is dropped.
pub(crate) fn start(address: Address, trust: Trust, proxy: Option<Proxy>) -> Connection {
    let (events, for_client) = mpsc::channel(EVENTS);
    let (for_connection, commands) = mpsc::channel(WRITES);
    tokio::spawn(run((address, trust, proxy), events, commands));
    Connection {
        events: for_client,
        commands: for_connection,
    }
}

async fn run(
    (address, trust, proxy): (Address, Trust, Option<Proxy>),
    events: Sender<ConnectionEvent>,
    mut commands: Receiver<ConnectionCommand>,
) {
    let mut backoff = Backoff::default();
    loop {
        let mut held = false;
        // Commands are read during the attempt too, so that it can be given up while DNS or TCP
        // hangs.
        let attempt = tokio::select! {
            attempt = connect(&address, &trust, proxy.as_ref()) => Some(attempt),
            later = hold_requested(&mut commands) => match later {
                true => None,
                false => return,
            },
        };
        let reason = match attempt {
            None => {
                held = true;
                "you have left".to_owned()
            }
            Some(Err(error @ (ConnectError::Untrusted(_) | ConnectError::Changed { .. }))) => {
                let event = untrusted(error);
                if events.send(event).await.is_err() || !reconnect_requested(&mut commands).await {
                    return;
                }
                continue;
            }
            Some(Err(ConnectError::Unreachable(reason))) => reason,
            Some(Ok(connected)) => {
                // Commands meant for an earlier connection do not apply to this one.
                while commands.try_recv().is_ok() {}
                let event = ConnectionEvent::Connected {
                    encrypted: connected.encrypted,
                    start: connected.start,
                    remark: connected.remark,
                };
                if events.send(event).await.is_err() {
                    return;
                }
                let Some(end) = pump(connected.stream, &events, &mut commands).await else {
                    return;
                };
                // Only a connection that lasted resets the delay: one refused after registration
                // keeps backing off.
                if end.good {
                    backoff.reset();
                }
                held = end.held;
                if end.again {
                    continue;
                }
                end.reason
            }
        };
        let mut wait = backoff.next().as_secs_f64().ceil() as u64;
        let mut reason = Some(reason);
        // One event per second drives the countdown on the screen; `reason` is sent with the first
        // only.
        while wait > 0 {
            if held {
                let why = reason.take().unwrap_or_default();
                if events.send(ConnectionEvent::Held(why)).await.is_err()
                    || !reconnect_requested(&mut commands).await
                {
                    return;
                }
                break;
            }
            let why = reason.take().unwrap_or_default();
            if events
                .send(ConnectionEvent::Lost { reason: why, wait })
                .await
                .is_err()
            {
                return;
            }
            tokio::select! {
                () = sleep(Duration::from_secs(1)) => wait -= 1,
                command = commands.recv() => match command {
                    Some(ConnectionCommand::Now) => wait = 0,
                    Some(ConnectionCommand::Hold) => held = true,
                    Some(_) => {}
                    None => return,
                },
            }
        }
    }
}

/// Returns the event for a server that is not retried before the user has decided.
fn untrusted(error: ConnectError) -> ConnectionEvent {
    match error {
        ConnectError::Changed {
            server,
            before,
            now,
        } => ConnectionEvent::Changed {
            server,
            before,
            now,
        },
        ConnectError::Untrusted(reason) | ConnectError::Unreachable(reason) => {
            ConnectionEvent::Ended(reason)
        }
    }
}

/// Returns the message about a changed certificate, where the user cannot be asked.
pub(crate) fn changed(server: &str, before: &Pin, now: &Pin) -> String {
    ConnectError::Changed {
        server: server.to_owned(),
        before: before.clone(),
        now: now.clone(),
    }
    .to_string()
}

/// Waits until the attempt is given up. Returns false if the client is gone.
async fn hold_requested(commands: &mut Receiver<ConnectionCommand>) -> bool {
    loop {
        match commands.recv().await {
            Some(ConnectionCommand::Hold) => return true,
            Some(_) => {}
            None => return false,
        }
    }
}

/// Waits until another attempt is wanted. Returns false if the client is gone.
async fn reconnect_requested(commands: &mut Receiver<ConnectionCommand>) -> bool {
    loop {
        match commands.recv().await {
            Some(ConnectionCommand::Now) => return true,
            Some(_) => {}
            None => return false,
        }
    }
}

/// End of a connection.
struct End {
    reason: String,
    /// True if it lasted at least [`GOOD`].
    good: bool,
    /// True to reconnect at once.
    again: bool,
    /// True to not reconnect.
    held: bool,
}

/// Carries bytes both ways until the connection ends. Returns `None` if the client is gone.
async fn pump(
    stream: Box<dyn Stream>,
    events: &Sender<ConnectionEvent>,
    commands: &mut Receiver<ConnectionCommand>,
) -> Option<End> {
    let (mut reader, writer) = tokio::io::split(stream);
    let (bytes, for_writer) = mpsc::channel(WRITES);
    // Writes have a task of their own: waiting for a slow client below does not stop them.
    let mut writing = tokio::spawn(write(writer, for_writer));
    let (mut again, mut held) = (false, false);
    let begin = Instant::now();
    let mut buffer = vec![0; READ];
    let reason = loop {
        tokio::select! {
            read = read(&mut reader, &mut buffer) => match read {
                Ok(0) => break "the server closed the connection".to_owned(),
                Ok(count) => {
                    // Flow control: while the client is behind, this waits, and TCP slows the
                    // server down.
                    if events.send(ConnectionEvent::Bytes(buffer[..count].to_vec())).await.is_err() {
                        return None;
                    }
                }
                Err(error) => break error.to_string(),
            },
            command = commands.recv() => match command {
                // The client is gone: its last messages are still written.
                None => {
                    drop(bytes);
                    let _ = writing.await;
                    return None;
                }
                Some(ConnectionCommand::Now) => {
                    again = true;
                    break String::new();
                }
                Some(ConnectionCommand::Hold) => held = true,
                Some(ConnectionCommand::Drop(why)) => {
                    // Earlier messages are still written, if the connection lets them.
                    drop(bytes);
                    let _ = timeout(LAST_WORDS, &mut writing).await;
                    break why.to_owned();
                }
                Some(ConnectionCommand::Send(data)) => {
                    // A full queue means that the server has stopped reading: give up instead of
                    // buffering more.
                    if bytes.try_send(data).is_err() {
                        break "the server takes nothing any more".to_owned();
                    }
                }
            },
            written = &mut writing => {
                let error = written.ok().and_then(Result::err);
                break error.map_or_else(|| "the connection was closed".to_owned(), |error| error.to_string());
            }
        }
    };
    // A writer stuck in `write_all` never ends by itself.
    writing.abort();
    Some(End {
        reason,
        good: begin.elapsed() >= STABLE_AFTER,
        again,
        held,
    })
}

async fn read(reader: &mut ReadHalf<Box<dyn Stream>>, buffer: &mut [u8]) -> std::io::Result<usize> {
    match reader.read(buffer).await {
        // A server that closes without a TLS close_notify has closed all the same.
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(0),
        other => other,
    }
}

async fn write(
    mut writer: WriteHalf<Box<dyn Stream>>,
    mut data: Receiver<Vec<u8>>,
) -> std::io::Result<()> {
    while let Some(bytes) = data.recv().await {
        writer.write_all(&bytes).await?;
        writer.flush().await?;
    }
    writer.shutdown().await
}

//! A connection that is made again whenever it is lost.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Instant, sleep, timeout};

use crate::Address;
use crate::backoff::Backoff;
use crate::connect::{ConnectError, Stream, Trust, connect};
use crate::engine::Start;
use crate::pins::Pin;
use crate::proxy::Proxy;

/// Events that may wait for the client before the network is read no further.
const EVENTS: usize = 64;
/// Writes that may wait for the network: more than anybody types while it stalls.
const WRITES: usize = 1024;
/// How long a connection has to last before the next one is tried soon again: a server that throws
/// us out at once is not asked every second.
const GOOD: Duration = Duration::from_secs(30);
/// Time that the network gets for what was said last.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// Bytes that are read at once.
const READ: usize = 16 * 1024;

/// What happens on the link.
#[derive(Debug)]
pub(crate) enum ConnectionEvent {
    /// There is a connection.
    Connected {
        /// Whether it is encrypted.
        encrypted: bool,
        /// How the session begins.
        start: Start,
        /// What the user should know.
        remark: Option<String>,
    },
    /// Bytes of the server.
    Bytes(Vec<u8>),
    /// There is none now; another is tried in so many seconds.
    Lost {
        /// Why.
        reason: String,
        /// Seconds.
        wait: u64,
    },
    /// There is none now, and none is tried before the client says so.
    Held(String),
    /// There is none, and none is tried before the user has decided.
    Ended(String),
    /// The same, since the server shows another certificate than before.
    Changed {
        /// The server, as it is pinned.
        server: String,
        /// What it showed before.
        before: Pin,
        /// What it shows now.
        now: Pin,
    },
}

/// What the client wants of the link.
#[derive(Debug)]
pub(crate) enum ConnectionCommand {
    /// Bytes for the server.
    Send(Vec<u8>),
    /// Another connection is to be tried now, whatever becomes of the one that there is.
    Now,
    /// No other is to be tried before that.
    Hold,
    /// The connection is dead, though it does not know yet.
    Drop(&'static str),
}

/// The client's end of a link.
pub(crate) struct Connection {
    pub events: Receiver<ConnectionEvent>,
    pub commands: Sender<ConnectionCommand>,
}

/// Begins a link; it ends when its other end is dropped.
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
        let attempt = tokio::select! {
            attempt = connect(&address, &trust, proxy.as_ref()) => Some(attempt),
            later = is_given_up(&mut commands) => match later {
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
                if events.send(event).await.is_err() || !is_woken(&mut commands).await {
                    return;
                }
                continue;
            }
            Some(Err(ConnectError::Unreachable(reason))) => reason,
            Some(Ok(connected)) => {
                // What was meant for an earlier connection means nothing on this one.
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
        while wait > 0 {
            if held {
                let why = reason.take().unwrap_or_default();
                if events.send(ConnectionEvent::Held(why)).await.is_err()
                    || !is_woken(&mut commands).await
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

/// Why a server is not tried any more before the user has decided.
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

/// That a server shows another certificate than before, for who cannot be asked.
pub(crate) fn changed(server: &str, before: &Pin, now: &Pin) -> String {
    ConnectError::Changed {
        server: server.to_owned(),
        before: before.clone(),
        now: now.clone(),
    }
    .to_string()
}

/// Waits until no connection is wanted any more: true while somebody may want one later.
async fn is_given_up(commands: &mut Receiver<ConnectionCommand>) -> bool {
    loop {
        match commands.recv().await {
            Some(ConnectionCommand::Hold) => return true,
            Some(_) => {}
            None => return false,
        }
    }
}

/// Waits until another connection is to be tried; false if nobody wants any.
async fn is_woken(commands: &mut Receiver<ConnectionCommand>) -> bool {
    loop {
        match commands.recv().await {
            Some(ConnectionCommand::Now) => return true,
            Some(_) => {}
            None => return false,
        }
    }
}

/// How a connection ended.
struct End {
    reason: String,
    /// Whether it was of use for some time.
    good: bool,
    /// Whether another is to be tried at once.
    again: bool,
    /// Whether no other is to be tried.
    held: bool,
}

/// Carries bytes both ways until the connection ends, and tells how it did. None when nobody wants it any more.
async fn pump(
    stream: Box<dyn Stream>,
    events: &Sender<ConnectionEvent>,
    commands: &mut Receiver<ConnectionCommand>,
) -> Option<End> {
    let (mut reader, writer) = tokio::io::split(stream);
    let (bytes, for_writer) = mpsc::channel(WRITES);
    let mut writing = tokio::spawn(write(writer, for_writer));
    let (mut again, mut held) = (false, false);
    let begin = Instant::now();
    let mut buffer = vec![0; READ];
    let reason = loop {
        tokio::select! {
            read = read(&mut reader, &mut buffer) => match read {
                Ok(0) => break "the server closed the connection".to_owned(),
                Ok(count) => {
                    if events.send(ConnectionEvent::Bytes(buffer[..count].to_vec())).await.is_err() {
                        return None;
                    }
                }
                Err(error) => break error.to_string(),
            },
            command = commands.recv() => match command {
                // Nobody is there any more: the last words are still written.
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
                    // What was said before is still written, if that can be.
                    drop(bytes);
                    let _ = timeout(LAST_WORDS, &mut writing).await;
                    break why.to_owned();
                }
                Some(ConnectionCommand::Send(data)) => {
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
    writing.abort();
    Some(End {
        reason,
        good: begin.elapsed() >= GOOD,
        again,
        held,
    })
}

async fn read(reader: &mut ReadHalf<Box<dyn Stream>>, buffer: &mut [u8]) -> std::io::Result<usize> {
    match reader.read(buffer).await {
        // A server that closes TLS without a goodbye has closed all the same.
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

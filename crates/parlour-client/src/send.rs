//! `parlour send`: sends messages and waits until the server has stored them.

use std::io::{self, BufRead, Read};
use std::time::Duration;

use irc_wire::text;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc::{self, Receiver};
use tokio::time::{Instant, timeout};

use crate::connect::{Stream, Trust, connect};
use crate::engine::{Event, Feature, Identity, OutgoingMessage, Session, SessionOptions};
use crate::{Address, SafeText};

/// Options of `parlour send`.
pub struct SendOptions {
    /// Address of the server.
    pub address: Address,
    /// Nick, real name and login.
    pub identity: Identity,
    /// Channel or nick to send to.
    pub target: String,
    /// Source of the text.
    pub what: SendInput,
    /// Trust settings.
    pub trust: Trust,
    /// Set to accept another nick if this one is taken.
    pub nick_fallback: bool,
}

/// Source of the text.
pub enum SendInput {
    /// Text from the command line; each line is a message.
    Text(String),
    /// Each line of stdin.
    Lines,
    /// All of stdin, as one message.
    Whole,
}

/// Timeout of any answer of the server.
const PATIENCE: Duration = Duration::from_secs(30);
/// Maximum number of unacknowledged messages.
const WINDOW: usize = 32;
/// Token of the PING that ends a transfer to a server without acknowledgements.
const LAST: &str = "parlour-send-last";

/// Sends the messages. Returns when the server has acknowledged each of them.
///
/// # Errors
/// Says what was not sent, and why, as a sentence.
pub fn run(options: SendOptions) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
    let result = runtime.block_on(send(options));
    // The thread that reads stdin may block for ever and is not waited for.
    runtime.shutdown_background();
    result
}

struct Sender {
    stream: Box<dyn Stream>,
    session: Session,
    nick_fallback: bool,
    pending: Vec<String>,
    sent: usize,
}

async fn send(options: SendOptions) -> Result<(), String> {
    let given = matches!(options.what, SendInput::Text(_));
    if options.target.is_empty() || options.target.contains([',', ' ']) {
        return Err(format!("{:?} is not one room or nick", options.target));
    }
    let connected = connect(&options.address, &options.trust, None)
        .await
        .map_err(|error| error.to_string())?;
    if let Some(remark) = connected.remark {
        eprintln!("parlour: {remark}");
    }
    let start = SessionOptions {
        outside: true,
        ..connected.start
    };
    let mut sender = Sender {
        stream: connected.stream,
        session: Session::new(options.identity, start),
        nick_fallback: options.nick_fallback,
        pending: Vec::new(),
        sent: 0,
    };
    sender
        .until(|event| Ok(matches!(event, Event::Registered(_))))
        .await?;
    let target = options.target;
    sender.ready().await?;
    // Join only if needed, so that nobody sees a join and a part; joining creates a missing
    // channel.
    if sender.session.isupport().is_channel(&target)
        && !(sender.session.supports(Feature::Outside) && sender.is_there(&target).await?)
    {
        sender.join(&target).await?;
    }
    let whole = matches!(options.what, SendInput::Whole);
    if whole && !sender.session.supports_multiline() {
        return Err("the server takes no messages of several lines; leave --multiline out".into());
    }
    let mut lines = lines(options.what);
    let (mut open, mut unread) = (true, 0);
    // Counted from the last acknowledgement, not from the last thing that the server said.
    let mut deadline = Instant::now() + PATIENCE;
    while open || !sender.pending.is_empty() {
        let waiting = sender.pending.len();
        // Flow control: stdin is read no faster than the server acknowledges.
        let room = sender.pending.len() < WINDOW;
        tokio::select! {
            line = lines.recv(), if open && room => match line {
                None => open = false,
                Some(Line::Text(line)) if whole => sender.send_multiline(&target, &line).await?,
                Some(Line::Text(line)) => sender.say(&target, line.trim_end()).await?,
                Some(Line::Unreadable(number)) => {
                    unread += 1;
                    eprintln!("parlour: line {number} is not UTF-8 and was not sent");
                }
                Some(Line::Broken(why)) => return Err(why),
            },
            // The server is read even while stdin is silent.
            event = sender.next_event() => sender.settle(event?)?,
            () = tokio::time::sleep_until(deadline), if !sender.pending.is_empty() => {
                return Err("the server does not answer".into());
            }
        }
        if waiting == 0 || sender.pending.len() < waiting {
            deadline = Instant::now() + PATIENCE;
        }
        sender.write().await?;
    }
    if sender.sent == 0 && given {
        return Err("there is nothing to say in the text".into());
    }
    sender.finish().await?;
    match unread {
        0 => Ok(()),
        1 => Err("1 line was not sent: it is not UTF-8".into()),
        some => Err(format!("{some} lines were not sent: they are not UTF-8")),
    }
}

impl Sender {
    /// Waits until everything is acknowledged, and leaves.
    async fn finish(&mut self) -> Result<(), String> {
        // The server handles lines in order: a PONG means that it has read all messages before.
        if self.sent > 0 && !self.session.acknowledges() {
            self.session.ping(LAST);
            self.until(|event| Ok(matches!(event, Event::Pong(token) if token == LAST)))
                .await?;
        }
        self.session.quit("");
        // Everything is acknowledged; a lost QUIT does not matter.
        let _ = self.write().await;
        let _ = self.stream.shutdown().await;
        Ok(())
    }

    async fn write(&mut self) -> Result<(), String> {
        let bytes = self.session.take_output();
        let writing = async {
            self.stream.write_all(&bytes).await?;
            self.stream.flush().await
        };
        match timeout(PATIENCE, writing).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(format!("the connection was lost: {error}")),
            Err(_) => Err("the server takes nothing".into()),
        }
    }

    /// Sends one line, split into as many messages as needed.
    async fn say(&mut self, target: &str, line: &str) -> Result<(), String> {
        if line.is_empty() {
            return Ok(());
        }
        let room = self.session.max_text_len(target);
        for piece in text::pieces(line, room) {
            let label = self.session.send_message(
                target,
                OutgoingMessage {
                    text: piece,
                    ..OutgoingMessage::default()
                },
            );
            self.sent += 1;
            self.pending.extend(label);
        }
        self.write().await
    }

    /// Sends a text of several lines as one message.
    async fn send_multiline(&mut self, target: &str, text: &str) -> Result<(), String> {
        let text = text.trim_matches('\n').trim_end();
        if text.is_empty() {
            return Ok(());
        }
        let (bytes, lines) = self.session.multiline_limits();
        if text.len() > bytes || text.split('\n').count() > lines {
            return Err(format!(
                "that is too much for one message: at most {bytes} bytes in {lines} lines; leave --multiline out"
            ));
        }
        let words = OutgoingMessage {
            text,
            ..OutgoingMessage::default()
        };
        let label = self.session.send_message(target, words);
        self.sent += 1;
        // Without labels there is no acknowledgement, and nothing becomes pending.
        self.pending.extend(label);
        self.write().await
    }

    /// Waits until the server has announced its features (ISUPPORT).
    async fn ready(&mut self) -> Result<(), String> {
        if self.session.is_ready() {
            return Ok(());
        }
        self.until(|event| Ok(matches!(event, Event::Ready))).await
    }

    /// Waits for the next event, without a timeout. Cancel safe.
    async fn next_event(&mut self) -> Result<Event, String> {
        loop {
            if let Some(event) = self.session.next_event() {
                return Ok(event);
            }
            let mut buffer = [0; 4096];
            match self.stream.read(&mut buffer).await {
                Ok(0) => return Err("the server closed the connection".into()),
                Ok(count) => self.session.receive(&buffer[..count]),
                Err(error) => return Err(format!("the connection was lost: {error}")),
            }
            // The session may owe an answer (PONG): return, so that the caller writes it.
            if self.session.has_no_events() {
                return Ok(Event::Acknowledged(String::new()));
            }
        }
    }

    /// Writes pending output and waits for the next event, at most [`PATIENCE`].
    async fn next(&mut self) -> Result<Event, String> {
        self.write().await?;
        match timeout(PATIENCE, self.next_event()).await {
            Ok(event) => event,
            Err(_) => Err("the server does not answer".into()),
        }
    }

    /// Waits for the event that `done` looks for. Errors from the server end it.
    async fn until(&mut self, done: impl Fn(&Event) -> Result<bool, String>) -> Result<(), String> {
        loop {
            let event = self.next().await?;
            if done(&event)? {
                return Ok(());
            }
            match event {
                Event::NickTaken { wanted, why, .. } if !self.nick_fallback => {
                    return Err(nick_taken(&wanted, &why));
                }
                Event::JoinRefused { channel, why } => {
                    return Err(safe(&format!("{channel}: {why}")));
                }
                Event::NickFailed(text)
                | Event::ServerText {
                    text, error: true, ..
                } => return Err(safe(&text)),
                Event::LoginFailed(why) => {
                    return Err(format!("the login failed: {}", safe(&why)));
                }
                Event::Closing(why) => {
                    return Err(format!("the server closes: {}", safe(&why)));
                }
                _ => {}
            }
        }
    }

    /// Returns whether the server lists a channel of this name.
    async fn is_there(&mut self, channel: &str) -> Result<bool, String> {
        self.session.list_channels(&[channel]);
        // `until` takes a shared closure.
        let found = std::cell::Cell::new(false);
        self.until(|event| {
            found.set(found.get() || matches!(event, Event::Listed(_)));
            Ok(matches!(event, Event::ListEnd))
        })
        .await?;
        Ok(found.get())
    }

    async fn join(&mut self, channel: &str) -> Result<(), String> {
        self.session.join(channel, "");
        self.until(|event| Ok(matches!(event, Event::Joined { own: true, .. })))
            .await
    }

    /// Removes an acknowledged message from the pending ones.
    fn settle(&mut self, event: Event) -> Result<(), String> {
        let label = match event {
            Event::Message(said) => said.label,
            Event::Acknowledged(label) => Some(label),
            Event::Refused { why, .. } => return Err(format!("not sent: {}", safe(&why))),
            Event::Closing(why) => return Err(format!("the server closes: {}", safe(&why))),
            _ => None,
        };
        self.pending
            .retain(|pending| Some(pending) != label.as_ref());
        Ok(())
    }
}

fn safe(text: &str) -> String {
    SafeText::new(text).to_string()
}

/// Returns the message about a nick that is taken.
pub(crate) fn nick_taken(wanted: &str, why: &str) -> String {
    safe(&format!(
        "the nick {wanted} is taken ({why}); name another with --nick, log into the account that it belongs to with --account, or let --nick-fallback take one that is like it"
    ))
}

/// Line of the text to send.
enum Line {
    Text(String),
    /// Number of a line that is not UTF-8.
    Unreadable(u64),
    Broken(String),
}

/// Starts a thread that reads the lines to send.
fn lines(what: SendInput) -> Receiver<Line> {
    let (sender, receiver) = mpsc::channel(WINDOW);
    tokio::task::spawn_blocking(move || {
        let broken = |error: io::Error| Line::Broken(format!("stdin cannot be read: {error}"));
        let text = |number, bytes: Vec<u8>| match String::from_utf8(bytes) {
            Ok(text) => Line::Text(text),
            Err(_) => Line::Unreadable(number),
        };
        match what {
            SendInput::Text(text) => {
                for line in text.lines() {
                    if sender.blocking_send(Line::Text(line.to_owned())).is_err() {
                        return;
                    }
                }
            }
            SendInput::Whole => {
                let mut all = Vec::new();
                let read = io::stdin().lock().read_to_end(&mut all);
                let line = read.map_or_else(broken, |_| text(1, all));
                // A closed channel means that the sender has ended.
                let _ = sender.blocking_send(line);
            }
            SendInput::Lines => {
                for (number, line) in (1..).zip(io::stdin().lock().split(b'\n')) {
                    let line = line.map_or_else(broken, |bytes| text(number, bytes));
                    let failed = matches!(line, Line::Broken(_));
                    if sender.blocking_send(line).is_err() || failed {
                        return;
                    }
                }
            }
        }
    });
    receiver
}

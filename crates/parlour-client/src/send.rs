//! `parlour send`: says something and waits until the server has kept it.

use std::io::{self, BufRead, Read};
use std::time::Duration;

use irc_wire::text;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc::{self, Receiver};
use tokio::time::timeout;

use crate::connect::{Stream, Trust, connect};
use crate::engine::{Event, Identity, OUTSIDE, OutgoingMessage, Session, Start};
use crate::{Address, SafeText};

/// What to say, and where.
pub struct SendOptions {
    /// The server.
    pub address: Address,
    /// As whom.
    pub identity: Identity,
    /// A channel or a nick.
    pub target: String,
    /// What.
    pub what: SendInput,
    /// Whom to trust.
    pub trust: Trust,
    /// Whether another nick will do, if that one is taken.
    pub nick_fallback: bool,
}

/// What to say.
pub enum SendInput {
    /// A text; each line is a message.
    Text(String),
    /// Each line of stdin.
    Lines,
    /// All of stdin, as one message.
    Whole,
}

/// How long the server may take for anything.
const PATIENCE: Duration = Duration::from_secs(30);
/// Messages that are on their way at once.
const WINDOW: usize = 32;
/// The token by which a server that acknowledges nothing shows that it has read all.
const LAST: &str = "parlour-send-last";

/// Says it. Returns when the server has acknowledged every message.
///
/// # Errors
/// A sentence that says what was not sent, and why.
pub fn run(options: SendOptions) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
    let result = runtime.block_on(send(options));
    // A thread that still waits for stdin is not waited for.
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
    let start = Start {
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
    // Where that is not needed, nobody sees one come and go; a room that is not there is made.
    if sender.session.isupport().is_channel(&target)
        && !(sender.session.has(OUTSIDE) && sender.is_there(&target).await?)
    {
        sender.join(&target).await?;
    }
    let whole = matches!(options.what, SendInput::Whole);
    if whole && !sender.session.takes_lines() {
        return Err("the server takes no messages of several lines; leave --multiline out".into());
    }
    let mut lines = lines(options.what);
    let (mut open, mut unread) = (true, 0);
    while open || !sender.pending.is_empty() {
        let room = sender.pending.len() < WINDOW;
        tokio::select! {
            line = lines.recv(), if open && room => match line {
                None => open = false,
                Some(Line::Text(line)) if whole => sender.say_whole(&target, &line).await?,
                Some(Line::Text(line)) => sender.say(&target, line.trim_end()).await?,
                Some(Line::Unreadable(number)) => {
                    unread += 1;
                    eprintln!("parlour: line {number} is not UTF-8 and was not sent");
                }
                Some(Line::Broken(why)) => return Err(why),
            },
            // While stdin is silent, the server is still listened to.
            event = sender.next_event() => sender.settle(event?)?,
            () = tokio::time::sleep(PATIENCE), if !sender.pending.is_empty() => {
                return Err("the server does not answer".into());
            }
        }
        sender.write().await?;
    }
    if sender.sent == 0 && given {
        return Err("there is nothing to say in the text".into());
    }
    if sender.sent > 0 && !sender.session.acknowledges() {
        sender.session.send(&["PING", LAST]);
        sender
            .until(|event| Ok(matches!(event, Event::Pong(token) if token == LAST)))
            .await?;
    }
    sender.session.send(&["QUIT"]);
    // All is acknowledged; a goodbye that does not arrive changes nothing.
    let _ = sender.write().await;
    let _ = sender.stream.shutdown().await;
    match unread {
        0 => Ok(()),
        1 => Err("1 line was not sent: it is not UTF-8".into()),
        some => Err(format!("{some} lines were not sent: they are not UTF-8")),
    }
}

impl Sender {
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

    /// Says one line, in as many pieces as it takes.
    async fn say(&mut self, target: &str, line: &str) -> Result<(), String> {
        if line.is_empty() {
            return Ok(());
        }
        let room = self.session.room_for(target);
        for piece in text::pieces(line, room) {
            let label = self.session.say(
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

    /// Says a text of several lines in one message.
    async fn say_whole(&mut self, target: &str, text: &str) -> Result<(), String> {
        let text = text.trim_matches('\n').trim_end();
        if text.is_empty() {
            return Ok(());
        }
        let (bytes, lines) = self.session.most_lines();
        if text.len() > bytes || text.split('\n').count() > lines {
            return Err(format!(
                "that is too much for one message: at most {bytes} bytes in {lines} lines; leave --multiline out"
            ));
        }
        let words = OutgoingMessage {
            text,
            ..OutgoingMessage::default()
        };
        let label = self.session.say(target, words);
        self.sent += 1;
        self.pending.extend(label);
        self.write().await
    }

    /// Waits until the server has told what it can.
    async fn ready(&mut self) -> Result<(), String> {
        if self.session.is_ready() {
            return Ok(());
        }
        self.until(|event| Ok(matches!(event, Event::Ready))).await
    }

    /// The next thing that happens, however long it takes. May be given up at any point.
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
            // What asks for an answer gets it in the next round.
            if self.session.next_is_none() {
                return Ok(Event::Taken(String::new()));
            }
        }
    }

    /// The next thing that happens, soon.
    async fn next(&mut self) -> Result<Event, String> {
        self.write().await?;
        match timeout(PATIENCE, self.next_event()).await {
            Ok(event) => event,
            Err(_) => Err("the server does not answer".into()),
        }
    }

    /// Waits for what `done` looks for; errors that the server tells end it.
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
                Event::NotEntered { channel, why } => {
                    return Err(safe(&format!("{channel}: {why}")));
                }
                Event::NoNick(text)
                | Event::Told {
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

    /// Whether the server lists a room of this name.
    async fn is_there(&mut self, channel: &str) -> Result<bool, String> {
        self.session.send(&["LIST", channel]);
        let found = std::cell::Cell::new(false);
        self.until(|event| {
            found.set(found.get() || matches!(event, Event::Listed(_)));
            Ok(matches!(event, Event::ListEnd))
        })
        .await?;
        Ok(found.get())
    }

    async fn join(&mut self, channel: &str) -> Result<(), String> {
        self.session.send(&["JOIN", channel]);
        self.until(|event| Ok(matches!(event, Event::Joined { own: true, .. })))
            .await
    }

    /// Takes a message off those that wait, if it is acknowledged.
    fn settle(&mut self, event: Event) -> Result<(), String> {
        let label = match event {
            Event::Message(said) => said.label,
            Event::Taken(label) => Some(label),
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

/// That a nick is taken, and what to do.
pub(crate) fn nick_taken(wanted: &str, why: &str) -> String {
    safe(&format!(
        "the nick {wanted} is taken ({why}); name another with --nick, log into the account that it belongs to with --account, or let --nick-fallback take one that is like it"
    ))
}

/// A line of what is to be said.
enum Line {
    Text(String),
    /// Its number; it is not UTF-8.
    Unreadable(u64),
    Broken(String),
}

/// What there is to say, as it comes.
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
                // Whoever does not want it any more has ended.
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

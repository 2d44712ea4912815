//! `parlour send`: sends messages and waits until the server has stored them.

use std::io::{self, BufRead, Read};

use irc_wire::text;
use tokio::sync::mpsc::{self, Receiver};
use tokio::time::Instant;

use crate::connect::Trust;
use crate::engine::{ChatMessage, Event, Feature, Identity, OutgoingMessage};
use crate::script::{self, PATIENCE, Script, ScriptEvent, ScriptOptions};
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

/// Maximum number of unacknowledged messages.
const WINDOW: usize = 32;
/// Messages to a server without acknowledgements between two PINGs, whose PONG stands for them.
const PINGED: usize = 16;
/// Maximum number of unanswered PINGs.
const PINGS: usize = 4;
/// Token of the PING that ends a transfer to a server without acknowledgements.
const LAST: &str = "parlour-send-last";

/// Sends the messages. Returns when the server has acknowledged each of them.
///
/// # Errors
/// Says what was not sent, and why, as a sentence.
pub fn run(options: SendOptions) -> Result<(), String> {
    script::run(send(options))
}

struct Sender {
    script: Script,
    /// Labels that are not acknowledged, and tokens of PINGs that are not answered.
    pending: Vec<String>,
    sent: usize,
}

async fn send(options: SendOptions) -> Result<(), String> {
    let given = matches!(options.what, SendInput::Text(_));
    if options.target.is_empty() || options.target.contains([',', ' ']) {
        return Err(format!("{:?} is not one room or nick", options.target));
    }
    let script = Script::start(ScriptOptions {
        address: options.address,
        identity: options.identity,
        trust: options.trust,
        nick_fallback: options.nick_fallback,
        outside: true,
        reconnects: false,
    });
    let mut sender = Sender {
        script,
        pending: Vec::new(),
        sent: 0,
    };
    let registered = |event: &Event| matches!(event, Event::Registered(_));
    sender.script.until(registered).await?;
    let target = options.target;
    sender.ready().await?;
    // Join only if needed, so that nobody sees a join and a part; joining creates a missing
    // channel.
    if sender.script.session.isupport().is_channel(&target)
        && !(sender.script.session.supports(Feature::Outside) && sender.is_there(&target).await?)
    {
        sender.join(&target).await?;
    }
    let whole = matches!(options.what, SendInput::Whole);
    if whole && !sender.script.session.supports_multiline() {
        return Err("the server takes no messages of several lines; leave --multiline out".into());
    }
    let mut lines = lines(options.what);
    let (mut open, mut unread) = (true, 0);
    // Counted from the last acknowledgement, not from the last thing that the server said.
    let mut deadline = Instant::now() + PATIENCE;
    while open || !sender.pending.is_empty() {
        let waiting = sender.pending.len();
        // Flow control: stdin is read no faster than the server acknowledges.
        let room = sender.has_room();
        tokio::select! {
            line = lines.recv(), if open && room => match line {
                None => open = false,
                Some(Line::Text(line)) if whole => sender.send_multiline(&target, &line)?,
                Some(Line::Text(line)) => sender.say(&target, line.trim_end()),
                Some(Line::Unreadable(number)) => {
                    unread += 1;
                    eprintln!("parlour: line {number} is not UTF-8 and was not sent");
                }
                Some(Line::Broken(why)) => return Err(why),
            },
            // The server is read even while stdin is silent.
            event = sender.script.next() => sender.settle(event?)?,
            () = tokio::time::sleep_until(deadline), if !sender.pending.is_empty() => {
                return Err("the server does not answer".into());
            }
        }
        if waiting == 0 || sender.pending.len() < waiting {
            deadline = Instant::now() + PATIENCE;
        }
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
    async fn finish(mut self) -> Result<(), String> {
        // The server handles lines in order: a PONG means that it has read all messages before.
        if self.sent > 0 && !self.script.session.acknowledges() {
            self.script.session.ping(LAST);
            let is_last = |event: &Event| matches!(event, Event::Pong(token) if token == LAST);
            self.script.until(is_last).await?;
        }
        self.script.quit().await;
        Ok(())
    }

    /// Sends one line, split into as many messages as needed.
    fn say(&mut self, target: &str, line: &str) {
        if line.is_empty() {
            return;
        }
        let room = self.script.session.max_text_len(target);
        for piece in text::pieces(line, room) {
            let label = self.script.session.send_message(
                target,
                OutgoingMessage {
                    text: piece,
                    ..OutgoingMessage::default()
                },
            );
            self.note_sent(label);
        }
    }

    /// Returns whether the server has acknowledged enough to be sent more.
    fn has_room(&self) -> bool {
        let most = if self.script.session.acknowledges() {
            WINDOW
        } else {
            PINGS
        };
        self.pending.len() < most
    }

    /// Notes a message as not acknowledged: by its label, or by a PING now and then.
    fn note_sent(&mut self, label: Option<String>) {
        self.sent += 1;
        self.pending.extend(label);
        if !self.script.session.acknowledges() && self.sent.is_multiple_of(PINGED) {
            // Lines are handled in order: the PONG comes after all messages before it.
            let token = format!("parlour-send-{}", self.sent);
            self.script.session.ping(&token);
            self.pending.push(token);
        }
    }

    /// Sends a text of several lines as one message.
    fn send_multiline(&mut self, target: &str, text: &str) -> Result<(), String> {
        let text = text.trim_matches('\n').trim_end();
        if text.is_empty() {
            return Ok(());
        }
        let (bytes, lines) = self.script.session.multiline_limits();
        if text.len() > bytes || text.split('\n').count() > lines {
            return Err(format!(
                "that is too much for one message: at most {bytes} bytes in {lines} lines; leave --multiline out"
            ));
        }
        let words = OutgoingMessage {
            text,
            ..OutgoingMessage::default()
        };
        let label = self.script.session.send_message(target, words);
        self.note_sent(label);
        Ok(())
    }

    /// Waits until the server has announced its features (ISUPPORT).
    async fn ready(&mut self) -> Result<(), String> {
        if self.script.session.is_ready() {
            return Ok(());
        }
        let is_ready = |event: &Event| matches!(event, Event::Ready);
        self.script.until(is_ready).await
    }

    /// Returns whether the server lists a channel of this name.
    async fn is_there(&mut self, channel: &str) -> Result<bool, String> {
        self.script.session.list_channels(&[channel]);
        let mut found = false;
        let ends = |event: &Event| {
            found |= matches!(event, Event::Listed(_));
            matches!(event, Event::ListEnd)
        };
        self.script.until(ends).await?;
        Ok(found)
    }

    async fn join(&mut self, channel: &str) -> Result<(), String> {
        self.script.session.join(channel, "");
        let joined = |event: &Event| matches!(event, Event::Joined { own: true, .. });
        self.script.until(joined).await
    }

    /// Removes an acknowledged message from the pending ones.
    fn settle(&mut self, event: ScriptEvent) -> Result<(), String> {
        let ScriptEvent::Session(event) = event else {
            return Ok(());
        };
        if let Event::Refused { why, .. } = &*event {
            return Err(format!("not sent: {}", SafeText::new(why)));
        }
        if let (Event::Closing(_), Some(why)) = (&*event, self.script.refusal(&event)) {
            return Err(why);
        }
        if let Event::Message(ChatMessage {
            label: Some(label), ..
        })
        | Event::Acknowledged(label)
        | Event::Pong(label) = *event
        {
            self.pending.retain(|pending| *pending != label);
        }
        Ok(())
    }
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

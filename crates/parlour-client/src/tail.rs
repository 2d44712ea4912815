//! `parlour tail`: follows a room as lines, for scripts and screens without cursors.

use std::collections::VecDeque;

use std::time::Duration;

use tokio::time::interval;

use crate::connect::Trust;
use crate::connection::{self, ConnectionCommand, ConnectionEvent};
use crate::engine::{ChatMessage, Event, Identity, Session, Start};
use crate::output_format::{self, OutputFormat};
use crate::{Address, SafeText, send};

/// What to follow.
pub struct TailOptions {
    /// The server.
    pub address: Address,
    /// As whom.
    pub identity: Identity,
    /// A channel, or a nick.
    pub target: String,
    /// JSON lines rather than text.
    pub json: bool,
    /// Whom to trust.
    pub trust: Trust,
    /// Whether another nick will do, if that one is taken.
    pub nick_fallback: bool,
}

/// Time between the questions whether the server is there.
const HEARTBEAT: Duration = Duration::from_secs(30);
/// Questions without an answer after which it is not.
const SILENT_BEATS: u32 = 3;
/// Messages that are asked for at once after a gap.
const GAP_PAGE: usize = 500;
/// Messages that wait while a gap is filled; what comes then is not held back any more.
const HELD: usize = 10_000;
/// Ids that are remembered, so that nothing is printed twice: more than a gap's page.
const REMEMBERED: usize = 2 * GAP_PAGE;

/// Follows until nobody reads any more.
///
/// # Errors
/// The server must not be trusted, the room cannot be entered, or stdout cannot be
/// written. A reader that has gone is no error.
pub fn run(options: TailOptions) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
    let result = runtime.block_on(follow(options));
    // A name that is still being looked up is not waited for.
    runtime.shutdown_background();
    result
}

/// Why following has ended.
enum End {
    /// Nobody reads.
    Unread,
    /// Something is wrong.
    Fault(String),
}

struct Tail {
    nick_fallback: bool,
    target: String,
    json: bool,
    session: Session,
    /// The ids of the last messages that were printed, newest last.
    printed: VecDeque<String>,
    /// The newest of them when more was asked for.
    asked: Option<String>,
    /// The server's time when the room was entered first.
    since: Option<u64>,
    /// What is said while a gap is being filled: it comes after what fills the gap.
    held: Option<Vec<ChatMessage>>,
}

async fn follow(options: TailOptions) -> Result<(), String> {
    let mut connection = connection::start(options.address, options.trust, None);
    let mut tail = Tail {
        nick_fallback: options.nick_fallback,
        target: options.target,
        json: options.json,
        session: Session::new(options.identity.clone(), Start::default()),
        printed: VecDeque::new(),
        asked: None,
        since: None,
        held: None,
    };
    let mut beat = interval(HEARTBEAT);
    let mut silent = 0;
    loop {
        let event = tokio::select! {
            event = connection.events.recv() => event,
            _ = beat.tick() => {
                silent += 1;
                let command = if silent > SILENT_BEATS {
                    ConnectionCommand::Drop("the server does not answer")
                } else if !tail.session.is_registered() {
                    continue;
                } else {
                    tail.session.send(&["PING", "parlour-tail"]);
                    ConnectionCommand::Send(tail.session.take_output())
                };
                if connection.commands.try_send(command).is_err() {
                    return Err("the connection has ended".into());
                }
                continue;
            }
        };
        silent = 0;
        let Some(event) = event else {
            return Err("the connection has ended".into());
        };
        let outcome = tail.on_connection(&options.identity, event);
        match outcome {
            Ok(()) => {}
            Err(End::Unread) => return Ok(()),
            Err(End::Fault(reason)) => return Err(reason),
        }
        let output = tail.session.take_output();
        if !output.is_empty()
            && connection
                .commands
                .send(ConnectionCommand::Send(output))
                .await
                .is_err()
        {
            return Err("the connection has ended".into());
        }
    }
}

impl Tail {
    /// Takes what happens on the connection.
    fn on_connection(&mut self, identity: &Identity, event: ConnectionEvent) -> Result<(), End> {
        match event {
            ConnectionEvent::Connected { remark, start, .. } => {
                self.session = Session::new(identity.clone(), start);
                self.held = None;
                if let Some(remark) = remark {
                    eprintln!("parlour: {}", SafeText::new(&remark));
                }
                Ok(())
            }
            ConnectionEvent::Bytes(bytes) => self.receive(&bytes),
            ConnectionEvent::Lost { reason, wait } => {
                if !reason.is_empty() {
                    eprintln!(
                        "parlour: {}; trying again in {wait} s",
                        SafeText::new(&reason)
                    );
                }
                Ok(())
            }
            ConnectionEvent::Held(reason) | ConnectionEvent::Ended(reason) => {
                Err(End::Fault(reason))
            }
            ConnectionEvent::Changed {
                server,
                before,
                now,
            } => Err(End::Fault(connection::changed(&server, &before, &now))),
        }
    }

    fn receive(&mut self, bytes: &[u8]) -> Result<(), End> {
        self.session.receive(bytes);
        while let Some(event) = self.session.next_event() {
            match event {
                Event::Registered(_) if self.target.starts_with(['#', '&']) => {
                    let target = self.target.clone();
                    self.session.send(&["JOIN", &target]);
                }
                Event::Joined { own: true, .. } => self.fill_gap(),
                Event::History(page) => {
                    for event in page.events {
                        if let Event::Message(said) = event {
                            self.print(&said)?;
                        }
                    }
                    // A full page, and something new on it: there may be more.
                    if page.count >= self.page() && self.printed.back() != self.asked.as_ref() {
                        self.fill_gap();
                    } else {
                        self.release()?;
                    }
                }
                Event::HistoryRefused { .. } => self.release()?,
                Event::Message(said) => match &mut self.held {
                    Some(held) if !said.history && held.len() < HELD => held.push(said),
                    _ => self.print(&said)?,
                },
                Event::NickTaken { wanted, why, .. } if !self.nick_fallback => {
                    return Err(End::Fault(send::nick_taken(&wanted, &why)));
                }
                Event::LoginFailed(why) => {
                    let why = SafeText::new(&why);
                    return Err(End::Fault(format!("the login failed: {why}")));
                }
                Event::NotEntered { channel, why } => {
                    let why = SafeText::new(&format!("{channel}: {why}"));
                    return Err(End::Fault(why.to_string()));
                }
                Event::NoNick(text)
                | Event::Told {
                    text, error: true, ..
                }
                | Event::Refused { why: text, .. } => {
                    return Err(End::Fault(SafeText::new(&text).to_string()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Prints what was said while a gap was being filled.
    fn release(&mut self) -> Result<(), End> {
        for said in self.held.take().unwrap_or_default() {
            self.print(&said)?;
        }
        Ok(())
    }

    /// Messages that the server gives at once.
    fn page(&self) -> usize {
        match self.session.isupport().history {
            0 => GAP_PAGE,
            most => most.min(GAP_PAGE),
        }
    }

    /// Asks for what was said since the last line that was printed.
    fn fill_gap(&mut self) {
        let point = match (self.printed.back(), self.since) {
            (Some(last), _) => format!("msgid={last}"),
            (None, Some(since)) => format!("timestamp={}", irc_wire::time::format(since)),
            (None, None) => {
                self.since = self.session.clock();
                return;
            }
        };
        if self.session.has("draft/chathistory") {
            let target = self.target.clone();
            self.session.send(&[
                "CHATHISTORY",
                "AFTER",
                &target,
                &point,
                &self.page().to_string(),
            ]);
            self.asked = self.printed.back().cloned();
            self.held.get_or_insert_default();
        }
    }

    fn print(&mut self, said: &ChatMessage) -> Result<(), End> {
        if !self
            .session
            .isupport()
            .casemap
            .same(&said.buffer, &self.target)
        {
            return Ok(());
        }
        if let Some(id) = &said.msgid {
            if self.printed.contains(id) {
                return Ok(());
            }
            if self.printed.len() == REMEMBERED {
                self.printed.pop_front();
            }
            self.printed.push_back(id.clone());
        }
        let form = if self.json {
            OutputFormat::Json
        } else {
            OutputFormat::Lines
        };
        match output_format::print(said, form) {
            Ok(true) => Ok(()),
            Ok(false) => Err(End::Unread),
            Err(error) => Err(End::Fault(error)),
        }
    }
}

//! `parlour tail`: follows a channel as lines, for scripts and simple terminals.

use std::collections::VecDeque;

use std::time::Duration;

use tokio::time::interval;

use crate::connect::Trust;
use crate::connection::{self, ConnectionCommand, ConnectionEvent};
use crate::engine::{ChatMessage, Event, Feature, HistoryRange, Identity, Session, SessionOptions};
use crate::output_format::{self, OutputFormat};
use crate::{Address, SafeText, send};

/// Options of `parlour tail`.
pub struct TailOptions {
    /// Address of the server.
    pub address: Address,
    /// Nick, real name and login.
    pub identity: Identity,
    /// Channel or nick to follow.
    pub target: String,
    /// Set to print JSON lines.
    pub json: bool,
    /// Trust settings.
    pub trust: Trust,
    /// Set to accept another nick if this one is taken.
    pub nick_fallback: bool,
}

/// Interval of pings.
const HEARTBEAT: Duration = Duration::from_secs(30);
/// Intervals without a sign of life after which the connection is dropped.
const SILENT_BEATS: u32 = 3;
/// Maximum number of messages per request after a gap.
const GAP_PAGE: usize = 500;
/// Maximum number of held messages while a gap is filled; later ones are printed at once.
const HELD: usize = 10_000;
/// Number of remembered message ids, against printing twice: more than a page.
const REMEMBERED: usize = 2 * GAP_PAGE;

/// Follows the target until the reader of stdout has gone.
///
/// # Errors
/// The server must not be trusted, the channel cannot be joined, or stdout cannot be written. A
/// reader that has gone is no error.
pub fn run(options: TailOptions) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
    let result = runtime.block_on(follow(options));
    // A pending DNS lookup blocks its thread and is not waited for.
    runtime.shutdown_background();
    result
}

/// Reason for the end of following.
enum End {
    /// Reader of stdout has gone.
    Unread,
    /// Failure, as a message.
    Fault(String),
}

struct Tail {
    nick_fallback: bool,
    target: String,
    json: bool,
    session: Session,
    /// Ids of the messages printed last, newest last.
    printed: VecDeque<String>,
    /// Newest printed id at the time of the last request.
    asked: Option<String>,
    /// Server's time at the first join.
    since: Option<u64>,
    /// Messages received while a gap is filled; printed after it.
    held: Option<Vec<ChatMessage>>,
}

async fn follow(options: TailOptions) -> Result<(), String> {
    let mut connection = connection::start(options.address, options.trust, None);
    let mut tail = Tail {
        nick_fallback: options.nick_fallback,
        target: options.target,
        json: options.json,
        session: Session::new(options.identity.clone(), SessionOptions::default()),
        printed: VecDeque::new(),
        asked: None,
        since: None,
        held: None,
    };
    let mut beat = interval(HEARTBEAT);
    // Any event of the connection counts as a sign of life.
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
                    tail.session.ping("parlour-tail");
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
    /// Handles an event of the connection.
    fn on_connection(&mut self, identity: &Identity, event: ConnectionEvent) -> Result<(), End> {
        match event {
            ConnectionEvent::Connected { remark, start, .. } => {
                self.session = Session::new(identity.clone(), start);
                // Held messages are dropped: the next gap request returns them, as they were not
                // printed.
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
                    self.session.join(&target, "");
                }
                Event::Joined { own: true, .. } => self.fill_gap(),
                Event::History(page) => {
                    for event in page.events {
                        if let Event::Message(said) = event {
                            self.print(&said)?;
                        }
                    }
                    // A full page with something new on it: there may be more.
                    // Without the second condition a server that repeats its page would be asked
                    // for ever.
                    if page.count >= self.page() && self.printed.back() != self.asked.as_ref() {
                        self.fill_gap();
                    } else {
                        self.release()?;
                    }
                }
                Event::HistoryRefused { .. } => self.release()?,
                Event::Message(said) => match &mut self.held {
                    // Live messages wait: printed now, they would come before the older ones of the
                    // gap.
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
                Event::JoinRefused { channel, why } => {
                    let why = SafeText::new(&format!("{channel}: {why}"));
                    return Err(End::Fault(why.to_string()));
                }
                Event::NickFailed(text)
                | Event::ServerText {
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

    /// Prints the messages held while a gap was filled.
    fn release(&mut self) -> Result<(), End> {
        for said in self.held.take().unwrap_or_default() {
            self.print(&said)?;
        }
        Ok(())
    }

    /// Returns the number of messages the server gives per request.
    fn page(&self) -> usize {
        match self.session.isupport().history {
            0 => GAP_PAGE,
            most => most.min(GAP_PAGE),
        }
    }

    /// Requests the messages since the last printed one.
    fn fill_gap(&mut self) {
        let point = match (self.printed.back(), self.since) {
            (Some(last), _) => format!("msgid={last}"),
            (None, Some(since)) => format!("timestamp={}", irc_wire::time::format(since)),
            // Nothing to fill at the first join: only remember when it was.
            (None, None) => {
                self.since = self.session.clock();
                return;
            }
        };
        if self.session.supports(Feature::History) {
            let target = self.target.clone();
            let (range, limit) = (HistoryRange::After, self.page());
            self.session.fetch_history(&target, range, &point, limit);
            self.asked = self.printed.back().cloned();
            // Messages held for an earlier page of the same gap stay.
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
            // A gap's page may overlap what was printed live.
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

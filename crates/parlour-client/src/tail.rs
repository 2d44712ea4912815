//! `parlour tail`: follows a channel as lines, for scripts and simple terminals.

use std::collections::VecDeque;

use crate::Address;
use crate::connect::Trust;
use crate::engine::{ChatMessage, Event, Feature, HistoryRange, Identity, Page};
use crate::output_format::{self, OutputFormat};
use crate::script::{self, Script, ScriptEvent, ScriptOptions};

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
    script::run(follow(options))
}

/// Reason for the end of following.
enum End {
    /// Reader of stdout has gone.
    Unread,
    /// Failure, as a message.
    Fault(String),
}

struct Tail {
    script: Script,
    target: String,
    json: bool,
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
    let script = Script::start(ScriptOptions {
        address: options.address,
        identity: options.identity,
        trust: options.trust,
        nick_fallback: options.nick_fallback,
        outside: false,
        reconnects: true,
    });
    let mut tail = Tail {
        script,
        target: options.target,
        json: options.json,
        printed: VecDeque::new(),
        asked: None,
        since: None,
        held: None,
    };
    loop {
        let outcome = match tail.script.next().await? {
            // Held messages are dropped: the next gap request returns them, as they were not
            // printed.
            ScriptEvent::Connected { .. } => {
                tail.held = None;
                Ok(())
            }
            ScriptEvent::Session(event) => tail.event(*event),
        };
        match outcome {
            Ok(()) => {}
            Err(End::Unread) => return Ok(()),
            Err(End::Fault(reason)) => return Err(reason),
        }
    }
}

impl Tail {
    /// Handles an event of the session.
    fn event(&mut self, event: Event) -> Result<(), End> {
        if let Some(why) = self.script.refusal(&event) {
            return Err(End::Fault(why));
        }
        if let Event::Registered(_) = event {
            if self.target.starts_with(['#', '&']) {
                self.script.session.join(&self.target, "");
            }
        } else if let Event::Joined { own: true, .. } = event {
            self.fill_gap();
        } else if let Event::History(page) = event {
            self.page(page)?;
        } else if let Event::HistoryRefused { .. } = event {
            self.release()?;
        } else if let Event::Message(said) = event {
            match &mut self.held {
                // Live messages wait: printed now, they would come before the older ones of the
                // gap.
                Some(held) if !said.history && held.len() < HELD => held.push(said),
                Some(_) | None => self.print(&said)?,
            }
        }
        Ok(())
    }

    /// Prints a page of the gap, and requests the next one.
    fn page(&mut self, page: Page) -> Result<(), End> {
        for event in page.events {
            if let Event::Message(said) = event {
                self.print(&said)?;
            }
        }
        // A full page with something new on it: there may be more.
        // Without the second condition a server that repeats its page would be asked for ever.
        if page.count >= self.page_size() && self.printed.back() != self.asked.as_ref() {
            self.fill_gap();
            Ok(())
        } else {
            self.release()
        }
    }

    /// Prints the messages held while a gap was filled.
    fn release(&mut self) -> Result<(), End> {
        for said in self.held.take().unwrap_or_default() {
            self.print(&said)?;
        }
        Ok(())
    }

    /// Returns the number of messages the server gives per request.
    fn page_size(&self) -> usize {
        match self.script.session.isupport().history {
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
                self.since = self.script.session.clock();
                return;
            }
        };
        if self.script.session.supports(Feature::History) {
            let target = self.target.clone();
            let (range, limit) = (HistoryRange::After, self.page_size());
            self.script
                .session
                .fetch_history(&target, range, &point, limit);
            self.asked = self.printed.back().cloned();
            // Messages held for an earlier page of the same gap stay.
            self.held.get_or_insert_default();
        }
    }

    fn print(&mut self, said: &ChatMessage) -> Result<(), End> {
        if !self
            .script
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

//! Lines from a client: framing, parsing, and the requests made from them.

use crate::dialect::Dialect;
use irc_wire::message::ParseError;
use irc_wire::tags::Tags;
use irc_wire::{Framed, Framer, MAX_CLIENT_TAG_DATA, Message};
use parlour_core::{CallId, Change, Question, Request};

use super::commands::batch;
use super::dispatch;
use super::error_reply::ErrorReply;
use super::placed::PlacedReply;
use crate::context::Context;
use crate::irc::door::{BODY_LIMIT, IrcDoor, Stage};
use crate::irc::plan::{Plan, Step};

/// Length at which a line counts as a flood and ends the connection: more than three times the
/// longest line.
const FLOOD: usize = 16 * 1024;
const FLOOD_WORDS: &str = "A line without end";

impl IrcDoor {
    /// Processes the lines that have arrived, as far as limits allow.
    pub(super) fn read_lines(&mut self, cx: &mut Context) {
        while cx.may_read()
            && self.awaited_call.is_none()
            && matches!(self.stage, Stage::New | Stage::Registered)
        {
            // Taken out for the turn, since the line borrows from it while `self` is changed.
            let mut framer = std::mem::replace(&mut self.framer, Framer::new(0));
            let more = match framer.next_line() {
                None => false,
                Some(Framed::TooLong(bytes)) => {
                    if bytes > FLOOD {
                        self.end(cx, FLOOD_WORDS);
                    } else {
                        self.refuse(cx, b"", ErrorReply::too_long());
                    }
                    true
                }
                Some(Framed::Line(line)) => {
                    self.line(cx, line);
                    true
                }
            };
            self.framer = framer;
            if !more {
                // A line without end never comes out of the framer: its length is checked here.
                if self.framer.overflown() > FLOOD {
                    self.end(cx, FLOOD_WORDS);
                }
                return;
            }
        }
    }

    /// Checks the length and encoding of a line, and parses it.
    fn line(&mut self, cx: &mut Context, line: &[u8]) {
        let body = if line.first() == Some(&b'@') {
            let tags = memchr::memchr(b' ', line).unwrap_or(line.len());
            if tags > MAX_CLIENT_TAG_DATA + 1 {
                return self.refuse(cx, line, ErrorReply::too_long());
            }
            // Without a space, all of the line is tags.
            line.len() - tags.min(line.len() - 1) - 1
        } else {
            line.len()
        };
        if body > BODY_LIMIT {
            return self.refuse(cx, line, ErrorReply::too_long());
        }
        let Ok(text) = std::str::from_utf8(line) else {
            return self.refuse(cx, line, ErrorReply::not_utf8(line));
        };
        match Message::parse(text) {
            Ok(message) => self.message(cx, text, &message),
            Err(ParseError::Empty) => {}
            Err(fault) => self.refuse(cx, line, ErrorReply::unreadable(fault)),
        }
    }

    /// Refuses a line that cannot be parsed, with its label if the tags are readable; an open batch
    /// fails.
    fn refuse(&mut self, cx: &mut Context, line: &[u8], complaint: ErrorReply) {
        let data = line.strip_prefix(b"@").unwrap_or_default();
        let data = data.split(|&b| b == b' ').next().unwrap_or_default();
        // The tags may be readable although the rest of the line is not.
        let readable = data
            .split(|&b| b == b';')
            .filter_map(|tag| std::str::from_utf8(tag).ok());
        let data = readable.collect::<Vec<_>>().join(";");
        let tags = Tags::new(&data);
        if batch::fail_for_unreadable(self, cx, &tags) {
            return;
        }
        let label = self.label(&tags);
        match self.stage {
            Stage::New => {
                let from = cx.out.len();
                self.complain(cx, complaint);
                self.answered_early(cx, label, from);
            }
            Stage::Registering | Stage::Registered | Stage::Quitting => {
                self.perform(cx, label, vec![Step::Error(complaint)], "")
            }
        }
    }

    /// Closes the connection for a violation.
    fn end(&mut self, cx: &mut Context, reason: &str) {
        if self.stage == Stage::New {
            self.error(cx, reason);
            cx.close = Some(reason.to_owned());
        } else {
            self.quit(cx, reason);
        }
    }

    /// Turns a parsed line into steps and performs them.
    fn message(&mut self, cx: &mut Context, text: &str, message: &Message) {
        let label = self.label(&message.tags);
        if self.stage == Stage::New {
            return self.message_before_registration(cx, message, label);
        }
        if batch::take(self, cx, message, &label) {
            return;
        }
        let mut plan = Plan::new(self, cx);
        dispatch::plan(message, &mut plan);
        let (steps, asked) = (plan.steps, plan.asked);
        for step in &steps {
            // A request for *playback cancels the automatic replay of its targets.
            if let Step::Ask(Question::Replay(question)) = step {
                self.note_replay(&question.targets);
            }
        }
        let is_ping = message.command.eq_ignore_ascii_case("PING");
        let ping = message.params.non_empty(0).filter(|_| is_ping);
        let ping = ping.map(str::to_owned);
        // CAP and AUTHENTICATE pause reading, so that the next line is read with their result; a
        // long answer, so that only one is in flight.
        let pauses = match steps.as_slice() {
            [Step::Local] => is_negotiation(message.command),
            [Step::Ask(question)] => is_long(question),
            _ => false,
        };
        self.perform(cx, label, steps, text);
        // The call of `perform`: each of the cases below has at least one step.
        let call = CallId(self.next_call);
        if let Some(token) = ping {
            self.pings.wait(call, &token);
            // The echo of this PING is held back by the commit gate: it is answered at once.
            if cx.store_unwritable {
                self.pings.answer(cx);
            }
        }
        if pauses {
            self.awaited_call = Some(call);
        }
        if let Some(asked) = asked {
            self.asked.push((call, asked));
        }
    }

    /// Sends the steps of a line to the core. `text` is the line itself, for steps that the door
    /// answers when the core returns it in order.
    pub(super) fn perform(
        &mut self,
        cx: &mut Context,
        label: Option<String>,
        mut steps: Vec<Step>,
        text: &str,
    ) {
        if steps.is_empty() {
            if label.is_none() {
                return;
            }
            // Nothing, so that the ACK of the label keeps its place.
            steps.push(Step::Nothing);
        }
        let call = self.next_call();
        let labelled = label.is_some();
        if let Some(label) = label {
            self.labels.open(call, label);
        }
        // The core reports `done` after the last step only: that closes the label.
        let last = steps.len() - 1;
        for (index, step) in steps.into_iter().enumerate() {
            let request = self.request(call, step, text);
            cx.call(call, labelled && index == last, request);
        }
    }

    /// Converts a step to a request. What the door answers itself waits for its barrier.
    fn request(&mut self, call: CallId, step: Step, text: &str) -> Request {
        let (barrier, reply) = match step {
            Step::Do(change) => {
                if matches!(change, Change::Quit { .. }) {
                    // Stops `proceed`: nothing is read after QUIT, not even what has arrived
                    // already.
                    self.stage = Stage::Quitting;
                }
                return Request::Do(change);
            }
            Step::Set(change) => return Request::Set(change),
            Step::Ask(question) => return Request::Ask(question),
            Step::Nothing => (Question::Barrier, PlacedReply::Nothing),
            Step::Error(complaint) => (Question::Barrier, PlacedReply::Error(complaint)),
            Step::Local => (Question::Barrier, PlacedReply::Line(text.to_owned())),
            Step::LocalIfOnline(nick) => {
                let barrier = Question::BarrierIfOnline(nick.into());
                (barrier, PlacedReply::Line(text.to_owned()))
            }
            Step::Service(service, lines) => {
                (Question::Barrier, PlacedReply::Service(service, lines))
            }
            Step::Echo { target, text } => (Question::Barrier, PlacedReply::Own { target, text }),
        };
        self.placed.push(call, reply);
        Request::Ask(barrier)
    }

    /// Returns the label of a message, if the client has enabled labels and the label is valid
    /// (labeled-response: at most 64 bytes).
    fn label(&self, tags: &Tags) -> Option<String> {
        if !self.caps.labels() {
            return None;
        }
        let label = tags.get("label")?;
        (!label.is_empty() && label.len() <= 64).then(|| label.into_owned())
    }

    fn message_before_registration(
        &mut self,
        cx: &mut Context,
        message: &Message,
        label: Option<String>,
    ) {
        let from = cx.out.len();
        dispatch::early(self, cx, message);
        self.answered_early(cx, label, from);
    }

    /// Assigns the answer of an unregistered client, in `out` from `from` on, to a label.
    fn answered_early(&mut self, cx: &mut Context, label: Option<String>, from: usize) {
        let Some(label) = label else { return };
        if self.stage == Stage::New {
            let call = self.awaited_call.unwrap_or_else(|| self.next_call());
            self.labels.open(call, label);
            self.labels.collect(call, &mut cx.out, from);
            // The answer of a pending account request belongs to the label as well, and closes it.
            if self.awaited_call.is_none() {
                self.done(cx, call);
            }
        } else {
            // Registration was requested: the answer of the core closes the label (see `reply`).
            let call = CallId(self.next_call);
            self.labels.open(call, label);
            self.labels.collect(call, &mut cx.out, from);
        }
    }
}

/// Returns whether a command changes how the next line is read.
fn is_negotiation(command: &str) -> bool {
    ["CAP", "AUTHENTICATE"]
        .iter()
        .any(|name| name.eq_ignore_ascii_case(command))
}

/// Returns whether an answer may grow with the size of the server or of its history.
fn is_long(question: &Question) -> bool {
    matches!(
        question,
        Question::List(_)
            | Question::Who(_)
            | Question::Names(_)
            | Question::Whois(_)
            | Question::Whowas(..)
            | Question::ModeList(..)
            | Question::History(_)
            | Question::Conversations(..)
            | Question::Replay(_)
            | Question::Search(_)
            | Question::Metadata(..)
    )
}

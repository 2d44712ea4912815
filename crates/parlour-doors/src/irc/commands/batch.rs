//! BATCH from a client: multiline messages (draft/multiline).
//!
//! The lines of a batch are gathered as they arrive. Closing it makes them one request, with the
//! label of its opening line. A violation ends the batch with one FAIL; its remaining lines are
//! ignored.

use std::sync::Arc;

use irc_wire::tags::Tags;
use irc_wire::{Message, text};
use parlour_core::Change;
use parlour_core::request::{MessageKind, SendMessage};

use super::message;
use crate::context::Context;
use crate::irc::batches::{Gathered, OpenBatch};
use crate::irc::caps::Cap;
use crate::irc::ctcp::is_ctcp;
use crate::irc::door::IrcDoor;
use crate::irc::error_reply::ErrorReply;
use crate::irc::plan::{Plan, Step};

/// Type of the batch.
const MULTILINE: &str = "draft/multiline";
/// Tag that joins a line to the one before.
const CONCAT: &str = "draft/multiline-concat";

/// Handles a line that opens, fills or closes a batch. Returns false for any other line.
pub(in crate::irc) fn take(
    door: &mut IrcDoor,
    cx: &mut Context,
    line: &Message,
    label: &Option<String>,
) -> bool {
    if !door.caps.multiline() {
        return false;
    }
    if line.command.eq_ignore_ascii_case("BATCH") {
        match line.params.get(0).map(|word| word.split_at_checked(1)) {
            Some(Some(("+", reference))) => open(door, cx, line, reference, label.clone()),
            Some(Some(("-", reference))) => close(door, cx, reference, label.clone()),
            _ => {
                let why = invalid("BATCH takes +reference or -reference");
                fail(door, cx, label.clone(), why);
            }
        }
        return true;
    }
    let Some(reference) = line.tags.get("batch") else {
        // PING, PONG and QUIT may be sent between the lines of a batch.
        let neutral = ["PING", "PONG", "QUIT"];
        let breaks = !neutral
            .iter()
            .any(|verb| line.command.eq_ignore_ascii_case(verb));
        // The batch fails, but the command itself is still executed.
        if breaks {
            let why = invalid("Another command came before the batch was closed");
            fail_open(door, cx, why);
        }
        return false;
    };
    if let Some(open) = &mut door.batches.open
        && open.reference == reference
    {
        if let Err(complaint) = open.gathered.add(line, cx) {
            fail_open(door, cx, complaint);
        }
    } else if !door.batches.has_failed(&reference, false) {
        unknown(door, cx, &reference, label.clone());
    }
    true
}

/// Fails the open batch for an unreadable line, unless the line names another batch. Returns false
/// if no batch was failed.
pub(in crate::irc) fn fail_for_unreadable(
    door: &mut IrcDoor,
    cx: &mut Context,
    tags: &Tags,
) -> bool {
    let reference = tags.get("batch");
    let inside = door
        .batches
        .open
        .as_ref()
        .is_some_and(|open| reference.is_none_or(|named| named == open.reference));
    if inside {
        let why = invalid("A line of the batch was too long, or no UTF-8; nothing was said");
        fail_open(door, cx, why);
    }
    inside
}

/// Fails the open batch. Returns false if there is none.
fn fail_open(door: &mut IrcDoor, cx: &mut Context, why: ErrorReply) -> bool {
    let Some(open) = door.batches.open.take() else {
        return false;
    };
    door.batches.remember_failed(&open.reference);
    fail(door, cx, open.label, why);
    true
}

/// Refuses a reference that no batch has; the open batch fails with it.
fn unknown(door: &mut IrcDoor, cx: &mut Context, reference: &str, label: Option<String>) {
    let why = || invalid("There is no open batch with this reference");
    // The failed reference is remembered, so that there is one FAIL for all of its lines.
    let told = fail_open(door, cx, why());
    door.batches.remember_failed(reference);
    // One FAIL is enough, but a label needs a response of its own.
    if label.is_some() || !told {
        fail(door, cx, label, why());
    }
}

fn open(
    door: &mut IrcDoor,
    cx: &mut Context,
    line: &Message,
    reference: &str,
    label: Option<String>,
) {
    if door.batches.open.is_some() {
        // Lines could belong to either batch: both fail.
        let why = || invalid("One batch at a time; both are dropped");
        fail_open(door, cx, why());
        door.batches.remember_failed(reference);
        if label.is_some() {
            fail(door, cx, label, why());
        }
        return;
    }
    let (kind, target) = (line.params.get(1), line.params.non_empty(2));
    // The reference is remembered and repeated to the client, so its length is bounded.
    let fits = !reference.is_empty() && reference.len() <= 64;
    let Some(target) = target.filter(|_| fits && kind == Some(MULTILINE)) else {
        let why = invalid("Usage: BATCH +reference draft/multiline target");
        door.batches.remember_failed(text::cut(reference, 64));
        return fail(door, cx, label, why);
    };
    // The client may reuse the reference of a failed batch.
    door.batches.has_failed(reference, true);
    let plan = Plan::new(door, cx);
    let tags = message::tags(line, &plan);
    door.batches.open = Some(Box::new(OpenBatch {
        reference: reference.to_owned(),
        label,
        gathered: Gathered {
            target: target.to_owned(),
            tags,
            kind: None,
            text: String::new(),
            splits: Vec::new(),
            lines: 0,
        },
    }));
}

impl Gathered {
    fn add(&mut self, line: &Message, cx: &Context) -> Result<(), ErrorReply> {
        let kind = if line.command.eq_ignore_ascii_case("PRIVMSG") {
            MessageKind::Message
        } else if line.command.eq_ignore_ascii_case("NOTICE") {
            MessageKind::Notice
        } else {
            return Err(invalid("Only PRIVMSG or NOTICE stands in such a batch"));
        };
        // The first line decides between PRIVMSG and NOTICE.
        if *self.kind.get_or_insert(kind) != kind {
            return Err(invalid(
                "All lines of a batch are PRIVMSG, or all are NOTICE",
            ));
        }
        let (Some(target), Some(text)) = (line.params.get(0), line.params.get(1)) else {
            return Err(invalid("A line of the batch lacks its target or text"));
        };
        let chat = &cx.settings.chat;
        if !chat.casemapping.same(target, &self.target) {
            return Err(fault(
                "MULTILINE_INVALID_TARGET",
                &[&self.target, target],
                "A line of the batch goes elsewhere",
            ));
        }
        let concat = line.tags.has(CONCAT);
        if concat && text.is_empty() {
            return Err(invalid("A blank line cannot be joined to the one before"));
        }
        if self.lines > 0 && concat {
            self.splits.push(self.text.len() as u32);
        } else if self.lines > 0 {
            self.text.push('\n');
        }
        self.text.push_str(text);
        // The limits are checked after the append: the excess is at most one line, and the batch is
        // dropped.
        self.lines += 1;
        let l = &chat.limits;
        if self.lines > l.multiline_lines {
            let most = l.multiline_lines.to_string();
            let why = "A message has no more lines than this";
            return Err(fault("MULTILINE_MAX_LINES", &[&most], why));
        }
        if self.text.len() > l.multiline_bytes {
            let most = l.multiline_bytes.to_string();
            let why = "A message has no more bytes than this";
            return Err(fault("MULTILINE_MAX_BYTES", &[&most], why));
        }
        Ok(())
    }

    fn into_message(self, outside: bool) -> Option<SendMessage> {
        let blank = self.text.bytes().all(|b| b == b'\n');
        let splits = (!self.splits.is_empty()).then(|| Arc::from(self.splits));
        (!blank).then(|| SendMessage {
            kind: self.kind.unwrap_or(MessageKind::Message),
            target: message::target(&self.target),
            ctcp: is_ctcp(&self.text, &splits),
            text: self.text.into(),
            splits,
            tags: self.tags,
            kept: true,
            outside,
        })
    }
}

fn close(door: &mut IrcDoor, cx: &mut Context, reference: &str, label: Option<String>) {
    let batches = &mut door.batches;
    let Some(open) = batches.open.take_if(|open| open.reference == reference) else {
        if !batches.has_failed(reference, true) {
            unknown(door, cx, reference, label);
            // This line was its end: nothing more comes of the reference.
            door.batches.has_failed(reference, true);
        }
        return;
    };
    let label = open.label;
    let outside = door.caps.has(Cap::Outside);
    match open.gathered.into_message(outside) {
        Some(saying) => door.perform(cx, label, vec![Step::Do(Change::Send(saying))], ""),
        None => {
            let why = invalid("A message has at least one line that is not blank");
            fail(door, cx, label, why);
        }
    }
}

fn fail(door: &mut IrcDoor, cx: &mut Context, label: Option<String>, complaint: ErrorReply) {
    door.perform(cx, label, vec![Step::Error(complaint)], "");
}

fn invalid(text: &str) -> ErrorReply {
    fault("MULTILINE_INVALID", &[], text)
}

fn fault(code: &str, context: &[&str], text: &str) -> ErrorReply {
    ErrorReply::fail("BATCH", code, context, text)
}

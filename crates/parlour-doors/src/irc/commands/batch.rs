//! BATCH from a client: messages of several lines (draft/multiline).
//!
//! The lines of a batch are gathered as they come; only when it is closed does it become one
//! request, with the label of its opening line. Whatever breaks a rule ends the batch with one
//! FAIL, and what still comes of it is passed over.

use std::sync::Arc;

use irc_wire::Message;
use parlour_core::request::{SayKind, Saying};
use parlour_core::{Change, Name};

use super::{Plan, Step, message};
use crate::irc::IrcDoor;
use crate::irc::complaint::Complaint;
use crate::turn::Turn;

/// The type of batch, and the tag that joins a line to the one before.
const MULTILINE: &str = "draft/multiline";
const CONCAT: &str = "draft/multiline-concat";

/// A batch that a client has opened.
#[derive(Debug)]
pub(in crate::irc) struct OpenBatch {
    reference: String,
    label: Option<String>,
    /// None, once it has failed.
    gathered: Option<Gathered>,
}

#[derive(Debug)]
struct Gathered {
    target: String,
    tags: Name,
    text: String,
    splits: Vec<u32>,
    lines: usize,
}

/// Takes a line that opens, fills or closes a batch; false if it is none of these.
pub(in crate::irc) fn take(
    door: &mut IrcDoor,
    turn: &mut Turn,
    line: &Message,
    label: &Option<String>,
) -> bool {
    if !door.caps.multiline() {
        return false;
    }
    if line.command.eq_ignore_ascii_case("BATCH") {
        match line.params.get(0).map(|word| word.split_at_checked(1)) {
            Some(Some(("+", reference))) => open(door, turn, line, reference, label.clone()),
            Some(Some(("-", reference))) => close(door, turn, reference, label.clone()),
            _ => fail(
                door,
                turn,
                label.clone(),
                invalid("BATCH takes +reference or -reference"),
            ),
        }
        return true;
    }
    let Some(reference) = line.tags.get("batch") else {
        // Signs of life are no part of a conversation.
        let neutral = ["PING", "PONG", "QUIT"];
        if neutral
            .iter()
            .any(|verb| line.command.eq_ignore_ascii_case(verb))
        {
            return false;
        }
        if door
            .batch
            .take()
            .is_some_and(|open| open.gathered.is_some())
        {
            fail(
                door,
                turn,
                None,
                invalid("Another command came before the batch was closed"),
            );
        }
        return false;
    };
    match &mut door.batch {
        Some(open) if open.reference == reference => {
            if let Some(gathered) = &mut open.gathered
                && let Err(complaint) = gathered.add(line, turn)
            {
                open.gathered = None;
                let label = open.label.take();
                fail(door, turn, label, complaint);
            }
        }
        _ => {
            let label = door.batch.take().and_then(|open| open.label);
            fail(
                door,
                turn,
                label,
                invalid("There is no open batch with this reference"),
            );
        }
    }
    true
}

fn open(
    door: &mut IrcDoor,
    turn: &mut Turn,
    line: &Message,
    reference: &str,
    label: Option<String>,
) {
    if let Some(before) = door.batch.take() {
        return fail(
            door,
            turn,
            before.label.or(label),
            invalid("One batch at a time; both are dropped"),
        );
    }
    let (kind, target) = (line.params.get(1), line.params.non_empty(2));
    let fits = !reference.is_empty() && reference.len() <= 64;
    let Some(target) = target.filter(|_| fits && kind == Some(MULTILINE)) else {
        return fail(
            door,
            turn,
            label,
            invalid("It goes like this: BATCH +reference draft/multiline target"),
        );
    };
    let tags = message::tags(line, &Plan::new(turn.settings, door.caps));
    door.batch = Some(OpenBatch {
        reference: reference.to_owned(),
        label,
        gathered: Some(Gathered {
            target: target.to_owned(),
            tags,
            text: String::new(),
            splits: Vec::new(),
            lines: 0,
        }),
    });
}

impl Gathered {
    fn add(&mut self, line: &Message, turn: &Turn) -> Result<(), Complaint> {
        if !line.command.eq_ignore_ascii_case("PRIVMSG") {
            return Err(invalid("Only PRIVMSG stands in such a batch"));
        }
        let (Some(target), Some(text)) = (line.params.get(0), line.params.get(1)) else {
            return Err(invalid("A line of the batch lacks its target or text"));
        };
        let chat = &turn.settings.chat;
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

    fn saying(self) -> Option<Saying> {
        let blank = self.text.bytes().all(|b| b == b'\n');
        (!blank).then(|| Saying {
            kind: SayKind::Message,
            target: message::target(&self.target),
            text: self.text.into(),
            splits: (!self.splits.is_empty()).then(|| Arc::from(self.splits)),
            tags: self.tags,
        })
    }
}

fn close(door: &mut IrcDoor, turn: &mut Turn, reference: &str, label: Option<String>) {
    let Some(open) = door.batch.take_if(|open| open.reference == reference) else {
        let label = door.batch.take().and_then(|open| open.label).or(label);
        return fail(
            door,
            turn,
            label,
            invalid("There is no open batch with this reference"),
        );
    };
    // One that has failed was answered already.
    let Some(gathered) = open.gathered else {
        return;
    };
    let label = open.label;
    match gathered.saying() {
        Some(saying) => door.perform(turn, label, vec![Step::Do(Change::Say(saying))], ""),
        None => fail(
            door,
            turn,
            label,
            invalid("A message has at least one line that is not blank"),
        ),
    }
}

fn fail(door: &mut IrcDoor, turn: &mut Turn, label: Option<String>, complaint: Complaint) {
    door.perform(turn, label, vec![Step::Complain(complaint)], "");
}

fn invalid(text: &str) -> Complaint {
    fault("MULTILINE_INVALID", &[], text)
}

fn fault(code: &str, context: &[&str], text: &str) -> Complaint {
    Complaint::fail("BATCH", code, context, text)
}

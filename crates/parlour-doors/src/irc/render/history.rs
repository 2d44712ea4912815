//! Stored messages as lines: history, backlog, search results; and read markers.

use crate::dialect::Dialect;
use std::sync::Arc;

use irc_wire::{Line, time};
use parlour_core::{Body, Event, Name, Time};

use super::event;
use crate::irc::caps::Cap;
use crate::irc::door::IrcDoor;

/// Writes messages as a batch of type chathistory, if the client knows batches.
pub(super) fn history(
    door: &mut IrcDoor,
    server: &str,
    out: &mut Vec<u8>,
    target: &Name,
    messages: &[Arc<Event>],
) {
    batch(door, server, out, &["chathistory", target], messages);
}

/// Writes messages as a batch of this type, if the client knows batches.
pub(super) fn batch(
    door: &mut IrcDoor,
    server: &str,
    out: &mut Vec<u8>,
    batch: &[&str],
    messages: &[Arc<Event>],
) {
    let render_key = door.key();
    if !door.caps.has(Cap::Batch) {
        for message in messages {
            event(out, render_key, message, None);
        }
        return;
    }
    let reference = door.next_batch();
    let open = Line::new(out)
        .from(server, "BATCH")
        .word(&format!("+{reference}"));
    let opened = batch.iter().fold(open, |line, word| line.word(word));
    opened.end();
    for message in messages {
        event(out, render_key, message, Some(&reference));
    }
    Line::new(out)
        .from(server, "BATCH")
        .word(&format!("-{reference}"))
        .end();
}

/// Writes messages of several targets. Clients without server-time get the time in the text; those
/// without echo-message do not get their own messages in private conversations.
pub(super) fn replay(
    door: &mut IrcDoor,
    server: &str,
    out: &mut Vec<u8>,
    found: &[(Name, Vec<Arc<Event>>)],
) {
    let own = door.profile.as_ref().map(|own| own.nick.clone());
    for (target, messages) in found {
        let hears_own = target.starts_with('#') || door.caps.has(Cap::EchoMessage);
        let heard = messages.iter();
        let heard = heard.filter(|m| hears_own || Some(&m.from.nick) != own.as_ref());
        let mut heard: Vec<Arc<Event>> = heard.cloned().collect();
        if !door.caps.has(Cap::ServerTime) {
            heard.iter_mut().for_each(tell_time);
        }
        if !heard.is_empty() {
            history(door, server, out, target, &heard);
        }
    }
}

/// Puts the time in front of the text.
fn tell_time(message: &mut Arc<Event>) {
    let at = time::format(message.id.time().0);
    let at = at.replace('T', " ");
    let at = at.split('.').next().unwrap_or_default();
    // The event is shared with the history: only a copy is changed.
    if let Body::Message { text, .. } = &mut Arc::make_mut(message).body {
        *text = match text.strip_prefix("\u{1}ACTION ") {
            Some(action) => format!("\u{1}ACTION [{at}] {action}"),
            None => format!("[{at}] {text}"),
        }
        .into();
    }
}

/// Writes a read marker (draft/read-marker).
pub(in crate::irc) fn read_marker(server: &str, out: &mut Vec<u8>, target: &str, at: Option<Time>) {
    let shown = at.map(|at| format!("timestamp={}", time::format(at.0)));
    Line::new(out)
        .from(server, "MARKREAD")
        .word(target)
        .last(shown.as_deref().unwrap_or("*"))
        .end();
}

/// Writes the targets of a CHATHISTORY TARGETS (draft/chathistory).
pub(super) fn conversations(
    door: &mut IrcDoor,
    server: &str,
    out: &mut Vec<u8>,
    found: &[(Name, Time)],
) {
    let reference = door.caps.has(Cap::Batch).then(|| door.next_batch());
    if let Some(reference) = &reference {
        let open = Line::new(out).from(server, "BATCH");
        open.word(&format!("+{reference}"))
            .word("draft/chathistory-targets")
            .end();
    }
    for (name, last) in found {
        let line = Line::new(out);
        let line = match &reference {
            Some(reference) => line.tag("batch", reference),
            None => line,
        };
        let line = line.from(server, "CHATHISTORY").word("TARGETS");
        line.word(name).last(&time::format(last.0)).end();
    }
    if let Some(reference) = &reference {
        Line::new(out)
            .from(server, "BATCH")
            .word(&format!("-{reference}"))
            .end();
    }
}

/// Writes the events that a user missed without a connection. A kick becomes a notice, since the
/// client is not in the channel that a KICK would name.
pub(super) fn while_away(door: &IrcDoor, server: &str, out: &mut Vec<u8>, events: &[Arc<Event>]) {
    for happened in events {
        let Body::Kicked { place, reason, .. } = &happened.body else {
            event(out, door.key(), happened, None);
            continue;
        };
        let at = time::format(happened.id.time().0);
        let text = format!(
            "While you were away, at {at}: {} kicked you from {} ({reason})",
            happened.from.nick, place.name
        );
        let line = Line::new(out).from(server, "NOTICE");
        line.word(door.shown_nick()).trailing(&text).end();
    }
}

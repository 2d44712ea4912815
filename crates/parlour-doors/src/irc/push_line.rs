//! Messages as they are pushed: one line of IRC (draft/webpush).

use irc_wire::{Line, text};
use parlour_core::event::Addressee;
use parlour_core::request::MessageKind;
use parlour_core::{Body, Event, Time};

/// Bytes of the text, so that the line fits into IRC's own limit.
const TEXT_MAX: usize = 300;

/// Returns the line that is pushed when a conversation was read (draft/read-marker), without its end.
pub fn read_line(conversation: &str, at: Time) -> String {
    let time = irc_wire::time::format(at.0);
    format!("MARKREAD {conversation} timestamp={time}")
}

/// Returns the line that is pushed for a message, without its end; `None` for anything else.
pub fn push_line(event: &Event) -> Option<String> {
    let Body::Message {
        kind,
        to,
        text: said,
        ..
    } = &event.body
    else {
        return None;
    };
    let command = match kind {
        MessageKind::Message => "PRIVMSG",
        MessageKind::Notice => "NOTICE",
        MessageKind::Tags => return None,
    };
    let target: &str = match to {
        Addressee::Channel(place, _) => &place.name,
        Addressee::User(nick) => nick,
    };
    let first = said.lines().next().unwrap_or_default();
    let mut out = Vec::new();
    Line::new(&mut out)
        .tag("time", &irc_wire::time::format(event.id.time().0))
        .tag("msgid", &event.id.to_string())
        .from(&event.from.source, command)
        .word(target)
        .trailing(text::cut(first, TEXT_MAX))
        .end();
    let line = String::from_utf8(out).ok()?;
    Some(line.trim_end_matches(['\r', '\n']).to_owned())
}

//! CAP (IRCv3 capability negotiation, version 302).

use irc_wire::{Line, Message, numerics as n};
use parlour_core::SessionChange;

use crate::DoorSettings;
use crate::context::Context;
use crate::irc::caps::{self, CAPABILITIES, Cap, Caps};
use crate::irc::door::{IrcDoor, Stage};
use crate::irc::error_reply::ErrorReply;
use crate::irc::render::fill;

/// First version with values, several lines and an implicit cap-notify.
const VERSION_302: u32 = 302;

pub(in crate::irc) fn answer(door: &mut IrcDoor, cx: &mut Context, message: &Message) {
    let params = message.params;
    let sub = params.get(0).unwrap_or_default().to_ascii_uppercase();
    match sub.as_str() {
        "LS" => ls(door, cx, params.get(1)),
        "LIST" => {
            let on = CAPABILITIES.iter().filter(|row| door.caps.has(row.cap));
            let words = on.map(|row| row.name.to_owned()).collect();
            list(door, cx, "LIST", words, door.cap_302);
        }
        "REQ" => request(door, cx, &params.as_slice()[1..].join(" ")),
        "END" => {
            if door.stage == Stage::New {
                door.is_negotiating = false;
                // CAP END abandons a SASL exchange that is not complete (sasl 3.1).
                crate::irc::sasl::abandon(door, cx);
                door.try_register(cx);
            }
        }
        _ => {
            let given = params
                .get(0)
                .filter(|given| !given.is_empty())
                .unwrap_or("*");
            let complaint =
                ErrorReply::numeric(n::ERR_INVALIDCAPCMD, &[given], "Invalid CAP command");
            complaint.write(&mut cx.out, cx.settings.server_name(), door.shown_nick());
        }
    }
}

fn ls(door: &mut IrcDoor, cx: &mut Context, version: Option<&str>) {
    // Any number counts, also one too large for a u32.
    let number = version.filter(|v| !v.is_empty() && v.bytes().all(|b| b.is_ascii_digit()));
    let speaks_302 = number.is_some_and(|v| v.parse().unwrap_or(u32::MAX) >= VERSION_302);
    // Registration is suspended until CAP END.
    if door.stage == Stage::New {
        door.is_negotiating = true;
    }
    if speaks_302 {
        door.cap_302 = true;
        door.caps.set(Cap::Notify, true);
    }
    let words = caps::offered(cx.settings, door.peer(cx.peer))
        // An STS policy consists of its value.
        .filter(|(row, _)| speaks_302 || row.cap != Cap::Sts)
        .map(|(row, value)| word(row.name, value.filter(|_| speaks_302)))
        .collect();
    list(door, cx, "LS", words, speaks_302);
}

fn word(name: &str, value: Option<String>) -> String {
    match value {
        Some(value) => format!("{name}={value}"),
        None => name.to_owned(),
    }
}

/// Writes a list of capabilities; on several lines if the client reads them (version 302).
fn list(door: &IrcDoor, cx: &mut Context, sub: &str, words: Vec<String>, several: bool) {
    let server = cx.settings.server_name();
    let mut words = words;
    if !several {
        // With a single line, drafts come last: what does not fit is not shown.
        words.sort_by_key(|word| word.starts_with("draft/"));
    }
    let mut words = words.into_iter().peekable();
    loop {
        let mut line = Line::new(&mut cx.out)
            .from(server, "CAP")
            .word(door.shown_nick())
            .word(sub);
        // Room for ` * :` before the list.
        let mut room = line.room().saturating_sub(4);
        let mut part = String::new();
        // Each word fits into an empty line, so each line takes at least one.
        while let Some(word) = words.next_if(|word| word.len() < room) {
            room = room.saturating_sub(word.len() + 1);
            if !part.is_empty() {
                part.push(' ');
            }
            part.push_str(&word);
        }
        let last = !several || words.peek().is_none();
        if !last {
            line = line.word("*");
        }
        line.trailing(&part).end();
        if last {
            return;
        }
    }
}

/// Writes a list of capabilities, on several lines if it does not fit into one.
fn tell(door: &IrcDoor, cx: &mut Context, sub: &str, list: &str) {
    let mut words = list.split_ascii_whitespace().map(str::to_owned).peekable();
    loop {
        let line = Line::new(&mut cx.out).from(cx.settings.server_name(), "CAP");
        let line = line.word(door.shown_nick()).word(sub);
        let part = fill(line.room().saturating_sub(2), ' ', &mut words);
        line.trailing(&part).end();
        if words.peek().is_none() {
            return;
        }
    }
}

fn request(door: &mut IrcDoor, cx: &mut Context, list: &str) {
    if door.stage == Stage::New {
        door.is_negotiating = true;
    }
    // A request is applied as a whole or not at all: changes are made to a copy.
    let mut wanted = door.caps;
    let known = list.split_ascii_whitespace().all(|word| {
        let (name, on) = match word.strip_prefix('-') {
            Some(name) => (name, false),
            None => (word, true),
        };
        let found = caps::find(name).filter(|row| row.is_offered(cx.settings));
        // An STS policy cannot be requested.
        let found = found.filter(|row| row.cap != Cap::Sts);
        // With version 302, cap-notify cannot be disabled.
        let fixed = found.is_some_and(|row| row.cap == Cap::Notify) && !on && door.cap_302;
        if let Some(row) = found.filter(|_| !fixed) {
            wanted.set(row.cap, on);
        }
        found.is_some() && !fixed
    });
    let before = door.caps;
    if known {
        door.caps = wanted;
    }
    // ACK and NAK repeat the list as it was requested.
    tell(door, cx, if known { "ACK" } else { "NAK" }, list);
    // The ACK precedes the metadata that it enables.
    door.metadata_changed(cx, before);
}

impl IrcDoor {
    /// Tells the core whether the client reads metadata now, and requests the metadata of its user.
    fn metadata_changed(&mut self, cx: &mut Context, before: Caps) {
        let (did, does) = (before.metadata(), self.caps.metadata());
        if did != does && self.stage == Stage::Registered {
            let call = self.next_call();
            cx.set(call, SessionChange::ReadMetadata(does));
            self.ask_own_metadata(cx);
        }
    }

    /// Announces capabilities added and removed by new settings, and disables the removed ones
    /// (cap-notify).
    pub(in crate::irc) fn capabilities_changed(&mut self, cx: &mut Context, before: &DoorSettings) {
        let was: Vec<_> = caps::offered(before, self.peer(cx.peer)).collect();
        let is: Vec<_> = caps::offered(cx.settings, self.peer(cx.peer)).collect();
        let is_there = |cap| is.iter().any(|(row, _)| row.cap == cap);
        // An STS policy expires by its duration, never by CAP DEL.
        let gone: Vec<String> = was
            .iter()
            .filter(|(row, _)| !is_there(row.cap) && row.cap != Cap::Sts)
            .map(|(row, _)| row.name.to_owned())
            .collect();
        let new: Vec<String> = is
            .iter()
            .filter(|(row, _)| self.cap_302 || row.cap != Cap::Sts)
            // Without version 302 the client sees no values, so a changed one is not new to it.
            .filter(|(row, value)| {
                !was.iter()
                    .any(|(old, was)| old.cap == row.cap && (was == value || !self.cap_302))
            })
            .map(|(row, value)| word(row.name, value.clone().filter(|_| self.cap_302)))
            .collect();
        // Read before the removed capabilities are disabled: cap-notify may be among them.
        let notified = self.caps.has(Cap::Notify);
        let before = self.caps;
        for (row, _) in was.iter().filter(|(row, _)| !is_there(row.cap)) {
            self.caps.set(row.cap, false);
        }
        self.metadata_changed(cx, before);
        for (sub, words) in [("DEL", gone), ("NEW", new)] {
            if notified && !words.is_empty() {
                tell(self, cx, sub, &words.join(" "));
            }
        }
    }
}

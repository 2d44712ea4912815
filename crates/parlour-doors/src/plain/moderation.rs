//! People and order in a room: who is there, ranks, kicks, bans, being away.

use irc_wire::{terminal::neutralise, text};
use parlour_core::request::Attendance;
use parlour_core::state::ListKind;
use parlour_core::{Change, Name, Question};

use super::PlainDoor;
use super::commands::{room, usage};
use crate::irc;
use crate::turn::Turn;

/// `/names [#room]`: of the current room, unless another is named.
pub(super) fn names(door: &mut PlainDoor, turn: &mut Turn, arguments: &str) {
    let named = first(arguments).map(Name::from);
    let Some(channel) = named.or_else(|| room(door, turn)) else {
        return;
    };
    door.ask_and_wait(turn, Question::Names(channel));
}

pub(super) fn whois(door: &mut PlainDoor, turn: &mut Turn, arguments: &str) {
    match first(arguments) {
        Some(nick) => door.ask_and_wait(turn, Question::Whois(nick.into())),
        None => usage(door, turn, "whois"),
    }
}

/// `/away text`; without a text one is back.
pub(super) fn away(door: &mut PlainDoor, turn: &mut Turn, words: &str) {
    let words = shortened(door, turn, "away text", words);
    let attendance = if words.is_empty() {
        Attendance::Present
    } else {
        Attendance::Away(words.into())
    };
    let call = door.next_call();
    turn.change(call, Change::Away(attendance));
}

pub(super) fn kick(door: &mut PlainDoor, turn: &mut Turn, arguments: &str) {
    let (nick, reason) = arguments.split_once(' ').unwrap_or((arguments, ""));
    if nick.is_empty() {
        return usage(door, turn, "kick");
    }
    let Some(channel) = room(door, turn) else {
        return;
    };
    let reason = shortened(door, turn, "reason", reason.trim());
    let kick = Change::Kick {
        channel,
        nick: nick.into(),
        reason: reason.into(),
    };
    let call = door.next_call();
    turn.change(call, kick);
}

pub(super) fn op(door: &mut PlainDoor, turn: &mut Turn, nick: &str) {
    change(door, turn, "op", "+o", nick);
}

pub(super) fn deop(door: &mut PlainDoor, turn: &mut Turn, nick: &str) {
    change(door, turn, "deop", "-o", nick);
}

pub(super) fn voice(door: &mut PlainDoor, turn: &mut Turn, nick: &str) {
    change(door, turn, "voice", "+v", nick);
}

pub(super) fn devoice(door: &mut PlainDoor, turn: &mut Turn, nick: &str) {
    change(door, turn, "devoice", "-v", nick);
}

/// `/ban nick-or-mask`; alone it lists the bans.
pub(super) fn ban(door: &mut PlainDoor, turn: &mut Turn, mask: &str) {
    if !mask.is_empty() {
        return change(door, turn, "ban", "+b", mask);
    }
    if let Some(channel) = room(door, turn) {
        door.ask_and_wait(turn, Question::ModeList(channel, ListKind::Bans));
    }
}

pub(super) fn unban(door: &mut PlainDoor, turn: &mut Turn, mask: &str) {
    change(door, turn, "unban", "-b", mask);
}

/// Makes one change of the current room's modes; `command` is whose usage is told if it
/// lacks its argument.
fn change(door: &mut PlainDoor, turn: &mut Turn, command: &str, mode: &str, argument: &str) {
    let Some(argument) = first(argument) else {
        return usage(door, turn, command);
    };
    let Some(channel) = room(door, turn) else {
        return;
    };
    match irc::read_modes(&channel, mode, &[argument]) {
        Ok(changes) => {
            let call = door.next_call();
            turn.change(call, Change::Mode(channel, changes));
        }
        Err(fault) => door.system(turn, &format!("{}.", neutralise(&fault))),
    }
}

/// Words that others read, cut to the server's limit, which is told.
fn shortened<'a>(door: &PlainDoor, turn: &mut Turn, what: &str, words: &'a str) -> &'a str {
    let most = turn.settings.chat.limits.reason;
    let kept = text::cut(words, most);
    if kept.len() < words.len() {
        door.system(
            turn,
            &format!("The {what} was cut: it may have {most} bytes."),
        );
    }
    kept
}

fn first(arguments: &str) -> Option<&str> {
    arguments.split_ascii_whitespace().next()
}

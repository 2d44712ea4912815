//! Moderation commands: members, ranks, kicks, bans, away status.

use irc_wire::{terminal::neutralise, text};
use parlour_core::names::ChannelName;
use parlour_core::request::AwayState;
use parlour_core::state::ListKind;
use parlour_core::{Change, Question};

use super::commands::{room, usage};
use super::door::PlainDoor;
use crate::context::Context;
use crate::irc;

/// Runs `/names [#room]`, by default for the current channel.
pub(super) fn names(door: &mut PlainDoor, cx: &mut Context, arguments: &str) {
    let named = first(arguments).map(ChannelName::from);
    let Some(channel) = named.or_else(|| room(door, cx)) else {
        return;
    };
    door.ask_and_wait(cx, Question::Names([channel].into()));
}

pub(super) fn whois(door: &mut PlainDoor, cx: &mut Context, arguments: &str) {
    match first(arguments) {
        Some(nick) => door.ask_and_wait(cx, Question::Whois(nick.into())),
        None => usage(door, cx, "whois"),
    }
}

/// Runs `/away text`; without a text the user is back.
pub(super) fn away(door: &mut PlainDoor, cx: &mut Context, words: &str) {
    let words = truncated(door, cx, "away text", words);
    let attendance = if words.is_empty() {
        AwayState::Present
    } else {
        AwayState::Away(words.into())
    };
    let call = door.next_call();
    cx.change(call, Change::Away(attendance));
}

pub(super) fn kick(door: &mut PlainDoor, cx: &mut Context, arguments: &str) {
    let (nick, reason) = arguments.split_once(' ').unwrap_or((arguments, ""));
    if nick.is_empty() {
        return usage(door, cx, "kick");
    }
    let Some(channel) = room(door, cx) else {
        return;
    };
    let reason = truncated(door, cx, "reason", reason.trim());
    let kick = Change::Kick {
        channel,
        nick: nick.into(),
        reason: reason.into(),
    };
    let call = door.next_call();
    cx.change(call, kick);
}

pub(super) fn op(door: &mut PlainDoor, cx: &mut Context, nick: &str) {
    change(door, cx, "op", "+o", nick);
}

pub(super) fn deop(door: &mut PlainDoor, cx: &mut Context, nick: &str) {
    change(door, cx, "deop", "-o", nick);
}

pub(super) fn voice(door: &mut PlainDoor, cx: &mut Context, nick: &str) {
    change(door, cx, "voice", "+v", nick);
}

pub(super) fn devoice(door: &mut PlainDoor, cx: &mut Context, nick: &str) {
    change(door, cx, "devoice", "-v", nick);
}

/// Runs `/ban nick-or-mask`; without an argument it lists the bans.
pub(super) fn ban(door: &mut PlainDoor, cx: &mut Context, mask: &str) {
    if !mask.is_empty() {
        return change(door, cx, "ban", "+b", mask);
    }
    if let Some(channel) = room(door, cx) {
        door.ask_and_wait(cx, Question::ModeList(channel, ListKind::Bans));
    }
}

pub(super) fn unban(door: &mut PlainDoor, cx: &mut Context, mask: &str) {
    change(door, cx, "unban", "-b", mask);
}

/// Changes one mode of the current channel; without an argument it writes the usage of `command`.
fn change(door: &mut PlainDoor, cx: &mut Context, command: &str, mode: &str, argument: &str) {
    let Some(argument) = first(argument) else {
        return usage(door, cx, command);
    };
    let Some(channel) = room(door, cx) else {
        return;
    };
    match irc::read_modes(&channel, mode, &[argument]) {
        Ok(changes) => {
            let call = door.next_call();
            cx.change(call, Change::Mode(channel, changes));
        }
        Err(fault) => door.system(cx, &format!("{}.", neutralise(&fault))),
    }
}

/// Returns a reason or away text, cut to the server's limit, and tells the user if it was cut.
fn truncated<'a>(door: &PlainDoor, cx: &mut Context, what: &str, words: &'a str) -> &'a str {
    let most = cx.settings.chat.limits.reason;
    let kept = text::cut(words, most);
    if kept.len() < words.len() {
        door.system(
            cx,
            &format!("The {what} was cut: it may have {most} bytes."),
        );
    }
    kept
}

fn first(arguments: &str) -> Option<&str> {
    arguments.split_ascii_whitespace().next()
}

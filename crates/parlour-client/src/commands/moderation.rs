//! Channel moderation: operators, voice, kicks, bans, mutes, channel modes, slow mode.

use super::{room, usage};
use crate::app::App;

/// Gives or removes a membership mode (rank) for each of several nicks.
fn ranks(app: &mut App, name: &str, sign: char, letter: char, nicks: &str) {
    if nicks.is_empty() {
        return usage(app, name);
    }
    let Some(room) = room(app) else { return };
    // One command per nick: servers limit the modes in one line.
    for nick in nicks.split_whitespace() {
        app.request(|session| session.set_modes(&room, &[&format!("{sign}{letter}"), nick]));
    }
}

pub(super) fn op(app: &mut App, nicks: &str) {
    ranks(app, "op", '+', 'o', nicks);
}

pub(super) fn deop(app: &mut App, nicks: &str) {
    ranks(app, "deop", '-', 'o', nicks);
}

pub(super) fn voice(app: &mut App, nicks: &str) {
    ranks(app, "voice", '+', 'v', nicks);
}

pub(super) fn devoice(app: &mut App, nicks: &str) {
    ranks(app, "devoice", '-', 'v', nicks);
}

pub(super) fn kick(app: &mut App, arguments: &str) {
    let (nick, reason) = arguments
        .split_once(char::is_whitespace)
        .unwrap_or((arguments, ""));
    if nick.is_empty() {
        return usage(app, "kick");
    }
    let Some(room) = room(app) else { return };
    app.request(|session| session.kick(&room, nick, reason.trim()));
}

/// Returns a ban mask; a plain nick becomes `nick!*@*`.
fn mask(given: &str) -> String {
    // `:` and `~` are signs of an extended ban, which is passed on as it is.
    if given.contains(['!', '@', '*', ':', '~']) {
        given.to_owned()
    } else {
        format!("{given}!*@*")
    }
}

pub(super) fn ban(app: &mut App, whom: &str) {
    let Some(room) = room(app) else { return };
    if whom.is_empty() {
        return app.request(|session| session.set_modes(&room, &["b"]));
    }
    app.request(|session| session.set_modes(&room, &["+b", &mask(whom)]));
}

pub(super) fn unban(app: &mut App, whom: &str) {
    if whom.is_empty() {
        return usage(app, "unban");
    }
    let Some(room) = room(app) else { return };
    app.request(|session| session.set_modes(&room, &["-b", &mask(whom)]));
}

pub(super) fn mute_user(app: &mut App, whom: &str) {
    if whom.is_empty() {
        return usage(app, "mute-user");
    }
    let Some(room) = room(app) else { return };
    let extban = app.session().isupport().mute_ban();
    match extban {
        Some(prefix) => app.request(|session| {
            session.set_modes(&room, &["+b", &format!("{prefix}{}", mask(whom))])
        }),
        // Without a mute extban, mode +q (quiet) is the common way.
        None => app.request(|session| session.set_modes(&room, &["+q", &mask(whom)])),
    }
}

pub(super) fn mode(app: &mut App, modes: &str) {
    let Some(room) = room(app) else { return };
    let words: Vec<&str> = modes.split_whitespace().collect();
    app.request(|session| session.set_modes(&room, &words));
}

pub(super) fn slow(app: &mut App, seconds: &str) {
    let Some(room) = room(app) else { return };
    match seconds {
        "" => usage(app, "slow"),
        "off" | "0" => app.request(|session| session.set_modes(&room, &["-W"])),
        seconds => app.request(|session| session.set_modes(&room, &["+W", seconds])),
    }
}

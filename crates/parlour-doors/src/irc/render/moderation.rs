//! Bans and mutes of the server: replies of UBAN, and refusals for those affected.

use irc_wire::{Line, numerics as n, time};
use parlour_core::state::{Ban, BanAction};
use parlour_core::{Refusal, Reply, Time};

use crate::irc::error_reply::ErrorReply;

/// Writes the reply of UBAN.
pub(super) fn reply(server: &str, out: &mut Vec<u8>, reply: &Reply) {
    match reply {
        Reply::Banned(ban, ended) => {
            let (target, until) = (ban.target.shown(), until(ban));
            let text = match ban.action {
                BanAction::Refuse => {
                    format!("{target} is banned{until}; {ended} connections were ended")
                }
                BanAction::Mute => format!("{target} is muted{until}"),
            };
            note(server, out, &text);
        }
        Reply::Unbanned(target) => note(server, out, &format!("{target} is banned no more")),
        Reply::Bans(bans) => list_bans(server, out, bans),
        _ => {}
    }
}

/// Writes a NOTE of UBAN.
fn note(server: &str, out: &mut Vec<u8>, text: &str) {
    let line = Line::new(out).from(server, "NOTE").word("UBAN");
    line.word("DONE").trailing(text).end();
}

/// Writes all bans and mutes.
fn list_bans(server: &str, out: &mut Vec<u8>, bans: &[Ban]) {
    for ban in bans {
        let kind = match ban.action {
            BanAction::Refuse => "BAN",
            BanAction::Mute => "MUTE",
        };
        let line = Line::new(out).from(server, "NOTE").word("UBAN").word(kind);
        let text = format!(
            "by {} at {}{}: {}",
            ban.by,
            time::format(ban.at.0),
            until(ban),
            ban.reason
        );
        line.word(&ban.target.shown()).trailing(&text).end();
    }
    let line = Line::new(out).from(server, "NOTE").word("UBAN");
    let text = format!("{} bans", bans.len());
    line.word("END").trailing(&text).end();
}

/// Returns the end of a ban as words; empty without one.
fn until(ban: &Ban) -> String {
    let until = ban.until.map(|until| time::format(until.0));
    until.map_or_else(String::new, |until| format!(" until {until}"))
}

/// Returns the refusal of UBAN, or of a banned or muted user.
pub(super) fn refusal(refusal: &Refusal) -> ErrorReply {
    use Refusal as R;
    let numeric = |code: &str, params: &[&str], text: &str| ErrorReply::numeric(code, params, text);
    match refusal {
        R::ServerBanned(reason, until) => {
            numeric(n::ERR_YOUREBANNEDCREEP, &[], &banned(reason, *until))
        }
        R::Muted(target, reason, until) => {
            let code = match target.starts_with('#') {
                true => n::ERR_CANNOTSENDTOCHAN,
                false => n::ERR_CANNOTSENDTOUSER,
            };
            numeric(code, &[target], &muted(reason, *until))
        }
        R::BadBan(target) => ErrorReply::fail(
            "UBAN",
            "INVALID_TARGET",
            &[target],
            "That means nobody, or too many: name an account, an address, a network of at least /8, or a mask",
        ),
        R::NoSuchBan(target) => {
            ErrorReply::fail("UBAN", "NO_SUCH_BAN", &[target], "There is no such ban")
        }
        R::BansFull => ErrorReply::fail(
            "UBAN",
            "TOO_MANY",
            &[],
            "There are as many bans as there may be",
        ),
        R::NoSuchAccount(name) => ErrorReply::fail(
            "UBAN",
            "NO_SUCH_ACCOUNT",
            &[name],
            "There is no account of that name; for a nick, write nick!*@*",
        ),
        _ => numeric(n::ERR_UNKNOWNERROR, &["UBAN"], "That could not be done"),
    }
}

/// Returns the text for a muted user, with reason and end.
fn muted(reason: &str, until: Option<Time>) -> String {
    with_reason_and_end("You are muted on this server", reason, until)
}

/// Returns the text for a banned user, with reason and end.
pub(in crate::irc) fn banned(reason: &str, until: Option<Time>) -> String {
    with_reason_and_end("You are banned from this server", reason, until)
}

/// Returns the text for a suspended account, with reason and end.
pub(in crate::irc) fn suspended(reason: &str, until: Option<Time>) -> String {
    with_reason_and_end("That account is suspended", reason, until)
}

fn with_reason_and_end(what: &str, reason: &str, until: Option<Time>) -> String {
    let mut text = what.to_owned();
    if let Some(until) = until {
        text.push_str(&format!(" until {}", time::format(until.0)));
    }
    if !reason.is_empty() {
        text.push_str(&format!(": {reason}"));
    }
    text
}

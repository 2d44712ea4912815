//! Bans and mutes of the server: replies of UBAN, and refusals for those affected.

use irc_wire::{Line, time};
use parlour_core::Time;
use parlour_core::reply::AdminReply;
use parlour_core::state::{Ban, BanAction};

use crate::error_text::with_reason_and_end;

/// Writes the reply of UBAN.
pub(super) fn reply(server: &str, out: &mut Vec<u8>, reply: &AdminReply) {
    match reply {
        AdminReply::Banned(ban, ended) => {
            let (target, until) = (ban.target.shown(), until(ban));
            let text = match ban.action {
                BanAction::Refuse => {
                    format!("{target} is banned{until}; {ended} connections were ended")
                }
                BanAction::Mute => format!("{target} is muted{until}"),
            };
            note(server, out, &text);
        }
        AdminReply::Unbanned(target) => note(server, out, &format!("{target} is banned no more")),
        AdminReply::Bans(bans) => list_bans(server, out, bans),
        // Of the console, and of REHASH.
        AdminReply::Accounts(_)
        | AdminReply::Channels(_)
        | AdminReply::Users(_)
        | AdminReply::HookAdded(_)
        | AdminReply::HookRemoved(_)
        | AdminReply::Hooks(_)
        | AdminReply::HookView(..)
        | AdminReply::HookPosted(_)
        | AdminReply::PasswordRight(_)
        | AdminReply::Rehashed(_) => {}
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

/// Returns the text for a muted user, with reason and end.
pub(super) fn muted(reason: &str, until: Option<Time>) -> String {
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

//! Text about users: NAMES, WHOIS, ranks and bans.

use irc_wire::{terminal::neutralise, time};
use parlour_core::names::ChannelName;
use parlour_core::reply::{ListedMask, NamesOf, WhoisInfo};
use parlour_core::request::ModeChange;
use parlour_core::state::{ListKind, Rank};

use super::render::SYSTEM;
use crate::irc;

/// Returns the members of channels: with ranks if the user asked for them, without on a join.
pub(super) fn names(asked: bool, named: &[ChannelName], channels: &[NamesOf]) -> String {
    if channels.is_empty() {
        return format!(
            "There is no room {}, or you cannot see who is in it. /rooms lists them.",
            neutralise(&listed(named))
        );
    }
    let lines = channels.iter().map(|of| {
        let nicks = of.members.iter().map(|(ranks, profile)| {
            let prefix: String = irc::prefixes(*ranks, asked).filter(|_| asked).collect();
            format!("{prefix}{}", profile.nick)
        });
        let nicks: Vec<String> = nicks.collect();
        format!("{} in {}: {}", nicks.len(), of.channel, nicks.join(", "))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns names as a list.
fn listed(names: &[ChannelName]) -> String {
    let names: Vec<&str> = names.iter().map(|name| &**name).collect();
    names.join(",")
}

/// Returns the facts about a user, one per line.
pub(super) fn whois(info: &WhoisInfo) -> String {
    let p = &info.profile;
    let mut lines = vec![format!(
        "{} is {}@{} ({})",
        p.nick,
        neutralise(&p.user),
        neutralise(&p.host),
        neutralise(&p.realname)
    )];
    if let Some(account) = &p.account {
        lines.push(format!("  logged in as {account}"));
    }
    if let Some(class) = &info.oper {
        lines.push(format!("  a server operator ({})", neutralise(class)));
    }
    if p.bot {
        lines.push("  a bot".into());
    }
    if !info.channels.is_empty() {
        let rooms = info.channels.iter().map(|(ranks, name)| {
            let prefix: String = irc::prefixes(*ranks, true).collect();
            format!("{prefix}{name}")
        });
        lines.push(format!("  in {}", rooms.collect::<Vec<_>>().join(", ")));
    }
    if let Some(text) = &info.away {
        lines.push(format!("  away: {}", neutralise(text)));
    }
    if let Some((address, _)) = &info.private {
        lines.push(format!("  connects from {address}"));
    }
    let since = time::format(info.signon.0);
    let quiet = match info.idle {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3_600),
    };
    lines.push(format!(
        "  here since {} {} UTC, quiet for {quiet}",
        &since[..10],
        &since[11..19],
    ));
    lines.join(&format!("\n{SYSTEM}"))
}

/// Returns the entries of a channel's list.
pub(super) fn list(channel: &str, kind: ListKind, entries: &[ListedMask]) -> String {
    let what = match kind {
        ListKind::Bans => "banned from",
        ListKind::Exceptions => "let in by a ban exception of",
        ListKind::InviteExceptions => "let in without an invitation to",
    };
    if entries.is_empty() {
        return format!("Nobody is {what} {channel}.");
    }
    let masks = entries.iter().map(|entry| neutralise(&entry.mask));
    let masks: Vec<_> = masks.collect();
    format!("{} {what} {channel}: {}", masks.len(), masks.join(", "))
}

/// Returns the mode changes of a channel: a sentence for each rank and ban, one for all others.
pub(super) fn modes(nick: &str, channel: &str, changes: &[ModeChange]) -> String {
    let mut lines = Vec::new();
    let mut rest = Vec::new();
    for change in changes {
        match change {
            ModeChange::Rank(rank, whom, given) => {
                lines.push(rank_changed(nick, channel, *rank, whom, *given));
            }
            ModeChange::List(ListKind::Bans, mask, true) => {
                lines.push(format!("{nick} banned {} from {channel}", neutralise(mask)));
            }
            ModeChange::List(ListKind::Bans, mask, false) => lines.push(format!(
                "{nick} lifted the ban on {} in {channel}",
                neutralise(mask)
            )),
            ModeChange::List(ListKind::Exceptions | ListKind::InviteExceptions, ..)
            | ModeChange::Flag(..)
            | ModeChange::Key(..)
            | ModeChange::Limit(_)
            | ModeChange::Slow(_)
            | ModeChange::Forward(_) => rest.push(change.clone()),
        }
    }
    if !rest.is_empty() {
        let set = irc::format_modes(&rest);
        lines.push(format!("{nick} changed {channel}: {}", neutralise(&set)));
    }
    lines.join(&format!("\n{SYSTEM}"))
}

fn rank_changed(nick: &str, channel: &str, rank: Rank, whom: &str, given: bool) -> String {
    match (rank, given) {
        (Rank::Voice, true) => format!("{nick} gave {whom} a voice in {channel}"),
        (Rank::Voice, false) => format!("{nick} took {whom}'s voice in {channel}"),
        (Rank::Operator, true) => format!("{nick} made {whom} an operator of {channel}"),
        (Rank::Operator, false) => format!("{nick} removed {whom} as an operator of {channel}"),
        (Rank::Founder, true) => format!("{nick} made {whom} the founder of {channel}"),
        (Rank::Founder, false) => {
            format!("{nick} removed {whom} as the founder of {channel}")
        }
    }
}

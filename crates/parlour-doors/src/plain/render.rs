//! Rendering for plain clients. All text of users is sanitised for terminals here.

use crate::render_key::RenderKey;
use parlour_core::ChannelId;
use parlour_core::reply::{AccountReply, ChannelReply, HistoryReply, SessionReply, UserReply};
use std::borrow::Cow;

use irc_wire::{terminal::neutralise, time};
use parlour_core::event::{Addressee, ChannelRef};
use parlour_core::request::MessageKind;
use parlour_core::{Body, Event, Reply};

use super::people;

/// Prefix of every system line. No line of a user can have it: those begin with the nick, and no
/// nick begins with a hyphen.
pub(super) const SYSTEM: &str = "-- ";

/// Returns the channel that an event belongs to.
pub(crate) fn event_channel(event: &Event) -> Option<ChannelId> {
    place(event).map(|place| place.id)
}

/// Returns the channel that an event belongs to.
pub(crate) fn place(event: &Event) -> Option<&ChannelRef> {
    match &event.body {
        Body::Message {
            to: Addressee::Channel(place, _),
            ..
        }
        | Body::Joined(place)
        | Body::Parted(place, _)
        | Body::Kicked { place, .. }
        | Body::Topic(place, _)
        | Body::Modes(place, _)
        | Body::ChannelRenamed { place, .. }
        | Body::Redacted {
            to: Addressee::Channel(place, _),
            ..
        } => Some(place),
        Body::Message { .. }
        | Body::Quit(_)
        | Body::Renamed(_)
        | Body::UserModes(_)
        | Body::Invited { .. }
        | Body::Away(_)
        | Body::Account(_)
        | Body::HostChanged(_)
        | Body::RealName(_)
        | Body::Redacted { .. }
        | Body::Wallops(_)
        | Body::Killed(..) => None,
    }
}

/// Appends an event as readers with `render_key` see it; nothing if it is not shown to them.
pub(crate) fn event(out: &mut Vec<u8>, render_key: RenderKey, event: &Event) {
    let Some(line) = line(render_key.has(RenderKey::CURRENT), event) else {
        return;
    };
    out.extend_from_slice(line.as_bytes());
    if !render_key.has(RenderKey::UNFRAMED) {
        out.push(b'\n');
    }
}

fn line(current: bool, event: &Event) -> Option<String> {
    let nick = &event.from.nick;
    let room = |name: &str| {
        if current {
            String::new()
        } else {
            format!(" {name}")
        }
    };
    let system = match &event.body {
        Body::Message {
            kind: MessageKind::Tags,
            ..
        }
        | Body::UserModes(_)
        | Body::Invited { notice: true, .. }
        | Body::Away(_)
        | Body::Account(_)
        | Body::HostChanged(_)
        | Body::RealName(_)
        | Body::Wallops(_)
        // The last words before the close tell it.
        | Body::Killed(..) => return None,
        Body::Message { to, text, kind, .. } => {
            // Each line shows the nick, so that none can pass for a line of another user or of the
            // server.
            let lines: Vec<String> = text
                .split('\n')
                .filter(|line| !line.is_empty())
                .map(|line| said(current, nick, to, *kind, line))
                .collect();
            return Some(lines.join("\n"));
        }
        Body::Joined(place) => format!("{nick} joined{}", room(&place.name)),
        Body::Parted(place, words) => {
            format!("{nick} left{}{}", room(&place.name), in_brackets(words))
        }
        Body::Quit(words) => format!("{nick} left{}", in_brackets(words)),
        Body::Kicked {
            place,
            nick: whom,
            reason,
        } => {
            let words = kick_reason(nick, reason);
            format!("{nick} kicked {whom} from {}{words}", place.name)
        }
        Body::Modes(place, changes) => people::modes(nick, &place.name, changes),
        Body::Renamed(new) => format!("{nick} is {new} now"),
        Body::Topic(place, text) if text.is_empty() => {
            format!("{nick} removed the topic of {}", place.name)
        }
        Body::Topic(place, text) => format!(
            "{nick} set the topic of {}: {}",
            place.name,
            neutralise(text)
        ),
        Body::Invited { place, .. } => {
            format!(
                "{nick} invites you to {channel}: /join {channel}",
                channel = place.name
            )
        }
        Body::ChannelRenamed {
            place, old, reason, ..
        } => {
            format!(
                "{nick} renamed {old} to {}{}",
                place.name,
                in_brackets(reason)
            )
        }
        Body::Redacted { to, reason, .. } => deleted(current, nick, to, reason.as_deref()),
    };
    Some(format!("{SYSTEM}{system}"))
}

fn deleted(current: bool, nick: &str, to: &Addressee, reason: Option<&str>) -> String {
    let place = match to {
        Addressee::Channel(..) if current => String::new(),
        Addressee::Channel(place, _) => format!(" in {}", place.name),
        Addressee::User(_) => " in your private conversation".to_owned(),
    };
    let why = in_brackets(reason.unwrap_or_default());
    format!("{nick} deleted a message{place}{why}")
}

/// Returns the reason of a kick in brackets. In IRC, the nick of the kicker stands for no reason.
pub(super) fn kick_reason(nick: &str, reason: &str) -> String {
    in_brackets(if reason == nick { "" } else { reason })
}

fn in_brackets(words: &str) -> String {
    if words.is_empty() {
        String::new()
    } else {
        format!(" ({})", neutralise(words))
    }
}

/// Returns `nick: text`, or `* nick text` for an action, after the target if that is not the
/// current channel.
fn said(current: bool, nick: &str, to: &Addressee, kind: MessageKind, text: &str) -> String {
    let prefix: Cow<'_, str> = match to {
        Addressee::Channel(_, None) if current => "".into(),
        Addressee::Channel(place, None) => format!("[{}] ", place.name).into(),
        Addressee::Channel(place, Some(_)) => format!("[{}, not to all] ", place.name).into(),
        Addressee::User(to) => format!("[to {to}] ").into(),
    };
    let notice = if kind == MessageKind::Notice {
        "[notice] "
    } else {
        ""
    };
    let action = text
        .strip_prefix("\u{1}ACTION ")
        .map(|body| body.strip_suffix('\u{1}').unwrap_or(body));
    match action {
        Some(body) => format!("{prefix}{notice}* {nick} {}", neutralise(body)),
        None => format!("{prefix}{notice}{nick}: {}", neutralise(text)),
    }
}

/// Returns a reply as one message; none if nothing is shown.
#[expect(clippy::too_many_lines, reason = "a table with one row for each reply")]
pub(super) fn reply(reply: &Reply) -> Option<String> {
    let text = match reply {
        Reply::Channel(ChannelReply::Topic(channel, None)) => {
            format!("{channel} has no topic. /topic text sets one.")
        }
        Reply::Channel(ChannelReply::Topic(channel, Some(topic))) => {
            format!("The topic of {channel}: {}", neutralise(&topic.text))
        }
        Reply::Channel(ChannelReply::Names {
            asked,
            named,
            channels,
        }) => people::names(*asked, named, channels),
        Reply::User(UserReply::Whois(info)) => people::whois(info),
        Reply::Channel(ChannelReply::ModeList(channel, kind, entries)) => {
            people::list(channel, *kind, entries)
        }
        Reply::Session(SessionReply::Away(true)) => {
            "You are away. /away alone says that you are back.".into()
        }
        Reply::Session(SessionReply::Away(false)) => "You are back.".into(),
        Reply::User(UserReply::Online(nicks)) => {
            let shown: Vec<&str> = nicks.iter().map(|nick| &**nick).collect();
            format!("{} online: {}", nicks.len(), shown.join(", "))
        }
        Reply::Channel(ChannelReply::List(entries, _)) if entries.is_empty() => {
            "Nobody is in any room.".into()
        }
        Reply::Channel(ChannelReply::List(entries, _)) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by_key(|entry| (std::cmp::Reverse(entry.users), &entry.name));
            let mut out = String::from("Rooms:");
            for entry in entries {
                let topic = neutralise(&entry.topic);
                out.push_str(&format!(
                    "\n{SYSTEM}  {:<20} {:>3}  {topic}",
                    entry.name, entry.users
                ));
            }
            out
        }
        Reply::History(HistoryReply::History(target, messages)) => {
            return Some(history(target, messages));
        }
        Reply::History(HistoryReply::WhileAway(events)) => {
            let kicks = events.iter().filter_map(|happened| match &happened.body {
                Body::Kicked { place, reason, .. } => Some(format!(
                    "{SYSTEM}While you were away, {} kicked you from {}: {}",
                    happened.from.nick,
                    place.name,
                    neutralise(reason)
                )),
                Body::Invited { place, .. } => Some(format!(
                    "{SYSTEM}While you were away, {} invited you to {}.",
                    happened.from.nick, place.name
                )),
                Body::Message { .. }
                | Body::Joined(_)
                | Body::Parted(..)
                | Body::Quit(_)
                | Body::Renamed(_)
                | Body::Topic(..)
                | Body::Modes(..)
                | Body::UserModes(_)
                | Body::Away(_)
                | Body::Account(_)
                | Body::HostChanged(_)
                | Body::RealName(_)
                | Body::ChannelRenamed { .. }
                | Body::Redacted { .. }
                | Body::Wallops(_)
                | Body::Killed(..) => None,
            });
            let lines: Vec<String> = kicks.collect();
            return (!lines.is_empty()).then(|| lines.join("\n"));
        }
        Reply::History(HistoryReply::Found(messages)) => return Some(found(messages)),
        Reply::History(HistoryReply::Replay(found)) if found.is_empty() => return None,
        Reply::History(HistoryReply::Replay(found)) => {
            let parts = found.iter().map(|(target, said)| history(target, said));
            return Some(parts.collect::<Vec<_>>().join("\n"));
        }
        Reply::Account(AccountReply::VerificationRequired(name)) => format!(
            "A code was sent to you by mail. /verify {name} CODE completes the registration."
        ),
        Reply::Account(AccountReply::AccountCreated(name, _)) => format!(
            "The account {name} is yours, you are logged in, and its nickname is reserved for you. /login logs you in the next time."
        ),
        Reply::Account(AccountReply::LoggedIn { account, .. }) => {
            format!("You are logged in as {account}.")
        }
        Reply::Channel(ChannelReply::KnockFrom(channel, profile, why)) => format!(
            "{} would like to come into {channel}{}",
            profile.nick,
            in_brackets(why)
        ),
        Reply::Channel(ChannelReply::Forwarded(from, to)) => {
            format!("You cannot join {from}; it forwards you to {to}.")
        }
        Reply::User(UserReply::TargetAway(nick, text)) => {
            format!("{nick} is away: {}", neutralise(text))
        }
        Reply::Refused(_)
        | Reply::Passed
        | Reply::Session(_)
        | Reply::Channel(_)
        | Reply::User(_)
        | Reply::History(_)
        | Reply::Metadata(_)
        | Reply::Account(_)
        | Reply::Ownership(_)
        | Reply::Admin(_) => return None,
    };
    Some(format!("{SYSTEM}{text}"))
}

fn history(target: &str, messages: &[std::sync::Arc<Event>]) -> String {
    if messages.is_empty() {
        return format!("{SYSTEM}Nothing was found in {target}.");
    }
    let mut out = format!("{SYSTEM}{} of {target} (times are UTC):", messages.len());
    for event in messages {
        let at = time::format(event.id.time().0);
        if let Some(line) = line(true, event) {
            out.push_str(&format!("\n[{} {}] {line}", &at[..10], &at[11..19]));
        }
    }
    out
}

/// Returns the messages that a search found, each with its target.
fn found(messages: &[std::sync::Arc<Event>]) -> String {
    if messages.is_empty() {
        return format!("{SYSTEM}Nothing was found.");
    }
    let mut out = format!("{SYSTEM}{} found (times are UTC):", messages.len());
    for event in messages {
        let at = time::format(event.id.time().0);
        let place = match &event.body {
            Body::Message {
                to: Addressee::Channel(place, _),
                ..
            } => format!("[{}] ", place.name),
            Body::Message {
                to: Addressee::User(nick),
                ..
            } => format!("[to {nick}] "),
            Body::Joined(_)
            | Body::Parted(..)
            | Body::Kicked { .. }
            | Body::Quit(_)
            | Body::Renamed(_)
            | Body::Topic(..)
            | Body::Modes(..)
            | Body::UserModes(_)
            | Body::Invited { .. }
            | Body::Away(_)
            | Body::Account(_)
            | Body::HostChanged(_)
            | Body::RealName(_)
            | Body::ChannelRenamed { .. }
            | Body::Redacted { .. }
            | Body::Wallops(_)
            | Body::Killed(..) => String::new(),
        };
        if let Some(line) = line(true, event) {
            out.push_str(&format!("\n[{} {}] {place}{line}", &at[..10], &at[11..19]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use parlour_core::{ChannelId, MsgId, UserId, state::Profile};

    fn shown(text: &str, render_key: RenderKey) -> String {
        let event_ = Event {
            id: MsgId(1),
            from: Profile::new(UserId(1), "bob".into(), "u".into(), "h".into(), "r".into()),
            body: Body::Message {
                kind: MessageKind::Message,
                to: Addressee::Channel(
                    ChannelRef {
                        id: ChannelId(1),
                        name: "#c".into(),
                    },
                    None,
                ),
                text: text.into(),
                splits: None,
                tags: "".into(),
                relayed_by: None,
            },
        };
        let mut out = vec![];
        event(&mut out, render_key, &event_);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn messages_look_as_pychats_did() {
        assert_eq!(
            shown("hi", RenderKey::PLAIN.with(RenderKey::CURRENT)),
            "bob: hi\n"
        );
        assert_eq!(
            shown(
                "hi",
                RenderKey::PLAIN
                    .with(RenderKey::CURRENT)
                    .with(RenderKey::UNFRAMED)
            ),
            "bob: hi"
        );
        assert_eq!(shown("hi", RenderKey::PLAIN), "[#c] bob: hi\n");
        assert_eq!(
            shown(
                "\u{1}ACTION waves\u{1}",
                RenderKey::PLAIN.with(RenderKey::CURRENT)
            ),
            "* bob waves\n"
        );
    }

    #[test]
    fn nothing_a_user_says_acts_on_the_terminal_or_begins_a_line() {
        let out = shown(
            "\x1b[2Jx\r\n-- eve joined\u{9b}31m\u{202e}",
            RenderKey::PLAIN.with(RenderKey::CURRENT),
        );
        for line in out.lines() {
            assert!(
                !line.chars().any(irc_wire::terminal::is_hostile),
                "{line:?}"
            );
            assert!(line.starts_with("bob: "), "{line:?}");
        }
    }

    #[test]
    fn nothing_a_user_says_covers_other_lines_or_hides() {
        let pile = format!("a{}b\u{200b}c\u{3164}d", "\u{335}".repeat(50));
        let line = shown(&pile, RenderKey::PLAIN.with(RenderKey::CURRENT));
        assert_eq!(line, "bob: a\u{335}\u{335}\u{335}\u{335}bcd\n");
        // Also at the beginning of a line, where a mark would stand over the colon.
        let bare = shown("\u{335}x", RenderKey::PLAIN.with(RenderKey::CURRENT));
        assert_eq!(bare, "bob: \u{25cc}\u{335}x\n");
    }
}

//! Replies of the core as numerics.

use crate::dialect::Dialect;
use irc_wire::{Line, numerics as n};
use parlour_core::reply::{
    AdminReply, ChannelReply, HistoryReply, MetadataReply, SessionReply, UserReply,
};
use parlour_core::reply::{ListEntry, ListedMask};
use parlour_core::state::{ListKind, Profile, Topic};
use parlour_core::{Name, Reply};

use super::events::author_tags;
use super::names::NamesAnswer;
use super::{history, metadata, moderation, refusals, users};
use crate::context::Context;
use crate::irc::caps::Cap;
use crate::irc::door::IrcDoor;
use crate::irc::error_reply::ErrorReply;
use crate::irc::modes;

/// Appends a reply.
pub(super) fn reply(door: &mut IrcDoor, cx: &Context, out: &mut Vec<u8>, reply: &Reply) {
    let server = cx.settings.server_name();
    match reply {
        Reply::Refused(refusal) => {
            refusals::complaint(refusal).write(out, server, door.shown_nick())
        }
        Reply::Session(reply) => session(door, cx, out, reply),
        Reply::Channel(reply) => channel(door, cx, out, reply),
        Reply::User(reply) => user(door, cx, out, reply),
        Reply::History(reply) => messages(door, cx, out, reply),
        Reply::Metadata(reply) => metadata_reply(door, cx, out, reply),
        Reply::Admin(reply) => admin(door, cx, out, reply),
        // Handled by the door itself, and by its services.
        Reply::Passed | Reply::Account(_) | Reply::Ownership(_) => {}
    }
}

/// Appends replies about the session itself.
fn session(door: &mut IrcDoor, cx: &Context, out: &mut Vec<u8>, reply: &SessionReply) {
    let server = cx.settings.server_name();
    match reply {
        // Handled by the door itself, or meant for another door.
        SessionReply::Registered { .. } => {}
        SessionReply::Counts(counts) => users::lusers(door, server, cx, out, counts),
        SessionReply::UserModes(flags) => {
            door.numeric(out, server, n::RPL_UMODEIS)
                .word(&modes::user_modes(*flags))
                .end();
        }
        SessionReply::Away(true) => {
            door.numeric(out, server, n::RPL_NOWAWAY)
                .trailing("You have been marked as being away")
                .end();
        }
        SessionReply::Away(false) => {
            door.numeric(out, server, n::RPL_UNAWAY)
                .trailing("You are no longer marked as being away")
                .end();
        }
        SessionReply::PushRegistered(endpoint) => webpush(server, out, "REGISTER", endpoint),
        SessionReply::PushUnregistered(endpoint) => webpush(server, out, "UNREGISTER", endpoint),
        SessionReply::Opered => {
            door.numeric(out, server, n::RPL_YOUREOPER)
                .trailing("You are now an IRC operator")
                .end();
        }
        SessionReply::Host(host) => {
            door.numeric(out, server, n::RPL_VISIBLEHOST)
                .word(host)
                .trailing("is now your visible host")
                .end();
        }
        // Meant for another door, or handled by this one itself.
        SessionReply::Switched(_) => {}
    }
}

/// Writes the reply of WEBPUSH.
fn webpush(server: &str, out: &mut Vec<u8>, subcommand: &str, endpoint: &str) {
    let line = Line::new(out).from(server, "WEBPUSH").word(subcommand);
    line.word(endpoint).end();
}

/// Appends replies about channels.
fn channel(door: &mut IrcDoor, cx: &Context, out: &mut Vec<u8>, reply: &ChannelReply) {
    let server = cx.settings.server_name();
    match reply {
        ChannelReply::Topic(channel, set) => topic(door, server, out, channel, set.as_ref()),
        // Implicit NAMES after JOIN are suppressed by no-implicit-names.
        ChannelReply::Names { asked: false, .. } if door.caps.has(Cap::NoImplicitNames) => {}
        ChannelReply::Names {
            named, channels, ..
        } => {
            NamesAnswer::new(door, server, named, channels).write(out);
        }
        ChannelReply::List(entries, more) => list(door, server, out, entries, *more),
        ChannelReply::Modes {
            channel,
            modes,
            created,
        } => {
            let letters = modes::format(modes);
            let letters = if letters.is_empty() { "+" } else { &letters };
            door.numeric(out, server, n::RPL_CHANNELMODEIS)
                .word(channel)
                .word(letters)
                .end();
            let created = created.seconds().to_string();
            door.numeric(out, server, n::RPL_CREATIONTIME)
                .word(channel)
                .word(&created)
                .end();
        }
        ChannelReply::ModeList(channel, kind, entries) => {
            mode_list(door, server, out, channel, *kind, entries)
        }
        ChannelReply::Inviting { nick, channel } => {
            door.numeric(out, server, n::RPL_INVITING)
                .word(nick)
                .word(channel)
                .end();
        }
        ChannelReply::Invitations(channels) => {
            for channel in channels {
                door.numeric(out, server, n::RPL_INVITELIST)
                    .word(channel)
                    .end();
            }
            door.numeric(out, server, n::RPL_ENDOFINVITELIST)
                .trailing("End of invite list")
                .end();
        }
        ChannelReply::Knocked(channel) => {
            door.numeric(out, server, n::RPL_KNOCKDLVR)
                .word(channel)
                .trailing("Your KNOCK has been delivered.")
                .end();
        }
        ChannelReply::KnockFrom(channel, profile, why) => {
            knock(door, server, out, channel, profile, why)
        }
        ChannelReply::Forwarded(from, to) => {
            door.numeric(out, server, n::ERR_LINKCHANNEL)
                .word(from)
                .word(to)
                .trailing("Forwarding to another channel")
                .end();
        }
        // Meant for another door, or handled by this one itself.
        ChannelReply::ChannelResent { .. } => {}
    }
}

/// Appends replies about users.
fn user(door: &mut IrcDoor, cx: &Context, out: &mut Vec<u8>, reply: &UserReply) {
    let server = cx.settings.server_name();
    match reply {
        // Handled by the door itself, or meant for another door.
        UserReply::Online(_) => {}
        UserReply::Who(question, entries, more) => {
            users::who(door, server, out, question, entries, *more);
        }
        UserReply::Whois(info) => users::whois(door, server, cx, out, info),
        UserReply::Whowas(nick, entries) => users::whowas(door, server, out, nick, entries),
        UserReply::Ison(nicks) => words(
            door,
            server,
            out,
            n::RPL_ISON,
            nicks.iter().map(|n| n.to_string()),
        ),
        UserReply::Userhost(users) => {
            let shown = users.iter().map(|(p, away)| users::userhost(p, *away));
            words(door, server, out, n::RPL_USERHOST, shown);
        }
        UserReply::TargetAway(nick, text) => {
            door.numeric(out, server, n::RPL_AWAY)
                .word(nick)
                .trailing(text)
                .end();
        }
        UserReply::Monitored { online, offline } => {
            users::nick_list(door, server, out, n::RPL_MONONLINE, online);
            users::nick_list(door, server, out, n::RPL_MONOFFLINE, offline);
        }
        UserReply::MonitorList(nicks) => {
            users::nick_list(door, server, out, n::RPL_MONLIST, nicks);
            door.numeric(out, server, n::RPL_ENDOFMONLIST)
                .trailing("End of MONITOR list")
                .end();
        }
        UserReply::MonitorFull(most, nicks) => {
            let mut words = nicks.iter().map(|nick| nick.to_string()).peekable();
            while words.peek().is_some() {
                let line = door.numeric(out, server, n::ERR_MONLISTFULL);
                let line = line.word(&most.to_string());
                let text = "Monitor list is full.";
                let part = fill(line.room().saturating_sub(text.len() + 3), ',', &mut words);
                line.word(&part).trailing(text).end();
            }
        }
        UserReply::Accepted(nicks) => {
            let mut words = nicks.iter().map(|nick| nick.to_string()).peekable();
            while words.peek().is_some() {
                let line = door.numeric(out, server, n::RPL_ACCEPTLIST);
                let part = fill(line.room().saturating_sub(1), ' ', &mut words);
                line.raw(" ").raw(&part).end();
            }
            door.numeric(out, server, n::RPL_ENDOFACCEPT)
                .trailing("End of /ACCEPT list.")
                .end();
        }
        UserReply::Opers(opers) => {
            for (nick, class) in opers {
                let line = door.numeric(out, server, n::RPL_STATSOLINE);
                line.word("O")
                    .word("*")
                    .word("*")
                    .word(nick)
                    .last(class)
                    .end();
            }
        }
    }
}

/// Appends messages and read markers.
fn messages(door: &mut IrcDoor, cx: &Context, out: &mut Vec<u8>, reply: &HistoryReply) {
    let server = cx.settings.server_name();
    match reply {
        HistoryReply::ReadMarker { target, at, asked } => {
            if *asked || door.caps.has(Cap::ReadMarker) {
                history::read_marker(server, out, target, *at);
            }
        }
        HistoryReply::Conversations(found) => history::conversations(door, server, out, found),
        HistoryReply::WhileAway(events) => history::while_away(door, server, out, events),
        HistoryReply::Found(messages) => {
            history::batch(door, server, out, &["soju.im/search"], messages)
        }
        HistoryReply::Replay(found) => history::replay(door, server, out, found),
        HistoryReply::History(target, messages) => {
            history::history(door, server, out, target, messages)
        }
    }
}

/// Appends replies about metadata (draft/metadata-2).
fn metadata_reply(door: &mut IrcDoor, cx: &Context, out: &mut Vec<u8>, reply: &MetadataReply) {
    let server = cx.settings.server_name();
    match reply {
        MetadataReply::Metadata { about, values } => {
            metadata::values(door, server, out, about.as_ref(), values);
        }
        MetadataReply::Subscriptions(keys) => metadata::subscriptions(door, server, out, keys),
        MetadataReply::SyncLater(target, seconds) => {
            door.numeric(out, server, n::ERR_METADATASYNCLATER)
                .word(target)
                .word(&seconds.to_string())
                .trailing("Ask for it with METADATA SYNC when you want it")
                .end();
        }
        MetadataReply::Subscribed(keys, true) => {
            metadata::keys(door, server, out, n::RPL_METADATASUBOK, None, keys);
        }
        MetadataReply::Subscribed(keys, false) => {
            metadata::keys(door, server, out, n::RPL_METADATAUNSUBOK, None, keys);
        }
    }
}

/// Appends replies to server operators.
fn admin(door: &mut IrcDoor, cx: &Context, out: &mut Vec<u8>, reply: &AdminReply) {
    let server = cx.settings.server_name();
    match reply {
        AdminReply::Rehashed(outcome) => rehashed(door, server, out, outcome),
        AdminReply::Banned(..) | AdminReply::Unbanned(_) | AdminReply::Bans(_) => {
            moderation::reply(server, out, reply)
        }
        // Of the console.
        AdminReply::Accounts(_)
        | AdminReply::Channels(_)
        | AdminReply::Users(_)
        | AdminReply::HookAdded(_)
        | AdminReply::HookRemoved(_)
        | AdminReply::Hooks(_)
        | AdminReply::HookView(..)
        | AdminReply::HookPosted(_)
        | AdminReply::PasswordRight(_) => {}
    }
}

fn topic(door: &IrcDoor, server: &str, out: &mut Vec<u8>, channel: &str, topic: Option<&Topic>) {
    let Some(topic) = topic else {
        let line = door.numeric(out, server, n::RPL_NOTOPIC).word(channel);
        return line.trailing("No topic is set").end();
    };
    let line = door.numeric(out, server, n::RPL_TOPIC).word(channel);
    line.trailing(&topic.text).end();
    let at = topic.at.seconds().to_string();
    let line = door.numeric(out, server, n::RPL_TOPICWHOTIME).word(channel);
    line.word(&topic.by).word(&at).end();
}

fn knock(
    door: &IrcDoor,
    server: &str,
    out: &mut Vec<u8>,
    channel: &str,
    from: &Profile,
    why: &str,
) {
    let text = if why.is_empty() {
        "has asked for an invite.".to_owned()
    } else {
        format!("has asked for an invite: {why}")
    };
    author_tags(Line::new(out), door.key(), from)
        .from(server, n::RPL_KNOCK)
        .word(door.shown_nick())
        .word(channel)
        .word(&from.source)
        .trailing(&text)
        .end();
}

fn rehashed(door: &IrcDoor, server: &str, out: &mut Vec<u8>, outcome: &Result<Name, Name>) {
    match outcome {
        // A standard reply not required by a specification is sent only to clients with
        // standard-replies.
        Err(why) if !door.caps.has(Cap::StandardReplies) => door
            .numeric(out, server, n::ERR_UNKNOWNERROR)
            .word("REHASH")
            .trailing(why)
            .end(),
        Ok(file) => door
            .numeric(out, server, n::RPL_REHASHING)
            .middle(file)
            .trailing("The configuration was read again")
            .end(),
        Err(why) => {
            ErrorReply::fail("REHASH", "CONFIG_BAD", &[], why).write(out, server, door.shown_nick())
        }
    }
}

/// Appends words on as many lines as they need; at least one line.
fn words(
    door: &IrcDoor,
    server: &str,
    out: &mut Vec<u8>,
    code: &str,
    words: impl Iterator<Item = String>,
) {
    let mut words = words.peekable();
    loop {
        let line = door.numeric(out, server, code);
        let part = fill(line.room().saturating_sub(2), ' ', &mut words);
        line.trailing(&part).end();
        if words.peek().is_none() {
            return;
        }
    }
}

/// Takes as many words as fit into `room` bytes, joined by `separator`; at least one if there is
/// any.
pub(in crate::irc) fn fill(
    mut room: usize,
    separator: char,
    words: &mut std::iter::Peekable<impl Iterator<Item = String>>,
) -> String {
    let mut part = String::new();
    // The first word is taken even if it is too long: otherwise the callers would loop for ever.
    while let Some(word) = words.next_if(|word| part.is_empty() || word.len() < room) {
        if !part.is_empty() {
            part.push(separator);
        }
        room = room.saturating_sub(word.len() + 1);
        part.push_str(&word);
    }
    part
}

fn mode_list(
    door: &IrcDoor,
    server: &str,
    out: &mut Vec<u8>,
    channel: &str,
    kind: ListKind,
    entries: &[ListedMask],
) {
    let (item, end, text) = match kind {
        ListKind::Bans => (
            n::RPL_BANLIST,
            n::RPL_ENDOFBANLIST,
            "End of channel ban list",
        ),
        ListKind::Exceptions => (
            n::RPL_EXCEPTLIST,
            n::RPL_ENDOFEXCEPTLIST,
            "End of channel exception list",
        ),
        ListKind::InviteExceptions => (
            n::RPL_INVEXLIST,
            n::RPL_ENDOFINVEXLIST,
            "End of channel invite exception list",
        ),
    };
    for entry in entries {
        let at = entry.at.seconds().to_string();
        let line = door
            .numeric(out, server, item)
            .word(channel)
            .word(&entry.mask);
        line.word(&entry.by).word(&at).end();
    }
    door.numeric(out, server, end)
        .word(channel)
        .trailing(text)
        .end();
}

fn list(door: &IrcDoor, server: &str, out: &mut Vec<u8>, entries: &[ListEntry], more: bool) {
    door.numeric(out, server, n::RPL_LISTSTART)
        .word("Channel")
        .trailing("Users  Name")
        .end();
    for entry in entries {
        let users = entry.users.to_string();
        let line = door
            .numeric(out, server, n::RPL_LIST)
            .word(&entry.name)
            .word(&users);
        line.trailing(&entry.topic).end();
    }
    if more {
        let line = door
            .numeric(out, server, n::ERR_TOOMANYMATCHES)
            .word("LIST");
        line.trailing("There are more channels; ask for fewer, as by LIST >10")
            .end();
    }
    door.numeric(out, server, n::RPL_LISTEND)
        .trailing("End of /LIST")
        .end();
}

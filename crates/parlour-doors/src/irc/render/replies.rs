//! Replies as numerics.

use irc_wire::{Line, MAX_LINE, numerics as n};
use parlour_core::reply::{Counts, ListEntry, ListedMask, WhoEntry, WhoisInfo, WhowasEntry};
use parlour_core::state::{ListKind, Profile, Ranks};
use parlour_core::{Event, Name, Reply};
use std::sync::Arc;

use super::{event, refusals};
use crate::irc::caps::Cap;
use crate::irc::{IrcDoor, modes};
use crate::turn::Turn;

/// Appends an answer.
pub(in crate::irc) fn reply(door: &mut IrcDoor, turn: &Turn, out: &mut Vec<u8>, reply: &Reply) {
    let server = &*turn.settings.server_name;
    match reply {
        // These two are the door's own affair.
        Reply::Registered(_) | Reply::Relayed(_) | Reply::Online(_) => {}
        Reply::Refused(refusal) => {
            refusals::complaint(refusal).write(out, server, door.shown_nick())
        }
        Reply::Topic(channel, None) => {
            door.numeric(out, server, n::RPL_NOTOPIC)
                .word(channel)
                .trailing("No topic is set")
                .end();
        }
        Reply::Topic(channel, Some(topic)) => {
            door.numeric(out, server, n::RPL_TOPIC)
                .word(channel)
                .trailing(&topic.text)
                .end();
            let at = topic.at.seconds().to_string();
            door.numeric(out, server, n::RPL_TOPICWHOTIME)
                .word(channel)
                .word(&topic.by)
                .word(&at)
                .end();
        }
        Reply::Names {
            channel,
            secret,
            members,
        } => names(door, server, out, channel, *secret, members),
        Reply::List(entries) => list(door, server, out, entries),
        Reply::Who(mask, entries) => {
            for entry in entries {
                who(door, server, out, entry);
            }
            let line = door.numeric(out, server, n::RPL_ENDOFWHO).word(mask);
            line.trailing("End of WHO list").end();
        }
        Reply::Whois(info) => whois(door, server, turn, out, info),
        Reply::Whowas(nick, entries) => whowas(door, server, out, nick, entries),
        Reply::Ison(nicks) => words(
            door,
            server,
            out,
            n::RPL_ISON,
            nicks.iter().map(|n| n.to_string()),
        ),
        Reply::Userhost(users) => {
            let shown = users.iter().map(|(p, away)| userhost(p, *away));
            words(door, server, out, n::RPL_USERHOST, shown);
        }
        Reply::Counts(counts) => lusers(door, server, out, counts),
        Reply::Modes {
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
        Reply::ModeList(channel, kind, entries) => {
            mode_list(door, server, out, channel, *kind, entries)
        }
        Reply::History(target, messages) => history(door, server, out, target, messages),
        other => short(door, server, out, other),
    }
}

/// Answers of a line or two.
fn short(door: &IrcDoor, server: &str, out: &mut Vec<u8>, reply: &Reply) {
    match reply {
        Reply::UserModes { invisible } => {
            let letters = if *invisible { "+i" } else { "+" };
            door.numeric(out, server, n::RPL_UMODEIS)
                .word(letters)
                .end();
        }
        Reply::Away(true) => {
            door.numeric(out, server, n::RPL_NOWAWAY)
                .trailing("You have been marked as being away")
                .end();
        }
        Reply::Away(false) => {
            door.numeric(out, server, n::RPL_UNAWAY)
                .trailing("You are no longer marked as being away")
                .end();
        }
        Reply::Inviting { nick, channel } => {
            door.numeric(out, server, n::RPL_INVITING)
                .word(nick)
                .word(channel)
                .end();
        }
        Reply::Invitations(channels) => {
            for channel in channels {
                door.numeric(out, server, n::RPL_INVITELIST)
                    .word(channel)
                    .end();
            }
            door.numeric(out, server, n::RPL_ENDOFINVITELIST)
                .trailing("End of invite list")
                .end();
        }
        Reply::TargetAway(nick, text) => {
            door.numeric(out, server, n::RPL_AWAY)
                .word(nick)
                .trailing(text)
                .end();
        }
        // All others have an answer of their own above.
        _ => {}
    }
}

/// Words over as many lines as they need; at least one.
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
        let part = fill(line.room().saturating_sub(2), &mut words);
        line.trailing(&part).end();
        if words.peek().is_none() {
            return;
        }
    }
}

/// As many words as fit, at least one if there is any.
fn fill(mut room: usize, words: &mut std::iter::Peekable<impl Iterator<Item = String>>) -> String {
    let mut part = String::new();
    while let Some(word) = words.next_if(|word| part.is_empty() || word.len() < room) {
        if !part.is_empty() {
            part.push(' ');
        }
        room = room.saturating_sub(word.len() + 1);
        part.push_str(&word);
    }
    part
}

fn names(
    door: &IrcDoor,
    server: &str,
    out: &mut Vec<u8>,
    channel: &Name,
    secret: bool,
    members: &[(Ranks, Arc<Profile>)],
) {
    let all = door.caps.has(Cap::MultiPrefix);
    let hosts = door.caps.has(Cap::UserhostInNames);
    let kind = if secret { "@" } else { "=" };
    let mut members = members.iter().peekable();
    while members.peek().is_some() {
        let mut line = door
            .numeric(out, server, n::RPL_NAMREPLY)
            .word(kind)
            .word(channel);
        let mut separator = " :";
        while let Some((ranks, profile)) = members.next_if(|(_, profile)| {
            let name = if hosts {
                &profile.source
            } else {
                &profile.nick
            };
            separator == " :" || line.room() > name.len() + modes::RANKS.len() + 1
        }) {
            line = line.raw(separator);
            separator = " ";
            for prefix in modes::prefixes(*ranks, all) {
                line = line.raw(prefix.encode_utf8(&mut [0; 4]));
            }
            line = line.raw(if hosts {
                &profile.source
            } else {
                &profile.nick
            });
        }
        line.end();
    }
    door.numeric(out, server, n::RPL_ENDOFNAMES)
        .word(channel)
        .trailing("End of /NAMES list")
        .end();
}

fn who(door: &IrcDoor, server: &str, out: &mut Vec<u8>, entry: &WhoEntry) {
    let p = &entry.profile;
    let mut flags = String::from(if entry.away { "G" } else { "H" });
    flags.extend(modes::prefixes(
        entry.ranks,
        door.caps.has(Cap::MultiPrefix),
    ));
    let line = door
        .numeric(out, server, n::RPL_WHOREPLY)
        .word(entry.channel.as_deref().unwrap_or("*"));
    let line = line
        .word(&p.user)
        .word(&p.host)
        .word(server)
        .word(&p.nick)
        .word(&flags);
    line.trailing(&format!("0 {}", p.realname)).end();
}

fn whois(door: &IrcDoor, server: &str, turn: &Turn, out: &mut Vec<u8>, info: &WhoisInfo) {
    let p = &info.profile;
    let line = |out: &'_ mut Vec<u8>, code: &str, params: &[&str], text: &str| {
        let mut line = door.numeric(out, server, code).word(&p.nick);
        for param in params {
            line = line.word(param);
        }
        line.trailing(text).end();
    };
    line(out, n::RPL_WHOISUSER, &[&p.user, &p.host, "*"], &p.realname);
    if !info.channels.is_empty() {
        let all = door.caps.has(Cap::MultiPrefix);
        let shown = info.channels.iter().map(|(ranks, name)| {
            let mut shown: String = modes::prefixes(*ranks, all).collect();
            shown.push_str(name);
            shown
        });
        let mut shown = shown.peekable();
        while shown.peek().is_some() {
            let frame = server.len() + door.shown_nick().len() + p.nick.len() + 12;
            let part = fill((MAX_LINE - 2).saturating_sub(frame), &mut shown);
            line(out, n::RPL_WHOISCHANNELS, &[], &part);
        }
    }
    line(
        out,
        n::RPL_WHOISSERVER,
        &[server],
        &turn.settings.description,
    );
    if let Some(text) = &info.away {
        line(out, n::RPL_AWAY, &[], text);
    }
    if info.own {
        let from = format!("is connecting from {}@{} {}", p.user, p.host, p.host);
        line(out, n::RPL_WHOISHOST, &[], &from);
    }
    if info.secure {
        line(out, n::RPL_WHOISSECURE, &[], "is using a secure connection");
    }
    let (idle, signon) = (info.idle.to_string(), info.signon.seconds().to_string());
    line(
        out,
        n::RPL_WHOISIDLE,
        &[&idle, &signon],
        "seconds idle, signon time",
    );
}

fn whowas(door: &IrcDoor, server: &str, out: &mut Vec<u8>, nick: &Name, entries: &[WhowasEntry]) {
    if entries.is_empty() {
        let line = door.numeric(out, server, n::ERR_WASNOSUCHNICK).word(nick);
        line.trailing("There was no such nickname").end();
    }
    for entry in entries {
        let p = &entry.profile;
        let line = door
            .numeric(out, server, n::RPL_WHOWASUSER)
            .word(&p.nick)
            .word(&p.user)
            .word(&p.host);
        line.word("*").trailing(&p.realname).end();
        let until = irc_wire::time::format(entry.until.0);
        let line = door
            .numeric(out, server, n::RPL_WHOISSERVER)
            .word(&p.nick)
            .word(server);
        line.trailing(&until).end();
    }
    door.numeric(out, server, n::RPL_ENDOFWHOWAS)
        .word(nick)
        .trailing("End of WHOWAS")
        .end();
}

fn userhost(p: &Profile, away: bool) -> String {
    format!(
        "{}={}{}@{}",
        p.nick,
        if away { '-' } else { '+' },
        p.user,
        p.host
    )
}

fn lusers(door: &IrcDoor, server: &str, out: &mut Vec<u8>, c: &Counts) {
    let users = c.visible + c.invisible;
    let text = format!(
        "There are {} users and {} invisible on 1 servers",
        c.visible, c.invisible
    );
    door.numeric(out, server, n::RPL_LUSERCLIENT)
        .trailing(&text)
        .end();
    door.numeric(out, server, n::RPL_LUSEROP)
        .word("0")
        .trailing("operator(s) online")
        .end();
    door.numeric(out, server, n::RPL_LUSERUNKNOWN)
        .word("0")
        .trailing("unknown connection(s)")
        .end();
    let channels = c.channels.to_string();
    door.numeric(out, server, n::RPL_LUSERCHANNELS)
        .word(&channels)
        .trailing("channels formed")
        .end();
    let text = format!("I have {users} clients and 0 servers");
    door.numeric(out, server, n::RPL_LUSERME)
        .trailing(&text)
        .end();
    let (now, most) = (users.to_string(), c.most.to_string());
    for (code, what) in [(n::RPL_LOCALUSERS, "local"), (n::RPL_GLOBALUSERS, "global")] {
        let text = format!("Current {what} users {now}, max {most}");
        door.numeric(out, server, code)
            .word(&now)
            .word(&most)
            .trailing(&text)
            .end();
    }
}

/// Messages of the past in a batch of type chathistory, for those who know batches.
fn history(
    door: &mut IrcDoor,
    server: &str,
    out: &mut Vec<u8>,
    target: &Name,
    messages: &[Arc<Event>],
) {
    let style = door.style();
    if !door.caps.has(Cap::Batch) {
        for message in messages {
            event(out, style, message, None);
        }
        return;
    }
    let reference = door.next_batch();
    let open = Line::new(out)
        .from(server, "BATCH")
        .word(&format!("+{reference}"));
    open.word("chathistory").word(target).end();
    for message in messages {
        event(out, style, message, Some(&reference));
    }
    Line::new(out)
        .from(server, "BATCH")
        .word(&format!("-{reference}"))
        .end();
}

fn mode_list(
    door: &IrcDoor,
    server: &str,
    out: &mut Vec<u8>,
    channel: &Name,
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

fn list(door: &IrcDoor, server: &str, out: &mut Vec<u8>, entries: &[ListEntry]) {
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
    door.numeric(out, server, n::RPL_LISTEND)
        .trailing("End of /LIST")
        .end();
}

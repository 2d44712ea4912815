//! Users as numerics: WHO, WHOX, WHOIS, WHOWAS, USERHOST, LUSERS, MONITOR.

use std::sync::atomic::Ordering;

use irc_wire::{Line, MAX_LINE, numerics as n};
use parlour_core::reply::{Counts, WhoEntry, WhoisInfo, WhowasEntry};
use parlour_core::request::WhoQuestion;
use parlour_core::state::Profile;

use super::replies::fill;
use crate::context::Context;
use crate::irc::caps::Cap;
use crate::irc::commands::who::echoed;
use crate::irc::door::IrcDoor;
use crate::irc::modes;

pub(super) fn who(
    door: &IrcDoor,
    server: &str,
    out: &mut Vec<u8>,
    question: &WhoQuestion,
    entries: &[WhoEntry],
    more: bool,
) {
    let (mask, format) = echoed(&question.echo);
    for entry in entries {
        match format {
            None => who_line(door, server, out, entry),
            Some(format) => whox_line(door, server, out, format, entry),
        }
    }
    if more {
        let line = door.numeric(out, server, n::ERR_TOOMANYMATCHES).word("WHO");
        line.word(mask)
            .trailing("There are more; ask for fewer at once")
            .end();
    }
    let line = door.numeric(out, server, n::RPL_ENDOFWHO);
    line.middle(mask).trailing("End of WHO list").end();
}

/// Returns the flags of a WHO entry: away, server operator, prefixes, bot.
fn flags(door: &IrcDoor, entry: &WhoEntry) -> String {
    let mut flags = String::from(if entry.away { "G" } else { "H" });
    if entry.profile.oper {
        flags.push('*');
    }
    let all = door.caps.has(Cap::MultiPrefix);
    flags.extend(modes::prefixes(entry.ranks, all));
    if entry.profile.bot {
        flags.push(modes::BOT_LETTER);
    }
    flags
}

fn who_line(door: &IrcDoor, server: &str, out: &mut Vec<u8>, entry: &WhoEntry) {
    let p = &entry.profile;
    let line = door
        .numeric(out, server, n::RPL_WHOREPLY)
        .word(entry.channel.as_deref().unwrap_or("*"));
    let line = line
        .word(&p.user)
        .word(&p.host)
        .word(server)
        .word(&p.nick)
        .word(&flags(door, entry));
    line.trailing(&format!("0 {}", p.realname)).end();
}

fn whox_line(
    door: &IrcDoor,
    server: &str,
    out: &mut Vec<u8>,
    (fields, token): (&str, &str),
    entry: &WhoEntry,
) {
    let p = &entry.profile;
    let mut line = door.numeric(out, server, n::RPL_WHOSPCRPL);
    for field in fields.chars() {
        let value = match field {
            't' => token.to_owned(),
            'c' => entry.channel.as_deref().unwrap_or("*").to_owned(),
            'u' => p.user.to_string(),
            // The address of others is hidden; clients know this value as unknown (WHOX).
            'i' => entry
                .address
                .as_deref()
                .unwrap_or("255.255.255.255")
                .to_owned(),
            'h' => p.host.to_string(),
            's' => server.to_owned(),
            'n' => p.nick.to_string(),
            'f' => flags(door, entry),
            // There is one server, so no hops; channel operators have no levels.
            'd' => "0".to_owned(),
            'o' => "n/a".to_owned(),
            'l' => entry.idle.to_string(),
            'a' => p.account.as_deref().unwrap_or("0").to_owned(),
            // The real name, always the last field.
            _ => {
                line = line.trailing(&p.realname);
                continue;
            }
        };
        line = line.word(if value.is_empty() { "*" } else { &value });
    }
    line.end();
}

pub(super) fn whois(
    door: &IrcDoor,
    server: &str,
    cx: &Context,
    out: &mut Vec<u8>,
    info: &WhoisInfo,
) {
    let p = &info.profile;
    let line = |out: &'_ mut Vec<u8>, code: &str, params: &[&str], text: &str| {
        let mut line = door.numeric(out, server, code).word(&p.nick);
        for param in params {
            line = line.word(param);
        }
        line.trailing(text).end();
    };
    line(out, n::RPL_WHOISUSER, &[&p.user, &p.host, "*"], &p.realname);
    whois_channels(door, server, out, info);
    line(out, n::RPL_WHOISSERVER, &[server], &cx.settings.description);
    if let Some(class) = &info.oper {
        let text = format!("is a server operator ({class})");
        line(out, n::RPL_WHOISOPERATOR, &[], &text);
    }
    if let Some(account) = &p.account {
        line(out, n::RPL_WHOISACCOUNT, &[account], "is logged in as");
    }
    if p.bot {
        let text = format!("is a Bot on {}", cx.settings.network);
        line(out, n::RPL_WHOISBOT, &[], &text);
    }
    if let Some(text) = &info.away {
        line(out, n::RPL_AWAY, &[], text);
    }
    // Present only for the user itself and for server operators.
    if let Some((address, flags)) = &info.private {
        let from = format!("is connecting from {}@{address} {address}", p.user);
        line(out, n::RPL_WHOISHOST, &[], &from);
        let text = "is actually using host";
        let host = format!("{}@{address}", p.user);
        line(out, n::RPL_WHOISACTUALLY, &[&host, address], text);
        let text = format!("is using modes {}", modes::user_modes(*flags));
        line(out, n::RPL_WHOISMODES, &[], &text);
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
    for (key, value) in info.metadata.iter() {
        line(out, n::RPL_WHOISKEYVALUE, &[key, "*"], value);
    }
}

fn whois_channels(door: &IrcDoor, server: &str, out: &mut Vec<u8>, info: &WhoisInfo) {
    let nick = &info.profile.nick;
    let all = door.caps.has(Cap::MultiPrefix);
    let shown = info.channels.iter().map(|(ranks, name)| {
        let mut shown: String = modes::prefixes(*ranks, all).collect();
        shown.push_str(name);
        shown
    });
    let mut shown = shown.peekable();
    while shown.peek().is_some() {
        let frame = server.len() + door.shown_nick().len() + nick.len() + 12;
        let part = fill((MAX_LINE - 2).saturating_sub(frame), ' ', &mut shown);
        let line = door.numeric(out, server, n::RPL_WHOISCHANNELS).word(nick);
        line.trailing(&part).end();
    }
}

pub(super) fn whowas(
    door: &IrcDoor,
    server: &str,
    out: &mut Vec<u8>,
    nick: &str,
    entries: &[WhowasEntry],
) {
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
        if let Some(account) = &p.account {
            let line = door.numeric(out, server, n::RPL_WHOISACCOUNT);
            line.word(&p.nick)
                .word(account)
                .trailing("was logged in as")
                .end();
        }
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

pub(super) fn userhost(p: &Profile, away: bool) -> String {
    let oper = if p.oper { "*" } else { "" };
    let here = if away { '-' } else { '+' };
    format!("{}{oper}={here}{}@{}", p.nick, p.user, p.host)
}

pub(super) fn lusers(door: &IrcDoor, server: &str, cx: &Context, out: &mut Vec<u8>, c: &Counts) {
    let users = c.visible + c.invisible;
    // A count to show: it orders nothing, so `Relaxed` is enough.
    let unknown = cx.settings.unregistered.load(Ordering::Relaxed);
    let text = format!(
        "There are {} users and {} invisible on 1 servers",
        c.visible, c.invisible
    );
    door.numeric(out, server, n::RPL_LUSERCLIENT)
        .trailing(&text)
        .end();
    for (code, count, what) in [
        (n::RPL_LUSEROP, c.opers, "operator(s) online"),
        (n::RPL_LUSERUNKNOWN, unknown, "unknown connection(s)"),
        (n::RPL_LUSERCHANNELS, c.channels, "channels formed"),
    ] {
        door.numeric(out, server, code)
            .word(&count.to_string())
            .trailing(what)
            .end();
    }
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

/// Appends nicks joined by commas, on as many lines as they need; none without nicks.
pub(super) fn nick_list(
    door: &IrcDoor,
    server: &str,
    out: &mut Vec<u8>,
    code: &str,
    nicks: &[impl AsRef<str>],
) {
    let mut words = nicks.iter().map(|nick| nick.as_ref().to_owned()).peekable();
    while words.peek().is_some() {
        let line: Line<'_> = door.numeric(out, server, code);
        let part = fill(line.room().saturating_sub(2), ',', &mut words);
        line.trailing(&part).end();
    }
}

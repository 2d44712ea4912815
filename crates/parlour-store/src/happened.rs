//! What happened in channels besides what was said, as rows.

use std::sync::Arc;

use parlour_core::event::Place;
use parlour_core::request::ModeChange;
use parlour_core::state::{ChannelFlag, ListKind, Profile, Rank};
use parlour_core::{Body, ChannelId, Event, MsgId, Name, UserId};
use rusqlite::{Row, Transaction, params};

use crate::StoreError;

/// The columns of a row, in the order in which [`event`] reads them.
pub(crate) const COLUMNS: &str =
    "id, kind, user, nick, ident, host, account, realname, target, text";

/// How modes are written: the letters are this table's own, whatever a door shows.
const FLAGS: &[(ChannelFlag, char)] = &[
    (ChannelFlag::InviteOnly, 'i'),
    (ChannelFlag::Moderated, 'm'),
    (ChannelFlag::NoExternal, 'n'),
    (ChannelFlag::Secret, 's'),
    (ChannelFlag::TopicLocked, 't'),
    (ChannelFlag::NoCtcp, 'C'),
    (ChannelFlag::RegisteredSpeak, 'M'),
    (ChannelFlag::RegisteredOnly, 'R'),
    (ChannelFlag::Auditorium, 'u'),
    (ChannelFlag::OpModerated, 'U'),
];
const RANKS: &[(Rank, char)] = &[(Rank::Operator, 'o'), (Rank::Voice, 'v')];
const LISTS: &[(ListKind, char)] = &[
    (ListKind::Bans, 'b'),
    (ListKind::Exceptions, 'e'),
    (ListKind::InviteExceptions, 'I'),
];

/// Keeps an event as a part of a log's past; one that is none is left out.
pub(crate) fn put(transaction: &Transaction, log: i64, event: &Event) -> Result<(), StoreError> {
    let (kind, target, text): (&str, &str, &str) = match &event.body {
        Body::Joined(_) => ("JOIN", "", ""),
        Body::Parted(_, words) => ("PART", "", words),
        Body::Kicked { nick, reason, .. } => ("KICK", nick, reason),
        Body::Quit(words) => ("QUIT", "", words),
        Body::Renamed(nick) => ("NICK", nick, ""),
        Body::Topic(_, text) => ("TOPIC", "", text),
        Body::Modes(_, changes) => ("MODE", "", &modes(changes)),
        _ => return Ok(()),
    };
    let from = &event.from;
    transaction
        .prepare_cached(
            "INSERT INTO happened
                 (log, id, kind, user, nick, ident, host, account, realname, target, text)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            log,
            event.id.0 as i64,
            kind,
            from.id.0 as i64,
            &*from.nick,
            &*from.user,
            &*from.host,
            from.account.as_deref(),
            &*from.realname,
            target,
            text,
        ])?;
    Ok(())
}

/// An event from its row; none, if a later version wrote what this one does not know. Its channel
/// has no name: the log is known to whoever asks.
pub(crate) fn event(row: &Row<'_>) -> Result<Option<Event>, rusqlite::Error> {
    let name =
        |index: usize| -> Result<Name, rusqlite::Error> { Ok(row.get::<_, String>(index)?.into()) };
    let user = UserId(row.get::<_, i64>(2)? as u64);
    let profile = Profile::new(user, name(3)?, name(4)?, name(5)?, name(7)?);
    let account: Option<String> = row.get(6)?;
    let from = Arc::new(Profile {
        account: account.map(Into::into),
        ..(*profile).clone()
    });
    let place = Place {
        id: ChannelId(0),
        name: "".into(),
    };
    let (target, text) = (name(8)?, name(9)?);
    let body = match row.get::<_, String>(1)?.as_str() {
        "JOIN" => Body::Joined(place),
        "PART" => Body::Parted(place, text),
        "KICK" => Body::Kicked {
            place,
            nick: target,
            reason: text,
        },
        "QUIT" => Body::Quit(text),
        "NICK" => Body::Renamed(target),
        "TOPIC" => Body::Topic(place, text),
        "MODE" => Body::Modes(
            place,
            text.split_terminator('\n').filter_map(mode).collect(),
        ),
        _ => return Ok(None),
    };
    Ok(Some(Event {
        id: MsgId(row.get::<_, i64>(0)? as u64),
        from,
        body,
    }))
}

/// Changes of modes, a line each: a sign, a letter, and what goes with it.
fn modes(changes: &[ModeChange]) -> String {
    changes.iter().map(line).collect()
}

fn line(change: &ModeChange) -> String {
    let (on, letter, value): (bool, char, &str) = match change {
        ModeChange::Flag(flag, on) => (*on, letter(FLAGS, *flag), ""),
        ModeChange::Key(key, on) => (*on, 'k', key),
        ModeChange::Limit(limit) => (
            limit.is_some(),
            'l',
            &limit.map(|limit| limit.to_string()).unwrap_or_default(),
        ),
        ModeChange::Forward(to) => (to.is_some(), 'f', to.as_deref().unwrap_or_default()),
        ModeChange::Rank(rank, nick, on) => (*on, letter(RANKS, *rank), nick),
        ModeChange::List(list, mask, on) => (*on, letter(LISTS, *list), mask),
    };
    format!("{}{letter}{value}\n", if on { '+' } else { '-' })
}

fn letter<T: Copy + PartialEq>(table: &[(T, char)], wanted: T) -> char {
    let found = table.iter().find(|(known, _)| *known == wanted);
    found.map_or('?', |(_, letter)| *letter)
}

fn mode(line: &str) -> Option<ModeChange> {
    let mut letters = line.chars();
    let on = match letters.next()? {
        '+' => true,
        '-' => false,
        _ => return None,
    };
    let letter = letters.next()?;
    let value: Name = letters.as_str().into();
    fn of<T: Copy>(table: &[(T, char)], letter: char) -> Option<T> {
        let found = table.iter().find(|(_, known)| *known == letter);
        found.map(|(value, _)| *value)
    }
    match letter {
        'k' => Some(ModeChange::Key(value, on)),
        'l' if !on => Some(ModeChange::Limit(None)),
        'l' => Some(ModeChange::Limit(Some(value.parse().ok()?))),
        'f' => Some(ModeChange::Forward(on.then_some(value))),
        _ => of(FLAGS, letter)
            .map(|flag| ModeChange::Flag(flag, on))
            .or_else(|| of(RANKS, letter).map(|rank| ModeChange::Rank(rank, value.clone(), on)))
            .or_else(|| of(LISTS, letter).map(|list| ModeChange::List(list, value, on))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parlour_core::state::Flag;

    #[test]
    fn every_mode_comes_back() {
        let mut changes: Vec<ModeChange> = ChannelFlag::ALL
            .iter()
            .map(|&flag| ModeChange::Flag(flag, true))
            .collect();
        changes.extend([
            ModeChange::Flag(ChannelFlag::Secret, false),
            ModeChange::Key("k y".into(), true),
            ModeChange::Key("*".into(), false),
            ModeChange::Limit(Some(12)),
            ModeChange::Limit(None),
            ModeChange::Forward(Some("#f".into())),
            ModeChange::Forward(None),
            ModeChange::Rank(Rank::Operator, "bob".into(), true),
            ModeChange::Rank(Rank::Voice, "bob".into(), false),
            ModeChange::List(ListKind::Bans, "*!*@x".into(), true),
            ModeChange::List(ListKind::Exceptions, "*!*@x".into(), false),
            ModeChange::List(ListKind::InviteExceptions, "*!*@x".into(), true),
        ]);
        let text = modes(&changes);
        let back: Vec<ModeChange> = text.split_terminator('\n').filter_map(mode).collect();
        assert_eq!(back, changes);
    }
}

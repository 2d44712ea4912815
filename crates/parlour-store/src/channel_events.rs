//! Channel events other than messages (JOIN, PART, KICK, …), as rows.

use std::sync::Arc;

use parlour_core::event::ChannelRef;
use parlour_core::state::Profile;
use parlour_core::{Body, ChannelId, Cloak, Event, MsgId, Name, UserId};
use rusqlite::{Connection, Row, params};

use crate::reader::shown_host;
use crate::{StoreError, modes};

/// Columns of a row, in the order in which [`event`] reads them.
pub(crate) const COLUMNS: &str =
    "id, kind, user, nick, ident, host, account, realname, target, text, bot";

/// Inserts an event into a log's history. Events that are not part of a channel's history are
/// skipped.
pub(crate) fn put(transaction: &Connection, log: i64, event: &Event) -> Result<(), StoreError> {
    let (kind, target, text): (&str, &str, &str) = match &event.body {
        Body::Joined(_) => ("JOIN", "", ""),
        Body::Parted(_, words) => ("PART", "", words),
        Body::Kicked { nick, reason, .. } => ("KICK", nick, reason),
        Body::Quit(words) => ("QUIT", "", words),
        Body::Renamed(nick) => ("NICK", nick, ""),
        Body::Topic(_, text) => ("TOPIC", "", text),
        Body::Modes(_, changes) => ("MODE", "", &modes::write(changes)),
        Body::Message { .. }
        | Body::UserModes(_)
        | Body::Invited { .. }
        | Body::Away(_)
        | Body::Account(_)
        | Body::HostChanged(_)
        | Body::RealName(_)
        | Body::ChannelRenamed { .. }
        | Body::Redacted { .. }
        | Body::Wallops(_)
        | Body::Killed(..) => return Ok(()),
    };
    let from = &event.from;
    transaction
        .prepare_cached(
            "INSERT INTO happened
                 (log, id, kind, user, nick, ident, host, account, realname, target, text, bot)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
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
            from.bot,
        ])?;
    Ok(())
}

/// Builds an event from its row; `None` if a later version wrote a kind that this one does not
/// know. Its channel has no name: the caller knows the log.
pub(crate) fn event(
    row: &Row<'_>,
    cloak: Option<&Cloak>,
) -> Result<Option<Event>, rusqlite::Error> {
    let name =
        |index: usize| -> Result<Name, rusqlite::Error> { Ok(row.get::<_, String>(index)?.into()) };
    let user = UserId(row.get::<_, i64>(2)? as u64);
    let host = shown_host(name(5)?, cloak);
    let profile = Profile::new(user, name(3)?.into(), name(4)?, host, name(7)?.into());
    let account: Option<String> = row.get(6)?;
    let from = Arc::new(Profile {
        account: account.map(Into::into),
        bot: row.get(10)?,
        ..(*profile).clone()
    });
    let place = ChannelRef {
        id: ChannelId(0),
        name: "".into(),
    };
    let (target, text) = (name(8)?, name(9)?);
    let body = match row.get::<_, String>(1)?.as_str() {
        "JOIN" => Body::Joined(place),
        "PART" => Body::Parted(place, text.into()),
        "KICK" => Body::Kicked {
            place,
            nick: target.into(),
            reason: text.into(),
        },
        "QUIT" => Body::Quit(text.into()),
        "NICK" => Body::Renamed(target.into()),
        "TOPIC" => Body::Topic(place, text.into()),
        "MODE" => Body::Modes(place, modes::read(&text)),
        _ => return Ok(None),
    };
    Ok(Some(Event {
        id: MsgId(row.get::<_, i64>(0)? as u64),
        from,
        body,
    }))
}

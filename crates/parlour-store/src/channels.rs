//! Channels, as they outlast a restart: modes, lists, whose they are.

use std::collections::HashMap;

use parlour_core::history::Log;
use parlour_core::names::{Casemapping, Folded};
use parlour_core::record::{KeptChannel, LiftedBan};
use parlour_core::reply::ListedMask;
use parlour_core::request::ModeChange;
use parlour_core::state::{ListKind, Lists, Metadata, Registered, Right, Rights, Topic};
use parlour_core::{MsgId, Name, Time};
use rusqlite::{Connection, Row, Transaction, params};

use crate::log_names::log_name;
use crate::{StoreError, metadata, modes};

/// The kind of bans that were lifted.
const LIFTED: &str = "x";

/// How rights are written.
const RIGHTS: &[(Right, char)] = &[
    (Right::Access, 'f'),
    (Right::Operator, 'o'),
    (Right::Voice, 'v'),
];

type Masks = (Lists, Vec<LiftedBan>);
type Access = Vec<(Folded, Rights)>;

/// Every channel that is kept.
pub(crate) fn all(
    connection: &Connection,
    casemapping: Casemapping,
    metadata: &mut HashMap<String, Metadata>,
) -> Result<Vec<KeptChannel>, StoreError> {
    let mut lists = lists(connection)?;
    let mut access = access(connection)?;
    let mut statement = connection.prepare(
        "SELECT channel.name, channel.created, topic, topic_by, topic_at, key, modes, history_from,
             account.folded, registered, channel.folded
         FROM channel LEFT JOIN account ON channel.founder = account.id ORDER BY channel.folded",
    )?;
    let channels = statement.query_map([], |row| {
        let key: String = row.get(10)?;
        let mut kept = channel(row, casemapping)?;
        kept.metadata = metadata.remove(&key).unwrap_or_default();
        (kept.lists, kept.lifted) = lists.remove(&key).unwrap_or_default();
        if let Some(registered) = &mut kept.registered {
            registered.access = access.remove(&key).into_iter().flatten().collect();
        }
        Ok(kept)
    })?;
    Ok(channels.collect::<Result<_, _>>()?)
}

fn channel(row: &Row<'_>, casemapping: Casemapping) -> rusqlite::Result<KeptChannel> {
    let (text, by): (Option<String>, Option<String>) = (row.get(2)?, row.get(3)?);
    let topic = text.zip(by).zip(time(row, 4)?);
    let name: Name = row.get::<_, String>(0)?.into();
    let founder: Option<String> = row.get(8)?;
    let registered = founder.zip(time(row, 9)?);
    let mut kept = KeptChannel {
        folded: casemapping.fold(&name),
        name,
        created: Time(row.get::<_, i64>(1)? as u64),
        topic: topic.map(|((text, by), at)| Topic {
            text: text.into(),
            by: by.into(),
            at,
        }),
        flags: Default::default(),
        key: row.get::<_, Option<String>>(5)?.map(Into::into),
        limit: None,
        forward: None,
        slow: None,
        lists: Lists::new(),
        lifted: Vec::new(),
        registered: registered.map(|(founder, since)| Registered {
            founder: Folded::kept(&founder),
            since,
            access: Default::default(),
        }),
        history_from: MsgId(row.get::<_, i64>(7)? as u64),
        metadata: Metadata::default(),
    };
    for change in modes::read(&row.get::<_, String>(6)?) {
        match change {
            ModeChange::Flag(flag, on) => {
                kept.flags.set(flag, on);
            }
            ModeChange::Limit(limit) => kept.limit = limit,
            ModeChange::Forward(to) => kept.forward = to,
            ModeChange::Slow(seconds) => kept.slow = seconds,
            ModeChange::Key(..) | ModeChange::Rank(..) | ModeChange::List(..) => {}
        }
    }
    Ok(kept)
}

fn time(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<Time>> {
    let at: Option<i64> = row.get(index)?;
    Ok(at.map(|at| Time(at as u64)))
}

/// The lists of all channels, and bans that were lifted.
fn lists(connection: &Connection) -> Result<HashMap<String, Masks>, StoreError> {
    let mut found: HashMap<String, Masks> = HashMap::new();
    let mut statement = connection.prepare(
        "SELECT channel, kind, mask, set_by, at, until FROM channel_mask ORDER BY channel, kind, place",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let kind: String = row.get(1)?;
        let (lists, lifted) = found.entry(row.get(0)?).or_default();
        let mask: Name = row.get::<_, String>(2)?.into();
        let at = Time(row.get::<_, i64>(4)? as u64);
        match kind.chars().next().and_then(modes::list) {
            Some(kind) => lists.entry(kind).or_default().push(ListedMask {
                mask,
                by: row.get::<_, String>(3)?.into(),
                at,
            }),
            None => lifted.extend(time(row, 5)?.map(|until| LiftedBan {
                mask,
                from: at,
                until,
            })),
        }
    }
    Ok(found)
}

/// What accounts may do, by channel.
fn access(connection: &Connection) -> Result<HashMap<String, Access>, StoreError> {
    let mut found: HashMap<String, Access> = HashMap::new();
    let mut statement = connection.prepare(
        "SELECT channel, account.folded, flags
         FROM channel_access JOIN account ON channel_access.account = account.id",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let letters: String = row.get(2)?;
        let mut rights = Rights::default();
        for (right, letter) in RIGHTS {
            rights.set(*right, letters.contains(*letter));
        }
        let account: String = row.get(1)?;
        let of_channel = found.entry(row.get(0)?).or_default();
        of_channel.push((Folded::kept(&account), rights));
    }
    Ok(found)
}

/// Keeps a channel as it is now.
pub(crate) fn put(transaction: &Transaction<'_>, kept: &KeptChannel) -> Result<(), StoreError> {
    let topic = kept.topic.as_ref();
    let registered = kept.registered.as_ref();
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO channel
                 (folded, name, created, topic, topic_by, topic_at, key, modes, history_from,
                  founder, registered)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,
                 (SELECT id FROM account WHERE folded = ?10), ?11)",
        )?
        .execute(params![
            kept.folded.as_str(),
            &*kept.name,
            kept.created.0 as i64,
            topic.map(|topic| &*topic.text),
            topic.map(|topic| &*topic.by),
            topic.map(|topic| topic.at.0 as i64),
            kept.key.as_deref(),
            modes::write(&modes_of(kept)),
            kept.history_from.0 as i64,
            registered.map(|registered| registered.founder.as_str()),
            registered.map(|registered| registered.since.0 as i64),
        ])?;
    put_lists(transaction, kept)?;
    put_access(transaction, kept)?;
    metadata::put(transaction, &kept.folded, &kept.metadata)
}

/// The modes that are on; the key has a column of its own.
fn modes_of(kept: &KeptChannel) -> Vec<ModeChange> {
    let flags = kept.flags.iter().map(|flag| ModeChange::Flag(flag, true));
    let limit = kept.limit.map(|limit| ModeChange::Limit(Some(limit)));
    let slow = kept.slow.map(|seconds| ModeChange::Slow(Some(seconds)));
    let forward = kept.forward.clone();
    let forward = forward.map(|to| ModeChange::Forward(Some(to)));
    flags.chain(limit).chain(slow).chain(forward).collect()
}

fn put_lists(transaction: &Transaction<'_>, kept: &KeptChannel) -> Result<(), StoreError> {
    transaction
        .prepare_cached("DELETE FROM channel_mask WHERE channel = ?1")?
        .execute([kept.folded.as_str()])?;
    let mut insert = transaction.prepare_cached(
        "INSERT INTO channel_mask (channel, kind, place, mask, set_by, at, until)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let every = [
        ListKind::Bans,
        ListKind::Exceptions,
        ListKind::InviteExceptions,
    ];
    for kind in every {
        let entries = kept.lists.get(&kind).map_or(&[][..], Vec::as_slice);
        for (place, entry) in entries.iter().enumerate() {
            insert.execute(params![
                kept.folded.as_str(),
                modes::list_letter(kind).to_string(),
                place as i64,
                &*entry.mask,
                &*entry.by,
                entry.at.0 as i64,
                None::<i64>,
            ])?;
        }
    }
    for (place, ban) in kept.lifted.iter().enumerate() {
        insert.execute(params![
            kept.folded.as_str(),
            LIFTED,
            place as i64,
            &*ban.mask,
            "",
            ban.from.0 as i64,
            ban.until.0 as i64,
        ])?;
    }
    Ok(())
}

fn put_access(transaction: &Transaction<'_>, kept: &KeptChannel) -> Result<(), StoreError> {
    transaction
        .prepare_cached("DELETE FROM channel_access WHERE channel = ?1")?
        .execute([kept.folded.as_str()])?;
    let access = kept.registered.iter().flat_map(|owned| &owned.access);
    for (account, rights) in access {
        let held = RIGHTS.iter().filter(|(right, _)| rights.has(*right));
        let letters: String = held.map(|(_, letter)| *letter).collect();
        transaction
            .prepare_cached(
                "INSERT INTO channel_access (channel, account, flags)
                 SELECT ?1, id, ?3 FROM account WHERE folded = ?2",
            )?
            .execute(params![kept.folded.as_str(), account.as_str(), letters])?;
    }
    Ok(())
}

/// Nothing is remembered of a channel. What was said in it stays for whoever may read it later,
/// unless it `hides`.
pub(crate) fn forget(
    transaction: &Transaction<'_>,
    channel: &Folded,
    hides: bool,
) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM channel WHERE folded = ?1",
        "DELETE FROM channel_mask WHERE channel = ?1",
        "DELETE FROM channel_access WHERE channel = ?1",
        "DELETE FROM metadata WHERE owner = ?1",
    ] {
        transaction
            .prepare_cached(sql)?
            .execute([channel.as_str()])?;
    }
    if hides {
        set_aside(transaction, channel)?;
    }
    Ok(())
}

/// The log of an earlier channel of this name is found by nobody any more.
fn set_aside(transaction: &Transaction<'_>, channel: &Folded) -> Result<(), StoreError> {
    transaction
        .prepare_cached("UPDATE log SET name = name || ' ' || id WHERE name = ?1")?
        .execute([log_name(&Log::Channel(channel.clone()))])?;
    Ok(())
}

/// A channel's log and all that is kept of it go with it to its new name. What an earlier
/// channel of that name has left is found by nobody any more.
pub(crate) fn rename(
    transaction: &Transaction<'_>,
    old: &Folded,
    kept: &KeptChannel,
) -> Result<(), StoreError> {
    if *old != kept.folded {
        let (before, after) = (
            log_name(&Log::Channel(old.clone())),
            log_name(&Log::Channel(kept.folded.clone())),
        );
        set_aside(transaction, &kept.folded)?;
        transaction
            .prepare_cached("UPDATE log SET name = ?2 WHERE name = ?1")?
            .execute([&before, &after])?;
        forget(transaction, old, false)?;
    }
    put(transaction, kept)
}

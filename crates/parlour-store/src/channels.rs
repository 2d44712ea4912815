//! Channels as they survive a restart: modes, lists, registration.

use std::collections::HashMap;

use parlour_core::history::Log;
use parlour_core::names::{Casemapping, Folded};
use parlour_core::record::{LiftedBan, StoredChannel};
use parlour_core::reply::ListedMask;
use parlour_core::request::ModeChange;
use parlour_core::state::{ListKind, Lists, Metadata, Registered, Right, Rights, Topic};
use parlour_core::{MsgId, Name, Time};
use rusqlite::{Connection, Row, params};

use crate::log_names::log_name;
use crate::{StoreError, metadata, modes};

/// Value of `channel_mask.kind` for channel bans that were lifted.
const LIFTED: &str = "x";

/// Access rights, by the letters they are stored as.
const RIGHTS: &[(Right, char)] = &[
    (Right::Access, 'f'),
    (Right::Operator, 'o'),
    (Right::Voice, 'v'),
];

/// Lists of a channel, and its lifted bans.
type Masks = (Lists, Vec<LiftedBan>);
/// Access list of a channel: rights by account.
type Access = Vec<(Folded, Rights)>;

/// Returns all stored channels. Takes the metadata of each out of `metadata`.
pub(crate) fn all(
    connection: &Connection,
    casemapping: Casemapping,
    metadata: &mut HashMap<String, Metadata>,
) -> Result<Vec<StoredChannel>, StoreError> {
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

/// Builds a channel from its row; lists, access and metadata are filled in by the caller.
fn channel(row: &Row<'_>, casemapping: Casemapping) -> rusqlite::Result<StoredChannel> {
    let (text, by): (Option<String>, Option<String>) = (row.get(2)?, row.get(3)?);
    let topic = text.zip(by).zip(time(row, 4)?);
    let name: Name = row.get::<_, String>(0)?.into();
    let founder: Option<String> = row.get(8)?;
    let registered = founder.zip(time(row, 9)?);
    let mut kept = StoredChannel {
        folded: casemapping.fold(&name),
        name: name.into(),
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
            // The key has a column of its own; ranks and lists have tables of their own.
            ModeChange::Key(..) | ModeChange::Rank(..) | ModeChange::List(..) => {}
        }
    }
    Ok(kept)
}

/// Reads a nullable time column.
fn time(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<Time>> {
    let at: Option<i64> = row.get(index)?;
    Ok(at.map(|at| Time(at as u64)))
}

/// Returns the lists and the lifted bans of all channels.
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
                mask: mask.into(),
                by: row.get::<_, String>(3)?.into(),
                at,
            }),
            // `LIFTED` is the letter of no list.
            None => lifted.extend(time(row, 5)?.map(|until| LiftedBan {
                mask: mask.into(),
                from: at,
                until,
            })),
        }
    }
    Ok(found)
}

/// Returns the access lists of all channels.
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

/// Inserts a channel, or replaces its stored state.
pub(crate) fn put(transaction: &Connection, kept: &StoredChannel) -> Result<(), StoreError> {
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

/// Returns the modes that are set; the key has a column of its own.
fn modes_of(kept: &StoredChannel) -> Vec<ModeChange> {
    let flags = kept.flags.iter().map(|flag| ModeChange::Flag(flag, true));
    let limit = kept.limit.map(|limit| ModeChange::Limit(Some(limit)));
    let slow = kept.slow.map(|seconds| ModeChange::Slow(Some(seconds)));
    let forward = kept.forward.clone();
    let forward = forward.map(|to| ModeChange::Forward(Some(to)));
    flags.chain(limit).chain(slow).chain(forward).collect()
}

/// Replaces the stored lists and lifted bans of a channel.
fn put_lists(transaction: &Connection, kept: &StoredChannel) -> Result<(), StoreError> {
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

/// Replaces the stored access list of a channel.
fn put_access(transaction: &Connection, kept: &StoredChannel) -> Result<(), StoreError> {
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

/// Deletes a channel's stored state. Its messages remain for later channels of this name, unless
/// `hides` is set.
pub(crate) fn forget(
    transaction: &Connection,
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
        detach_log(transaction, channel)?;
    }
    Ok(())
}

/// Renames the log of a channel so that no later channel of this name finds it.
fn detach_log(transaction: &Connection, channel: &Folded) -> Result<(), StoreError> {
    transaction
        // No channel name has a space, so the new name can never be looked up; the id keeps it
        // unique.
        .prepare_cached("UPDATE log SET name = name || ' ' || id WHERE name = ?1")?
        .execute([log_name(&Log::Channel(channel.clone()))])?;
    Ok(())
}

/// Moves a channel's log and stored state to its new name. The log of an earlier channel of the new
/// name becomes unreachable.
pub(crate) fn rename(
    transaction: &Connection,
    old: &Folded,
    kept: &StoredChannel,
) -> Result<(), StoreError> {
    if *old != kept.folded {
        let (before, after) = (
            log_name(&Log::Channel(old.clone())),
            log_name(&Log::Channel(kept.folded.clone())),
        );
        // First free the new name: `log.name` is unique.
        detach_log(transaction, &kept.folded)?;
        transaction
            .prepare_cached("UPDATE log SET name = ?2 WHERE name = ?1")?
            .execute([&before, &after])?;
        forget(transaction, old, false)?;
    }
    put(transaction, kept)
}

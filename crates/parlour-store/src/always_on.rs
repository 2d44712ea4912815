//! Always-on users: they remain when their last connection ends.

use parlour_core::names::Folded;
use parlour_core::record::{StoredMembership, StoredUser};
use parlour_core::state::{UserFlag, UserFlags};
use parlour_core::{MsgId, Name, Time, UserId};
use rusqlite::{Connection, params};

use crate::{StoreError, modes};

/// User modes, by the letters they are stored as.
const FLAGS: &[(UserFlag, char)] = &[
    (UserFlag::Bot, 'B'),
    (UserFlag::RegisteredOnly, 'R'),
    (UserFlag::NoCtcp, 'T'),
    (UserFlag::Invisible, 'i'),
    (UserFlag::Wallops, 'w'),
];

/// Returns all stored always-on users.
pub(crate) fn all(connection: &Connection) -> Result<Vec<StoredUser>, StoreError> {
    let mut channels = connection.prepare(
        "SELECT channel, ranks, joined FROM presence_channel WHERE account = ?1 ORDER BY channel",
    )?;
    let mut statement = connection.prepare(
        "SELECT account.folded, user, nick, ident, host, address, realname, away, modes, signon,
             gone, account.id
         FROM presence JOIN account ON presence.account = account.id ORDER BY account.folded",
    )?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let name =
            |index: usize| -> rusqlite::Result<Name> { Ok(row.get::<_, String>(index)?.into()) };
        let members = channels.query_map([row.get::<_, i64>(11)?], |row| {
            Ok(StoredMembership {
                channel: row.get::<_, String>(0)?.into(),
                ranks: modes::ranks(&row.get::<_, String>(1)?),
                joined: MsgId(row.get::<_, i64>(2)? as u64),
            })
        })?;
        let letters: String = row.get(8)?;
        let mut flags = UserFlags::default();
        for (flag, letter) in FLAGS {
            flags.set(*flag, letters.contains(*letter));
        }
        let gone: Option<i64> = row.get(10)?;
        found.push(StoredUser {
            account: Folded::kept(&row.get::<_, String>(0)?),
            id: UserId(row.get::<_, i64>(1)? as u64),
            nick: name(2)?.into(),
            user: name(3)?,
            host: name(4)?,
            address: name(5)?,
            realname: name(6)?.into(),
            away: row.get::<_, Option<String>>(7)?.map(Into::into),
            flags,
            signon: Time(row.get::<_, i64>(9)? as u64),
            left: gone.map(|gone| MsgId(gone as u64)),
            channels: members.collect::<Result<_, _>>()?,
        });
    }
    Ok(found)
}

/// Inserts an always-on user, or replaces the stored state.
pub(crate) fn put(transaction: &Connection, kept: &StoredUser) -> Result<(), StoreError> {
    let held = FLAGS.iter().filter(|(flag, _)| kept.flags.has(*flag));
    let letters: String = held.map(|(_, letter)| *letter).collect();
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO presence
                 (account, user, nick, ident, host, address, realname, away, modes, signon, gone)
             SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 FROM account WHERE folded = ?1",
        )?
        .execute(params![
            kept.account.as_str(),
            kept.id.0 as i64,
            &*kept.nick,
            &*kept.user,
            &*kept.host,
            &*kept.address,
            &*kept.realname,
            kept.away.as_deref(),
            letters,
            kept.signon.0 as i64,
            kept.left.map(|left| left.0 as i64),
        ])?;
    // The memberships are written as a whole: channels parted since must not stay.
    forget_channels(transaction, &kept.account)?;
    let mut insert = transaction.prepare_cached(
        "INSERT INTO presence_channel (account, channel, ranks, joined)
         SELECT id, ?2, ?3, ?4 FROM account WHERE folded = ?1",
    )?;
    for member in &kept.channels {
        insert.execute(params![
            kept.account.as_str(),
            &*member.channel,
            modes::rank_letters(member.ranks),
            member.joined.0 as i64,
        ])?;
    }
    Ok(())
}

/// Removes the always-on user of an account.
pub(crate) fn drop(transaction: &Connection, account: &Folded) -> Result<(), StoreError> {
    forget_channels(transaction, account)?;
    transaction
        .prepare_cached(
            "DELETE FROM presence WHERE account = (SELECT id FROM account WHERE folded = ?1)",
        )?
        .execute([account.as_str()])?;
    Ok(())
}

/// Deletes the stored memberships of an always-on user.
fn forget_channels(transaction: &Connection, account: &Folded) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "DELETE FROM presence_channel
             WHERE account = (SELECT id FROM account WHERE folded = ?1)",
        )?
        .execute([account.as_str()])?;
    Ok(())
}

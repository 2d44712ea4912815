//! Server bans, and the audit log of server operators' actions.

use parlour_core::names::Folded;
use parlour_core::record::Audit;
use parlour_core::state::{Ban, BanAction, BanTarget};
use parlour_core::{Name, Time};
use rusqlite::{Connection, Row, params};

use crate::StoreError;
use crate::reader::Reader;

/// Value of `ban.kind` for a ban of an account; the other kinds follow.
const ACCOUNT: &str = "account";
const NETWORK: &str = "network";
const MASK: &str = "mask";
/// Value of `ban.action` for a ban that refuses the user.
const BAN: &str = "ban";
/// Value of `ban.action` for a mute.
const MUTE: &str = "mute";

/// Returns all stored bans, expired ones too.
pub(crate) fn bans(connection: &Connection) -> Result<Vec<Ban>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT target, kind, reason, set_by, at, until, action FROM ban ORDER BY target",
    )?;
    let bans = statement.query_map([], |row| {
        let target: String = row.get(0)?;
        let kind: String = row.get(1)?;
        // Kinds that a later version wrote and this one does not know are skipped.
        let target = match kind.as_str() {
            ACCOUNT => Some(BanTarget::Account(Folded::kept(&target))),
            MASK => Some(BanTarget::Mask(target.as_str().into())),
            NETWORK => match BanTarget::read(&target, Default::default()) {
                target @ BanTarget::Network(_) => Some(target),
                BanTarget::Account(_) | BanTarget::Mask(_) => None,
            },
            _ => None,
        };
        let until: Option<i64> = row.get(5)?;
        let action: String = row.get(6)?;
        let action = match action.as_str() {
            BAN => Some(BanAction::Refuse),
            MUTE => Some(BanAction::Mute),
            _ => None,
        };
        Ok(target
            .zip(action)
            .map(|(target, action)| -> rusqlite::Result<Ban> {
                Ok(Ban {
                    target,
                    action,
                    reason: name(row, 2)?.into(),
                    by: name(row, 3)?,
                    at: Time(row.get::<_, i64>(4)? as u64),
                    until: until.map(|until| Time(until as u64)),
                })
            }))
    })?;
    let mut found = Vec::new();
    for ban in bans {
        if let Some(ban) = ban? {
            found.push(ban?);
        }
    }
    Ok(found)
}

fn name(row: &Row<'_>, index: usize) -> rusqlite::Result<Name> {
    Ok(row.get::<_, String>(index)?.into())
}

/// Inserts a ban, or replaces the one of the same target.
pub(crate) fn put(transaction: &Connection, ban: &Ban) -> Result<(), StoreError> {
    let kind = match ban.target {
        BanTarget::Account(_) => ACCOUNT,
        BanTarget::Network(_) => NETWORK,
        BanTarget::Mask(_) => MASK,
    };
    let action = match ban.action {
        BanAction::Refuse => BAN,
        BanAction::Mute => MUTE,
    };
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO ban (target, kind, reason, set_by, at, until, action)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            &*ban.target.shown(),
            kind,
            &*ban.reason,
            &*ban.by,
            ban.at.0 as i64,
            ban.until.map(|until| until.0 as i64),
            action,
        ])?;
    Ok(())
}

/// Deletes the ban of a target.
pub(crate) fn remove(transaction: &Connection, target: &str) -> Result<(), StoreError> {
    transaction
        .prepare_cached("DELETE FROM ban WHERE target = ?1")?
        .execute([target])?;
    Ok(())
}

/// Appends an entry to the audit log.
pub(crate) fn append_audit(transaction: &Connection, audit: &Audit) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO audit (at, who, action, about, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            audit.at.0 as i64,
            &*audit.who,
            &*audit.action,
            &*audit.about,
            &*audit.detail,
        ])?;
    Ok(())
}

impl Reader {
    /// Returns the last `limit` entries of the audit log, oldest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn audit(&self, limit: usize) -> Result<Vec<Audit>, StoreError> {
        self.tail.wait()?;
        let mut statement = self.connection.prepare_cached(
            "SELECT at, who, action, about, detail FROM audit ORDER BY id DESC LIMIT ?1",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let noted = statement.query_map([limit], |row| {
            Ok(Audit {
                at: Time(row.get::<_, i64>(0)? as u64),
                who: name(row, 1)?,
                action: name(row, 2)?,
                about: name(row, 3)?,
                detail: name(row, 4)?,
            })
        })?;
        let mut noted: Vec<Audit> = noted.collect::<Result<_, _>>()?;
        noted.reverse();
        Ok(noted)
    }
}

//! Hooks of channels.

use parlour_core::Time;
use parlour_core::state::{Hook, HookRight};
use rusqlite::{Connection, params};

use crate::StoreError;

/// Value of `hook.right` for posting, and for reading.
const POST: i64 = 0;
const READ: i64 = 1;

/// Returns all stored hooks. One with a right that a later version wrote is skipped.
pub(crate) fn all(connection: &Connection) -> Result<Vec<Hook>, StoreError> {
    let mut statement =
        connection.prepare("SELECT name, channel, right, key, created FROM hook ORDER BY name")?;
    let rows = statement.query_map([], |row| {
        let right = match row.get(2)? {
            POST => Some(HookRight::Post),
            READ => Some(HookRight::Read),
            _ => None,
        };
        let (name, channel): (String, String) = (row.get(0)?, row.get(1)?);
        let (key, created): (_, i64) = (row.get(3)?, row.get(4)?);
        Ok(right.map(|right| Hook {
            name: name.into(),
            channel: channel.into(),
            right,
            key,
            created: Time(created as u64),
        }))
    })?;
    let hooks: Vec<Option<Hook>> = rows.collect::<Result<_, _>>()?;
    Ok(hooks.into_iter().flatten().collect())
}

/// Inserts a hook, or replaces the one of the same name.
pub(crate) fn put(transaction: &Connection, hook: &Hook) -> Result<(), StoreError> {
    let right = match hook.right {
        HookRight::Post => POST,
        HookRight::Read => READ,
    };
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO hook (name, channel, right, key, created) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            &*hook.name,
            &*hook.channel,
            right,
            hook.key,
            hook.created.0 as i64,
        ])?;
    Ok(())
}

/// Deletes a hook.
pub(crate) fn remove(transaction: &Connection, name: &str) -> Result<(), StoreError> {
    transaction
        .prepare_cached("DELETE FROM hook WHERE name = ?1")?
        .execute([name])?;
    Ok(())
}

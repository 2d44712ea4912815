//! Subscriptions to push messages.

use parlour_core::Time;
use parlour_core::names::Folded;
use parlour_core::state::PushSubscription;
use rusqlite::{Connection, params};

use crate::StoreError;

/// Returns all stored subscriptions with their accounts, the oldest first.
pub(crate) fn all(connection: &Connection) -> Result<Vec<(Folded, PushSubscription)>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT account, endpoint, key, auth, renewed FROM push ORDER BY renewed, endpoint",
    )?;
    let rows = statement.query_map([], |row| {
        let text = |index: usize| row.get::<_, String>(index);
        let subscription = PushSubscription {
            endpoint: text(1)?.into(),
            key: text(2)?.into(),
            auth: text(3)?.into(),
            renewed: Time(row.get::<_, i64>(4)? as u64),
        };
        Ok((Folded::kept(&text(0)?), subscription))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Inserts a subscription, or replaces the one of the same endpoint.
pub(crate) fn put(
    transaction: &Connection,
    account: &Folded,
    subscription: &PushSubscription,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO push (endpoint, account, key, auth, renewed)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            &*subscription.endpoint,
            account.as_str(),
            &*subscription.key,
            &*subscription.auth,
            subscription.renewed.0 as i64,
        ])?;
    Ok(())
}

/// Deletes a subscription.
pub(crate) fn remove(transaction: &Connection, endpoint: &str) -> Result<(), StoreError> {
    transaction
        .prepare_cached("DELETE FROM push WHERE endpoint = ?1")?
        .execute([endpoint])?;
    Ok(())
}

/// Deletes the subscriptions of an account.
pub(crate) fn forget(transaction: &Connection, account: &Folded) -> Result<(), StoreError> {
    transaction
        .prepare_cached("DELETE FROM push WHERE account = ?1")?
        .execute([account.as_str()])?;
    Ok(())
}

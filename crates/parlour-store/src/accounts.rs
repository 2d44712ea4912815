//! Accounts, and the TLS client certificates that authenticate them.

use std::collections::{BTreeSet, HashMap};

use parlour_core::names::{Casemapping, Folded};
use parlour_core::state::{Account, Metadata, ScramKeys, Verifier};
use parlour_core::{Name, Secret, Time};
use rusqlite::{Connection, Row, params};

use crate::{StoreError, metadata};

/// Returns all stored accounts. Takes the metadata of each out of `metadata`.
pub(crate) fn all(
    connection: &Connection,
    casemapping: Casemapping,
    metadata: &mut HashMap<String, Metadata>,
) -> Result<Vec<Account>, StoreError> {
    let mut certificates = certificates(connection)?;
    let mut statement = connection.prepare(
        "SELECT id, name, created, password, scram_salt, scram_iterations, scram_stored_key,
             scram_server_key, always_on, multiclient, places FROM account ORDER BY folded",
    )?;
    let accounts = statement.query_map([], |row| {
        let name: Name = row.get::<_, String>(1)?.into();
        let folded = casemapping.fold(&name);
        Ok(Account {
            metadata: metadata.remove(folded.as_str()).unwrap_or_default(),
            folded,
            name: name.into(),
            created: Time(row.get::<_, i64>(2)? as u64),
            verifier: verifier(row)?,
            always_on: row.get(8)?,
            multiclient: row.get(9)?,
            places: places(&row.get::<_, String>(10)?),
            certificates: certificates.remove(&row.get(0)?).unwrap_or_default(),
        })
    })?;
    Ok(accounts.collect::<Result<_, _>>()?)
}

/// Parses the `places` column: names separated by spaces.
fn places(kept: &str) -> Vec<Name> {
    kept.split_ascii_whitespace().map(Into::into).collect()
}

/// Reads the password verifier of a row; `None` for an account without a password.
fn verifier(row: &Row<'_>) -> rusqlite::Result<Option<Verifier>> {
    let text = |index: usize| row.get::<_, Option<String>>(index);
    let iterations: Option<u32> = row.get(5)?;
    let (Some(hash), Some(salt), Some(iterations), Some(stored), Some(server)) =
        (text(3)?, text(4)?, iterations, text(6)?, text(7)?)
    else {
        return Ok(None);
    };
    Ok(Some(Verifier {
        hash: Secret::new(&hash),
        scram: ScramKeys {
            salt: salt.into(),
            iterations,
            stored_key: Secret::new(&stored),
            server_key: Secret::new(&server),
        },
    }))
}

/// Returns the certificate fingerprints of all accounts, by account row id.
fn certificates(connection: &Connection) -> Result<HashMap<i64, BTreeSet<Name>>, StoreError> {
    let mut found: HashMap<i64, BTreeSet<Name>> = HashMap::new();
    let mut statement = connection.prepare("SELECT account, fingerprint FROM certificate")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let fingerprint: String = row.get(1)?;
        let owner = found.entry(row.get(0)?).or_default();
        owner.insert(fingerprint.into());
    }
    Ok(found)
}

/// Inserts an account, or replaces its stored state.
pub(crate) fn put(transaction: &Connection, account: &Account) -> Result<(), StoreError> {
    let verifier = account.verifier.as_ref();
    let scram = verifier.map(|verifier| &verifier.scram);
    transaction
        .prepare_cached(
            "INSERT INTO account (folded, name, created, password, scram_salt, scram_iterations,
                 scram_stored_key, scram_server_key, always_on, multiclient, places)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (folded) DO UPDATE SET name = ?2, created = ?3, password = ?4,
                 scram_salt = ?5, scram_iterations = ?6, scram_stored_key = ?7,
                 scram_server_key = ?8, always_on = ?9, multiclient = ?10, places = ?11",
        )?
        .execute(params![
            account.folded.as_str(),
            &*account.name,
            account.created.0 as i64,
            verifier.map(|verifier| verifier.hash.reveal()),
            scram.map(|scram| &*scram.salt),
            scram.map(|scram| scram.iterations),
            scram.map(|scram| scram.stored_key.reveal()),
            scram.map(|scram| scram.server_key.reveal()),
            account.always_on,
            account.multiclient,
            account.places.join(" "),
        ])?;
    // `last_insert_rowid` does not change when the insert became an update: look the id up.
    let id: i64 = transaction
        .prepare_cached("SELECT id FROM account WHERE folded = ?1")?
        .query_row([account.folded.as_str()], |row| row.get(0))?;
    transaction
        .prepare_cached("DELETE FROM certificate WHERE account = ?1")?
        .execute([id])?;
    for fingerprint in &account.certificates {
        transaction
            .prepare_cached("INSERT INTO certificate (fingerprint, account) VALUES (?1, ?2)")?
            .execute(params![&**fingerprint, id])?;
    }
    metadata::put(transaction, &account.folded, &account.metadata)
}

/// Deletes an account and every row that refers to it.
pub(crate) fn drop(transaction: &Connection, name: &Folded) -> Result<(), StoreError> {
    // The account row goes last: the statements before it look its id and creation time up.
    for sql in [
        "DELETE FROM certificate WHERE account = (SELECT id FROM account WHERE folded = ?1)",
        "DELETE FROM channel_access WHERE account = (SELECT id FROM account WHERE folded = ?1)",
        "UPDATE channel SET founder = NULL, registered = NULL
             WHERE founder = (SELECT id FROM account WHERE folded = ?1)",
        "DELETE FROM presence_channel WHERE account = (SELECT id FROM account WHERE folded = ?1)",
        "DELETE FROM presence WHERE account = (SELECT id FROM account WHERE folded = ?1)",
        "DELETE FROM metadata WHERE owner = ?1",
        "DELETE FROM read_marker WHERE party =
             (SELECT folded || '@' || printf('%x', created) FROM account WHERE folded = ?1)",
        "DELETE FROM correspondence WHERE party =
             (SELECT folded || '@' || printf('%x', created) FROM account WHERE folded = ?1)",
        "DELETE FROM account WHERE folded = ?1",
    ] {
        transaction.prepare_cached(sql)?.execute([name.as_str()])?;
    }
    Ok(())
}

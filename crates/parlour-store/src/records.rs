//! Rows of the records: which record changes what in the database.

use std::collections::HashMap;

use parlour_core::event::Addressee;
use parlour_core::history::Log;
use parlour_core::request::MessageKind;
use parlour_core::{Body, Event, MsgId, Record};
use rusqlite::{Connection, OptionalExtension, Statement, params};

use crate::log_blocks::{self, NewIds};
use crate::log_names::{log_name, party_name};
use crate::{
    StoreError, accounts, always_on, channel_events, channels, hooks, markers, moderation, modes,
    pushes, upkeep,
};

/// Returns whether a record deletes content that could be read before.
pub(crate) fn deletes(record: &Record) -> bool {
    matches!(
        record,
        Record::Redacted(..)
            | Record::Erased(..)
            | Record::AccountDropped(_)
            | Record::ChannelForgotten(..)
    )
}

/// Writes the records of one commit. Caches the row ids of logs in `logs`, and adds the messages to
/// `ids`; both are to be cleared if the transaction is rolled back. Returns the largest id among them.
pub(crate) fn write(
    transaction: &Connection,
    logs: &mut HashMap<Log, i64>,
    ids: &mut NewIds,
    records: &[Record],
) -> Result<MsgId, StoreError> {
    let mut last = MsgId::default();
    let mut messages = transaction.prepare_cached(INSERT_MESSAGE)?;
    for record in records {
        match record {
            Record::Message(log, event) | Record::ChannelEvent(log, event) => {
                let number = match logs.get(log) {
                    Some(&number) => number,
                    None => {
                        let number = log_row_id(transaction, log)?;
                        logs.insert(log.clone(), number);
                        number
                    }
                };
                if let Record::Message(..) = record {
                    insert_message(&mut messages, number, event)?;
                    ids.add(number, event.id.0 as i64);
                } else {
                    channel_events::put(transaction, number, event)?;
                }
                last = last.max(event.id);
            }
            Record::Channel(kept) => channels::put(transaction, kept)?,
            Record::Renamed(old, kept) => {
                channels::rename(transaction, old, kept)?;
                // Their row ids belong to other names now.
                logs.clear();
            }
            Record::ReadMarker(whose, target, at) => markers::put(transaction, whose, target, *at)?,
            Record::Account(kept) => accounts::put(transaction, kept)?,
            Record::AlwaysOn(kept) => always_on::put(transaction, kept)?,
            Record::AlwaysOnEnded(account) => always_on::drop(transaction, account)?,
            Record::Banned(ban) => moderation::put(transaction, ban)?,
            Record::Unbanned(target) => moderation::remove(transaction, target)?,
            Record::Audit(audit) => moderation::append_audit(transaction, audit)?,
            // Deferred until after the loop: messages of the account may follow in the same batch.
            Record::Erased(..) => {}
            Record::AccountDropped(name) => {
                accounts::drop(transaction, name)?;
                pushes::forget(transaction, name)?;
            }
            Record::ChannelForgotten(channel, hides) => {
                channels::forget(transaction, channel, *hides)?;
                if *hides {
                    logs.clear();
                }
            }
            Record::Redacted(log, message) => {
                ids.write(transaction)?;
                redact(transaction, log, *message)?;
            }
            Record::Push(account, subscription) => {
                pushes::put(transaction, account, subscription)?;
            }
            Record::PushGone(endpoint) => pushes::remove(transaction, endpoint)?,
            Record::Hook(hook) => hooks::put(transaction, hook)?,
            Record::HookRemoved(name) => hooks::remove(transaction, name)?,
        }
    }
    for record in records {
        if let Record::Erased(name, since, until) = record {
            ids.write(transaction)?;
            upkeep::erase(transaction, name, *since, *until)?;
        }
    }
    Ok(last)
}

/// Returns the row id of a log; creates the log, and the index entries of a private one's parties,
/// if it is new.
fn log_row_id(transaction: &Connection, log: &Log) -> Result<i64, StoreError> {
    let name = log_name(log);
    transaction
        .prepare_cached("INSERT INTO log (name) VALUES (?1) ON CONFLICT DO NOTHING")?
        .execute([&name])?;
    let mut find = transaction.prepare_cached("SELECT id FROM log WHERE name = ?1")?;
    let number = find.query_row([&name], |row| row.get(0))?;
    if let Log::Private(a, b) = log {
        for party in [a, b] {
            transaction
                .prepare_cached(
                    "INSERT INTO correspondence (party, log) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                )?
                .execute(params![party_name(party), number])?;
        }
    }
    Ok(number)
}

/// Statement that inserts a message.
const INSERT_MESSAGE: &str = "INSERT INTO message
         (log, id, kind, user, nick, ident, host, account, target, text, tags, splits, relayed_by,
          rank, bot)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";

/// Inserts a message into a log.
fn insert_message(insert: &mut Statement, log: i64, event: &Event) -> Result<(), StoreError> {
    let Body::Message {
        kind,
        to,
        text,
        splits,
        tags,
        relayed_by,
    } = &event.body
    else {
        return Ok(());
    };
    let (target, rank) = match to {
        Addressee::Channel(place, rank) => (&*place.name, rank.map(modes::rank_letter)),
        Addressee::User(nick) => (&**nick, None),
    };
    let splits = splits.as_ref().map(|splits| {
        let shown: Vec<String> = splits.iter().map(ToString::to_string).collect();
        shown.join(",")
    });
    let kind = match kind {
        MessageKind::Message => 0,
        MessageKind::Notice => 1,
        MessageKind::Tags => 2,
    };
    let from = &event.from;
    insert.execute(params![
        log,
        event.id.0 as i64,
        kind,
        from.id.0 as i64,
        &*from.nick,
        &*from.user,
        &*from.host,
        from.account.as_deref(),
        target,
        &**text,
        &**tags,
        splits,
        relayed_by.as_deref(),
        rank.map(String::from),
        from.bot,
    ])?;
    Ok(())
}

/// Deletes a redacted message, and queues it for removal from the search index.
fn redact(transaction: &Connection, log: &Log, message: MsgId) -> Result<(), StoreError> {
    let found: Option<i64> = transaction
        .prepare_cached(
            "SELECT log.id FROM message JOIN log ON message.log = log.id
             WHERE message.id = ?1 AND log.name = ?2",
        )?
        .query_row(params![message.0 as i64, log_name(log)], |row| row.get(0))
        .optional()?;
    match found {
        Some(log) => delete_messages(transaction, log, &[message.0 as i64]),
        None => Ok(()),
    }
}

/// Deletes messages of a log, and queues them for removal from the search index.
pub(crate) fn delete_messages(
    transaction: &Connection,
    log: i64,
    ids: &[i64],
) -> Result<(), StoreError> {
    let mut delete = transaction.prepare_cached("DELETE FROM message WHERE id = ?1")?;
    let mut queue = transaction.prepare_cached("INSERT INTO removed (id) VALUES (?1)")?;
    for id in ids {
        delete.execute([id])?;
        queue.execute([id])?;
    }
    Ok(log_blocks::remove(transaction, log, ids)?)
}

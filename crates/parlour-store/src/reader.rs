//! Those who read: each on a connection of its own, never in the writer's way.

use std::sync::Arc;

use parlour_core::event::{Addressee, Place};
use parlour_core::history::{Conversations, Log, Query, Range};
use parlour_core::request::SayKind;
use parlour_core::state::Profile;
use parlour_core::{Body, ChannelId, Event, MsgId, Name, UserId};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};

use crate::log_names::{log_name, party_name, private_log};
use crate::{DataDir, StoreError, happened};

/// Messages that a search by words looks at, from the newest on.
const SEARCHED: usize = 200_000;

/// Bytes of messages, as they are shown, after which an answer has no more of them: it has to fit
/// into what may wait for a reader. A thousand messages of one line do.
const ANSWER_BYTES: usize = 768 * 1024;
/// Bytes around a line of a message that is shown: tags, source, target.
const AROUND_A_LINE: usize = 250;

/// Kinds of rows of messages, beside 0 for a PRIVMSG.
const NOTICE: i64 = 1;
const TAGS_ALONE: i64 = 2;

/// Reads from the store.
pub struct Reader {
    connection: Connection,
}

impl Reader {
    /// Opens the database of a data directory that a [`crate::Writer`] has made.
    ///
    /// # Errors
    /// The database cannot be opened.
    pub fn open(dir: &DataDir) -> Result<Reader, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(dir.database(), flags)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        Ok(Reader { connection })
    }

    /// The messages that a query asks for, oldest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn answer(&self, query: &Query) -> Result<Vec<Arc<Event>>, StoreError> {
        let name = log_name(&query.log);
        let mut find = self
            .connection
            .prepare_cached("SELECT id FROM log WHERE name = ?1")?;
        let log: Option<i64> = find.query_row([&name], |row| row.get(0)).optional()?;
        let mut found = Vec::new();
        if let Some(log) = log {
            for range in &query.ranges {
                let run = self.said(log, range, query)?;
                if query.events {
                    // Of what is left out, for its size, nothing of the other kind is shown either.
                    let rest = match (run.first(), run.last()) {
                        (Some(first), _) if range.newest && is_large(&run, query) => Range {
                            after: first.id,
                            ..*range
                        },
                        (_, Some(last)) if is_large(&run, query) => Range {
                            before: last.id,
                            ..*range
                        },
                        _ => *range,
                    };
                    found.extend(merged(run, self.happened(log, &rest)?, range));
                } else {
                    found.extend(run);
                }
            }
        }
        Ok(found)
    }

    /// The logs that a question about conversations asks for, by their newest messages, oldest
    /// first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn conversations(&self, wanted: &Conversations) -> Result<Vec<(Log, MsgId)>, StoreError> {
        let mut newest = self.connection.prepare_cached(
            "SELECT message.id FROM message JOIN log ON message.log = log.id
             WHERE log.name = ?1 AND message.id > ?2 AND message.kind <= ?3
             ORDER BY message.id DESC LIMIT 1",
        )?;
        let mut of_party = self.connection.prepare_cached(
            "SELECT log.name FROM correspondence JOIN log ON correspondence.log = log.id
             WHERE correspondence.party = ?1",
        )?;
        let mut logs: Vec<(Log, MsgId)> = Vec::new();
        let mut names = of_party.query([party_name(&wanted.party)])?;
        while let Some(row) = names.next()? {
            let log = private_log(&row.get::<_, String>(0)?);
            logs.extend(log.map(|log| (log, MsgId::default())));
        }
        let channels = wanted.channels.iter();
        logs.extend(channels.map(|(channel, from)| (Log::Channel(channel.clone()), *from)));
        let mut found = Vec::new();
        for (log, from) in logs {
            let bounds = params![log_name(&log), signed(from), NOTICE];
            let last: Option<i64> = newest.query_row(bounds, |row| row.get(0)).optional()?;
            let last = last.map(|id| MsgId(id as u64));
            found.extend(
                last.filter(|&last| last > wanted.after && last < wanted.before)
                    .map(|last| (log, last)),
            );
        }
        found.sort_by_key(|(_, last)| *last);
        Ok(found)
    }

    /// What was said, in a run.
    fn said(&self, log: i64, range: &Range, query: &Query) -> Result<Vec<Arc<Event>>, StoreError> {
        if range.limit == 0 {
            return Ok(Vec::new());
        }
        let words = &query.words;
        let last_kind = if query.events { TAGS_ALONE } else { NOTICE };
        let order = if range.newest { "DESC" } else { "ASC" };
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT id, kind, user, nick, ident, host, account, target, text, tags, splits, relayed_by FROM message
             WHERE log = ?1 AND id > ?2 AND id < ?3 AND kind <= ?5 ORDER BY id {order} LIMIT ?4"
        ))?;
        let looked_at = if words.is_empty() {
            range.limit
        } else {
            SEARCHED
        };
        let bounds = [
            log,
            signed(range.after),
            signed(range.before),
            looked_at as i64,
            last_kind,
        ];
        let words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
        let mut rows = statement.query(bounds)?;
        let mut found = Vec::new();
        let mut bytes = 0;
        while let Some(row) = rows.next()? {
            if !words.is_empty() {
                let text: String = row.get::<_, String>(8)?.to_lowercase();
                if !words.iter().all(|word| text.contains(word)) {
                    continue;
                }
            }
            let event = event(row)?;
            bytes += shown_bytes(&event);
            found.push(Arc::new(event));
            if found.len() == range.limit || bytes >= most_bytes(query) {
                break;
            }
        }
        if range.newest {
            found.reverse();
        }
        Ok(found)
    }

    /// What happened besides, in a run.
    fn happened(&self, log: i64, range: &Range) -> Result<Vec<Arc<Event>>, StoreError> {
        let order = if range.newest { "DESC" } else { "ASC" };
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {} FROM happened
             WHERE log = ?1 AND id > ?2 AND id < ?3 ORDER BY id {order} LIMIT ?4",
            happened::COLUMNS
        ))?;
        let bounds = [
            log,
            signed(range.after),
            signed(range.before),
            range.limit as i64,
        ];
        let mut rows = statement.query(bounds)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.extend(happened::event(row)?.map(Arc::new));
        }
        if range.newest {
            found.reverse();
        }
        Ok(found)
    }
}

/// About how many bytes a message is when it is shown.
fn shown_bytes(event: &Event) -> usize {
    let Body::Said {
        text, splits, tags, ..
    } = &event.body
    else {
        return AROUND_A_LINE;
    };
    let lines = 1 + text.matches('\n').count() + splits.as_ref().map_or(0, |splits| splits.len());
    text.len() + tags.len() + lines * AROUND_A_LINE
}

/// Whether messages are as many bytes as an answer may have.
fn is_large(run: &[Arc<Event>], query: &Query) -> bool {
    run.iter().map(|event| shown_bytes(event)).sum::<usize>() >= most_bytes(query)
}

/// Bytes that each run of a query may have.
fn most_bytes(query: &Query) -> usize {
    ANSWER_BYTES / query.ranges.len().max(1)
}

/// Two parts of one run in their order, as many as the run has room for.
fn merged(mut said: Vec<Arc<Event>>, happened: Vec<Arc<Event>>, range: &Range) -> Vec<Arc<Event>> {
    said.extend(happened);
    said.sort_by_key(|event| event.id);
    if range.newest {
        said.drain(..said.len().saturating_sub(range.limit));
    } else {
        said.truncate(range.limit);
    }
    said
}

/// Ids are kept as SQLite's signed integers; none reaches the sign before the year 6429.
fn signed(id: MsgId) -> i64 {
    i64::try_from(id.0).unwrap_or(i64::MAX)
}

fn event(row: &Row<'_>) -> Result<Event, rusqlite::Error> {
    let name =
        |index: usize| -> Result<Name, rusqlite::Error> { Ok(row.get::<_, String>(index)?.into()) };
    let user = UserId(row.get::<_, i64>(2)? as u64);
    let profile = Profile::new(user, name(3)?, name(4)?, name(5)?, "".into());
    let account: Option<Name> = row.get::<_, Option<String>>(6)?.map(Into::into);
    let from = if account.is_some() {
        Arc::new(Profile {
            account,
            ..(*profile).clone()
        })
    } else {
        profile
    };
    let target = name(7)?;
    let to = if target.starts_with('#') {
        // What is past is of no channel that is open now.
        Addressee::Channel(
            Place {
                id: ChannelId(0),
                name: target,
            },
            None,
        )
    } else {
        Addressee::User(target)
    };
    let kind = match row.get::<_, i64>(1)? {
        NOTICE => SayKind::Notice,
        TAGS_ALONE => SayKind::Tags,
        _ => SayKind::Message,
    };
    Ok(Event {
        id: MsgId(row.get::<_, i64>(0)? as u64),
        from,
        body: Body::Said {
            kind,
            to,
            text: name(8)?,
            splits: row
                .get::<_, Option<String>>(10)?
                .map(|shown| shown.split(',').filter_map(|at| at.parse().ok()).collect()),
            tags: name(9)?,
            relayed_by: row.get::<_, Option<String>>(11)?.map(Into::into),
        },
    })
}

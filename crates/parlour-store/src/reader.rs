//! Reader of the database: each has a connection of its own and never blocks the writer.

use parlour_core::names::AccountName;
use std::ops::ControlFlow;
use std::sync::Arc;

use parlour_core::event::{Addressee, ChannelRef};
use parlour_core::hidden::Hidden;
use parlour_core::history::{HistoryQuery, Log, Range};
use parlour_core::request::MessageKind;
use parlour_core::state::Profile;
use parlour_core::{Body, ChannelId, Cloak, Event, MsgId, Name, UserId};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row};

use crate::damage::{self, Damage, Detour};
use crate::log_names::log_name;
use crate::tail::Tail;
use crate::{DataDir, StoreError, channel_events, log_blocks, modes};

/// Limit of the rows scanned for visible ones where some messages are hidden.
const SCANNED_ROWS_MAX: usize = 200_000;

/// Limit of an answer in bytes, as the messages are sent: it has to fit into the requester's send
/// queue. A thousand messages of one line do.
pub(crate) const ANSWER_BYTES: usize = 768 * 1024;
/// Bytes that a sent message has beside its text, per line: tags, source, target.
const AROUND_A_LINE: usize = 250;

/// Columns of a message, in the order in which [`event`] reads them.
pub(crate) const MESSAGE_COLUMNS: &str = "id, kind, user, nick, ident, host, account, target, text, tags, splits, relayed_by, \
     rank, bot";

/// Value of `message.kind` for a NOTICE; 0 is a PRIVMSG.
pub(crate) const NOTICE: i64 = 1;
/// Value of `message.kind` for a TAGMSG.
const TAGS_ALONE: i64 = 2;

/// Reader of the store.
pub struct Reader {
    pub(crate) connection: Connection,
    pub(crate) damage: Damage,
    /// Tail of the journal: each answer waits until the database has what is acknowledged.
    pub(crate) tail: Arc<Tail>,
    /// Cloak for addresses that were stored uncloaked; `None` shows them as they are.
    pub(crate) cloak: Option<Cloak>,
}

impl Reader {
    /// Opens the database of a data directory, which a [`crate::Writer`] has created.
    ///
    /// # Errors
    /// The database cannot be opened.
    pub fn open(dir: &DataDir) -> Result<Reader, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = dir.connect(&dir.database(), flags)?;
        // WAL readers wait only for recovery and schema changes, never for a commit.
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        Ok(Reader {
            connection,
            damage: Damage::default(),
            tail: dir.tail().clone(),
            cloak: None,
        })
    }

    /// Sets the cloak that is applied to addresses stored before cloaking was turned on.
    #[must_use]
    pub fn cloaked(mut self, cloak: Option<Cloak>) -> Reader {
        self.cloak = cloak;
        self
    }

    /// Takes the reports of damage found since the last call, as sentences for the log.
    pub fn take_damage(&self) -> Vec<String> {
        self.damage.take()
    }

    /// Returns the place of the journal that the database reaches.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn last(&self) -> Result<MsgId, StoreError> {
        self.tail.wait()?;
        let sql = "SELECT last FROM journal";
        let last: i64 = self.connection.query_row(sql, [], |row| row.get(0))?;
        Ok(MsgId(last as u64))
    }

    /// Returns the messages, and the channel events if they are wanted, that a query selects,
    /// oldest first within each range.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn answer(&self, query: &HistoryQuery) -> Result<Vec<Arc<Event>>, StoreError> {
        self.tail.wait()?;
        let mut found = Vec::new();
        if let Some(log) = self.log_row_id(&query.log)? {
            for range in &query.ranges {
                let run = self.messages_in_range(log, range, query, most_bytes(query))?;
                if query.events {
                    // The messages were cut for their size: leave out the events beyond the cut
                    // too, or the gap would not be seen.
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
                    let happened = self.channel_events(log, &rest, &query.hidden)?;
                    found.extend(merge_by_id(run, happened, range));
                } else {
                    found.extend(run);
                }
            }
        }
        Ok(found)
    }

    /// Returns the row id of a log; `None` if it has no messages.
    pub(crate) fn log_row_id(&self, log: &Log) -> Result<Option<i64>, StoreError> {
        let mut find = self
            .connection
            .prepare_cached("SELECT id FROM log WHERE name = ?1")?;
        let row = find.query_row([log_name(log)], |row| row.get(0));
        Ok(row.optional()?)
    }

    /// Returns the messages of a range, skipping damaged parts.
    pub(crate) fn messages_in_range(
        &self,
        log: i64,
        range: &Range,
        query: &HistoryQuery,
        most_bytes: usize,
    ) -> Result<Vec<Arc<Event>>, StoreError> {
        if range.limit == 0 {
            return Ok(Vec::new());
        }
        let mut run = Run {
            found: Vec::new(),
            bytes: 0,
            bounds: (signed(range.after), signed(range.before)),
        };
        let mut detour = Detour::new();
        loop {
            let error = match self.continue_run(log, range, query, most_bytes, &mut run) {
                Ok(true) => break,
                Ok(false) => continue,
                Err(error) => error,
            };
            let last = if range.newest {
                run.bounds.1
            } else {
                run.bounds.0
            };
            let next = detour.next(last, range.newest);
            // Only damage is worth a detour; any other error, such as a locked database, is
            // returned.
            let Some(next) = next.filter(|_| damage::is_damage(&error)) else {
                // The messages read so far are returned.
                if damage::is_damage(&error) && !run.found.is_empty() {
                    break;
                }
                return Err(error.into());
            };
            let near = MsgId(last as u64);
            self.damage
                .note(format!("messages near {near} cannot be read: {error}"));
            // Narrows the bounds past the unreadable part; the next pass begins there.
            if range.newest {
                run.bounds.1 = next;
            } else {
                run.bounds.0 = next;
            }
        }
        if range.newest {
            run.found.reverse();
        }
        Ok(run.found)
    }

    /// Continues a run. Returns true if it is complete, false if skipped damaged rows left room for
    /// more.
    fn continue_run(
        &self,
        log: i64,
        range: &Range,
        query: &HistoryQuery,
        most_bytes: usize,
        run: &mut Run,
    ) -> Result<bool, rusqlite::Error> {
        let last_kind = if query.events { TAGS_ALONE } else { NOTICE };
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {MESSAGE_COLUMNS} FROM message WHERE id = ?1 AND kind <= ?2"
        ))?;
        let looked_at = if query.hidden.is_empty() {
            range.limit - run.found.len()
        } else {
            SCANNED_ROWS_MAX
        };
        let (mut looked, mut skipped) = (0, 0);
        let mut is_complete = false;
        log_blocks::walk(&self.connection, log, run.bounds, range.newest, |id| {
            // Set before the row is decoded: after an error the next pass must not meet it again.
            if range.newest {
                run.bounds.1 = id;
            } else {
                run.bounds.0 = id;
            }
            let mut rows = statement.query([id, last_kind])?;
            let Some(row) = rows.next()? else {
                return Ok(ControlFlow::Continue(()));
            };
            looked += 1;
            let event = event(row, self.cloak.as_ref());
            match self.damage.row("message", id, event)? {
                None => skipped += 1,
                Some(event) if query.hidden.hides_event(&event) => {}
                Some(event) => {
                    run.bytes += shown_bytes(&event);
                    run.found.push(Arc::new(event));
                    is_complete = run.found.len() == range.limit || run.bytes >= most_bytes;
                }
            }
            Ok(if is_complete || looked == looked_at {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        })?;
        if is_complete {
            return Ok(true);
        }
        // With rows skipped, fewer than the limit were found although more may follow.
        Ok(skipped == 0 || looked < looked_at)
    }

    /// Returns the channel events of a range.
    fn channel_events(
        &self,
        log: i64,
        range: &Range,
        hidden: &Hidden,
    ) -> Result<Vec<Arc<Event>>, StoreError> {
        let order = if range.newest { "DESC" } else { "ASC" };
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {} FROM happened
             WHERE log = ?1 AND id > ?2 AND id < ?3 ORDER BY id {order} LIMIT ?4",
            channel_events::COLUMNS
        ))?;
        let bounds = [
            log,
            signed(range.after),
            signed(range.before),
            if hidden.is_empty() {
                range.limit as i64
            } else {
                SCANNED_ROWS_MAX as i64
            },
        ];
        let mut rows = statement.query(bounds)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()?
            && found.len() < range.limit
        {
            let event = self.damage.row(
                "event",
                row.get(0)?,
                channel_events::event(row, self.cloak.as_ref()),
            )?;
            let event = event.flatten();
            let seen = |event: &Event| !hidden.hides_event(event);
            found.extend(event.filter(seen).map(Arc::new));
        }
        if range.newest {
            found.reverse();
        }
        Ok(found)
    }
}

/// Run of messages, as far as it is read.
struct Run {
    found: Vec<Arc<Event>>,
    /// Approximate size of `found` in bytes, as sent.
    bytes: usize,
    /// Ids between which the rest of the run is, both exclusive.
    bounds: (i64, i64),
}

/// Estimates the size of a message in bytes, as sent.
pub(crate) fn shown_bytes(event: &Event) -> usize {
    let Body::Message {
        text, splits, tags, ..
    } = &event.body
    else {
        return AROUND_A_LINE;
    };
    let lines = 1 + text.matches('\n').count() + splits.as_ref().map_or(0, |splits| splits.len());
    text.len() + tags.len() + lines * AROUND_A_LINE
}

/// Returns whether messages reach the size limit of a run.
fn is_large(run: &[Arc<Event>], query: &HistoryQuery) -> bool {
    run.iter().map(|event| shown_bytes(event)).sum::<usize>() >= most_bytes(query)
}

/// Returns the size limit of each run of a query, in bytes.
fn most_bytes(query: &HistoryQuery) -> usize {
    ANSWER_BYTES / query.ranges.len().max(1)
}

/// Merges messages and channel events of one range by id, up to the limit of the range.
fn merge_by_id(
    mut said: Vec<Arc<Event>>,
    happened: Vec<Arc<Event>>,
    range: &Range,
) -> Vec<Arc<Event>> {
    said.extend(happened);
    said.sort_by_key(|event| event.id);
    if range.newest {
        said.drain(..said.len().saturating_sub(range.limit));
    } else {
        said.truncate(range.limit);
    }
    said
}

/// Converts an id to SQLite's signed integer; no id reaches the sign bit before the year 6429.
pub(crate) fn signed(id: MsgId) -> i64 {
    i64::try_from(id.0).unwrap_or(i64::MAX)
}

/// Returns a stored host, cloaked if it is an address.
pub(crate) fn shown_host(kept: Name, cloak: Option<&Cloak>) -> Name {
    match cloak {
        Some(cloak) => cloak.of_host(kept),
        None => kept,
    }
}

/// Builds a message from its row.
pub(crate) fn event(row: &Row<'_>, cloak: Option<&Cloak>) -> Result<Event, rusqlite::Error> {
    let name =
        |index: usize| -> Result<Name, rusqlite::Error> { Ok(row.get::<_, String>(index)?.into()) };
    let user = UserId(row.get::<_, i64>(2)? as u64);
    let host = shown_host(name(5)?, cloak);
    let profile = Profile::new(user, name(3)?.into(), name(4)?, host, "".into());
    let account: Option<AccountName> = row.get::<_, Option<String>>(6)?.map(Into::into);
    let bot = row.get(13)?;
    let from = if account.is_some() || bot {
        Arc::new(Profile {
            account,
            bot,
            ..(*profile).clone()
        })
    } else {
        profile
    };
    let target = name(7)?;
    let to = if target.starts_with('#') {
        // A message of the past refers to no channel that exists now.
        Addressee::Channel(
            ChannelRef {
                id: ChannelId(0),
                name: target.into(),
            },
            row.get::<_, Option<String>>(12)?
                .and_then(|shown| modes::rank(&shown)),
        )
    } else {
        Addressee::User(target.into())
    };
    let kind = match row.get::<_, i64>(1)? {
        NOTICE => MessageKind::Notice,
        TAGS_ALONE => MessageKind::Tags,
        _ => MessageKind::Message,
    };
    Ok(Event {
        id: MsgId(row.get::<_, i64>(0)? as u64),
        from,
        body: Body::Message {
            kind,
            to,
            text: name(8)?.into(),
            splits: row
                .get::<_, Option<String>>(10)?
                .map(|shown| shown.split(',').filter_map(|at| at.parse().ok()).collect()),
            tags: name(9)?,
            relayed_by: row.get::<_, Option<String>>(11)?.map(Into::into),
        },
    })
}

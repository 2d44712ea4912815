//! Search index: full text (SQLite FTS5) in a file of its own beside the database.
//!
//! The index is built from the stored messages, behind the writer and in small steps, and records
//! its own progress. A search returns only messages that the database still holds. Losing the index
//! loses nothing: a damaged one is rebuilt. The words of deleted messages leave the file when its
//! segments are merged ([`Index::remove_traces`]).

use std::collections::HashMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parlour_core::history::{Log, SearchQuery, View};
use parlour_core::names::Casemapping;
use parlour_core::search::Term;
use parlour_core::{Cloak, Event};
use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior, params};

use crate::conversations::private_logs;
use crate::damage::Damage;
use crate::log_names::log_name;
use crate::reader::{MESSAGE_COLUMNS, event, signed};
use crate::retention::release_pages;
use crate::tail::Tail;
use crate::upkeep::truncate_log;
use crate::{DataDir, StoreError};

/// Name of the index file in the data directory.
pub(crate) const FILE: &str = "search.db";
/// Name of the marker file for a damaged index: the next start rebuilds it.
const DAMAGED_MARKER: &str = "search.spoilt";
/// Version of the index file; one of another version is rebuilt.
const VERSION: i64 = 1;
/// Pages written by one merge step.
const MERGED_AT_ONCE: i64 = 64;
/// Messages added to the index in one transaction.
const STEP: i64 = 500;
/// Messages up to which it is counted how far the index is behind.
const LAG_MAX: i64 = 100_000;
/// Limit of the hits that one search examines to find visible ones.
const LOOKED_AT: usize = 50_000;
/// Number of logs up to which a search names them in the FTS5 expression from the start.
const FEW_PLACES: usize = 8;
/// Hits in any log that are examined before the expression is narrowed to the searched logs.
const LOOKED_AT_FIRST: usize = 1_000;
/// Time limit of one search.
const PATIENCE: Duration = Duration::from_secs(3);
/// SQLite virtual machine steps between two looks at the clock.
const STEPS_UNWATCHED: i32 = 10_000;

/// Schema of the index file.
const SCHEMA: &str = "
    CREATE VIRTUAL TABLE words USING fts5 (
        said, place, sender, content = '', contentless_delete = 1,
        tokenize = 'unicode61 remove_diacritics 2'
    );
    -- One row: the last message that is in the index, and the last one that was taken out of it
    -- (message.id and removed.seq of the database).
    CREATE TABLE progress (
        one     INTEGER PRIMARY KEY CHECK (one = 1),
        message INTEGER NOT NULL,
        removed INTEGER NOT NULL
    ) STRICT;
    INSERT INTO progress VALUES (1, 0, 0);
";

/// Search index of a data directory.
pub struct Index {
    connection: Connection,
    casemapping: Casemapping,
    spoilt: PathBuf,
    damage: Damage,
    cloak: Option<Cloak>,
    tail: Arc<Tail>,
    /// True while a merge of all segments is under way.
    merging: bool,
}

impl Index {
    /// Opens the index of a data directory whose database a [`crate::Writer`] has created. Builds
    /// an empty one if it is missing, damaged, of another version, or of another database.
    ///
    /// # Errors
    /// The index can neither be opened nor created.
    pub fn open(dir: &DataDir, casemapping: Casemapping) -> Result<Index, StoreError> {
        let file = dir.path().join(FILE);
        let spoilt = dir.path().join(DAMAGED_MARKER);
        if spoilt.exists() {
            remove(&file);
            let _ = std::fs::remove_file(&spoilt);
        }
        dir.create_private(&file)?;
        let connection = match open(dir, &file) {
            Ok(connection) => connection,
            // Whatever the error, the index can be rebuilt.
            Err(_) => {
                remove(&file);
                dir.create_private(&file)?;
                open(dir, &file)?
            }
        };
        let mut index = Index {
            connection,
            casemapping,
            spoilt,
            damage: Damage::default(),
            cloak: None,
            tail: dir.tail().clone(),
            merging: false,
        };
        index.attach(dir)?;
        if index.is_of_another_database()? {
            // Closed first: on close SQLite removes the `-wal` file by name, which must not be the
            // new index's.
            drop(index.connection);
            remove(&file);
            dir.create_private(&file)?;
            index.connection = open(dir, &file)?;
            index.attach(dir)?;
        }
        Ok(index)
    }

    /// Sets the cloak that is applied to addresses stored before cloaking was turned on.
    #[must_use]
    pub fn cloaked(mut self, cloak: Option<Cloak>) -> Index {
        self.cloak = cloak;
        self
    }

    /// Takes the reports of damage found in the database since the last call, as sentences for the
    /// log.
    pub fn take_damage(&self) -> Vec<String> {
        self.damage.take()
    }

    /// Returns whether an error means that the index is damaged. If so, marks it for a rebuild at
    /// the next start.
    pub fn is_damage(&self, error: &StoreError) -> bool {
        let damaged = error.is_damage();
        if damaged {
            // If the marker cannot be written, the next start finds the damage by itself.
            let _ = std::fs::write(&self.spoilt, b"");
        }
        damaged
    }

    /// Attaches the database as the schema `kept`.
    fn attach(&mut self, dir: &DataDir) -> Result<(), StoreError> {
        // Read-only: a transaction that begins with the write lock takes that of the index alone,
        // and no commit waits for a step of the index.
        self.connection
            .execute("ATTACH ?1 AS kept", [dir.database_uri()])?;
        self.connection.busy_timeout(Duration::from_secs(5))?;
        Ok(())
    }

    /// Returns whether the index is ahead of the database: then an older database, or another one,
    /// was put in its place.
    fn is_of_another_database(&self) -> Result<bool, StoreError> {
        let seen = "SELECT removed > coalesce(
                 (SELECT seq FROM kept.sqlite_sequence WHERE name = 'removed'), 0)
                 OR message > (SELECT last FROM kept.journal)
             FROM progress";
        Ok(self.connection.query_row(seen, [], |row| row.get(0))?)
    }

    /// Waits until the database has all that is acknowledged by now, so that it can be indexed.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn wait_for_database(&self) -> Result<(), StoreError> {
        self.tail.wait()
    }

    /// Returns the number of messages that are not in the index yet, counted up to a limit.
    ///
    /// # Errors
    /// The index or the database cannot be read.
    pub fn lag(&self) -> Result<i64, StoreError> {
        let mut count = self.connection.prepare_cached(
            "SELECT count(*) FROM (SELECT 1 FROM kept.message
             WHERE id > (SELECT message FROM progress) AND kind <= 1 LIMIT ?1)",
        )?;
        Ok(count.query_row([LAG_MAX], |row| row.get(0))?)
    }

    /// Takes a step towards the present content of the database. Returns whether there is more to
    /// do, and the last `removed.seq` whose message is out of the index.
    ///
    /// # Errors
    /// The step was not taken; it can be retried.
    pub fn catch_up(&mut self) -> Result<(bool, i64), StoreError> {
        let casemapping = self.casemapping;
        // Another thread may be about to take the same step: take the write lock of the index before
        // the progress is read. The database is attached read-only, and is not locked.
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (from, removed): (i64, i64) =
            transaction.query_row("SELECT message, removed FROM progress", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        // Both queries read one snapshot of `kept`: a message is either still there or listed in
        // `removed`.
        let (mut taken, mut last, mut last_removed) = (0, from, removed);
        {
            let mut new = transaction.prepare_cached(
                "SELECT id, log, nick, text FROM kept.message
                 WHERE id > ?1 AND kind <= 1 ORDER BY id LIMIT ?2",
            )?;
            let mut insert = transaction.prepare_cached(
                "INSERT INTO words (rowid, said, place, sender) VALUES (?1, ?2, ?3, ?4)",
            )?;
            let mut rows = new.query([from, STEP])?;
            while let Some(row) = rows.next()? {
                last = row.get(0)?;
                taken += 1;
                let words = row
                    .get::<_, String>(2)
                    .and_then(|nick| Ok((nick, row.get(3)?)));
                let words: Option<(String, String)> = self.damage.row("message", last, words)?;
                let Some((nick, text)) = words else { continue };
                insert.execute(params![
                    last,
                    separate_unspaced(&text),
                    place(row.get(1)?),
                    sender(casemapping.fold(&nick).as_str()),
                ])?;
            }
            let mut gone = transaction.prepare_cached(
                "SELECT seq, id FROM kept.removed WHERE seq > ?1 ORDER BY seq LIMIT ?2",
            )?;
            let mut delete = transaction.prepare_cached("DELETE FROM words WHERE rowid = ?1")?;
            let mut rows = gone.query([removed, STEP])?;
            while let Some(row) = rows.next()? {
                last_removed = row.get(0)?;
                delete.execute([row.get::<_, i64>(1)?])?;
                taken += 1;
            }
        }
        if taken > 0 {
            transaction.execute(
                "UPDATE progress SET message = ?1, removed = ?2",
                [last, last_removed],
            )?;
        }
        transaction.commit()?;
        if last_removed > removed && taken < STEP {
            release_pages(&self.connection)?;
        }
        Ok((taken >= STEP, last_removed))
    }

    /// Takes a step towards a file without the words of deleted messages: merges its segments into
    /// one. Returns true while there is more to do.
    ///
    /// # Errors
    /// The step was not taken; it can be retried.
    pub fn remove_traces(&mut self) -> Result<bool, StoreError> {
        let before = self.connection.total_changes();
        // A negative number begins a merge of all segments, whatever their sizes (FTS5 §6.8).
        let begun = std::mem::replace(&mut self.merging, true);
        let pages = if begun {
            MERGED_AT_ONCE
        } else {
            -MERGED_AT_ONCE
        };
        self.connection
            .prepare_cached("INSERT INTO words (words, rank) VALUES ('merge', ?1)")?
            .execute([pages])?;
        // One change is the INSERT itself; fewer than two mean that nothing was left to merge.
        if self.connection.total_changes() - before >= 2 {
            return Ok(true);
        }
        self.merging = false;
        while release_pages(&self.connection)? {}
        Ok(!truncate_log(&self.connection)?)
    }

    /// Returns the messages that a search finds, oldest first, among those indexed so far.
    ///
    /// # Errors
    /// The index cannot be read, or the search takes too long.
    pub fn search(&mut self, wanted: &SearchQuery) -> Result<Vec<(Log, Arc<Event>)>, StoreError> {
        let places = self.places(wanted)?;
        if places.is_empty() || wanted.limit == 0 {
            return Ok(Vec::new());
        }
        let give_up = Instant::now() + PATIENCE;
        self.connection
            .progress_handler(STEPS_UNWATCHED, Some(move || Instant::now() > give_up))?;
        let found = self.look(wanted, &places);
        // Removed even after an error: the connection is reused, and the deadline has passed.
        self.connection.progress_handler(0, None::<fn() -> bool>)?;
        found
    }

    /// Runs a search over the given logs.
    fn look(
        &self,
        wanted: &SearchQuery,
        places: &HashMap<i64, VisibleLog<'_>>,
    ) -> Result<Vec<(Log, Arc<Event>)>, StoreError> {
        let mut found = Vec::new();
        let mut bounds = (signed(wanted.after), signed(wanted.before));
        // With many logs it is faster to look up the log of each hit, as long as most hits are in
        // one of them.
        if places.len() > FEW_PLACES
            && let Some(words) = words(wanted)
        {
            let last = self.hits(
                wanted,
                places,
                (&words, bounds, LOOKED_AT_FIRST),
                &mut found,
            )?;
            // Too few of the first hits were visible: go on from there, in the searched logs only.
            match last {
                Some(last) if found.len() < wanted.limit => {
                    if wanted.newest {
                        bounds.1 = last;
                    } else {
                        bounds.0 = last;
                    }
                    let here = here(wanted, places);
                    self.hits(wanted, places, (&here, bounds, LOOKED_AT), &mut found)?;
                }
                _ => {}
            }
        } else {
            let here = here(wanted, places);
            self.hits(wanted, places, (&here, bounds, LOOKED_AT), &mut found)?;
        }
        if wanted.newest {
            found.reverse();
        }
        Ok(found)
    }

    /// Appends the visible hits of an expression between two ids to `found`, examining `most` hits
    /// at the most. Returns the id of the last one examined if there may be more.
    fn hits(
        &self,
        wanted: &SearchQuery,
        places: &HashMap<i64, VisibleLog<'_>>,
        (expression, (after, before), most): (&str, (i64, i64), usize),
        found: &mut Vec<(Log, Arc<Event>)>,
    ) -> Result<Option<i64>, StoreError> {
        let order = if wanted.newest { "DESC" } else { "ASC" };
        let mut hits = self.connection.prepare_cached(&format!(
            "SELECT rowid FROM words WHERE words MATCH ?1 AND rowid > ?2 AND rowid < ?3
             ORDER BY rowid {order} LIMIT ?4"
        ))?;
        let mut message = self.connection.prepare_cached(&format!(
            "SELECT {MESSAGE_COLUMNS}, log FROM kept.message WHERE id = ?1"
        ))?;
        let mut rows = hits.query(params![expression, after, before, most as i64])?;
        let (mut looked_at, mut last) = (0, None);
        while found.len() < wanted.limit {
            let Some(row) = rows.next()? else { break };
            let id: i64 = row.get(0)?;
            (looked_at, last) = (looked_at + 1, Some(id));
            let hit = message.query_row([id], |row| {
                let event = self
                    .damage
                    .row("message", id, event(row, self.cloak.as_ref()))?;
                Ok((event, row.get::<_, i64>("log")?))
            });
            // A deleted message stays in the index for a moment longer, and only there.
            let Some((Some(event), log)) = hit.optional()? else {
                continue;
            };
            let place = places.get(&log).filter(|place| place.is_visible(&event));
            found.extend(place.map(|place| (place.log.clone(), Arc::new(event))));
        }
        Ok(last.filter(|_| looked_at == most))
    }

    /// Returns the searched logs, by their row ids.
    fn places<'w>(
        &self,
        wanted: &'w SearchQuery,
    ) -> Result<HashMap<i64, VisibleLog<'w>>, StoreError> {
        let channels = wanted.channels.iter().map(|view| VisibleLog {
            log: Log::Channel(view.channel.clone()),
            view: Some(view),
        });
        let private: Vec<Log> = match &wanted.with {
            None => private_logs(&self.connection, "kept.", &wanted.party)?,
            Some(with) => with
                .iter()
                .map(|other| Log::private(wanted.party.clone(), other.clone()))
                .collect(),
        };
        let private = private
            .into_iter()
            .map(|log| VisibleLog { log, view: None });
        let mut number = self
            .connection
            .prepare_cached("SELECT id FROM kept.log WHERE name = ?1")?;
        let mut found = HashMap::new();
        for place in channels.chain(private) {
            let name = log_name(&place.log);
            let id: Option<i64> = number.query_row([&name], |row| row.get(0)).optional()?;
            found.extend(id.map(|id| (id, place)));
        }
        Ok(found)
    }
}

/// Searched log, with the part of it that the requester may read.
struct VisibleLog<'w> {
    log: Log,
    /// Limits of the visible part of a channel; `None` for a private log.
    view: Option<&'w View>,
}

impl VisibleLog<'_> {
    /// Returns whether the requester may read the message.
    fn is_visible(&self, event: &Event) -> bool {
        self.view
            .is_none_or(|view| event.id > view.from && !view.hidden.hides_event(event))
    }
}

/// Opens an index file, and creates its schema if it is new.
fn open(dir: &DataDir, file: &Path) -> Result<Connection, StoreError> {
    let connection = dir.connect(file, OpenFlags::default())?;
    // Takes effect only before the first table is created.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // What a crash of the machine loses is indexed again.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.set_prepared_statement_cache_capacity(32);
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == 0 {
        connection.execute_batch(&format!(
            "BEGIN; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;"
        ))?;
    } else if version != VERSION {
        return Err(StoreError::VersionTooNew {
            found: version,
            known: VERSION,
        });
    }
    // These fail if the file is damaged.
    connection.query_row("SELECT message FROM progress", [], |_| Ok(()))?;
    connection.query_row(
        "SELECT count(*) FROM words WHERE words MATCH 'a'",
        [],
        |_| Ok(()),
    )?;
    Ok(connection)
}

/// Removes an index file and the files that SQLite keeps beside it.
fn remove(file: &Path) {
    for ending in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        // A missing file is fine; one that cannot be removed makes opening fail.
        let _ = std::fs::remove_file(name);
    }
}

/// Returns a log as one word of the index.
fn place(log: i64) -> String {
    format!("l{log}")
}

/// Returns a nick as one word of the index, whatever its characters are.
fn sender(folded: &str) -> String {
    folded.bytes().fold(String::from("n"), |mut word, byte| {
        let _ = write!(word, "{byte:02x}");
        word
    })
}

/// Returns the FTS5 expression of a search without its logs; `None` if it has no other condition.
/// Everything the user typed is in quoted strings, where nothing has a special meaning.
fn words(wanted: &SearchQuery) -> Option<String> {
    let nick = wanted.from.as_ref();
    let nick = nick.map(|nick| format!("{{sender}} : {}", sender(nick.as_str())));
    let terms = wanted.terms.iter();
    let terms = terms.map(|term| format!("{{said}} : {}", quoted(term)));
    let parts: Vec<String> = terms.chain(nick).collect();
    (!parts.is_empty()).then(|| parts.join(" AND "))
}

/// Returns the FTS5 expression of a search, restricted to the given logs.
fn here(wanted: &SearchQuery, places: &HashMap<i64, VisibleLog<'_>>) -> String {
    let mut logs: Vec<i64> = places.keys().copied().collect();
    logs.sort_unstable();
    let logs: Vec<String> = logs.into_iter().map(place).collect();
    let places = format!("{{place}} : ({})", logs.join(" OR "));
    match words(wanted) {
        Some(words) => format!("{places} AND {words}"),
        None => places,
    }
}

/// Returns a term as an FTS5 string, with `*` for a prefix.
fn quoted(term: &Term) -> String {
    let words = separate_unspaced(&term.words).replace('"', "\"\"");
    let star = if term.prefix { " *" } else { "" };
    format!("\"{words}\"{star}")
}

/// Puts spaces around each character of scripts without spaces between words: so parts of such text
/// are found.
fn separate_unspaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unspaced(c) {
            out.push(' ');
            out.push(c);
            out.push(' ');
        } else {
            out.push(c);
        }
    }
    out
}

/// Returns whether a character is of a script without spaces: Thai and Lao, Myanmar, Khmer,
/// Hiragana and Katakana, Han.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

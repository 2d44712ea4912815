//! The search index: full text (SQLite FTS5) in a file of its own beside the database.
//!
//! It is made from the messages, behind the writer and never in its way, and remembers how far it
//! has come. It finds nothing that the database does not hold, and nothing is lost with it: one that
//! is damaged is made anew. The words of what is deleted leave its file when its parts are merged
//! ([`Index::remove_traces`]).

use std::collections::HashMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parlour_core::history::{Log, SearchQuery, View};
use parlour_core::names::Casemapping;
use parlour_core::search::Term;
use parlour_core::{Cloak, Event};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use crate::conversations::private_logs;
use crate::damage::Damage;
use crate::log_names::log_name;
use crate::reader::{MESSAGE_COLUMNS, event, signed};
use crate::retention::give_back;
use crate::upkeep::truncate_log;
use crate::{DataDir, StoreError};

/// The index's file in the data directory.
const FILE: &str = "search.db";
/// A file that says that the index is damaged: the next start makes it anew.
const SPOILT: &str = "search.spoilt";
/// What the file is made by: one of another number is made anew.
const VERSION: i64 = 1;
/// Pages that one step of merging writes.
const MERGED_AT_ONCE: i64 = 64;
/// Messages that are taken into the index at once.
const STEP: i64 = 500;
/// Hits that one search looks at, to find those that may be shown.
const LOOKED_AT: usize = 50_000;
/// Places of a search that are few.
const FEW_PLACES: usize = 8;
/// Hits that are looked at, wherever they are, before only those in the places are.
const LOOKED_AT_FIRST: usize = 1_000;
/// How long one search may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// Steps of SQLite's between two looks at the clock.
const STEPS_UNWATCHED: i32 = 10_000;

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

/// The search index.
pub struct Index {
    connection: Connection,
    casemapping: Casemapping,
    spoilt: PathBuf,
    damage: Damage,
    cloak: Option<Cloak>,
    /// Whether a merge of all its parts is under way.
    merging: bool,
}

impl Index {
    /// Opens the index of a data directory whose database a [`crate::Writer`] has made, or makes
    /// it.
    ///
    /// # Errors
    /// Neither can be done.
    pub fn open(dir: &DataDir, casemapping: Casemapping) -> Result<Index, StoreError> {
        let file = dir.path().join(FILE);
        let spoilt = dir.path().join(SPOILT);
        if spoilt.exists() {
            remove(&file);
            let _ = std::fs::remove_file(&spoilt);
        }
        dir.create_private(&file)?;
        let connection = match open(&file) {
            Ok(connection) => connection,
            // Whatever it is, it can be made again.
            Err(_) => {
                remove(&file);
                dir.create_private(&file)?;
                open(&file)?
            }
        };
        let mut index = Index {
            connection,
            casemapping,
            spoilt,
            damage: Damage::default(),
            cloak: None,
            merging: false,
        };
        index.attach(dir)?;
        if index.is_of_another_database()? {
            drop(index.connection);
            remove(&file);
            dir.create_private(&file)?;
            index.connection = open(&file)?;
            index.attach(dir)?;
        }
        Ok(index)
    }

    /// Shows addresses that were kept before they were cloaked as it shows those of today.
    #[must_use]
    pub fn cloaked(mut self, cloak: Option<Cloak>) -> Index {
        self.cloak = cloak;
        self
    }

    /// What was found to be damaged in the database since the last call: sentences for the log.
    pub fn take_damage(&self) -> Vec<String> {
        self.damage.take()
    }

    /// Whether an error tells that the index is damaged. Then the next start makes it anew.
    pub fn is_damage(&self, error: &StoreError) -> bool {
        let damaged = error.is_damage();
        if damaged {
            // If it cannot be noted, the next start finds out by itself.
            let _ = std::fs::write(&self.spoilt, b"");
        }
        damaged
    }

    fn attach(&mut self, dir: &DataDir) -> Result<(), StoreError> {
        let database = dir.database();
        self.connection
            .execute("ATTACH ?1 AS kept", [database.to_string_lossy()])?;
        self.connection.busy_timeout(Duration::from_secs(5))?;
        Ok(())
    }

    /// Whether the index has seen what the database has not: an older one was put in its place.
    fn is_of_another_database(&self) -> Result<bool, StoreError> {
        let seen = "SELECT removed > coalesce(
                 (SELECT seq FROM kept.sqlite_sequence WHERE name = 'removed'), 0)
                 OR message > (SELECT last FROM kept.journal)
             FROM progress";
        Ok(self.connection.query_row(seen, [], |row| row.get(0))?)
    }

    /// Takes a step towards what the database holds now; whether there is more to do, and up to
    /// which of `removed` all is taken out.
    ///
    /// # Errors
    /// The step was not taken; it can be tried again.
    pub fn catch_up(&mut self) -> Result<(bool, i64), StoreError> {
        let casemapping = self.casemapping;
        // Another thread may be about to take the same step.
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (from, removed): (i64, i64) =
            transaction.query_row("SELECT message, removed FROM progress", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
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
                    spread(&text),
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
            give_back(&self.connection)?;
        }
        Ok((taken >= STEP, last_removed))
    }

    /// Takes a step towards a file without the words of what was deleted: its parts are merged into one.
    /// True while there is more to do.
    ///
    /// # Errors
    /// The step was not taken; it can be tried again.
    pub fn remove_traces(&mut self) -> Result<bool, StoreError> {
        let before = self.connection.total_changes();
        // A negative number begins a merge of all, whatever their sizes are (FTS5 §6.8).
        let begun = std::mem::replace(&mut self.merging, true);
        let pages = if begun {
            MERGED_AT_ONCE
        } else {
            -MERGED_AT_ONCE
        };
        self.connection
            .prepare_cached("INSERT INTO words (words, rank) VALUES ('merge', ?1)")?
            .execute([pages])?;
        // One change is the request itself.
        if self.connection.total_changes() - before >= 2 {
            return Ok(true);
        }
        self.merging = false;
        while give_back(&self.connection)? {}
        Ok(!truncate_log(&self.connection)?)
    }

    /// The messages that a search asks for, oldest first; of those that are in the index already.
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
        self.connection.progress_handler(0, None::<fn() -> bool>)?;
        found
    }

    fn look(
        &self,
        wanted: &SearchQuery,
        places: &HashMap<i64, VisibleLog<'_>>,
    ) -> Result<Vec<(Log, Arc<Event>)>, StoreError> {
        let mut found = Vec::new();
        let mut bounds = (signed(wanted.after), signed(wanted.before));
        // With many places it is faster to look where each hit is, as long as most of them are in
        // one that is meant.
        if places.len() > FEW_PLACES
            && let Some(words) = words(wanted)
        {
            let last = self.hits(
                wanted,
                places,
                (&words, bounds, LOOKED_AT_FIRST),
                &mut found,
            )?;
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

    /// Adds the hits of an expression between two ids that may be shown, of so many that are looked
    /// at. The last one that was, if there may be more.
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
            // What was taken back is in the index for a moment more, and nowhere else.
            let Some((Some(event), log)) = hit.optional()? else {
                continue;
            };
            let place = places.get(&log).filter(|place| place.shows(&event));
            found.extend(place.map(|place| (place.log.clone(), Arc::new(event))));
        }
        Ok(last.filter(|_| looked_at == most))
    }

    /// The logs that are meant, by their numbers.
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

/// A log, and what may be read of it.
struct VisibleLog<'w> {
    log: Log,
    /// Of a channel.
    view: Option<&'w View>,
}

impl VisibleLog<'_> {
    fn shows(&self, event: &Event) -> bool {
        self.view
            .is_none_or(|view| event.id > view.from && !view.hidden.hides_event(event))
    }
}

fn open(file: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(file)?;
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // What a crash of the machine takes is taken in again.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.set_prepared_statement_cache_capacity(32);
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == 0 {
        connection.execute_batch(&format!(
            "BEGIN; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;"
        ))?;
    } else if version != VERSION {
        return Err(StoreError::Newer {
            found: version,
            known: VERSION,
        });
    }
    // A file that is damaged says so here.
    connection.query_row("SELECT message FROM progress", [], |_| Ok(()))?;
    connection.query_row(
        "SELECT count(*) FROM words WHERE words MATCH 'a'",
        [],
        |_| Ok(()),
    )?;
    Ok(connection)
}

fn remove(file: &Path) {
    for ending in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        // Where there is none, there is nothing to remove; where it cannot be, opening tells.
        let _ = std::fs::remove_file(name);
    }
}

/// A log as a word of the index.
fn place(log: i64) -> String {
    format!("l{log}")
}

/// A nick as one word of the index, whatever its characters are.
fn sender(folded: &str) -> String {
    folded.bytes().fold(String::from("n"), |mut word, byte| {
        let _ = write!(word, "{byte:02x}");
        word
    })
}

/// What a search asks for but the places, in the language of FTS5; none, if it asks for nothing
/// else. Each part that somebody has written is a string there, in which nothing has a meaning.
fn words(wanted: &SearchQuery) -> Option<String> {
    let nick = wanted.from.as_ref();
    let nick = nick.map(|nick| format!("{{sender}} : {}", sender(nick.as_str())));
    let terms = wanted.terms.iter();
    let terms = terms.map(|term| format!("{{said}} : {}", quoted(term)));
    let parts: Vec<String> = terms.chain(nick).collect();
    (!parts.is_empty()).then(|| parts.join(" AND "))
}

/// The same with the places.
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

fn quoted(term: &Term) -> String {
    let words = spread(&term.words).replace('"', "\"\"");
    let star = if term.prefix { " *" } else { "" };
    format!("\"{words}\"{star}")
}

/// Text of scripts that put no spaces between words, with each character a word by itself: so
/// parts of it are found.
fn spread(text: &str) -> String {
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

/// Whether a character is of a script without spaces: Thai to Khmer, Hiragana and Katakana, Han.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

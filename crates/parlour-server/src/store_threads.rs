//! Threads of the store: the writer and the reader.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parlour_core::TaskResult;
use parlour_core::history::ReadFailed;
use parlour_store::{CatchUp, Reader, Retention, StoreError, Writer};

use crate::indexer::DirtyFlag;
use crate::mailbox::Mailbox;
use crate::messages::{CoreMsg, IndexerMsg, ReaderMsg, WriterMsg};
use crate::retention_worker::RetentionWorker;

/// Messages for the writer: what the journal's tail and those who wait for it tell once each, and the
/// indexer's reports.
pub(crate) const WRITER_WAITING: usize = 1_024;
/// Look-ups that may wait, about 300 bytes each: more than there are sessions on most servers, and
/// each has at most one. Beyond, they are refused.
pub(crate) const READER_WAITING: usize = 262_144;
/// Time after which what was applied is committed.
const COMMIT_AFTER: Duration = Duration::from_secs(1);
/// Pause between two portions that are applied: many small ones, so that a burst of them is in nobody's
/// way.
const GATHER: Duration = Duration::from_millis(10);
/// Bytes of the journal in one portion, and the part of what waits if that is more: so the portions grow
/// with the load, and the database stays some portions behind.
const PORTION: usize = 64 << 10;
const PART: usize = 4;
/// Pause before the database is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// Has the database follow the journal until it is stopped.
pub(crate) fn write(
    writer: Writer,
    retention: Retention,
    inbox: &Mailbox<WriterMsg>,
    indexer: (DirtyFlag, Arc<Mailbox<IndexerMsg>>),
) {
    let mut follower = Follower {
        writer,
        indexer,
        apply_at: None,
        commit_at: None,
        is_failing: false,
    };
    let mut retention = RetentionWorker::new(retention);
    let mut messages = Vec::new();
    let mut stopping = false;
    while !stopping {
        let until = [follower.due(), retention.due(&follower.writer)];
        match until.into_iter().flatten().min() {
            Some(until) => {
                let pause = until.saturating_duration_since(Instant::now());
                inbox.take_within(pause, &mut messages);
            }
            None => inbox.take(&mut messages),
        }
        let mut is_urgent = false;
        for message in messages.drain(..) {
            match message {
                WriterMsg::Stop => stopping = true,
                WriterMsg::CatchUp(CatchUp::Soon) => follower.follow_soon(),
                WriterMsg::CatchUp(CatchUp::Now) => is_urgent = true,
                WriterMsg::RemovalsIndexed(removed) => {
                    follower.writer.set_indexed_removals(removed);
                }
            }
        }
        if is_urgent || stopping {
            follower.catch_up();
        } else {
            follower.follow(Instant::now());
        }
        if retention
            .due(&follower.writer)
            .is_some_and(|due| due <= Instant::now())
        {
            let (dirty, indexer) = &follower.indexer;
            retention.step(&mut follower.writer, dirty, indexer);
        }
    }
    follower.end();
}

/// Writer of the database, behind the journal.
struct Follower {
    writer: Writer,
    indexer: (DirtyFlag, Arc<Mailbox<IndexerMsg>>),
    /// Time of the next portion.
    apply_at: Option<Instant>,
    /// Time at which what was applied is committed.
    commit_at: Option<Instant>,
    /// True while the database cannot be written.
    is_failing: bool,
}

impl Follower {
    /// Returns the time of the next step.
    fn due(&self) -> Option<Instant> {
        self.apply_at.into_iter().chain(self.commit_at).min()
    }

    /// Has the next portion be applied in a while.
    fn follow_soon(&mut self) {
        self.apply_at.get_or_insert_with(|| Instant::now() + GATHER);
    }

    /// Takes the steps that are due.
    fn follow(&mut self, now: Instant) {
        if self.apply_at.is_some_and(|at| at <= now) {
            // After an error nothing is taken until all is applied: not a portion, and not in a while.
            if self.is_failing {
                return self.catch_up();
            }
            self.apply_at = None;
            match self
                .writer
                .apply(PORTION.max(self.writer.unapplied() / PART))
            {
                Ok(true) => {
                    self.commit_at.get_or_insert(now + COMMIT_AFTER);
                    self.follow_soon();
                }
                Ok(false) => {}
                Err(error) => return self.fail(&error),
            }
        }
        if self.commit_at.is_some_and(|at| at <= now) || self.writer.is_commit_due() {
            let committed = self.writer.commit_applied();
            self.committed(committed);
        }
    }

    /// Catches up at once.
    fn catch_up(&mut self) {
        self.apply_at = None;
        let caught_up = self.writer.catch_up();
        self.committed(caught_up);
    }

    /// Does what follows a commit.
    fn committed(&mut self, outcome: Result<(), StoreError>) {
        self.commit_at = None;
        if let Err(error) = outcome {
            return self.fail(&error);
        }
        if self.writer.needs_room() {
            // The room was made for this: nothing else may take it first.
            return self.catch_up();
        }
        self.indexer.0.tell(&self.indexer.1);
        if self.writer.unapplied() > 0 {
            self.follow_soon();
        }
        // First, since it deletes segments: on a full disk that makes the room for the next one.
        if self.writer.is_checkpoint_due()
            && let Err(error) = self.writer.checkpoint()
        {
            return self.fail(&error);
        }
        if std::mem::take(&mut self.is_failing) {
            tracing::info!("the database follows the journal again");
        }
        // A commit tries again when it needs the file, and says so.
        if let Err(error) = self.writer.prepare_segment() {
            tracing::debug!("the next segment of the journal cannot be prepared: {error}");
        }
    }

    /// Logs an error, and has the database be tried again.
    fn fail(&mut self, error: &StoreError) {
        self.log(error);
        self.commit_at = None;
        self.apply_at = Some(Instant::now() + RETRY);
    }

    /// Logs the first of several errors.
    fn log(&mut self, error: &StoreError) {
        if !std::mem::replace(&mut self.is_failing, true) {
            let hint = hint(error);
            tracing::error!(
                "{error}{hint}; what was said is in the journal, and the database follows once it can be written"
            );
        }
    }

    /// Leaves nothing in the journal that the database lacks, if it can be written.
    fn end(&mut self) {
        self.writer.rotate_journal();
        if let Err(error) = self.writer.checkpoint() {
            tracing::error!("{error}; the next start takes the rest from the journal");
        }
    }
}

/// Returns the words that tell what to do about an error.
pub(crate) fn hint(error: &StoreError) -> &'static str {
    if error.is_full() {
        " (the disk is full: make room)"
    } else {
        ""
    }
}

/// Answers lookups until it is stopped.
pub(crate) fn read(reader: &Reader, inbox: &Mailbox<ReaderMsg>, core: &Arc<Mailbox<CoreMsg>>) {
    let mut messages = Vec::new();
    loop {
        inbox.take(&mut messages);
        for message in messages.drain(..) {
            let unreadable = |error: StoreError| {
                tracing::error!("history could not be read: {error}");
                ReadFailed
            };
            let (ticket, result) = match message {
                ReaderMsg::History(ticket, query) => (
                    ticket,
                    TaskResult::History(reader.answer(&query).map_err(unreadable)),
                ),
                ReaderMsg::Conversations(ticket, wanted) => {
                    let found = reader.conversations(&wanted).map_err(unreadable);
                    (ticket, TaskResult::Conversations(found))
                }
                ReaderMsg::Replay(ticket, wanted) => (
                    ticket,
                    TaskResult::Replay(reader.replay(&wanted).map_err(unreadable)),
                ),
                ReaderMsg::Stop => return,
            };
            log_damage(reader.take_damage());
            core.post_anyway(CoreMsg::Done(ticket, result));
        }
    }
}

/// Logs which rows could not be read and were left out.
pub(crate) fn log_damage(sentences: Vec<String>) {
    for sentence in sentences {
        tracing::error!("{sentence}; it is left out, `parlour admin check` tells more");
    }
}

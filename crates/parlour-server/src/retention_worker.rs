//! When what is not to be kept is deleted: while the writer has nothing else to do.

use std::time::{Duration, Instant};

use parlour_store::{Retention, RetentionRound, Writer};

use crate::clock;
use crate::indexer::{DirtyFlag, IndexerMsg};
use crate::mailbox::Mailbox;

/// How long the writer has to be idle before a step is taken.
const IDLE: Duration = Duration::from_millis(20);
/// How long what was deleted may stay in the write-ahead log.
const TRACES_STAY: Duration = Duration::from_secs(1);
/// From the start of one round through all logs to the next.
const ROUND: Duration = Duration::from_secs(600);

/// Who deletes what is not to be kept.
pub(crate) struct RetentionWorker {
    retention: Retention,
    /// How far the round has come that is under way.
    round: Option<RetentionRound>,
    /// When the next begins.
    next: Instant,
}

impl RetentionWorker {
    pub fn new(retention: Retention) -> Self {
        RetentionWorker {
            retention,
            round: None,
            next: Instant::now(),
        }
    }

    /// After how long without anything else to do a step is to be taken; none: never.
    pub fn pause(&self, writer: &Writer) -> Option<Duration> {
        let traces = writer.leaves_traces().then_some(TRACES_STAY);
        let round = self.until_round();
        traces.into_iter().chain(round).min()
    }

    fn until_round(&self) -> Option<Duration> {
        if self.retention.keeps_everything() {
            return None;
        }
        let wait = match self.round {
            Some(_) => Duration::ZERO,
            None => self.next.saturating_duration_since(Instant::now()),
        };
        Some(wait.max(IDLE))
    }

    /// Takes a step, if it is time for one.
    pub fn step(&mut self, writer: &mut Writer, dirty: &DirtyFlag, indexer: &Mailbox<IndexerMsg>) {
        let now = Instant::now();
        if writer.leaves_traces() {
            // Where somebody reads what was there before, it is tried again after a while.
            if let Err(error) = writer.remove_traces() {
                tracing::error!("what was deleted is still in the write-ahead log: {error}");
            }
        }
        if self.retention.keeps_everything() {
            return;
        }
        if self.round.is_none() {
            if now < self.next {
                return;
            }
            self.next = now + ROUND;
        }
        let mut round = self.round.take().unwrap_or_default();
        match writer.sweep(&self.retention, clock::time(), &mut round) {
            Ok(true) => self.round = Some(round),
            // What is deleted is to be found no more.
            Ok(false) => dirty.tell(indexer),
            Err(error) => tracing::error!("what is too old cannot be deleted: {error}"),
        }
    }
}

//! Retention worker: deletes old messages while the store writer is idle.

use std::time::{Duration, Instant};

use parlour_store::{Retention, RetentionRound, Writer};

use crate::clock;
use crate::indexer::DirtyFlag;
use crate::mailbox::Mailbox;
use crate::messages::IndexerMsg;

/// Idle time of the writer before a step is taken.
const IDLE: Duration = Duration::from_millis(20);
/// Time that deleted messages may stay in the write-ahead log.
const TRACES_STAY: Duration = Duration::from_secs(1);
/// Interval between the starts of two rounds through all logs.
const ROUND: Duration = Duration::from_secs(600);

/// Retention limits, and the progress in enforcing them.
pub(crate) struct RetentionWorker {
    retention: Retention,
    /// Progress of the round under way.
    round: Option<RetentionRound>,
    /// Start of the next round.
    next: Instant,
}

impl RetentionWorker {
    /// Creates a worker whose first round is due at once.
    pub fn new(retention: Retention) -> Self {
        RetentionWorker {
            retention,
            round: None,
            next: Instant::now(),
        }
    }

    /// Returns the idle time after which a step is due; `None` for never.
    pub fn pause(&self, writer: &Writer) -> Option<Duration> {
        let traces = writer.leaves_traces().then_some(TRACES_STAY);
        let round = self.until_round();
        traces.into_iter().chain(round).min()
    }

    /// Returns the time until the next step of a round.
    fn until_round(&self) -> Option<Duration> {
        if self.retention.is_unlimited() {
            return None;
        }
        let wait = match self.round {
            Some(_) => Duration::ZERO,
            None => self.next.saturating_duration_since(Instant::now()),
        };
        Some(wait.max(IDLE))
    }

    /// Takes a step, if one is due.
    pub fn step(&mut self, writer: &mut Writer, dirty: &DirtyFlag, indexer: &Mailbox<IndexerMsg>) {
        let now = Instant::now();
        if writer.leaves_traces() {
            // While a reader uses an older snapshot this has no effect, and is retried after a
            // while.
            if let Err(error) = writer.remove_traces() {
                tracing::error!("what was deleted is still in the write-ahead log: {error}");
            }
        }
        if self.retention.is_unlimited() {
            return;
        }
        if self.round.is_none() {
            if now < self.next {
                return;
            }
            // Counted from the start, so that a long round does not delay the next one.
            self.next = now + ROUND;
        }
        let mut round = self.round.take().unwrap_or_default();
        match writer.sweep(&self.retention, clock::time(), &mut round) {
            Ok(true) => self.round = Some(round),
            // The index must drop the deleted messages too.
            Ok(false) => dirty.tell(indexer),
            Err(error) => tracing::error!("what is too old cannot be deleted: {error}"),
        }
    }
}

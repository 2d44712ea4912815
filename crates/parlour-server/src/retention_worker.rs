//! Retention worker: deletes old messages between the writer's other work.

use std::time::{Duration, Instant};

use parlour_store::{Retention, RetentionRound, Writer};

use crate::clock;
use crate::indexer::DirtyFlag;
use crate::mailbox::Mailbox;
use crate::messages::IndexerMsg;

/// Pause between two steps.
const BETWEEN_STEPS: Duration = Duration::from_millis(20);
/// Time that deleted messages may stay in the journal and the write-ahead log.
const TRACES_STAY: Duration = Duration::from_secs(1);
/// Interval between the starts of two rounds through all logs.
const ROUND: Duration = Duration::from_secs(600);

/// Retention limits, and the progress in enforcing them.
pub(crate) struct RetentionWorker {
    retention: Retention,
    /// Progress of the round under way.
    round: Option<RetentionRound>,
    /// Time of the next step.
    next: Instant,
    /// Time of the round after this one.
    round_end: Instant,
    /// Time at which deleted messages are taken out of the logs.
    traces: Option<Instant>,
}

impl RetentionWorker {
    /// Creates a worker whose first round is due at once.
    pub fn new(retention: Retention) -> Self {
        RetentionWorker {
            retention,
            round: None,
            next: Instant::now(),
            round_end: Instant::now(),
            traces: None,
        }
    }

    /// Returns the time at which a step is due; `None` for never.
    pub fn due(&mut self, writer: &Writer) -> Option<Instant> {
        if writer.leaves_traces() {
            self.traces
                .get_or_insert_with(|| Instant::now() + TRACES_STAY);
        }
        let round = (!self.retention.is_unlimited()).then_some(self.next);
        self.traces.into_iter().chain(round).min()
    }

    /// Takes a step, if one is due.
    pub fn step(&mut self, writer: &mut Writer, dirty: &DirtyFlag, indexer: &Mailbox<IndexerMsg>) {
        let now = Instant::now();
        if self.traces.is_some_and(|due| due <= now) {
            self.traces = None;
            // While a reader uses an older snapshot this has no effect, and is retried after a
            // while.
            if let Err(error) = writer.remove_traces() {
                tracing::error!("what was deleted is still in the write-ahead log: {error}");
            }
            // It has caught up with the journal.
            dirty.tell(indexer);
        }
        if self.retention.is_unlimited() || now < self.next {
            return;
        }
        if self.round.is_none() {
            // Counted from the start, so that a long round does not delay the next one.
            self.round_end = now + ROUND;
        }
        let mut round = self.round.take().unwrap_or_default();
        match writer.sweep(&self.retention, clock::time(), &mut round) {
            Ok(true) => {
                self.round = Some(round);
                self.next = now + BETWEEN_STEPS;
                return;
            }
            // The index must drop the deleted messages too.
            Ok(false) => dirty.tell(indexer),
            Err(error) => tracing::error!("what is too old cannot be deleted: {error}"),
        }
        self.next = self.round_end;
    }
}

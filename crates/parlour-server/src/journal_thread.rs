//! Journal's thread: one append at a time, with all that has gathered since the last.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parlour_core::{MsgId, Record};
use parlour_store::{Journal, StoreError};

use crate::mailbox::Mailbox;
use crate::messages::{CoreMsg, JournalMsg};
use crate::metrics::Metrics;
use crate::store_threads::hint;

/// Messages for the journal: one commit at a time, and how it is to end.
pub(crate) const WAITING: usize = 16;
/// Pause before a failed commit is retried.
const RETRY: Duration = Duration::from_millis(500);
/// Number of retries once the server is stopping.
const LAST_TRIES: u32 = 4;

/// Commits records until it is stopped; a commit that fails is retried until it succeeds. Returns
/// whether everything was committed.
pub(crate) fn run(
    journal: &Journal,
    inbox: &Mailbox<JournalMsg>,
    core: &Arc<Mailbox<CoreMsg>>,
    metrics: &Metrics,
) -> bool {
    let mut messages = Vec::new();
    let (mut stopping, mut hurry) = (false, false);
    loop {
        inbox.take(&mut messages);
        for message in messages.drain(..) {
            match message {
                JournalMsg::Stop => stopping = true,
                JournalMsg::LimitRetries => hurry = true,
                JournalMsg::Commit(records, place) => {
                    let (begun, count) = (Instant::now(), records.len());
                    let commit = Commit { records, place };
                    if !commit.append(journal, inbox, core, &mut hurry) {
                        return false;
                    }
                    metrics
                        .commit_seconds
                        .observe(begun.elapsed().as_secs_f64());
                    metrics.commit_records.observe(count as f64);
                }
            }
        }
        // Only after the whole batch: commits taken along with the stop are done.
        if stopping {
            return true;
        }
    }
}

/// Commit on its way.
struct Commit {
    records: Vec<Record>,
    place: MsgId,
}

impl Commit {
    /// Appends it, retrying on errors. Returns false if it gave up.
    fn append(
        mut self,
        journal: &Journal,
        inbox: &Mailbox<JournalMsg>,
        core: &Mailbox<CoreMsg>,
        hurry: &mut bool,
    ) -> bool {
        let mut tries_left = LAST_TRIES;
        let mut is_failing = false;
        loop {
            let room = journal.wait_for_room();
            match room.and_then(|()| journal.append(&mut self.records, self.place)) {
                Ok(()) => {
                    if is_failing {
                        tracing::info!("the store can be written again");
                        core.post_anyway(CoreMsg::Writable(true));
                    }
                    // Only now may the core release the effects that wait for this commit.
                    core.post_anyway(CoreMsg::Committed);
                    return true;
                }
                Err(error) => {
                    if !std::mem::replace(&mut is_failing, true) {
                        report(&error);
                        core.post_anyway(CoreMsg::Writable(false));
                    }
                }
            }
            // The core has one commit in flight, so no `Commit` can be among these; `Stop` comes only
            // when nothing waits for a commit.
            let mut messages = Vec::new();
            inbox.take_within(RETRY, &mut messages);
            *hurry |= messages
                .iter()
                .any(|message| matches!(message, JournalMsg::LimitRetries));
            if *hurry {
                if tries_left == 0 {
                    return false;
                }
                tries_left -= 1;
            }
        }
    }
}

/// Logs why nothing can be committed.
fn report(error: &StoreError) {
    tracing::error!(
        "{error}{}; messages wait until it can be written",
        hint(error)
    );
}

//! Threads of the search index: the indexer keeps it up to date when there is time, the searcher
//! queries it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parlour_core::TaskResult;
use parlour_core::history::{ReadFailed, SearchQuery, SearchResult};
use parlour_store::{Index, StoreError};

use crate::mailbox::Mailbox;
use crate::messages::{CoreMsg, IndexerMsg, SearchMsg, WriterMsg};
use crate::metrics::Metrics;
use crate::store_threads::log_damage;

/// Messages for the indexer: the flag lets one of each kind wait.
pub(crate) const INDEXER_WAITING: usize = 8;
/// Searches that may wait, as a session has at most one. Beyond, they are refused.
pub(crate) const SEARCHES_WAITING: usize = 65_536;
/// Time that a commit waits for further ones to be indexed along with it.
const GATHER: Duration = Duration::from_secs(1);
/// Indexing steps before a search is run, so that it finds the latest messages; an index that is
/// further behind is searched as it is.
const STEPS_BEFORE_SEARCH: usize = 40;
/// Time that the words of deleted messages may stay in the file, to be removed along with later
/// ones.
const TRACES_STAY: Duration = Duration::from_secs(600);
/// Pause between two steps of that removal: searches and new messages go first.
const BETWEEN_STEPS: Duration = Duration::from_millis(20);
/// Longest pause after errors; each is twice the one before.
const MOST_PAUSE: Duration = Duration::from_secs(300);
/// Flag for a notified indexer: it is notified once, not with each commit.
#[derive(Clone, Default)]
pub(crate) struct DirtyFlag(Arc<AtomicBool>);

impl DirtyFlag {
    /// Notifies the indexer of new records, unless it was notified already.
    pub fn tell(&self, indexer: &Mailbox<IndexerMsg>) {
        if !self.0.swap(true, Ordering::AcqRel) {
            indexer.post_anyway(IndexerMsg::NewRecords);
        }
    }
}

/// Keeps the index up to date until it is stopped.
pub(crate) fn run_indexer(
    index: Option<Index>,
    dirty: &DirtyFlag,
    inbox: &Mailbox<IndexerMsg>,
    writer: &Mailbox<WriterMsg>,
    metrics: &Metrics,
) {
    lower_priority();
    let mut messages = Vec::new();
    let Some(mut index) = index else {
        return;
    };
    // An earlier run may have stopped before its index was complete.
    let (mut behind, mut pause) = (true, Duration::ZERO);
    // From 0, so that the first step reports removals that an earlier run could not pass on.
    let (mut known, mut wait) = (0, GATHER);
    // Time at which the removal of deleted words continues.
    let mut traces: Option<Instant> = None;
    loop {
        match traces {
            _ if behind => inbox.take_within(pause, &mut messages),
            Some(due) => {
                let pause = due.saturating_duration_since(Instant::now());
                inbox.take_within(pause, &mut messages);
            }
            None => inbox.take(&mut messages),
        }
        let nothing_new = messages.is_empty();
        for message in messages.drain(..) {
            match message {
                IndexerMsg::Stop => return,
                IndexerMsg::NewRecords => (behind, pause) = (true, GATHER),
            }
        }
        // Wait again, now with the pause that the messages have set.
        if !nothing_new {
            continue;
        }
        if !behind {
            if traces.is_some_and(|due| due <= Instant::now()) {
                traces = remove_traces(&mut index);
            }
            continue;
        }
        // Cleared before the step: a commit from now on notifies again, even if the step sees it
        // already.
        dirty.0.store(false, Ordering::Release);
        match index.catch_up() {
            Ok((more, forgotten)) => {
                let lag = if more {
                    index.lag().unwrap_or_default()
                } else {
                    0
                };
                metrics.index_lag.set(lag);
                if forgotten > known {
                    known = forgotten;
                    traces.get_or_insert_with(|| Instant::now() + TRACES_STAY);
                    writer.post_anyway(WriterMsg::RemovalsIndexed(forgotten));
                }
                (behind, pause) = (more, Duration::ZERO);
            }
            Err(error) if index.is_damage(&error) => {
                tracing::error!(
                    "the search index is damaged; it is rebuilt at the next start: {error}"
                );
                return;
            }
            Err(error) => {
                if wait == GATHER {
                    tracing::error!("the search index cannot be kept up: {error}");
                }
                pause = wait;
                wait = (wait * 2).min(MOST_PAUSE);
                continue;
            }
        }
        wait = GATHER;
    }
}

/// Takes a step of removing deleted words from the file. Returns when the next one is due.
fn remove_traces(index: &mut Index) -> Option<Instant> {
    match index.remove_traces() {
        Ok(true) => Some(Instant::now() + BETWEEN_STEPS),
        Ok(false) => None,
        Err(error) => {
            tracing::error!("deleted words cannot be taken out of the search index: {error}");
            Some(Instant::now() + TRACES_STAY)
        }
    }
}

/// Gives the thread the lowest priority: on a busy machine, searches index the latest messages
/// themselves, and the rest waits.
fn lower_priority() {
    // On other systems this would affect the whole process.
    #[cfg(target_os = "linux")]
    {
        use thread_priority::{
            NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy,
            set_thread_priority_and_policy, thread_native_id,
        };
        let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
        let own = thread_native_id();
        if let Err(error) = set_thread_priority_and_policy(own, ThreadPriority::Min, idle) {
            tracing::debug!("the indexer cannot step back: {error}");
        }
    }
}

/// Runs searches until it is stopped.
pub(crate) fn search(
    mut index: Option<Index>,
    inbox: &Mailbox<SearchMsg>,
    core: &Mailbox<CoreMsg>,
) {
    let mut messages = Vec::new();
    let mut waiting = VecDeque::new();
    loop {
        if waiting.is_empty() {
            inbox.take(&mut messages);
        } else {
            inbox.take_now(&mut messages);
        }
        for message in messages.drain(..) {
            match message {
                // Searches still queued are dropped: their requesters are being disconnected.
                SearchMsg::Stop => return,
                SearchMsg::Search(ticket, wanted) => waiting.push_back((ticket, wanted)),
            }
        }
        if let Some((ticket, wanted)) = waiting.pop_front() {
            let found = match &mut index {
                Some(index) => find(index, &wanted),
                None => Err(ReadFailed),
            };
            core.post_anyway(CoreMsg::Done(ticket, TaskResult::Search(found)));
        }
    }
}

/// Catches the index up a little and runs a search.
fn find(index: &mut Index, wanted: &SearchQuery) -> SearchResult {
    index.wait_for_database().map_err(|error| {
        tracing::error!("a search failed: {error}");
        ReadFailed
    })?;
    for _ in 0..STEPS_BEFORE_SEARCH {
        match index.catch_up() {
            Ok((true, _)) => {}
            Ok((false, _)) => break,
            // The index is searched as it is; the indexer logs the error.
            Err(_) => break,
        }
    }
    let found = index.search(wanted);
    log_damage(index.take_damage());
    found.map_err(|error: StoreError| {
        index.is_damage(&error);
        tracing::error!("a search failed: {error}");
        ReadFailed
    })
}

//! The threads that have the search index: one keeps it up with the database when there is time, one
//! searches it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parlour_core::history::{ReadFailed, SearchQuery, SearchResult};
use parlour_core::{Input, Ticket};
use parlour_store::{Index, StoreError};

use crate::core_thread::CoreMsg;
use crate::mailbox::Mailbox;
use crate::store_threads::{WriterMsg, tell_damage};

/// For the indexer.
pub(crate) enum IndexerMsg {
    /// Something was kept.
    Behind,
    /// There is nothing more to do.
    Stop,
}

/// For the searcher.
pub(crate) enum SearchMsg {
    /// Look for these.
    Search(Ticket, SearchQuery),
    /// There is nothing more to look for.
    Stop,
}

/// How long what was kept waits for more to be taken into the index along with it.
const GATHER: Duration = Duration::from_secs(1);
/// Steps that are taken before a search is answered, so that it finds what was said a moment ago;
/// an index that is further behind is searched as far as it is.
const STEPS_BEFORE_SEARCH: usize = 40;
/// How long the words of what was deleted stay in the file, to be taken out with more of them.
const TRACES_STAY: Duration = Duration::from_secs(600);
/// Between two steps of that: searches and what is new go first.
const BETWEEN_STEPS: Duration = Duration::from_millis(20);
/// The longest pause after what went wrong; each is twice the one before.
const MOST_PAUSE: Duration = Duration::from_secs(300);
/// Whether the indexer knows that it is behind: it is told once, not with each commit.
#[derive(Clone, Default)]
pub(crate) struct DirtyFlag(Arc<AtomicBool>);

impl DirtyFlag {
    /// Something was kept; tells the indexer, if it does not know.
    pub fn tell(&self, indexer: &Mailbox<IndexerMsg>) {
        if !self.0.swap(true, Ordering::AcqRel) {
            indexer.post_unbounded(IndexerMsg::Behind);
        }
    }
}

/// Keeps the index up until there is nothing more to do.
pub(crate) fn keep_up(
    index: Option<Index>,
    dirty: &DirtyFlag,
    inbox: &Mailbox<IndexerMsg>,
    writer: &Mailbox<WriterMsg>,
) {
    step_back();
    let mut messages = Vec::new();
    let Some(mut index) = index else {
        return;
    };
    // What an earlier run had no time for is done first.
    let (mut behind, mut pause) = (true, Duration::ZERO);
    let (mut known, mut wait) = (0, GATHER);
    // When the words of what was deleted are to be taken out of the file.
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
                IndexerMsg::Behind => (behind, pause) = (true, GATHER),
            }
        }
        if !nothing_new {
            continue;
        }
        if !behind {
            if traces.is_some_and(|due| due <= Instant::now()) {
                traces = remove_traces(&mut index);
            }
            continue;
        }
        dirty.0.store(false, Ordering::Release);
        match index.catch_up() {
            Ok((more, forgotten)) => {
                if forgotten > known {
                    known = forgotten;
                    traces.get_or_insert_with(|| Instant::now() + TRACES_STAY);
                    writer.post_unbounded(WriterMsg::Forgotten(forgotten));
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

/// Takes a step towards a file without the words of what was deleted; when the next is due.
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

/// Lets all other threads go first: a machine that has much to do searches what is new when it is
/// asked for, and keeps the rest for later.
fn step_back() {
    // Of other systems it would be the whole process that steps back.
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

/// Searches until there is nothing more to look for.
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
                // Nobody waits for what waits before it.
                SearchMsg::Stop => return,
                SearchMsg::Search(ticket, wanted) => waiting.push_back((ticket, wanted)),
            }
        }
        if let Some((ticket, wanted)) = waiting.pop_front() {
            let found = match &mut index {
                Some(index) => find(index, &wanted),
                None => Err(ReadFailed),
            };
            core.post_unbounded(CoreMsg::Input(Input::Search(ticket, found)));
        }
    }
}

fn find(index: &mut Index, wanted: &SearchQuery) -> SearchResult {
    for _ in 0..STEPS_BEFORE_SEARCH {
        match index.catch_up() {
            Ok((true, _)) => {}
            Ok((false, _)) => break,
            // What is in it is found all the same; who keeps it up tells the log.
            Err(_) => break,
        }
    }
    let found = index.search(wanted);
    tell_damage(index.take_damage());
    found.map_err(|error: StoreError| {
        index.is_damage(&error);
        tracing::error!("a search failed: {error}");
        ReadFailed
    })
}

//! Threads of the store: the writer and the reader.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parlour_core::history::ReadFailed;
use parlour_core::{MsgId, Record, TaskResult};
use parlour_store::{Reader, Retention, StoreError, Writer};

use crate::indexer::DirtyFlag;
use crate::mailbox::Mailbox;
use crate::messages::{CoreMsg, IndexerMsg, ReaderMsg, WriterMsg};
use crate::metrics::Metrics;
use crate::retention_worker::RetentionWorker;

/// Messages for the writer: one commit at a time, the indexer's reports, and how it is to end.
pub(crate) const WRITER_WAITING: usize = 64;
/// Look-ups that may wait, about 300 bytes each: more than there are sessions on most servers, and
/// each has at most one. Beyond, they are refused.
pub(crate) const READER_WAITING: usize = 262_144;
/// Pause before a failed commit is retried.
const RETRY: Duration = Duration::from_millis(500);
/// Number of retries once the server is stopping.
const LAST_TRIES: u32 = 4;

/// Commits records until it is stopped; a commit that fails is retried until it succeeds. Returns
/// whether everything was committed.
pub(crate) fn write(
    mut writer: Writer,
    retention: Retention,
    inbox: &Mailbox<WriterMsg>,
    core: &Arc<Mailbox<CoreMsg>>,
    indexer: &(DirtyFlag, Arc<Mailbox<IndexerMsg>>),
    metrics: &Metrics,
) -> bool {
    let mut messages = Vec::new();
    let (mut stopping, mut hurry) = (false, false);
    let mut retention = RetentionWorker::new(retention);
    loop {
        match retention.pause(&writer) {
            Some(pause) => inbox.take_within(pause, &mut messages),
            None => inbox.take(&mut messages),
        }
        // Retention only takes steps while no commit waits.
        if messages.is_empty() {
            retention.step(&mut writer, &indexer.0, &indexer.1);
        }
        for message in messages.drain(..) {
            match message {
                WriterMsg::Stop => stopping = true,
                WriterMsg::LimitRetries => hurry = true,
                WriterMsg::RemovalsIndexed(removed) => writer.set_indexed_removals(removed),
                WriterMsg::Commit(records, place) => {
                    let batch = (&*records, place);
                    let begun = Instant::now();
                    if !commit_with_retries(&mut writer, batch, inbox, core, &mut hurry) {
                        return false;
                    }
                    metrics
                        .commit_seconds
                        .observe(begun.elapsed().as_secs_f64());
                    metrics.commit_records.observe(records.len() as f64);
                    indexer.0.tell(&indexer.1);
                }
            }
        }
        // Only after the whole batch: commits taken along with the stop are done.
        if stopping {
            return true;
        }
    }
}

/// Commits records, retrying on errors. Returns false if it gave up.
fn commit_with_retries(
    writer: &mut Writer,
    (records, place): (&[Record], MsgId),
    inbox: &Mailbox<WriterMsg>,
    core: &Mailbox<CoreMsg>,
    hurry: &mut bool,
) -> bool {
    let mut tries_left = LAST_TRIES;
    let mut dirty = false;
    loop {
        match writer.commit_up_to(records, place) {
            Ok(()) => {
                if dirty {
                    tracing::info!("the store can be written again");
                    core.post_anyway(CoreMsg::Writable(true));
                }
                // Only now may the core release the effects that wait for this commit.
                core.post_anyway(CoreMsg::Committed);
                return true;
            }
            Err(error) => {
                if !std::mem::replace(&mut dirty, true) {
                    let hint = if error.is_full() {
                        " (the disk is full: make room)"
                    } else {
                        ""
                    };
                    tracing::error!("{error}{hint}; messages wait until it can be written");
                    core.post_anyway(CoreMsg::Writable(false));
                }
            }
        }
        // The core has one commit in flight, so no `Commit` can be among these; `Stop` comes only
        // when nothing waits for a commit. A `RemovalsIndexed` lost here is covered by the next one.
        let mut messages = Vec::new();
        inbox.take_within(RETRY, &mut messages);
        *hurry |= messages
            .iter()
            .any(|message| matches!(message, WriterMsg::LimitRetries));
        if *hurry {
            if tries_left == 0 {
                return false;
            }
            tries_left -= 1;
        }
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

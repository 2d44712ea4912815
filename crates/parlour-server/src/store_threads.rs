//! The threads that write and read the store.

use std::sync::Arc;
use std::time::Duration;

use parlour_core::history::{ConversationsQuery, HistoryQuery, ReadFailed, ReplayQuery};
use parlour_core::{Input, Record, Ticket};
use parlour_store::{Reader, Retention, StoreError, Writer};

use crate::core_thread::CoreMsg;
use crate::indexer::{DirtyFlag, IndexerMsg};
use crate::mailbox::Mailbox;
use crate::retention_worker::RetentionWorker;

/// For the writer.
pub(crate) enum WriterMsg {
    /// Keep these.
    Commit(Vec<Record>),
    /// The server is to stop: what cannot be kept after a few more tries is given up.
    Hurry,
    /// The search index has forgotten what was removed, up to this.
    Forgotten(i64),
    /// There is nothing more to keep.
    Stop,
}

/// For the reader.
pub(crate) enum ReaderMsg {
    /// Look this up.
    Look(Ticket, HistoryQuery),
    /// Look up with whom somebody talked.
    Conversations(Ticket, ConversationsQuery),
    /// Look up what was said in several logs.
    Replay(Ticket, ReplayQuery),
    /// There is nothing more to look up.
    Stop,
}

/// How long to wait before a commit that failed is tried again.
const RETRY: Duration = Duration::from_millis(500);
/// How often it is tried once the server is to stop.
const LAST_TRIES: u32 = 4;

/// Commits what it is given; what cannot be kept now is tried again until it can.
/// Returns whether all was kept.
pub(crate) fn write(
    mut writer: Writer,
    retention: Retention,
    inbox: &Mailbox<WriterMsg>,
    core: &Arc<Mailbox<CoreMsg>>,
    indexer: &(DirtyFlag, Arc<Mailbox<IndexerMsg>>),
) -> bool {
    let mut messages = Vec::new();
    let (mut stopping, mut hurry) = (false, false);
    let mut retention = RetentionWorker::new(retention);
    loop {
        match retention.pause(&writer) {
            Some(pause) => inbox.take_within(pause, &mut messages),
            None => inbox.take(&mut messages),
        }
        if messages.is_empty() {
            retention.step(&mut writer, &indexer.0, &indexer.1);
        }
        for message in messages.drain(..) {
            match message {
                WriterMsg::Stop => stopping = true,
                WriterMsg::Hurry => hurry = true,
                WriterMsg::Forgotten(removed) => writer.note_forgotten(removed),
                WriterMsg::Commit(records) => {
                    if !keep(&mut writer, &records, inbox, core, &mut hurry) {
                        return false;
                    }
                    indexer.0.tell(&indexer.1);
                }
            }
        }
        if stopping {
            return true;
        }
    }
}

fn keep(
    writer: &mut Writer,
    records: &[Record],
    inbox: &Mailbox<WriterMsg>,
    core: &Mailbox<CoreMsg>,
    hurry: &mut bool,
) -> bool {
    let mut tries_left = LAST_TRIES;
    let mut dirty = false;
    loop {
        match writer.commit(records) {
            Ok(()) => {
                if dirty {
                    tracing::info!("the store can be written again");
                    core.post_unbounded(CoreMsg::Writable(true));
                }
                core.post_unbounded(CoreMsg::Committed);
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
                    core.post_unbounded(CoreMsg::Writable(false));
                }
            }
        }
        let mut messages = Vec::new();
        inbox.take_within(RETRY, &mut messages);
        *hurry |= messages
            .iter()
            .any(|message| matches!(message, WriterMsg::Hurry));
        if *hurry {
            if tries_left == 0 {
                return false;
            }
            tries_left -= 1;
        }
    }
}

/// Looks up what it is asked.
pub(crate) fn read(reader: &Reader, inbox: &Mailbox<ReaderMsg>, core: &Arc<Mailbox<CoreMsg>>) {
    let mut messages = Vec::new();
    loop {
        inbox.take(&mut messages);
        for message in messages.drain(..) {
            let unreadable = |error: StoreError| {
                tracing::error!("history could not be read: {error}");
                ReadFailed
            };
            let input = match message {
                ReaderMsg::Look(ticket, query) => {
                    Input::History(ticket, reader.answer(&query).map_err(unreadable))
                }
                ReaderMsg::Conversations(ticket, wanted) => {
                    Input::Conversations(ticket, reader.conversations(&wanted).map_err(unreadable))
                }
                ReaderMsg::Replay(ticket, wanted) => {
                    Input::Replay(ticket, reader.replay(&wanted).map_err(unreadable))
                }
                ReaderMsg::Stop => return,
            };
            tell_damage(reader.take_damage());
            core.post_unbounded(CoreMsg::Input(input));
        }
    }
}

/// Tells the log what could not be read, and was left out.
pub(crate) fn tell_damage(sentences: Vec<String>) {
    for sentence in sentences {
        tracing::error!("{sentence}; it is left out, `parlour admin check` tells more");
    }
}

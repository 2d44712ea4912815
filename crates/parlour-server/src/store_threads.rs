//! The threads that write and read the store.

use std::sync::Arc;
use std::time::Duration;

use parlour_core::history::{Conversations, Query, Replay, Unreadable};
use parlour_core::{Input, Record, Ticket};
use parlour_store::{Reader, Retention, StoreError, Writer};

use crate::core_thread::ForCore;
use crate::indexer::{ForIndexer, Told};
use crate::mailbox::Mailbox;
use crate::sweeper::Sweeper;

/// For the writer.
pub(crate) enum ForWriter {
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
pub(crate) enum ForReader {
    /// Look this up.
    Look(Ticket, Query),
    /// Look up with whom somebody talked.
    Conversations(Ticket, Conversations),
    /// Look up what was said in several logs.
    Replay(Ticket, Replay),
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
    inbox: &Mailbox<ForWriter>,
    core: &Arc<Mailbox<ForCore>>,
    indexer: &(Told, Arc<Mailbox<ForIndexer>>),
) -> bool {
    let mut letters = Vec::new();
    let (mut stopping, mut hurry) = (false, false);
    let mut sweeper = Sweeper::new(retention);
    loop {
        match sweeper.pause(&writer) {
            Some(pause) => inbox.take_within(pause, &mut letters),
            None => inbox.take(&mut letters),
        }
        if letters.is_empty() {
            sweeper.step(&mut writer, &indexer.0, &indexer.1);
        }
        for letter in letters.drain(..) {
            match letter {
                ForWriter::Stop => stopping = true,
                ForWriter::Hurry => hurry = true,
                ForWriter::Forgotten(removed) => writer.note_forgotten(removed),
                ForWriter::Commit(records) => {
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
    inbox: &Mailbox<ForWriter>,
    core: &Mailbox<ForCore>,
    hurry: &mut bool,
) -> bool {
    let mut tries_left = LAST_TRIES;
    let mut told = false;
    loop {
        match writer.commit(records) {
            Ok(()) => {
                if told {
                    tracing::info!("the store can be written again");
                    core.post_unbounded(ForCore::Writable(true));
                }
                core.post_unbounded(ForCore::Committed);
                return true;
            }
            Err(error) => {
                if !std::mem::replace(&mut told, true) {
                    let hint = if error.is_full() {
                        " (the disk is full: make room)"
                    } else {
                        ""
                    };
                    tracing::error!("{error}{hint}; messages wait until it can be written");
                    core.post_unbounded(ForCore::Writable(false));
                }
            }
        }
        let mut letters = Vec::new();
        inbox.take_within(RETRY, &mut letters);
        *hurry |= letters
            .iter()
            .any(|letter| matches!(letter, ForWriter::Hurry));
        if *hurry {
            if tries_left == 0 {
                return false;
            }
            tries_left -= 1;
        }
    }
}

/// Looks up what it is asked.
pub(crate) fn read(reader: &Reader, inbox: &Mailbox<ForReader>, core: &Arc<Mailbox<ForCore>>) {
    let mut letters = Vec::new();
    loop {
        inbox.take(&mut letters);
        for letter in letters.drain(..) {
            let unreadable = |error: StoreError| {
                tracing::error!("history could not be read: {error}");
                Unreadable
            };
            let input = match letter {
                ForReader::Look(ticket, query) => {
                    Input::Answer(ticket, reader.answer(&query).map_err(unreadable))
                }
                ForReader::Conversations(ticket, wanted) => {
                    Input::Conversations(ticket, reader.conversations(&wanted).map_err(unreadable))
                }
                ForReader::Replay(ticket, wanted) => {
                    Input::Replayed(ticket, reader.replay(&wanted).map_err(unreadable))
                }
                ForReader::Stop => return,
            };
            tell_damage(reader.take_damage());
            core.post_unbounded(ForCore::Input(input));
        }
    }
}

/// Tells the log what could not be read, and was left out.
pub(crate) fn tell_damage(sentences: Vec<String>) {
    for sentence in sentences {
        tracing::error!("{sentence}; it is left out, `parlour admin check` tells more");
    }
}

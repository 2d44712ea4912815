//! The thread that has the search index: keeps it up with the database, and searches it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parlour_core::history::{Search, Unreadable};
use parlour_core::{Input, Ticket};
use parlour_store::{Index, StoreError};

use crate::core_thread::ForCore;
use crate::mailbox::Mailbox;
use crate::store_threads::ForWriter;

/// For the indexer.
pub(crate) enum ForIndexer {
    /// Something was kept.
    Behind,
    /// Look for these.
    Search(Ticket, Search),
    /// There is nothing more to look for.
    Stop,
}

/// How long what was kept waits for more to be taken into the index along with it.
const GATHER: Duration = Duration::from_secs(1);
/// Steps that are taken before a search is answered, so that it finds what was said a moment ago;
/// an index that is further behind is searched as far as it is.
const STEPS_BEFORE_SEARCH: usize = 40;

/// Whether the indexer knows that it is behind: it is told once, not with each commit.
#[derive(Clone, Default)]
pub(crate) struct Told(Arc<AtomicBool>);

impl Told {
    /// Something was kept; tells the indexer, if it does not know.
    pub fn tell(&self, indexer: &Mailbox<ForIndexer>) {
        if !self.0.swap(true, Ordering::AcqRel) {
            indexer.post_unbounded(ForIndexer::Behind);
        }
    }
}

pub(crate) struct Indexer {
    index: Index,
    told: Told,
    /// Up to which of what was removed the writer knows that it is forgotten.
    forgotten: i64,
}

impl Indexer {
    pub fn new(index: Index, told: Told) -> Self {
        Indexer {
            index,
            told,
            forgotten: 0,
        }
    }

    /// Works until there is nothing more to look for.
    pub fn run(
        mut self,
        inbox: &Mailbox<ForIndexer>,
        core: &Mailbox<ForCore>,
        writer: &Mailbox<ForWriter>,
    ) {
        let mut letters = Vec::new();
        // What an earlier run had no time for is done first.
        let mut behind = true;
        let mut pause = Duration::ZERO;
        loop {
            if behind {
                inbox.take_within(pause, &mut letters);
            } else {
                inbox.take(&mut letters);
            }
            let nothing_new = letters.is_empty();
            for letter in letters.drain(..) {
                match letter {
                    ForIndexer::Stop => return,
                    ForIndexer::Behind => {
                        behind = true;
                        pause = GATHER;
                    }
                    ForIndexer::Search(ticket, wanted) => {
                        let found = self.search(&wanted, writer);
                        core.post_unbounded(ForCore::Input(Input::Found(ticket, found)));
                    }
                }
            }
            if behind && nothing_new {
                (behind, pause) = self.step(writer);
            }
        }
    }

    /// Takes a step; whether there is more to do, and after which pause.
    fn step(&mut self, writer: &Mailbox<ForWriter>) -> (bool, Duration) {
        self.told.0.store(false, Ordering::Release);
        match self.index.catch_up() {
            Ok((more, forgotten)) => {
                if forgotten > self.forgotten {
                    self.forgotten = forgotten;
                    writer.post_unbounded(ForWriter::Forgotten(forgotten));
                }
                (more, Duration::ZERO)
            }
            Err(error) => {
                tracing::error!("the search index cannot be kept up: {error}");
                (true, GATHER)
            }
        }
    }

    fn search(
        &mut self,
        wanted: &Search,
        writer: &Mailbox<ForWriter>,
    ) -> parlour_core::history::Found {
        for _ in 0..STEPS_BEFORE_SEARCH {
            if self.step(writer) != (true, Duration::ZERO) {
                break;
            }
        }
        self.index.search(wanted).map_err(|error: StoreError| {
            tracing::error!("a search failed: {error}");
            Unreadable
        })
    }
}

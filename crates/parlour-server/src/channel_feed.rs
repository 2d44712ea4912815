//! Feed of channels: messages as they are delivered, for readers outside the chat.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use parlour_core::event::Addressee;
use parlour_core::names::{Casemapping, Folded};
use parlour_core::state::HookKey;
use parlour_core::{Audience, Body, Effect, Event};
use tokio::sync::mpsc;

/// Events that may wait for one reader; a slower one is let go, and resumes.
const WAITING: usize = 256;
/// Readers of all channels.
const READERS: usize = 1_000;

/// Reader of one channel.
struct Reader {
    channel: Folded,
    key: HookKey,
    out: mpsc::Sender<Arc<Event>>,
}

/// Readers of channels. The core thread passes on what it delivers.
pub(crate) struct ChannelFeed {
    casemapping: Casemapping,
    readers: Mutex<Vec<Reader>>,
    /// Number of readers, so that nothing is locked while there are none.
    count: AtomicUsize,
}

impl ChannelFeed {
    pub fn new(casemapping: Casemapping) -> ChannelFeed {
        ChannelFeed {
            casemapping,
            readers: Mutex::default(),
            count: AtomicUsize::new(0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Reader>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a reader of a channel by a hook; `None` if there are too many.
    pub fn follow(&self, channel: &str, key: HookKey) -> Option<mpsc::Receiver<Arc<Event>>> {
        let mut readers = self.lock();
        readers.retain(|reader| !reader.out.is_closed());
        if readers.len() >= READERS {
            return None;
        }
        let (out, events) = mpsc::channel(WAITING);
        let channel = self.casemapping.fold(channel);
        readers.push(Reader { channel, key, out });
        self.count.store(readers.len(), Ordering::Release);
        Some(events)
    }

    /// Ends the readers of a hook that was removed.
    pub fn end(&self, key: &HookKey) {
        let mut readers = self.lock();
        readers.retain(|reader| reader.key != *key);
        self.count.store(readers.len(), Ordering::Release);
    }

    /// Passes the messages of channels on. Never blocks.
    pub fn deliver(&self, effects: &[Effect]) {
        if self.count.load(Ordering::Acquire) == 0 {
            return;
        }
        for effect in effects {
            let Effect::Event {
                audience, event, ..
            } = effect
            else {
                continue;
            };
            // What only some of a channel's members see is not for its readers.
            if !matches!(audience, Audience::Sessions(_)) {
                self.pass_on(event);
            }
        }
    }

    fn pass_on(&self, event: &Arc<Event>) {
        let (Body::Message {
            to: Addressee::Channel(place, None),
            ..
        }
        | Body::Redacted {
            to: Addressee::Channel(place, None),
            ..
        }
        | Body::ChannelRenamed { place, .. }) = &event.body
        else {
            return;
        };
        let channel = self.casemapping.fold(&place.name);
        let mut readers = self.lock();
        if let Body::ChannelRenamed { old, .. } = &event.body {
            let before = self.casemapping.fold(old);
            for reader in readers.iter_mut().filter(|reader| reader.channel == before) {
                reader.channel = channel.clone();
            }
        }
        // Dropping the sender of a reader that is too slow ends its feed behind what it has.
        readers.retain(|reader| {
            reader.channel != channel || reader.out.try_send(event.clone()).is_ok()
        });
        self.count.store(readers.len(), Ordering::Release);
    }
}

//! Bounded queue between threads.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Messages for one thread. The receiver is woken by the condition variable or, if it sleeps in a
/// poll, by its waker.
pub(crate) struct Mailbox<T> {
    messages: Mutex<VecDeque<T>>,
    arrived: Condvar,
    room: Condvar,
    limit: usize,
    waker: Option<Arc<mio::Waker>>,
}

impl<T> Mailbox<T> {
    /// Creates a mailbox for at most `limit` messages.
    pub fn new(limit: usize, waker: Option<Arc<mio::Waker>>) -> Self {
        Mailbox {
            messages: Mutex::new(VecDeque::new()),
            arrived: Condvar::new(),
            room: Condvar::new(),
            limit,
            waker,
        }
    }

    /// Locks the queue. It is intact even after a panic elsewhere: each change of it is one call.
    fn lock(&self) -> MutexGuard<'_, VecDeque<T>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Posts a message; blocks while the mailbox is full.
    pub fn post(&self, message: T) {
        let mut messages = self.lock();
        // Checked again after each wake-up: other senders may have been faster.
        while messages.len() >= self.limit {
            messages = self
                .room
                .wait(messages)
                .unwrap_or_else(PoisonError::into_inner);
        }
        self.put(messages, message);
    }

    /// Posts a message; returns false if the mailbox is full, and drops the message then.
    pub fn try_post(&self, message: T) -> bool {
        let messages = self.lock();
        let has_room = messages.len() < self.limit;
        if has_room {
            self.put(messages, message);
        }
        has_room
    }

    /// Posts a message without waiting and whatever there is: for senders whose messages are
    /// bounded by how they come about, and who must not wait for each other in a circle. The limit
    /// is what they come to together: more is a fault, which the log tells once.
    pub fn post_anyway(&self, message: T) {
        let messages = self.lock();
        if messages.len() == self.limit {
            let of = std::any::type_name::<T>();
            tracing::error!("more than {} messages wait: {of}", self.limit);
        }
        self.put(messages, message);
    }

    /// Returns the number of messages that wait.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Appends a message and wakes the receiver.
    fn put(&self, mut messages: MutexGuard<'_, VecDeque<T>>, message: T) {
        let was_empty = messages.is_empty();
        messages.push_back(message);
        // Unlocked first, so that the woken thread does not run into the lock.
        drop(messages);
        // The receiver sleeps only on an empty queue, so only the first message has to wake it.
        if was_empty {
            self.arrived.notify_one();
            if let Some(waker) = &self.waker
                && let Err(error) = waker.wake()
            {
                tracing::error!("a thread cannot be woken: {error}");
            }
        }
    }

    /// Takes all messages; blocks until there is one.
    pub fn take(&self, into: &mut Vec<T>) {
        let mut messages = self.lock();
        while messages.is_empty() {
            messages = self
                .arrived
                .wait(messages)
                .unwrap_or_else(PoisonError::into_inner);
        }
        self.empty(messages, into);
    }

    /// Takes the first message; blocks until there is one. The others still count against the
    /// limit.
    pub fn take_one(&self, into: &mut Vec<T>) {
        let mut messages = self.lock();
        loop {
            if let Some(message) = messages.pop_front() {
                into.push(message);
                drop(messages);
                self.room.notify_all();
                return;
            }
            messages = self
                .arrived
                .wait(messages)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes all messages that are there, without blocking.
    pub fn take_now(&self, into: &mut Vec<T>) {
        let messages = self.lock();
        self.empty(messages, into);
    }

    /// Takes all messages; waits for the first one for this time at most.
    pub fn take_within(&self, time: Duration, into: &mut Vec<T>) {
        let messages = self.lock();
        let waited = self
            .arrived
            .wait_timeout_while(messages, time, |messages| messages.is_empty());
        let (messages, _) = waited.unwrap_or_else(PoisonError::into_inner);
        self.empty(messages, into);
    }

    /// Moves all messages out and wakes the blocked senders.
    fn empty(&self, mut messages: MutexGuard<'_, VecDeque<T>>, into: &mut Vec<T>) {
        into.extend(messages.drain(..));
        drop(messages);
        self.room.notify_all();
    }
}

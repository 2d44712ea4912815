//! A bounded queue between threads.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Letters for one thread. Its owner is woken by the condition variable or, if it
/// sleeps in a poll, by the waker that was given.
pub(crate) struct Mailbox<T> {
    messages: Mutex<VecDeque<T>>,
    arrived: Condvar,
    room: Condvar,
    limit: usize,
    waker: Option<mio::Waker>,
}

impl<T> Mailbox<T> {
    /// A mailbox for at most `limit` letters.
    pub fn new(limit: usize, waker: Option<mio::Waker>) -> Self {
        Mailbox {
            messages: Mutex::new(VecDeque::new()),
            arrived: Condvar::new(),
            room: Condvar::new(),
            limit,
            waker,
        }
    }

    /// A panic elsewhere has left the queue whole: each change of it is one call.
    fn lock(&self) -> MutexGuard<'_, VecDeque<T>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Posts a letter; waits while there is no room.
    pub fn post(&self, message: T) {
        let mut messages = self.lock();
        while messages.len() >= self.limit {
            messages = self
                .room
                .wait(messages)
                .unwrap_or_else(PoisonError::into_inner);
        }
        self.put(messages, message);
    }

    /// Posts a letter if there is room for it; else gives it back.
    pub fn try_post(&self, message: T) -> Result<(), T> {
        let messages = self.lock();
        if messages.len() >= self.limit {
            return Err(message);
        }
        self.put(messages, message);
        Ok(())
    }

    /// Posts a letter at once, room or not: for those who bound their letters otherwise.
    pub fn post_unbounded(&self, message: T) {
        let messages = self.lock();
        self.put(messages, message);
    }

    fn put(&self, mut messages: MutexGuard<'_, VecDeque<T>>, message: T) {
        let was_empty = messages.is_empty();
        messages.push_back(message);
        drop(messages);
        if was_empty {
            self.arrived.notify_one();
            if let Some(waker) = &self.waker
                && let Err(error) = waker.wake()
            {
                tracing::error!("a thread cannot be woken: {error}");
            }
        }
    }

    /// Takes all letters; waits for the first one.
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

    /// Takes the first letter; waits for it. The others still count as waiting.
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

    /// Takes all letters that are there.
    pub fn take_now(&self, into: &mut Vec<T>) {
        let messages = self.lock();
        self.empty(messages, into);
    }

    /// Takes all letters; waits for the first one at most so long.
    pub fn take_within(&self, time: Duration, into: &mut Vec<T>) {
        let messages = self.lock();
        let waited = self
            .arrived
            .wait_timeout_while(messages, time, |messages| messages.is_empty());
        let (messages, _) = waited.unwrap_or_else(PoisonError::into_inner);
        self.empty(messages, into);
    }

    fn empty(&self, mut messages: MutexGuard<'_, VecDeque<T>>, into: &mut Vec<T>) {
        into.extend(messages.drain(..));
        drop(messages);
        self.room.notify_all();
    }
}

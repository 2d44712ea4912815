//! Requests for stored messages of one network.

use std::collections::VecDeque;

use crate::engine::{HistoryRange, MessageRef};
use crate::model::Neighbour;

/// Purpose of a history request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FetchKind {
    /// Newest page.
    Latest,
    /// Messages after the newest known one, with the number of pages left.
    After(usize),
    /// Messages before the oldest known one.
    Before,
    /// Messages around a jump target, by its ID.
    Around(String),
    /// Messages after those around a jump target.
    Onward,
    /// Oldest page on the server.
    Oldest,
}

/// Request for stored messages.
#[derive(Clone, Debug)]
pub(super) struct HistoryRequest {
    /// Name of the buffer as the server has it.
    pub buffer: String,
    /// Name of the buffer when the request was sent, which the answer repeats.
    pub asked: String,
    pub range: HistoryRange,
    pub point: String,
    /// Time of the reference point, if known.
    pub from: Option<u64>,
    /// Limit, in messages.
    pub limit: usize,
    pub fill: FetchKind,
    /// True if the read marker is requested as well.
    pub marker: bool,
    /// Monotonic time of sending.
    pub at: u64,
}

/// History requests of one network: those in flight, oldest first, and those that wait.
#[derive(Debug, Default)]
pub(super) struct HistoryRequests {
    pub sent: Vec<HistoryRequest>,
    pub waiting: VecDeque<HistoryRequest>,
    /// Count of closed buffers when the waiting requests of closed buffers were last dropped.
    pub closed: u64,
}

impl HistoryRequest {
    /// Returns the message that the requested page adjoins.
    pub fn neighbour(&self) -> Neighbour {
        let id = self.point.strip_prefix("msgid=").map(str::to_owned);
        match self.fill {
            FetchKind::Before => Neighbour::Following(id),
            FetchKind::After(_) | FetchKind::Onward => Neighbour::Preceding(id),
            FetchKind::Latest | FetchKind::Around(_) | FetchKind::Oldest => Neighbour::Unknown,
        }
    }

    /// Returns whether an answer leads further in the requested direction, even with nothing to
    /// read.
    pub fn leads_on(&self, first: Option<&MessageRef>, last: Option<&MessageRef>) -> bool {
        let time = |point: Option<&MessageRef>| point.and_then(|point| point.time);
        match self.fill {
            FetchKind::Before => time(first)
                .zip(self.from)
                .is_some_and(|(at, from)| at < from),
            FetchKind::After(_) | FetchKind::Onward => time(last)
                .zip(self.from)
                .is_some_and(|(at, from)| at > from),
            FetchKind::Latest | FetchKind::Around(_) | FetchKind::Oldest => true,
        }
    }
}

impl HistoryRequests {
    pub fn clear(&mut self) {
        *self = HistoryRequests::default();
    }

    /// Returns the purpose of the request in flight for a buffer, which `is_it` tells by name.
    pub fn of(&self, is_it: impl Fn(&str) -> bool) -> Option<&FetchKind> {
        let question = self.sent.iter().find(|question| is_it(&question.buffer))?;
        Some(&question.fill)
    }

    /// Renames a buffer in all of its requests.
    pub fn rename(&mut self, is_it: impl Fn(&str) -> bool, new: &str) {
        // `asked` stays: the answer to a request in flight carries the old name.
        for question in self.sent.iter_mut().chain(&mut self.waiting) {
            if is_it(&question.buffer) {
                new.clone_into(&mut question.buffer);
            }
        }
    }

    /// Drops the waiting requests of a closed buffer.
    pub fn forget(&mut self, is_it: impl Fn(&str) -> bool) {
        self.waiting.retain(|question| !is_it(&question.buffer));
    }

    pub fn take(&mut self, is_it: impl Fn(&str) -> bool) -> Option<HistoryRequest> {
        let at = self.sent.iter().position(|q| is_it(&q.asked))?;
        Some(self.sent.remove(at))
    }
}

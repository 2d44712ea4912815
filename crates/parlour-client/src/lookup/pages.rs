//! Paging through history, robust against servers that repeat or overfill pages.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::engine::{ChatMessage, Event, HistoryRange, MAX_EVENTS, MessageRef, Page};

/// Messages per request, if the server announces no limit.
const PAGE: usize = 1_000;

/// Direction of paging.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// From the newest message backwards, at most this many.
    Back(usize),
    /// From the first message forwards, to the end.
    On,
}

/// Step after a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Request another page.
    Ask,
    /// Stop: the history is complete.
    Done,
    /// Stop for this reason, though there may be more.
    Stuck(&'static str),
}

/// Position in the history.
#[derive(Debug)]
pub(super) struct Pages {
    way: Direction,
    /// Limit of the last request.
    asked: usize,
    /// Start of the next page; `None` before the first.
    from: Option<MessageRef>,
    /// Number of messages received.
    count: usize,
    /// Hashes of messages that may be repeated: all of them backwards, the last page forwards.
    seen: HashSet<u64>,
}

impl Pages {
    pub fn new(way: Direction) -> Pages {
        Pages {
            way,
            asked: 0,
            from: None,
            count: 0,
            seen: HashSet::new(),
        }
    }

    /// Returns range, reference point and limit of the next history request; `most` is the
    /// server's limit, 0 if it announces none.
    pub fn next_request(
        &mut self,
        most: usize,
        reference: impl Fn(&MessageRef) -> Option<String>,
    ) -> Result<(HistoryRange, String, usize), String> {
        let most = if most == 0 { PAGE } else { most.min(PAGE) };
        let refer = |point: &MessageRef| {
            let refused = "the server knows no place in its history by time or id";
            reference(point).ok_or_else(|| refused.to_owned())
        };
        let (sub, point, limit) = match (self.way, &self.from) {
            (Direction::Back(limit), None) => (HistoryRange::Latest, "*".to_owned(), limit),
            (Direction::Back(limit), Some(from)) => {
                (HistoryRange::Before, refer(from)?, limit - self.count)
            }
            (Direction::On, None) => {
                let beginning = MessageRef {
                    msgid: None,
                    time: Some(0),
                };
                (HistoryRange::After, refer(&beginning)?, most)
            }
            (Direction::On, Some(from)) => (HistoryRange::After, refer(from)?, most),
        };
        self.asked = limit.clamp(1, most);
        Ok((sub, point, self.asked))
    }

    /// Takes a page; returns its new messages, oldest first, and the next step.
    pub fn take(&mut self, page: Page) -> (Vec<ChatMessage>, Next) {
        // The session keeps no more events than this: the page may be incomplete.
        if page.count > MAX_EVENTS {
            return (
                Vec::new(),
                Next::Stuck("the server sends more than was asked for"),
            );
        }
        let said = page.events.into_iter().filter_map(Event::into_message);
        // Collected apart from `seen`, which must not contain this page while it is filtered.
        let mut ids = HashSet::new();
        let mut new: Vec<ChatMessage> = Vec::new();
        for said in said {
            let id = identity(&said);
            if !self.seen.contains(&id) && ids.insert(id) {
                new.push(said);
            }
        }
        let (end, further) = match self.way {
            Direction::Back(_) => (page.first, Ordering::Less),
            Direction::On => (page.last, Ordering::Greater),
        };
        let way = |from: &MessageRef| Some(end.as_ref()?.time?.cmp(&from.time?));
        // A page of joins and parts only has no messages, but still leads on.
        let goes_on = !new.is_empty() || self.from.as_ref().and_then(way) == Some(further);
        match self.way {
            Direction::Back(limit) => {
                // The oldest go: backwards, the page's newest messages are next to those already
                // there.
                let over = new.len().saturating_sub(limit - self.count);
                new.drain(..over);
                self.seen.extend(ids);
            }
            Direction::On => self.seen = ids,
        }
        self.count += new.len();
        // A short page is the last one. `count` includes events that are not messages.
        let all = page.count < self.asked || self.way == Direction::Back(self.count);
        let next = match (all, goes_on || self.from.is_none(), end) {
            (true, ..) => Next::Done,
            (false, true, Some(end)) => {
                self.from = Some(end);
                Next::Ask
            }
            (false, ..) => {
                Next::Stuck("the server sends the same messages again: there may be more")
            }
        };
        (new, next)
    }
}

/// Hashes the identity of a message: its id, or time, sender and text.
fn identity(said: &ChatMessage) -> u64 {
    let mut hasher = DefaultHasher::new();
    match &said.msgid {
        Some(id) => id.hash(&mut hasher),
        None => (said.time, &said.from, &said.text).hash(&mut hasher),
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::MessageKind;

    /// Creates a page of messages by their times, which are their ids as well.
    fn page(times: impl Iterator<Item = u64>) -> Page {
        let events: Vec<Event> = times
            .map(|time| {
                Event::Message(ChatMessage {
                    buffer: "#c".into(),
                    from: "bob".into(),
                    account: None,
                    place: None,
                    ranks: String::new(),
                    own: false,
                    kind: MessageKind::Message,
                    text: "x".into(),
                    reply: None,
                    edit: None,
                    time: Some(time),
                    msgid: Some(time.to_string()),
                    label: None,
                    history: true,
                    found: false,
                })
            })
            .collect();
        let point = |event: Option<&Event>| match event {
            Some(Event::Message(said)) => Some(MessageRef {
                msgid: said.msgid.clone(),
                time: said.time,
            }),
            _ => None,
        };
        Page {
            buffer: "#c".into(),
            count: events.len(),
            first: point(events.first()),
            last: point(events.last()),
            events,
        }
    }

    fn ask(pages: &mut Pages) -> (HistoryRange, String, usize) {
        let by_id = |point: &MessageRef| Some(point.msgid.clone().unwrap_or("beginning".into()));
        pages.next_request(10, by_id).unwrap()
    }

    #[test]
    fn going_back_ends_with_what_was_asked_for() {
        let mut pages = Pages::new(Direction::Back(15));
        assert_eq!(ask(&mut pages), (HistoryRange::Latest, "*".into(), 10));
        let (new, next) = pages.take(page(91..101));
        assert_eq!((new.len(), next), (10, Next::Ask));
        assert_eq!(ask(&mut pages), (HistoryRange::Before, "91".into(), 5));
        // If a server gives more than requested, the newest count.
        let (new, next) = pages.take(page(81..91));
        assert_eq!((new[0].time, new.len(), next), (Some(86), 5, Next::Done));
    }

    #[test]
    fn going_on_ends_with_a_page_that_is_not_full() {
        let mut pages = Pages::new(Direction::On);
        assert_eq!(
            ask(&mut pages),
            (HistoryRange::After, "beginning".into(), 10)
        );
        assert_eq!(pages.take(page(1..11)).1, Next::Ask);
        assert_eq!(ask(&mut pages), (HistoryRange::After, "10".into(), 10));
        // The last message may be repeated.
        let (new, next) = pages.take(page(10..15));
        assert_eq!((new.len(), next), (4, Next::Done));
    }

    #[test]
    fn a_server_that_tells_the_same_again_is_not_asked_on() {
        for way in [Direction::Back(1_000_000), Direction::On] {
            let mut pages = Pages::new(way);
            ask(&mut pages);
            assert_eq!(pages.take(page(1..11)).1, Next::Ask);
            ask(&mut pages);
            let (new, next) = pages.take(page(1..11));
            assert!(new.is_empty());
            assert!(matches!(next, Next::Stuck(_)), "{next:?}");
        }
        // A server that repeats pages is not asked for ever.
        let mut pages = Pages::new(Direction::Back(1_000_000));
        for times in [11..21, 1..11] {
            ask(&mut pages);
            assert_eq!(pages.take(page(times)).1, Next::Ask);
        }
        ask(&mut pages);
        assert!(matches!(pages.take(page(11..21)).1, Next::Stuck(_)));
    }

    #[test]
    fn what_is_remembered_going_on_is_one_page() {
        let mut pages = Pages::new(Direction::On);
        for n in 0..100 {
            ask(&mut pages);
            pages.take(page(n * 10..n * 10 + 10));
        }
        assert_eq!(pages.seen.len(), 10);
    }

    #[test]
    fn more_than_any_page_has_is_refused() {
        let mut pages = Pages::new(Direction::On);
        ask(&mut pages);
        let mut flood = page(0..10);
        flood.count = MAX_EVENTS + 1;
        assert!(matches!(pages.take(flood).1, Next::Stuck(_)));
    }
}

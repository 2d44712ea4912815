//! What was said, page by page, whatever the server makes of the questions.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::engine::{ChatMessage, Event, MOST_EVENTS, Page, Point};

/// Messages that are asked for at once, if the server tells no limit.
const PAGE: usize = 1_000;

/// Which way the pages go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// From the newest message back, so many in all.
    Back(usize),
    /// From the first message on, all of them.
    On,
}

/// What comes after a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Another one.
    Ask,
    /// Nothing: all is there.
    Done,
    /// Nothing, for this reason, although there may be more.
    Stuck(&'static str),
}

/// Where the pages have got to.
#[derive(Debug)]
pub(super) struct Pages {
    way: Direction,
    /// Messages that were asked for last.
    asked: usize,
    /// Where the next page begins; none: at the end that is asked from.
    from: Option<Point>,
    /// Messages that came so far.
    count: usize,
    /// What came before that may come again: going back all of it, going on the last page.
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

    /// The subcommand of CHATHISTORY, the point and the limit to ask with; `most` is what the server
    /// gives at once, 0 if it does not say.
    pub fn question(
        &mut self,
        most: usize,
        reference: impl Fn(&Point) -> Option<String>,
    ) -> Result<(&'static str, String, usize), String> {
        let most = if most == 0 { PAGE } else { most.min(PAGE) };
        let refer = |point: &Point| {
            let refused = "the server knows no place in its history by time or id";
            reference(point).ok_or_else(|| refused.to_owned())
        };
        let (sub, point, limit) = match (self.way, &self.from) {
            (Direction::Back(limit), None) => ("LATEST", "*".to_owned(), limit),
            (Direction::Back(limit), Some(from)) => ("BEFORE", refer(from)?, limit - self.count),
            (Direction::On, None) => {
                let beginning = Point {
                    msgid: None,
                    time: Some(0),
                };
                ("AFTER", refer(&beginning)?, most)
            }
            (Direction::On, Some(from)) => ("AFTER", refer(from)?, most),
        };
        self.asked = limit.clamp(1, most);
        Ok((sub, point, self.asked))
    }

    /// Takes a page: what is new on it, oldest first, and what comes next.
    pub fn take(&mut self, page: Page) -> (Vec<ChatMessage>, Next) {
        if page.count > MOST_EVENTS {
            return (
                Vec::new(),
                Next::Stuck("the server sends more than was asked for"),
            );
        }
        let said = page.events.into_iter().filter_map(|event| match event {
            Event::Message(said) => Some(said),
            _ => None,
        });
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
        let way = |from: &Point| Some(end.as_ref()?.time?.cmp(&from.time?));
        // A page of those who came and went alone has nothing to read, and still leads on.
        let goes_on = !new.is_empty() || self.from.as_ref().and_then(way) == Some(further);
        match self.way {
            Direction::Back(limit) => {
                let over = new.len().saturating_sub(limit - self.count);
                new.drain(..over);
                self.seen.extend(ids);
            }
            Direction::On => self.seen = ids,
        }
        self.count += new.len();
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

/// What tells a message from others: its id, or all there is of it.
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

    /// A page of messages by their times, which are their ids as well.
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
            Some(Event::Message(said)) => Some(Point {
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

    fn ask(pages: &mut Pages) -> (&'static str, String, usize) {
        let by_id = |point: &Point| Some(point.msgid.clone().unwrap_or("beginning".into()));
        pages.question(10, by_id).unwrap()
    }

    #[test]
    fn going_back_ends_with_what_was_asked_for() {
        let mut pages = Pages::new(Direction::Back(15));
        assert_eq!(ask(&mut pages), ("LATEST", "*".into(), 10));
        let (new, next) = pages.take(page(91..101));
        assert_eq!((new.len(), next), (10, Next::Ask));
        assert_eq!(ask(&mut pages), ("BEFORE", "91".into(), 5));
        // A server may give more than that: the newest of it count.
        let (new, next) = pages.take(page(81..91));
        assert_eq!((new[0].time, new.len(), next), (Some(86), 5, Next::Done));
    }

    #[test]
    fn going_on_ends_with_a_page_that_is_not_full() {
        let mut pages = Pages::new(Direction::On);
        assert_eq!(ask(&mut pages), ("AFTER", "beginning".into(), 10));
        assert_eq!(pages.take(page(1..11)).1, Next::Ask);
        assert_eq!(ask(&mut pages), ("AFTER", "10".into(), 10));
        // The last one may come again.
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
        // Nor one that goes in circles.
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
        flood.count = MOST_EVENTS + 1;
        assert!(matches!(pages.take(flood).1, Next::Stuck(_)));
    }
}

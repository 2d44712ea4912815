//! Which part of the past is meant, and where it is looked for.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::hidden::Hidden;
use crate::names::Folded;
use crate::search::Term;
use crate::{Event, MsgId, Time, UserId};

/// A point in history, itself not included in what is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// A message.
    Id(MsgId),
    /// A moment, to the millisecond.
    At(Time),
}

impl Point {
    /// The largest id that is not after the point.
    fn end(self) -> MsgId {
        match self {
            Point::Id(id) => id,
            Point::At(at) => MsgId::last_of(at),
        }
    }

    /// The smallest id that is not before the point.
    fn start(self) -> MsgId {
        match self {
            Point::Id(id) => id,
            Point::At(at) => MsgId::first_of(at),
        }
    }
}

/// Which messages are asked for (draft/chathistory).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selector {
    /// The newest, or the newest of those after a point.
    Latest(Option<Point>),
    /// The last ones before a point.
    Before(Point),
    /// The first ones after a point.
    After(Point),
    /// Those before and after a point, and the message there.
    Around(Point),
    /// Those between two points, counted from the first of them.
    Between(Point, Point),
}

/// Whose words these are: the key of one log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Log {
    /// A channel's.
    Channel(Folded),
    /// Those of two who talk in private, the smaller first.
    Private(Party, Party),
}

impl Log {
    /// The log of what `a` and `b` say to each other.
    pub fn private(a: Party, b: Party) -> Log {
        if a <= b {
            Log::Private(a, b)
        } else {
            Log::Private(b, a)
        }
    }
}

/// One side of a private conversation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// An account, by its name and when it was registered: one that is registered by that name
    /// later is somebody else's.
    Account(Folded, Time),
    /// Who has none, for as long as they are there: whoever takes the nick later is somebody
    /// else.
    Guest(UserId),
}

/// A run of ids to read from a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Only larger ids.
    pub after: MsgId,
    /// Only smaller ids.
    pub before: MsgId,
    /// Whether the newest of them count, rather than the oldest.
    pub newest: bool,
    /// How many at most.
    pub limit: usize,
}

/// Something to look up in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryQuery {
    /// In which log.
    pub log: Log,
    /// The runs; they do not overlap and stand in order.
    pub ranges: Vec<Range>,
    /// Whether also what happened besides what was said.
    pub events: bool,
    /// What the asker may not read of it.
    pub hidden: Hidden,
}

/// A channel's log as somebody may read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The channel.
    pub channel: Folded,
    /// Only larger ids.
    pub from: MsgId,
    /// What they may not read of it.
    pub hidden: Hidden,
}

/// What was said in several logs, each by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayQuery {
    /// The channels that are meant.
    pub channels: Vec<View>,
    /// Whose private conversations are meant.
    pub party: Party,
    /// With whom; none: with everybody.
    pub with: Option<Vec<Party>>,
    /// Only larger ids.
    pub after: MsgId,
    /// Of channels, only smaller ids.
    pub before: MsgId,
    /// Of private conversations, only smaller ids.
    pub private_before: MsgId,
    /// How many messages of each log at most: the newest.
    pub limit: usize,
}

/// A log with what was said in it, oldest first.
pub type LogPart = (Log, Vec<Arc<Event>>);

/// What was said in several logs, or that they could not be read.
pub type ReplayResult = Result<Vec<LogPart>, ReadFailed>;

/// Messages to look for by what they hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchQuery {
    /// The channels that are meant.
    pub channels: Vec<View>,
    /// Whose private conversations are meant.
    pub party: Party,
    /// With whom; none: with everybody.
    pub with: Option<Vec<Party>>,
    /// Only what was said under this nick.
    pub from: Option<Folded>,
    /// Only larger ids.
    pub after: MsgId,
    /// Only smaller ids.
    pub before: MsgId,
    /// Whether the newest of them count, rather than the oldest.
    pub newest: bool,
    /// All that the text has to hold.
    pub terms: Vec<Term>,
    /// How many at most.
    pub limit: usize,
}

/// Messages with their logs, oldest first, or that they could not be read.
pub type SearchResult = Result<Vec<(Log, Arc<Event>)>, ReadFailed>;

/// With whom somebody talked: the logs whose newest message lies in a run of ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationsQuery {
    /// Whose private conversations.
    pub party: Party,
    /// The channels that count too.
    pub channels: Vec<View>,
    /// Only where the newest message has a larger id.
    pub after: MsgId,
    /// Only where the newest message has a smaller id.
    pub before: MsgId,
}

/// Logs and their newest messages, oldest first, or that they could not be read.
pub type ConversationsResult = Result<Vec<(Log, MsgId)>, ReadFailed>;

/// What was found, oldest first, or that it could not be read.
pub type HistoryResult = Result<Vec<Arc<Event>>, ReadFailed>;

/// The store could not be read; its own log says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadFailed;

/// Turns a selector into runs between `from` and `to`, both not included.
pub(crate) fn ranges(selector: Selector, from: MsgId, to: MsgId, limit: usize) -> Vec<Range> {
    let range = |after: MsgId, before: MsgId, newest, limit| Range {
        after: after.max(from),
        before: before.min(to),
        newest,
        limit,
    };
    let all = |after, before, newest| [range(after, before, newest, limit)].into();
    match selector {
        Selector::Latest(None) => all(from, to, true),
        Selector::Latest(Some(point)) => all(point.end(), to, true),
        Selector::Before(point) => all(from, point.start(), true),
        Selector::After(point) => all(point.end(), to, false),
        Selector::Around(point) => {
            let older = limit / 2;
            let split = point.start();
            let at_or_after = MsgId(split.0.saturating_sub(1));
            [
                range(from, split, true, older),
                range(at_or_after, to, false, limit - older),
            ]
            .into()
        }
        Selector::Between(a, b) if a.start() <= b.start() => all(a.end(), b.start(), false),
        Selector::Between(a, b) => all(b.end(), a.start(), true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(selector: Selector) -> (u64, u64, bool) {
        let r = ranges(selector, MsgId(10), MsgId(1 << 40), 5)[0];
        (r.after.0, r.before.0, r.newest)
    }

    #[test]
    fn points_are_not_included() {
        let (id, at) = (Point::Id(MsgId(500)), Point::At(Time(1)));
        assert_eq!(one(Selector::Before(id)), (10, 500, true));
        assert_eq!(one(Selector::After(id)), (500, 1 << 40, false));
        assert_eq!(one(Selector::After(at)), (0x1_FFFF, 1 << 40, false));
        assert_eq!(one(Selector::Before(at)), (10, 0x1_0000, true));
        assert_eq!(one(Selector::Between(id, at)), (500, 0x1_0000, false));
        assert_eq!(one(Selector::Between(at, id)), (500, 0x1_0000, true));
    }

    #[test]
    fn around_holds_the_message_itself() {
        let r = ranges(
            Selector::Around(Point::Id(MsgId(500))),
            MsgId(0),
            MsgId(1000),
            5,
        );
        assert_eq!((r[0].before, r[0].limit), (MsgId(500), 2));
        assert_eq!((r[1].after, r[1].limit), (MsgId(499), 3));
    }
}

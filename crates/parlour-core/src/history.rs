//! Queries of the message history.

use serde::{Deserialize, Serialize};

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::hidden::Hidden;
use crate::names::Folded;
use crate::search::Term;
use crate::{Event, MsgId, Time, UserId};

/// Point in history; itself excluded from a selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// Message id.
    Id(MsgId),
    /// Time, to the millisecond.
    At(Time),
}

impl Point {
    /// Returns the largest id not after the point.
    fn end(self) -> MsgId {
        match self {
            Point::Id(id) => id,
            Point::At(at) => MsgId::last_of(at),
        }
    }

    /// Returns the smallest id not before the point.
    fn start(self) -> MsgId {
        match self {
            Point::Id(id) => id,
            Point::At(at) => MsgId::first_of(at),
        }
    }
}

/// Selection of messages, as the subcommands of CHATHISTORY (draft/chathistory).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selector {
    /// Newest messages, or the newest of those after a point.
    Latest(Option<Point>),
    /// Last messages before a point.
    Before(Point),
    /// First messages after a point.
    After(Point),
    /// Messages before and after a point, and the message there.
    Around(Point),
    /// Messages between two points, counted from the first.
    Between(Point, Point),
}

/// Key of one log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Log {
    /// Log of a channel.
    Channel(Folded),
    /// Log of a private conversation between two parties, the smaller first.
    Private(Party, Party),
}

impl Log {
    /// Returns the log of the conversation between `a` and `b`.
    pub fn private(a: Party, b: Party) -> Log {
        // One order for both directions: the two parties share one log.
        if a <= b {
            Log::Private(a, b)
        } else {
            Log::Private(b, a)
        }
    }
}

/// Party of a private conversation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Party {
    /// Account, by name and time of registration, so that a later account of the same name is
    /// another party.
    Account(Folded, Time),
    /// User without an account, for the time of their connection: a later user of the nick is
    /// another party.
    Guest(UserId),
}

/// Range of ids to read from a log, both ends excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Id before the first.
    pub after: MsgId,
    /// Id after the last.
    pub before: MsgId,
    /// True if `limit` keeps the newest, not the oldest.
    pub newest: bool,
    /// Maximum number of messages.
    pub limit: usize,
}

/// Query of one log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryQuery {
    /// Log to read.
    pub log: Log,
    /// Ranges to read, in order and without overlap.
    pub ranges: Vec<Range>,
    /// True if joins, modes and the like are included, not only messages.
    pub events: bool,
    /// Parts that the requester may not read.
    pub hidden: Hidden,
}

/// Readable part of a channel's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// Channel.
    pub channel: Folded,
    /// Id before the first readable one.
    pub from: MsgId,
    /// Parts that the reader may not see.
    pub hidden: Hidden,
}

/// Query of the messages in several logs, each by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayQuery {
    /// Channels to read.
    pub channels: Vec<View>,
    /// Party whose private conversations are read.
    pub party: Party,
    /// Other parties to include; none: all.
    pub with: Option<Vec<Party>>,
    /// Id before the first.
    pub after: MsgId,
    /// Id after the last, in channels.
    pub before: MsgId,
    /// Id after the last, in private conversations.
    pub private_before: MsgId,
    /// Maximum number of messages per log; the newest are kept.
    pub limit: usize,
}

/// Log and its messages, oldest first.
pub type LogPart = (Log, Vec<Arc<Event>>);

/// Messages of several logs, or an error if they could not be read.
pub type ReplayResult = Result<Vec<LogPart>, ReadFailed>;

/// Search for messages by their text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchQuery {
    /// Channels to search.
    pub channels: Vec<View>,
    /// Party whose private conversations are searched.
    pub party: Party,
    /// Other parties to include; none: all.
    pub with: Option<Vec<Party>>,
    /// Nick of the sender.
    pub from: Option<Folded>,
    /// Id before the first.
    pub after: MsgId,
    /// Id after the last.
    pub before: MsgId,
    /// True if `limit` keeps the newest, not the oldest.
    pub newest: bool,
    /// Terms, all of which the text has to contain.
    pub terms: Vec<Term>,
    /// Maximum number of messages.
    pub limit: usize,
}

/// Found messages with their logs, oldest first, or an error if they could not be read.
pub type SearchResult = Result<Vec<(Log, Arc<Event>)>, ReadFailed>;

/// Query of the logs whose newest message is in a range of ids (CHATHISTORY TARGETS).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationsQuery {
    /// Party whose private conversations are listed.
    pub party: Party,
    /// Channels to include.
    pub channels: Vec<View>,
    /// Lower bound of the newest message's id, excluded.
    pub after: MsgId,
    /// Upper bound of the newest message's id, excluded.
    pub before: MsgId,
}

/// Logs and the ids of their newest messages, oldest first, or an error if they could not be read.
pub type ConversationsResult = Result<Vec<(Log, MsgId)>, ReadFailed>;

/// Events found, oldest first, or an error if they could not be read.
pub type HistoryResult = Result<Vec<Arc<Event>>, ReadFailed>;

/// Failure to read the store, whose own log has the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadFailed;

/// Converts a selector into ranges between `from` and `to`, both excluded.
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
            // The message at the point belongs to the second range, whose lower bound is excluded.
            let at_or_after = MsgId(split.0.saturating_sub(1));
            [
                range(from, split, true, older),
                range(at_or_after, to, false, limit - older),
            ]
            .into()
        }
        Selector::Between(a, b) if a.start() <= b.start() => all(a.end(), b.start(), false),
        // Reversed points count backwards from the first: the newest messages are kept.
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

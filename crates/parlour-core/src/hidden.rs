//! Parts of a log that a reader may not see.

use serde::{Deserialize, Serialize};

use alloc::vec::Vec;

use crate::event::Addressee;
use crate::names::AccountName;
use crate::state::{Rank, Ranks};
use crate::{Body, Event, MsgId, UserId};

/// Range of ids, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Smallest id.
    pub from: MsgId,
    /// Largest id.
    pub to: MsgId,
}

impl Span {
    /// Returns whether an id is in the range.
    pub fn contains(&self, id: MsgId) -> bool {
        (self.from..=self.to).contains(&id)
    }
}

/// Restrictions on reading a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hidden {
    /// Ranges hidden as a whole.
    pub spans: Vec<Span>,
    /// Reader whose ranks are checked against messages sent to a rank (STATUSMSG); none: those are
    /// not hidden.
    pub reader: Option<LogReader>,
}

/// Reader of a channel's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogReader {
    /// Ranks in the channel.
    pub ranks: Ranks,
    /// Id of the reader, who may read their own messages.
    pub user: UserId,
    /// Account of the reader; messages sent from it are their own as well.
    pub account: Option<AccountName>,
}

/// Fields of a message that decide whether it is hidden.
#[derive(Clone, Copy, Debug)]
pub struct MessageHead<'a> {
    /// Id of the message.
    pub id: MsgId,
    /// Lowest rank it was sent to (STATUSMSG); none: all members.
    pub rank: Option<Rank>,
    /// Sender.
    pub user: UserId,
    /// Account of the sender.
    pub account: Option<&'a str>,
}

impl Hidden {
    /// Returns whether nothing is hidden.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty() && self.reader.is_none()
    }

    /// Returns whether a message is hidden.
    pub fn hides(&self, message: MessageHead<'_>) -> bool {
        let to_others = self.reader.as_ref().is_some_and(|reader| {
            let may_read = message.rank.is_none_or(|rank| reader.ranks.at_least(rank));
            // Users may always read their own messages, whatever their rank now.
            !may_read && !reader.is_sender(message)
        });
        to_others || self.spans.iter().any(|span| span.contains(message.id))
    }

    /// Returns whether an event is hidden, as a message to the same ranks would be.
    pub fn hides_event(&self, event: &Event) -> bool {
        let rank = match &event.body {
            Body::Message {
                to: Addressee::Channel(_, rank),
                ..
            } => *rank,
            Body::Message { .. }
            | Body::Joined(_)
            | Body::Parted(..)
            | Body::Kicked { .. }
            | Body::Quit(_)
            | Body::Renamed(_)
            | Body::Topic(..)
            | Body::Modes(..)
            | Body::UserModes(_)
            | Body::Invited { .. }
            | Body::Away(_)
            | Body::Account(_)
            | Body::HostChanged(_)
            | Body::RealName(_)
            | Body::ChannelRenamed { .. }
            | Body::Redacted { .. }
            | Body::Wallops(_)
            | Body::Killed(..) => None,
        };
        self.hides(MessageHead {
            id: event.id,
            rank,
            user: event.from.id,
            account: event.from.account.as_deref(),
        })
    }
}

impl LogReader {
    fn is_sender(&self, message: MessageHead<'_>) -> bool {
        let same_account = self.account.is_some() && self.account.as_deref() == message.account;
        message.user == self.user || same_account
    }
}

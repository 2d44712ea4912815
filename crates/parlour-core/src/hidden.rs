//! Parts of a log that somebody may not read.

use alloc::vec::Vec;

use crate::event::Addressee;
use crate::state::{Rank, Ranks};
use crate::{Body, Event, MsgId, Name, UserId};

/// A run of ids, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The smallest.
    pub from: MsgId,
    /// The largest.
    pub to: MsgId,
}

impl Span {
    /// Whether an id lies in it.
    pub fn holds(&self, id: MsgId) -> bool {
        (self.from..=self.to).contains(&id)
    }
}

/// What somebody may not read of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hidden {
    /// Nothing of these runs.
    pub spans: Vec<Span>,
    /// Who reads; none: what was said to some ranks only is not hidden.
    pub reader: Option<LogReader>,
}

/// Who reads a channel's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogReader {
    /// Their ranks in the channel.
    pub ranks: Ranks,
    /// Their own words they may read.
    pub user: UserId,
    /// Their account, whose words are their own as well.
    pub account: Option<Name>,
}

/// What decides about a message whether it is hidden.
#[derive(Clone, Copy, Debug)]
pub struct MessageHead<'a> {
    /// Its id.
    pub id: MsgId,
    /// The rank that those have at least whom it is for; none: all.
    pub rank: Option<Rank>,
    /// Who said it.
    pub user: UserId,
    /// Their account.
    pub account: Option<&'a str>,
}

impl Hidden {
    /// Whether nothing is.
    pub fn is_nothing(&self) -> bool {
        self.spans.is_empty() && self.reader.is_none()
    }

    /// Whether a message is.
    pub fn hides(&self, message: MessageHead<'_>) -> bool {
        let to_others = self.reader.as_ref().is_some_and(|reader| {
            let may_read = message.rank.is_none_or(|rank| reader.ranks.at_least(rank));
            !may_read && !reader.said(message)
        });
        to_others || self.spans.iter().any(|span| span.holds(message.id))
    }

    /// The same of an event.
    pub fn hides_event(&self, event: &Event) -> bool {
        let rank = match &event.body {
            Body::Message {
                to: Addressee::Channel(_, rank),
                ..
            } => *rank,
            _ => None,
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
    fn said(&self, message: MessageHead<'_>) -> bool {
        let same_account = self.account.is_some() && self.account.as_deref() == message.account;
        message.user == self.user || same_account
    }
}

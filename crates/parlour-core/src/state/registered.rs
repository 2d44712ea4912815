//! Channel registration: the founder, and the rights of other accounts.

use serde::{Deserialize, Serialize};

use alloc::collections::BTreeMap;

use super::{Flag, FlagSet, Rank, Ranks};
use crate::Time;
use crate::names::Folded;

/// Right of an account in a registered channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Right {
    /// Changing the rights of other accounts.
    Access,
    /// Channel operator rank.
    Operator,
    /// Voice.
    Voice,
}

impl Flag for Right {
    const ALL: &'static [Self] = &[Right::Access, Right::Operator, Right::Voice];

    fn number(self) -> u8 {
        self as u8
    }
}

/// Rights of one account.
pub type Rights = FlagSet<Right>;

/// Registration of a channel, which survives empty channels and restarts with all modes and lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// Account of the founder.
    pub founder: Folded,
    /// Time of registration.
    pub since: Time,
    /// Rights of other accounts.
    pub access: BTreeMap<Folded, Rights>,
}

impl Registered {
    /// Returns whether an account has a right; the founder has all.
    pub fn may(&self, account: &Folded, right: Right) -> bool {
        self.founder == *account || self.access.get(account).is_some_and(|own| own.has(right))
    }

    /// Returns the ranks that a member with this account gets on joining.
    pub(crate) fn ranks(&self, account: &Folded) -> Ranks {
        let mut ranks = Ranks::default();
        if self.founder == *account {
            ranks.set(Rank::Founder, true);
            return ranks;
        }
        ranks.set(Rank::Operator, self.may(account, Right::Operator));
        let voiced = self.access.get(account);
        ranks.set(Rank::Voice, voiced.is_some_and(|own| own.has(Right::Voice)));
        ranks
    }
}

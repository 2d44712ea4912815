//! Channels that belong to an account, and what others may do there by theirs.

use alloc::collections::BTreeMap;

use super::{Flag, FlagSet, Rank, Ranks};
use crate::Time;
use crate::names::Folded;

/// Something that an account may do in a channel, whoever else is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Give rights to others, and take them.
    Access,
    /// Run the channel.
    Operator,
    /// Speak where not all may.
    Voice,
}

impl Flag for Right {
    const ALL: &'static [Self] = &[Right::Access, Right::Operator, Right::Voice];

    fn number(self) -> u8 {
        self as u8
    }
}

/// The rights of one account.
pub type Rights = FlagSet<Right>;

/// Whose a channel is. It outlasts empty rooms and restarts with all its modes and lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The account that it belongs to.
    pub founder: Folded,
    /// Since when.
    pub since: Time,
    /// What other accounts may do there.
    pub access: BTreeMap<Folded, Rights>,
}

impl Registered {
    /// Whether an account may do this; its founder may do everything.
    pub fn may(&self, account: &Folded, right: Right) -> bool {
        self.founder == *account || self.access.get(account).is_some_and(|own| own.has(right))
    }

    /// What somebody in this account is when they come.
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

//! Ranks of channel members.

use serde::{Deserialize, Serialize};

/// Rank of a channel member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Rank {
    /// Voice: may speak in a moderated channel (+v).
    Voice,
    /// Channel operator (+o).
    Operator,
    /// Founder, whose account owns the channel (+q): an operator whom others cannot kick.
    Founder,
}

/// Ranks of one member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranks(u8);

impl Ranks {
    fn bit(rank: Rank) -> u8 {
        1 << rank as u8
    }

    /// Returns whether the member has this very rank.
    pub fn has(self, rank: Rank) -> bool {
        self.0 & Self::bit(rank) != 0
    }

    /// Returns whether the member has this rank or a higher one.
    pub fn at_least(self, rank: Rank) -> bool {
        // Ranks ascend with their bits, so a higher one makes the number larger.
        self.0 >= Self::bit(rank)
    }

    /// Gives or removes a rank; returns false if nothing changed.
    pub fn set(&mut self, rank: Rank, on: bool) -> bool {
        let before = self.0;
        if on {
            self.0 |= Self::bit(rank);
        } else {
            self.0 &= !Self::bit(rank);
        }
        before != self.0
    }
}

//! Ranks of members.

/// What a member may be above the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rank {
    /// May speak where not all may (+v).
    Voice,
    /// Runs the channel (+o).
    Operator,
    /// Has the channel for their account (+q): runs it, and is led out by no other.
    Founder,
}

/// The ranks of one member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ranks(u8);

impl Ranks {
    fn bit(rank: Rank) -> u8 {
        1 << rank as u8
    }

    /// Whether the member has exactly this rank among others.
    pub fn has(self, rank: Rank) -> bool {
        self.0 & Self::bit(rank) != 0
    }

    /// Whether the member has this rank or a higher one.
    pub fn at_least(self, rank: Rank) -> bool {
        self.0 >= Self::bit(rank)
    }

    /// Gives or takes a rank; false if that changes nothing.
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

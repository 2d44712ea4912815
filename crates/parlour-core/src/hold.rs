//! Holding effects back until what they rest on is kept.
//!
//! At most one commit is on its way. All that comes up meanwhile waits in one batch
//! and goes into the next commit, whole. A batch with nothing to keep is free as soon
//! as those before it are. So effects leave in the order in which they arose, and none
//! before its records are kept.

use alloc::vec::Vec;

use crate::effect::Errand;
use crate::{Effect, Effects, Record, SessionId, Ticket};

/// Effects that may be seen now, and errands that may be done now.
#[derive(Debug, Default)]
pub struct Released {
    /// For the doors.
    pub out: Vec<Effect>,
    /// Sessions whose calls were taken up, one entry a call.
    pub taken: Vec<SessionId>,
    /// For those outside.
    pub errands: Vec<(Ticket, Errand)>,
}

/// The batch that gathers and the one that is on its way to the disk.
#[derive(Debug, Default)]
pub struct Hold {
    gathering: Effects,
    committing: Option<Released>,
}

impl Hold {
    /// Where the core puts its effects.
    pub fn gathering(&mut self) -> &mut Effects {
        &mut self.gathering
    }

    /// Whether a commit is on its way.
    pub fn is_committing(&self) -> bool {
        self.committing.is_some()
    }

    /// Whether nothing waits and nothing is on its way.
    pub fn is_idle(&self) -> bool {
        self.committing.is_none()
            && self.gathering.out.is_empty()
            && self.gathering.records.is_empty()
            && self.gathering.errands.is_empty()
            && self.gathering.taken.is_empty()
    }

    /// Moves on what has gathered, if no commit is on its way: what needs no commit is
    /// released at once; else these are the records to commit now.
    pub fn advance(&mut self) -> Advance {
        if self.is_idle() || self.committing.is_some() {
            return Advance::Nothing;
        }
        let released = Released {
            out: core::mem::take(&mut self.gathering.out),
            taken: core::mem::take(&mut self.gathering.taken),
            errands: core::mem::take(&mut self.gathering.errands),
        };
        if self.gathering.records.is_empty() {
            return Advance::Release(released);
        }
        self.committing = Some(released);
        Advance::Commit(core::mem::take(&mut self.gathering.records))
    }

    /// The commit on its way is done: what rested on it.
    pub fn committed(&mut self) -> Released {
        self.committing.take().unwrap_or_default()
    }
}

/// What is to be done next.
#[derive(Debug)]
pub enum Advance {
    /// Nothing, for now.
    Nothing,
    /// These may be seen.
    Release(Released),
    /// These are to be kept; then comes [`Hold::committed`].
    Commit(Vec<Record>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Topic;
    use crate::{ChannelId, MsgId, Time, record::KeptChannel};

    fn record() -> Record {
        Record::Channel(KeptChannel {
            name: "#a".into(),
            folded: crate::names::Casemapping::Ascii.fold("#a"),
            metadata: crate::state::Metadata::default(),
            created: Time(0),
            topic: None::<Topic>,
            key: None,
            invite_only: false,
            history_from: MsgId(0),
        })
    }

    fn effect(n: u64) -> Effect {
        Effect::Enter(SessionId(n), ChannelId(0))
    }

    #[test]
    fn nothing_leaves_before_its_commit_and_nothing_overtakes_it() {
        let mut hold = Hold::default();
        hold.gathering().out.push(effect(1));
        assert!(matches!(hold.advance(), Advance::Release(r) if r.out == [effect(1)]));

        hold.gathering().out.push(effect(2));
        hold.gathering().records.push(record());
        assert!(matches!(hold.advance(), Advance::Commit(r) if r.len() == 1));
        // What needs no commit waits behind what does.
        hold.gathering().out.push(effect(3));
        assert!(matches!(hold.advance(), Advance::Nothing));
        assert_eq!(hold.committed().out, [effect(2)]);
        assert!(matches!(hold.advance(), Advance::Release(r) if r.out == [effect(3)]));
        assert!(hold.is_idle());
    }

    #[test]
    fn all_that_waits_goes_into_the_next_commit() {
        let mut hold = Hold::default();
        hold.gathering().records.push(record());
        assert!(matches!(hold.advance(), Advance::Commit(_)));
        for _ in 0..5 {
            hold.gathering().records.push(record());
            assert!(matches!(hold.advance(), Advance::Nothing));
        }
        hold.committed();
        assert!(matches!(hold.advance(), Advance::Commit(r) if r.len() == 5));
    }
}

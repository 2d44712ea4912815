//! Holding effects back until what they rest on is kept.
//!
//! At most one commit is on its way. All that comes up meanwhile waits in one batch
//! and goes into the next commit, whole. A batch with nothing to keep is free as soon
//! as those before it are. So effects leave in the order in which they arose, and none
//! before its records are kept.
//!
//! Joins, modes and the like ([`Record::Happened`]) hold nothing back: they are kept with what is
//! kept next, or when the owner says so ([`Hold::settle`]); a crash may lose the last of them.
//! Whoever looks something up finds them.

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
    /// Whether nothing rests on the commit that is on its way.
    light: bool,
    /// What was told and is to be kept with the next commit.
    owed: Vec<Record>,
}

/// Records that may be owed; with more, what comes waits until they are kept.
const MOST_OWED: usize = 10_000;
/// Records that are owed after which they are worth a commit of their own.
const MANY_OWED: usize = 512;

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
        self.committing.is_none() && self.owed.is_empty() && self.has_gathered_nothing()
    }

    fn has_gathered_nothing(&self) -> bool {
        self.gathering.out.is_empty()
            && self.gathering.records.is_empty()
            && self.gathering.errands.is_empty()
            && self.gathering.taken.is_empty()
    }

    /// Whether what has gathered may leave before it is kept.
    fn may_leave(&self) -> bool {
        let mut records = self.gathering.records.iter();
        self.gathering.errands.is_empty()
            && self.owed.len() < MOST_OWED
            && records.all(|record| matches!(record, Record::Happened(..)))
    }

    /// Moves on what has gathered: what needs no commit is released at once, if nothing before it
    /// waits for one.
    pub fn advance(&mut self) -> Advance {
        let may_leave = self.may_leave();
        if self.committing.is_some() {
            if !self.light || !may_leave || self.has_gathered_nothing() {
                return Advance::Nothing;
            }
            self.owed.append(&mut self.gathering.records);
            return Advance::Release(self.gathered());
        }
        if self.has_gathered_nothing() && self.owed.len() < MANY_OWED {
            return Advance::Nothing;
        }
        self.owed.append(&mut self.gathering.records);
        if may_leave && self.owed.len() < MANY_OWED {
            return Advance::Release(self.gathered());
        }
        let (records, released) = (core::mem::take(&mut self.owed), self.gathered());
        if records.is_empty() {
            return Advance::Release(released);
        }
        self.light = may_leave;
        if may_leave {
            self.committing = Some(Released::default());
            return Advance::ReleaseAndCommit(released, records);
        }
        self.committing = Some(released);
        Advance::Commit(records)
    }

    /// Whether something that was told is still to be kept.
    pub fn owes(&self) -> bool {
        self.committing.is_none() && !self.owed.is_empty()
    }

    /// Commits what is owed; nothing, if a commit is on its way.
    pub fn settle(&mut self) -> Advance {
        if !self.owes() {
            return Advance::Nothing;
        }
        self.light = true;
        self.committing = Some(Released::default());
        Advance::Commit(core::mem::take(&mut self.owed))
    }

    fn gathered(&mut self) -> Released {
        Released {
            out: core::mem::take(&mut self.gathering.out),
            taken: core::mem::take(&mut self.gathering.taken),
            errands: core::mem::take(&mut self.gathering.errands),
        }
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
    /// Those may be seen, and these are to be kept; then comes [`Hold::committed`].
    ReleaseAndCommit(Released, Vec<Record>),
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
            flags: Default::default(),
            limit: None,
            forward: None,
            slow: None,
            lists: Default::default(),
            lifted: Vec::new(),
            registered: None,
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

    fn happened(n: u64) -> Record {
        let from = crate::state::Profile::new(
            crate::UserId(1),
            "bob".into(),
            "b".into(),
            "host".into(),
            "".into(),
        );
        let event = crate::Event {
            id: MsgId(n),
            from,
            body: crate::Body::Quit("".into()),
        };
        let log = crate::history::Log::Channel(crate::names::Casemapping::Ascii.fold("#a"));
        Record::Happened(log, event.into())
    }

    #[test]
    fn what_only_happened_is_told_at_once_and_kept_in_its_order() {
        let mut hold = Hold::default();
        let tell = |hold: &mut Hold, n: u64| {
            hold.gathering().out.push(effect(n));
            hold.gathering().records.push(happened(n));
        };
        tell(&mut hold, 1);
        assert!(matches!(hold.advance(), Advance::Release(r) if r.out == [effect(1)]));
        assert!(hold.owes() && !hold.is_idle());
        assert!(matches!(hold.settle(), Advance::Commit(r) if r == [happened(1)]));
        // More of it does not wait; it is kept next.
        tell(&mut hold, 2);
        assert!(matches!(hold.advance(), Advance::Release(r) if r.out == [effect(2)]));
        assert!(matches!(hold.advance(), Advance::Nothing) && !hold.is_idle());
        // What is said waits, and all after it.
        hold.gathering().out.push(effect(3));
        hold.gathering().records.push(record());
        assert!(matches!(hold.advance(), Advance::Nothing));
        assert!(hold.committed().out.is_empty());
        assert!(matches!(hold.advance(), Advance::Commit(r) if r == [happened(2), record()]));
        tell(&mut hold, 4);
        assert!(matches!(hold.advance(), Advance::Nothing));
        assert_eq!(hold.committed().out, [effect(3)]);
        assert!(matches!(hold.advance(), Advance::Release(r) if r.out == [effect(4)]));
        assert!(matches!(hold.settle(), Advance::Commit(r) if r == [happened(4)]));
        hold.committed();
        assert!(hold.is_idle());
    }

    #[test]
    fn much_of_it_is_kept_without_being_asked_for() {
        let mut hold = Hold::default();
        for n in 1..MANY_OWED as u64 {
            hold.gathering().records.push(happened(n));
            assert!(matches!(hold.advance(), Advance::Release(_)));
        }
        hold.gathering().records.push(happened(0));
        assert!(matches!(hold.advance(), Advance::ReleaseAndCommit(_, r) if r.len() == MANY_OWED));
    }

    #[test]
    fn who_looks_something_up_finds_what_was_told_before() {
        let mut hold = Hold::default();
        hold.gathering().records.push(happened(1));
        assert!(matches!(hold.advance(), Advance::Release(_)));
        hold.gathering().errands.push((Ticket(1), Errand::Rehash));
        assert!(matches!(hold.advance(), Advance::Commit(r) if r == [happened(1)]));
        assert_eq!(hold.committed().errands.len(), 1);
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

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

use crate::effect::Task;
use crate::{Effect, Effects, Record, SessionId, Ticket};

/// Effects that may be seen now, and tasks that may be done now.
#[derive(Debug, Default)]
pub struct Ready {
    /// For the doors.
    pub out: Vec<Effect>,
    /// Sessions whose calls were taken up, one entry a call.
    pub taken: Vec<SessionId>,
    /// For those outside.
    pub tasks: Vec<(Ticket, Task)>,
}

/// The batch that gathers and the one that is on its way to the disk.
#[derive(Debug, Default)]
pub struct CommitGate {
    gathering: Effects,
    committing: Option<Ready>,
    /// Whether nothing rests on the commit that is on its way.
    deferred_only: bool,
    /// What was told and is to be kept with the next commit.
    deferred: Vec<Record>,
}

/// Records that may be owed; with more, what comes waits until they are kept.
const DEFERRED_MAX: usize = 10_000;
/// Records that are owed after which they are worth a commit of their own.
const DEFERRED_BEFORE_COMMIT: usize = 512;

impl CommitGate {
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
        self.committing.is_none() && self.deferred.is_empty() && self.has_gathered_nothing()
    }

    fn has_gathered_nothing(&self) -> bool {
        self.gathering.out.is_empty()
            && self.gathering.records.is_empty()
            && self.gathering.tasks.is_empty()
            && self.gathering.taken.is_empty()
    }

    /// Whether what has gathered may leave before it is kept.
    fn is_deferrable(&self) -> bool {
        let mut records = self.gathering.records.iter();
        self.gathering.tasks.is_empty()
            && self.deferred.len() < DEFERRED_MAX
            && records.all(|record| matches!(record, Record::ChannelEvent(..)))
    }

    /// Moves on what has gathered: what needs no commit is released at once, if nothing before it
    /// waits for one.
    pub fn advance(&mut self) -> Step {
        let may_leave = self.is_deferrable();
        if self.committing.is_some() {
            if !self.deferred_only || !may_leave || self.has_gathered_nothing() {
                return Step::Nothing;
            }
            self.deferred.append(&mut self.gathering.records);
            return Step::Deliver(self.gathered());
        }
        if self.has_gathered_nothing() && self.deferred.len() < DEFERRED_BEFORE_COMMIT {
            return Step::Nothing;
        }
        self.deferred.append(&mut self.gathering.records);
        if may_leave && self.deferred.len() < DEFERRED_BEFORE_COMMIT {
            return Step::Deliver(self.gathered());
        }
        let (records, released) = (core::mem::take(&mut self.deferred), self.gathered());
        if records.is_empty() {
            return Step::Deliver(released);
        }
        self.deferred_only = may_leave;
        if may_leave {
            self.committing = Some(Ready::default());
            return Step::DeliverAndCommit(released, records);
        }
        self.committing = Some(released);
        Step::Commit(records)
    }

    /// Whether something that was told is still to be kept.
    pub fn has_deferred(&self) -> bool {
        self.committing.is_none() && !self.deferred.is_empty()
    }

    /// Commits what is owed; nothing, if a commit is on its way.
    pub fn flush(&mut self) -> Step {
        if !self.has_deferred() {
            return Step::Nothing;
        }
        self.deferred_only = true;
        self.committing = Some(Ready::default());
        Step::Commit(core::mem::take(&mut self.deferred))
    }

    fn gathered(&mut self) -> Ready {
        Ready {
            out: core::mem::take(&mut self.gathering.out),
            taken: core::mem::take(&mut self.gathering.taken),
            tasks: core::mem::take(&mut self.gathering.tasks),
        }
    }

    /// The commit on its way is done: what rested on it.
    pub fn committed(&mut self) -> Ready {
        self.committing.take().unwrap_or_default()
    }
}

/// What is to be done next.
#[derive(Debug)]
pub enum Step {
    /// Nothing, for now.
    Nothing,
    /// These may be seen.
    Deliver(Ready),
    /// These are to be kept; then comes [`Hold::committed`].
    Commit(Vec<Record>),
    /// Those may be seen, and these are to be kept; then comes [`Hold::committed`].
    DeliverAndCommit(Ready, Vec<Record>),
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
        let mut gate = CommitGate::default();
        gate.gathering().out.push(effect(1));
        assert!(matches!(gate.advance(), Step::Deliver(r) if r.out == [effect(1)]));

        gate.gathering().out.push(effect(2));
        gate.gathering().records.push(record());
        assert!(matches!(gate.advance(), Step::Commit(r) if r.len() == 1));
        // What needs no commit waits behind what does.
        gate.gathering().out.push(effect(3));
        assert!(matches!(gate.advance(), Step::Nothing));
        assert_eq!(gate.committed().out, [effect(2)]);
        assert!(matches!(gate.advance(), Step::Deliver(r) if r.out == [effect(3)]));
        assert!(gate.is_idle());
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
        Record::ChannelEvent(log, event.into())
    }

    #[test]
    fn what_only_happened_is_told_at_once_and_kept_in_its_order() {
        let mut gate = CommitGate::default();
        let tell = |gate: &mut CommitGate, n: u64| {
            gate.gathering().out.push(effect(n));
            gate.gathering().records.push(happened(n));
        };
        tell(&mut gate, 1);
        assert!(matches!(gate.advance(), Step::Deliver(r) if r.out == [effect(1)]));
        assert!(gate.has_deferred() && !gate.is_idle());
        assert!(matches!(gate.flush(), Step::Commit(r) if r == [happened(1)]));
        // More of it does not wait; it is kept next.
        tell(&mut gate, 2);
        assert!(matches!(gate.advance(), Step::Deliver(r) if r.out == [effect(2)]));
        assert!(matches!(gate.advance(), Step::Nothing) && !gate.is_idle());
        // What is said waits, and all after it.
        gate.gathering().out.push(effect(3));
        gate.gathering().records.push(record());
        assert!(matches!(gate.advance(), Step::Nothing));
        assert!(gate.committed().out.is_empty());
        assert!(matches!(gate.advance(), Step::Commit(r) if r == [happened(2), record()]));
        tell(&mut gate, 4);
        assert!(matches!(gate.advance(), Step::Nothing));
        assert_eq!(gate.committed().out, [effect(3)]);
        assert!(matches!(gate.advance(), Step::Deliver(r) if r.out == [effect(4)]));
        assert!(matches!(gate.flush(), Step::Commit(r) if r == [happened(4)]));
        gate.committed();
        assert!(gate.is_idle());
    }

    #[test]
    fn much_of_it_is_kept_without_being_asked_for() {
        let mut gate = CommitGate::default();
        for n in 1..DEFERRED_BEFORE_COMMIT as u64 {
            gate.gathering().records.push(happened(n));
            assert!(matches!(gate.advance(), Step::Deliver(_)));
        }
        gate.gathering().records.push(happened(0));
        assert!(
            matches!(gate.advance(), Step::DeliverAndCommit(_, r) if r.len() == DEFERRED_BEFORE_COMMIT)
        );
    }

    #[test]
    fn who_looks_something_up_finds_what_was_told_before() {
        let mut gate = CommitGate::default();
        gate.gathering().records.push(happened(1));
        assert!(matches!(gate.advance(), Step::Deliver(_)));
        gate.gathering().tasks.push((Ticket(1), Task::Rehash));
        assert!(matches!(gate.advance(), Step::Commit(r) if r == [happened(1)]));
        assert_eq!(gate.committed().tasks.len(), 1);
    }

    #[test]
    fn all_that_waits_goes_into_the_next_commit() {
        let mut gate = CommitGate::default();
        gate.gathering().records.push(record());
        assert!(matches!(gate.advance(), Step::Commit(_)));
        for _ in 0..5 {
            gate.gathering().records.push(record());
            assert!(matches!(gate.advance(), Step::Nothing));
        }
        gate.committed();
        assert!(matches!(gate.advance(), Step::Commit(r) if r.len() == 5));
    }
}

//! Commit gate: holds effects back until the records they depend on are committed.
//!
//! At most one commit is in flight. Everything that arises meanwhile gathers in one batch and goes
//! into the next commit as a whole. A batch without records is released as soon as those before it
//! are. Hence effects leave in the order in which they arose, and none before its records are
//! stored.
//!
//! Records of joins, modes and the like ([`Record::ChannelEvent`]) are deferred and hold nothing
//! back: they are written with the next commit or by [`CommitGate::flush`], and a crash may lose
//! the last of them. Tasks wait for them, so a history query finds them.

use alloc::vec::Vec;

use crate::effect::Task;
use crate::{Effect, Effects, Record, SessionId, Ticket};

/// Effects to deliver and tasks to start now.
#[derive(Debug, Default)]
pub struct Ready {
    /// Effects for the doors.
    pub out: Vec<Effect>,
    /// Sessions whose calls were taken up, one entry per call.
    pub taken: Vec<SessionId>,
    /// Tasks for the workers outside the core.
    pub tasks: Vec<(Ticket, Task)>,
}

/// Gate between the core and the store: the batch that gathers and the commit in flight.
#[derive(Debug, Default)]
pub struct CommitGate {
    gathering: Effects,
    committing: Option<Ready>,
    /// True if no effects wait for the commit in flight: it holds deferred records only.
    deferred_only: bool,
    /// Records whose effects were delivered already, for the next commit.
    deferred: Vec<Record>,
}

/// Maximum number of deferred records; beyond it, effects wait until they are committed.
const DEFERRED_MAX: usize = 10_000;
/// Number of deferred records that are worth a commit of their own.
const DEFERRED_BEFORE_COMMIT: usize = 512;

impl CommitGate {
    /// Returns the batch that the core appends its effects to.
    pub fn gathering(&mut self) -> &mut Effects {
        &mut self.gathering
    }

    /// Returns whether a commit is in flight.
    pub fn is_committing(&self) -> bool {
        self.committing.is_some()
    }

    /// Returns whether nothing is gathered, deferred or in flight.
    pub fn is_idle(&self) -> bool {
        self.committing.is_none() && self.deferred.is_empty() && self.has_gathered_nothing()
    }

    /// Returns how much is gathered: records, or effects if they are more.
    pub fn gathered_len(&self) -> usize {
        self.gathering.out.len().max(self.gathering.records.len())
    }

    fn has_gathered_nothing(&self) -> bool {
        self.gathering.out.is_empty()
            && self.gathering.records.is_empty()
            && self.gathering.tasks.is_empty()
            && self.gathering.taken.is_empty()
    }

    /// Returns whether the gathered batch may leave before it is stored.
    fn is_deferrable(&self) -> bool {
        let mut records = self.gathering.records.iter();
        // Tasks read the store, and must find everything delivered before them.
        self.gathering.tasks.is_empty()
            // Back-pressure: with a slow disk, deferred records must not grow without bound.
            && self.deferred.len() < DEFERRED_MAX
            && records.all(|record| matches!(record, Record::ChannelEvent(..)))
    }

    /// Moves the gathered batch on: releases it if it depends on no commit, or starts the next
    /// commit.
    pub fn advance(&mut self) -> Step {
        let may_leave = self.is_deferrable();
        if self.committing.is_some() {
            // Effects may overtake a commit in flight only if no other effects wait for it.
            if !self.deferred_only || !may_leave || self.has_gathered_nothing() {
                return Step::Nothing;
            }
            self.deferred.append(&mut self.gathering.records);
            return Step::Deliver(self.gathered());
        }
        if self.has_gathered_nothing() && self.deferred.len() < DEFERRED_BEFORE_COMMIT {
            return Step::Nothing;
        }
        // Deferred records go before the new ones: the store writes them in journal order.
        self.deferred.append(&mut self.gathering.records);
        if may_leave && self.deferred.len() < DEFERRED_BEFORE_COMMIT {
            return Step::Deliver(self.gathered());
        }
        let (records, released) = (core::mem::take(&mut self.deferred), self.gathered());
        if records.is_empty() {
            return Step::Deliver(released);
        }
        self.deferred_only = may_leave;
        // Nothing depends on these records: the effects leave now, the commit only bounds the
        // backlog.
        if may_leave {
            self.committing = Some(Ready::default());
            return Step::DeliverAndCommit(released, records);
        }
        self.committing = Some(released);
        Step::Commit(records)
    }

    /// Returns whether deferred records could be flushed now.
    pub fn has_deferred(&self) -> bool {
        self.committing.is_none() && !self.deferred.is_empty()
    }

    /// Commits the deferred records; does nothing while a commit is in flight.
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

    /// Ends the commit in flight and returns the effects that waited for it.
    pub fn committed(&mut self) -> Ready {
        self.committing.take().unwrap_or_default()
    }
}

/// Next step for the owner of the gate.
#[derive(Debug)]
pub enum Step {
    /// Nothing to do for now.
    Nothing,
    /// Deliver these effects.
    Deliver(Ready),
    /// Commit these records, then call [`CommitGate::committed`].
    Commit(Vec<Record>),
    /// Deliver these effects at once and commit these records, then call [`CommitGate::committed`].
    DeliverAndCommit(Ready, Vec<Record>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Topic;
    use crate::{ChannelId, MsgId, Time, record::StoredChannel};

    fn record() -> Record {
        Record::Channel(StoredChannel {
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
        // Effects without records wait behind those with records.
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
        // Further events do not wait; they are stored with the next commit.
        tell(&mut gate, 2);
        assert!(matches!(gate.advance(), Step::Deliver(r) if r.out == [effect(2)]));
        assert!(matches!(gate.advance(), Step::Nothing) && !gate.is_idle());
        // A durable record waits, and everything after it.
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

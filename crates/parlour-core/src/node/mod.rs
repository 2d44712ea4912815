//! Core of one node: sessions, their requests, and the tasks that they wait for.
//!
//! A question is answered from the replica, a change goes to the journal and comes back as an
//! entry. What needs the world outside is a task: its session waits, parked under a ticket.

mod ask;
mod auth_throttle;
mod monitor;
mod secrets;
mod session;
mod subscriptions;
mod tasks;

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use auth_throttle::AuthThrottle;
pub use auth_throttle::place;
pub(crate) use session::{Continuation, LocalSession, Pending};

use crate::interests::Interests;
use crate::replica::{Outcome, Replica};
use crate::{
    Actor, Call, CallId, Cause, Change, Effect, Effects, Entry, MsgId, NodeId, Now, Proposal,
    Question, Refusal, Reply, Request, Restored, SessionId, Settings, TaskResult, Ticket, Time,
    limits,
};

/// Returns whether a session unknown to the core may make this request: only those that register a
/// user or precede registration, and its end.
fn is_allowed_before_registration(request: &Request) -> bool {
    matches!(
        request,
        Request::Do(
            Change::Register(_)
                | Change::Resume(..)
                | Change::Login(_)
                | Change::FinishLogin
                | Change::CreateAccount(_)
                | Change::Verify(..)
                | Change::Quit { .. }
        ) | Request::Ask(Question::ScramChallenge { .. })
    )
}

/// Input of the core.
#[derive(Debug)]
pub enum Input {
    /// Request of a session.
    Call(Call),
    /// Proposal, placed by the journal.
    Entry(Entry),
    /// Request whose proposal the journal cannot place now; true if [`Effect::Done`] is to follow.
    Unplaced(Cause, bool),
    /// Request whose proposal the journal may have placed, which it cannot tell for a while; true if [`Effect::Done`]
    /// is to follow. An entry or [`Input::Unplaced`] may tell it later.
    Unconfirmed(Cause, bool),
    /// Result of a task.
    Done(Ticket, TaskResult),
    /// New settings, in force from here on.
    Settings(Arc<Settings>),
}

/// Core of one node: the replica, and what belongs to this process alone.
#[derive(Debug)]
pub struct Core {
    /// This node.
    node: NodeId,
    pub(crate) replica: Replica,
    // Boxed, as in the replica.
    pub(crate) sessions: BTreeMap<SessionId, Box<LocalSession>>,
    /// Monitored nicks and metadata subscriptions, by session.
    pub(crate) interests: Interests,
    /// Wrong passwords and pending secrets, by where they come from.
    pub(crate) auth_throttle: AuthThrottle,
    /// Both clocks at the input being processed.
    pub(crate) now: Now,
    next_ticket: u64,
    tickets: BTreeMap<Ticket, SessionId>,
    /// Session whose queued calls are being taken up.
    resuming: Option<SessionId>,
    /// Requests that have been answered, though the journal may still place them.
    unconfirmed: Vec<Cause>,
}

impl Core {
    /// Creates a core without connections from what an earlier run stored.
    ///
    /// Restored channels that nobody could join any more are reset, and that is recorded in `out`.
    pub fn new(now: Time, settings: Arc<Settings>, restored: Restored, out: &mut Effects) -> Core {
        let interests = Interests::default();
        let mut outcome = Outcome::new(&interests, &mut out.out, &mut out.records);
        let replica = Replica::new(now, settings, restored, &mut outcome);
        Core::with_replica(replica)
    }

    /// Creates a core without connections of its own from the state that other nodes have.
    pub fn with_replica(replica: Replica) -> Core {
        Core {
            node: NodeId::default(),
            replica,
            sessions: BTreeMap::new(),
            interests: Interests::default(),
            auth_throttle: AuthThrottle::default(),
            now: Now::default(),
            next_ticket: 0,
            tickets: BTreeMap::new(),
            resuming: None,
            unconfirmed: Vec::new(),
        }
    }

    /// Returns the number of this node.
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// Sets the number of this node, before it has connections.
    pub fn set_node(&mut self, node: NodeId) {
        self.node = node;
    }

    /// Processes one input and appends all its effects, in order, to `out`.
    ///
    /// The caller must have the journal place the proposals and feed them back before any later
    /// input that depends on them.
    pub fn step(&mut self, now: Now, input: Input, out: &mut Effects) {
        self.now = now;
        // Durations go by the monotonic clock; everything users see goes by `now.time`.
        let now = now.time;
        match input {
            Input::Call(call) => self.call(now, call, out),
            Input::Entry(entry) => self.apply(now, entry, out),
            Input::Unplaced(origin, done) => self.refuse(now, origin, done, out),
            Input::Unconfirmed(origin, done) => self.unconfirm(now, origin, done, out),
            Input::Done(ticket, result) => self.task_done(now, ticket, result, out),
            // Settings judge, so they are in force from one place of the journal on.
            Input::Settings(settings) => out.proposals.push(Proposal {
                node: self.node,
                actor: Actor::Server,
                origin: Cause {
                    session: SessionId::SERVER,
                    call: CallId(0),
                },
                done: false,
                change: Change::Settings(settings),
            }),
        }
    }

    fn call(&mut self, now: Time, call: Call, out: &mut Effects) {
        let id = call.session;
        let known = id.is_console()
            || self.sessions.contains_key(&id)
            || self.replica.sessions.contains_key(&id);
        // Every call is reported in `taken` exactly once, or the door's window of calls in flight
        // shrinks for good.
        if !known && !is_allowed_before_registration(&call.request) {
            out.taken.push(id);
            return;
        }
        let session = self.sessions.entry(id).or_default();
        if !matches!(session.pending, Pending::None) {
            // A door that exceeds its window has miscounted; excess calls are dropped, not queued
            // without bound.
            if session.queued.len() < limits::CALLS_WAITING {
                session.queued.push_back(call);
            } else {
                out.taken.push(id);
            }
            return;
        }
        out.taken.push(id);
        if let Request::Do(Change::Quit { reason, .. }) = &call.request
            && !id.is_console()
            && !self.replica.sessions.contains_key(&id)
        {
            // The others know nothing of it, nor does this node after a login that was refused: its door waits.
            out.out.push(Effect::Close(id, reason.clone().into()));
            return self.forget_session(id, out);
        }
        let cause = Cause {
            session: id,
            call: call.id,
        };
        match call.request {
            Request::Do(change) => self.propose(now, cause, call.done, change, out),
            Request::Set(change) => {
                subscriptions::set(self, cause, change, out);
                if call.done {
                    out.out.push(Effect::Done(cause));
                }
            }
            Request::Ask(question) => {
                if !ask::ask(self, now, cause, call.done, question, out) {
                    return;
                }
                if call.done {
                    out.out.push(Effect::Done(cause));
                }
            }
        }
    }

    /// Submits a change to the journal, after its secret was checked or hashed where it has one.
    fn propose(
        &mut self,
        now: Time,
        cause: Cause,
        done: bool,
        mut change: Change,
        out: &mut Effects,
    ) {
        match secrets::secrets_check(self, cause.session, &mut change) {
            Ok(None) => self.submit(cause, done, change, out),
            Ok(Some(check)) => {
                let from = check.from.clone();
                let waiting = Continuation::Secrets {
                    change,
                    from: check.from,
                    account: check.account,
                };
                self.park_secrets(cause, done, waiting, &from, check.secrets, out);
            }
            Err(refusal) => self.finish(now, cause, done, Reply::Refused(refusal), out),
        }
    }

    fn submit(&mut self, cause: Cause, done: bool, change: Change, out: &mut Effects) {
        if let Change::Register(registration) | Change::Resume(registration, _) = &change {
            subscriptions::begin(self, cause.session, registration);
        }
        if let Some(session) = self.sessions.get_mut(&cause.session) {
            // Later calls wait until the entry is applied: a session sees its own changes in order.
            session.pending = Pending::Journal;
        }
        out.proposals.push(Proposal {
            node: self.node,
            actor: self.replica.actor(cause.session),
            origin: cause,
            done,
            change,
        });
    }

    /// Applies an entry to the replica, and goes on with what its session has asked meanwhile.
    fn apply(&mut self, now: Time, entry: Entry, out: &mut Effects) {
        let (id, origin, done) = (entry.id, entry.proposal.origin, entry.proposal.done);
        let (is_own, first) = (entry.proposal.node == self.node, out.out.len());
        let session = origin.session;
        let enters = matches!(entry.proposal.change, Change::ShowChannels);
        let mut outcome = Outcome::new(&self.interests, &mut out.out, &mut out.records);
        if !self.replica.apply(entry, &mut outcome) {
            return;
        }
        let (ended, attached) = (outcome.ended, outcome.attached);
        for (session, backlog) in attached {
            // A session of another node has its backlog there.
            if let Some(local) = self.sessions.get_mut(&session) {
                local.backlog = Some(backlog);
            }
        }
        let local = self.sessions.get_mut(&session);
        if let Some(backlog) = local.and_then(|local| local.backlog.as_mut().filter(|_| enters)) {
            backlog.entered = id;
        }
        for ended in ended {
            self.forget_session(ended, out);
        }
        if !is_own {
            // Service sessions have the same numbers on all nodes: an answer is for those of one.
            let mut at = 0;
            out.out.retain(|effect| {
                at += 1;
                at <= first || !effect.is_for_service()
            });
            return;
        }
        if self.confirm(origin) {
            // It has ended, and a connection is shown all the same what it has done.
            let mut at = 0;
            out.out.retain(|effect| {
                at += 1;
                at <= first || !effect.is_for_service()
            });
            return;
        }
        if done {
            out.out.push(Effect::Done(origin));
        }
        if let Some(local) = self.sessions.get_mut(&session)
            && matches!(local.pending, Pending::Journal)
        {
            local.pending = Pending::None;
        }
        self.resume(now, session, out);
    }

    /// Refuses a proposal that has no place, and goes on with what its session has asked meanwhile.
    fn refuse(&mut self, now: Time, origin: Cause, done: bool, out: &mut Effects) {
        if self.confirm(origin) {
            return;
        }
        if let Some(local) = self.sessions.get_mut(&origin.session)
            && matches!(local.pending, Pending::Journal)
        {
            local.pending = Pending::None;
        }
        let refused = Reply::Refused(Refusal::CutOff);
        self.finish(now, origin, done, refused, out);
    }

    /// Tells a session that its change may count or not, and goes on with what it has asked meanwhile.
    fn unconfirm(&mut self, now: Time, origin: Cause, done: bool, out: &mut Effects) {
        match self.replica.actor(origin.session) {
            // Its change may make it a user, which others see.
            Actor::Unregistered => return,
            Actor::User(_) | Actor::Console | Actor::Server => {}
        }
        // One that was told before waits for something else.
        let is_told = self.unconfirmed.contains(&origin);
        let local = self.sessions.get_mut(&origin.session);
        let Some(local) = local.filter(|one| matches!(one.pending, Pending::Journal) && !is_told)
        else {
            return;
        };
        local.pending = Pending::None;
        self.unconfirmed.push(origin);
        let unconfirmed = Reply::Refused(Refusal::Unconfirmed);
        self.finish(now, origin, done, unconfirmed, out);
    }

    /// Forgets that a request is unconfirmed; returns whether it was.
    fn confirm(&mut self, origin: Cause) -> bool {
        let at = self.unconfirmed.iter().position(|known| *known == origin);
        at.map(|at| self.unconfirmed.swap_remove(at)).is_some()
    }

    /// Drops what this node holds of a session that has ended.
    fn forget_session(&mut self, id: SessionId, out: &mut Effects) {
        self.interests.forget(id);
        if let Some(local) = self.sessions.remove(&id) {
            // Queued calls are dropped, but still count as taken, so that the door's window stays
            // right.
            out.taken.extend(local.queued.iter().map(|_| id));
        }
    }

    /// Ends a request with a reply and resumes the session's queue.
    fn finish(&mut self, now: Time, cause: Cause, done: bool, reply: Reply, out: &mut Effects) {
        out.out.push(Effect::Reply(cause, reply));
        if done {
            out.out.push(Effect::Done(cause));
        }
        self.resume(now, cause.session, out);
    }

    /// Processes the queued calls of a session until one has to wait.
    fn resume(&mut self, now: Time, id: SessionId, out: &mut Effects) {
        // A call that is answered at once ends in here again: the loop below goes on with the next
        // one, rather than one frame of the stack for each.
        if self.resuming == Some(id) {
            return;
        }
        let outer = self.resuming.replace(id);
        self.resume_all(now, id, out);
        self.resuming = outer;
    }

    fn resume_all(&mut self, now: Time, id: SessionId, out: &mut Effects) {
        while let Some(session) = self.sessions.get_mut(&id) {
            if !matches!(session.pending, Pending::None) {
                return;
            }
            let Some(call) = session.queued.pop_front() else {
                if !self.replica.sessions.contains_key(&id) {
                    // Registration failed; the session is created anew with its next attempt.
                    self.forget_session(id, out);
                }
                return;
            };
            self.call(now, call, out);
        }
    }

    /// Returns the id of the last entry applied.
    pub fn last(&self) -> MsgId {
        self.replica.last()
    }

    /// Returns the replicated state.
    pub fn replica(&self) -> &Replica {
        &self.replica
    }
}

//! State machine of the chat: one input in, all its effects out.

mod audit;
mod channels;
mod lookup;

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;

use crate::history::{ConversationsResult, HistoryResult, ReplayResult, SearchResult};
use crate::login::{Proof, SecretsResult, SecretsTask};
use crate::names::{self, Folded, SkeletonIndex};
use crate::request::AdminCommand;
use crate::state::{
    Accounts, AuthThrottle, Bans, Channel, Continuation, Markers, Pending, Profile, Redacted,
    Session, Unverified, User, UserCounts, Whowas, place,
};
use crate::{
    Body, Call, Cause, Change, ChannelId, Effect, Effects, Entry, Event, Instant, MailResult,
    MsgId, Name, Now, Proposal, Question, Refusal, Reply, Request, Restored, SessionId, Settings,
    Task, Ticket, Time, UserId, actions, limits, questions, rules,
};

/// Returns the event with the channel's current name in place of the one it was stored under.
pub(crate) fn with_channel_name(channel: &Name, mut past: Arc<Event>) -> Arc<Event> {
    // An event just read from the store has one owner, so `make_mut` copies nothing.
    if let Some(place) = Arc::make_mut(&mut past).body.channel_mut() {
        place.name = channel.clone();
    }
    past
}

/// Request whose result has arrived from outside the core.
pub(crate) struct Parked {
    pub cause: Cause,
    pub done: bool,
    pub waiting: Continuation,
}

/// Returns whether a session unknown to the core may make this request: only those that register a
/// user or precede registration.
fn is_allowed_before_registration(request: &Request) -> bool {
    matches!(
        request,
        Request::Do(
            Change::Register(_)
                | Change::Login(_)
                | Change::FinishLogin
                | Change::CreateAccount(_)
                | Change::Verify(..)
        ) | Request::Ask(Question::ScramChallenge { .. })
    )
}

/// Builds the index of names reserved for the server and its services, by how they look.
fn reserved(settings: &Settings) -> SkeletonIndex<()> {
    let mut index = SkeletonIndex::default();
    let kept = settings.reserved_names.iter().map(|name| &**name);
    for name in kept.chain(rules::account::SERVICES) {
        index.insert(&names::looks(name), &());
    }
    index
}

/// Input of the core.
#[derive(Debug)]
pub enum Input {
    /// Request of a session.
    Call(Call),
    /// Proposal, placed by the journal.
    Entry(Entry),
    /// Result of a history query.
    History(Ticket, HistoryResult),
    /// Result of a conversations query (CHATHISTORY TARGETS).
    Conversations(Ticket, ConversationsResult),
    /// Result of a replay query over several logs.
    Replay(Ticket, ReplayResult),
    /// Result of a message search.
    Search(Ticket, SearchResult),
    /// Result of a secrets task.
    Secrets(Ticket, SecretsResult),
    /// Result of sending a mail.
    Mailed(Ticket, MailResult),
    /// Result of REHASH: the notice for the server operator, or the error.
    Rehashed(Ticket, Result<Name, Name>),
    /// New settings, in force from here on.
    Settings(Arc<Settings>),
}

/// Whole state of the chat.
#[derive(Debug)]
pub struct Core {
    pub(crate) settings: Arc<Settings>,
    pub(crate) sessions: BTreeMap<SessionId, Session>,
    pub(crate) users: BTreeMap<UserId, User>,
    pub(crate) nicks: BTreeMap<Folded, UserId>,
    /// Nicks in use, by how they look (confusables).
    pub(crate) looks: SkeletonIndex<UserId>,
    /// Reserved names of the server and its services, by how they look.
    pub(crate) reserved: SkeletonIndex<()>,
    pub(crate) channels: BTreeMap<ChannelId, Channel>,
    pub(crate) channel_names: BTreeMap<Folded, ChannelId>,
    /// Remembered channels without members, by when the last member left.
    // Each key is `(Channel::emptied_at, id)`: `no_longer_empty` finds the entry by that.
    remembered: BTreeSet<(MsgId, ChannelId)>,
    /// Registered channels without members.
    vacant: BTreeSet<ChannelId>,
    /// Recently deleted messages (REDACT).
    pub(crate) redacted: Redacted,
    /// Wrong passwords and pending secrets, by where they come from.
    pub(crate) auth_throttle: AuthThrottle,
    pub(crate) accounts: Accounts,
    pub(crate) markers: Markers,
    pub(crate) bans: Bans,
    pub(crate) unverified: Unverified,
    pub(crate) user_counts: UserCounts,
    /// Always-on users, by account.
    pub(crate) always_on: BTreeMap<Folded, UserId>,
    /// Always-on users with changes not recorded yet.
    pub(crate) unsaved: BTreeSet<UserId>,
    /// Sessions that monitor a nick (MONITOR).
    pub(crate) watchers: BTreeMap<Folded, BTreeSet<SessionId>>,
    pub(crate) whowas: Whowas,
    /// Id of the last entry applied.
    pub(crate) last: MsgId,
    /// Highest number of users at once.
    pub(crate) most_users: usize,
    /// Monotonic time of the input being processed.
    pub(crate) instant: Instant,
    next_channel: u64,
    next_ticket: u64,
    tickets: BTreeMap<Ticket, SessionId>,
    /// Session whose queued calls are being taken up.
    resuming: Option<SessionId>,
}

impl Core {
    /// Creates a core without connections from what an earlier run stored.
    ///
    /// Restored channels that nobody could join any more are reset, and that is recorded in `out`.
    pub fn new(now: Time, settings: Arc<Settings>, restored: Restored, out: &mut Effects) -> Core {
        let mut core = Core {
            sessions: BTreeMap::new(),
            users: BTreeMap::new(),
            nicks: BTreeMap::new(),
            looks: SkeletonIndex::default(),
            reserved: reserved(&settings),
            channels: BTreeMap::new(),
            channel_names: BTreeMap::new(),
            remembered: BTreeSet::new(),
            vacant: BTreeSet::new(),
            redacted: Redacted::default(),
            auth_throttle: AuthThrottle::default(),
            accounts: Accounts::default(),
            markers: Markers::default(),
            bans: Bans::default(),
            unverified: Unverified::default(),
            user_counts: UserCounts::default(),
            always_on: BTreeMap::new(),
            unsaved: BTreeSet::new(),
            watchers: BTreeMap::new(),
            whowas: Whowas::default(),
            last: restored.last,
            most_users: 0,
            instant: Instant::default(),
            next_channel: 0,
            next_ticket: 0,
            tickets: BTreeMap::new(),
            resuming: None,
            settings,
        };
        // Order matters: users need the channels and accounts, and only with the users back in
        // their channels is it known which channels are empty.
        core.restore_channels(restored.channels);
        for account in restored.accounts {
            core.accounts.put(account);
        }
        for ban in restored.bans {
            core.bans.put(ban);
        }
        for (whose, target, at) in restored.markers {
            core.markers.set(whose, target, at);
        }
        core.restore_users(restored.always_on, restored.last, out);
        core.index_empty_channels(restored.last, out);
        core.open_lobby(now);
        core.forget_oldest(out);
        core
    }

    fn open_lobby(&mut self, now: Time) {
        let name = self.settings.lobby.clone();
        let id = match self.channel_names.get(&self.settings.fold(&name)) {
            Some(&id) => id,
            None => {
                let id = self.new_channel_id();
                let settings = self.settings.clone();
                self.insert_channel(Channel::new(id, name, now, &settings));
                id
            }
        };
        // A restored lobby was taken for a remembered channel; as a permanent one it is never
        // forgotten.
        self.unmark_empty(id);
        if let Some(lobby) = self.channels.get_mut(&id) {
            lobby.permanent = true;
            // Only the journal tells: the lobby itself is not always stored.
            lobby.visited = self.last > MsgId::default();
            lobby.default_modes(&[]);
        }
    }

    /// Processes one input and appends all its effects, in order, to `out`.
    ///
    /// The caller must have the journal place the proposals and feed them back before any later
    /// input that depends on them.
    pub fn step(&mut self, now: Now, input: Input, out: &mut Effects) {
        self.instant = now.instant;
        // Durations go by the monotonic clock; everything users see goes by `now.time`.
        let now = now.time;
        match input {
            Input::Call(call) => self.call(now, call, out),
            Input::Entry(entry) => self.apply(now, entry, out),
            Input::History(ticket, answer) => {
                if let Some(parked) = self.unpark(ticket) {
                    self.history_done(now, parked, answer, out);
                }
            }
            Input::Conversations(ticket, found) => {
                if let Some(parked) = self.unpark(ticket) {
                    let reply = questions::conversations::answer(self, &parked, found);
                    self.finish(now, parked.cause, parked.done, reply, out);
                }
            }
            Input::Replay(ticket, found) => {
                if let Some(parked) = self.unpark(ticket) {
                    let reply = questions::replay::answer(self, &parked, found);
                    self.finish(now, parked.cause, parked.done, reply, out);
                }
            }
            Input::Search(ticket, found) => {
                if let Some(parked) = self.unpark(ticket) {
                    let reply = questions::search::answer(self, &parked, found);
                    self.finish(now, parked.cause, parked.done, reply, out);
                }
            }
            // The slot is freed even if the session is gone: the task is over either way.
            Input::Secrets(ticket, outcome) => {
                self.auth_throttle.end(ticket);
                if let Some(parked) = self.unpark(ticket) {
                    self.secrets_done(now, parked, outcome, out);
                }
            }
            Input::Mailed(ticket, sent) => {
                if let Some(parked) = self.unpark(ticket) {
                    self.mail_done(now, parked, sent, out);
                }
            }
            Input::Rehashed(ticket, outcome) => {
                if let Some(parked) = self.unpark(ticket) {
                    let reply = Reply::Rehashed(outcome);
                    self.finish(now, parked.cause, parked.done, reply, out);
                }
            }
            Input::Settings(settings) => {
                self.reserved = reserved(&settings);
                self.settings = settings;
                // Oper blocks may have changed, and always-on may be off: users follow the new
                // settings.
                actions::oper::review(self, out);
                actions::always_on::review_all(self, out);
                self.record_changed(out);
            }
        }
    }

    fn call(&mut self, now: Time, call: Call, out: &mut Effects) {
        let id = call.session;
        let known = id == SessionId::CONSOLE || self.sessions.contains_key(&id);
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
        let cause = Cause {
            session: id,
            call: call.id,
        };
        match call.request {
            Request::Do(change) => self.propose(now, cause, call.done, change, out),
            Request::Ask(question) => {
                let user = self.sessions.get(&id).and_then(|session| session.user);
                if !questions::ask(self, now, cause, user, call.done, question, out) {
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
        match rules::secrets::secrets_check(self, now, cause.session, &mut change) {
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
        if let Some(session) = self.sessions.get_mut(&cause.session) {
            // Later calls wait until the entry is applied: a session sees its own changes in order.
            session.pending = Pending::Journal;
        }
        out.proposals.push(Proposal {
            session: cause.session,
            call: cause.call,
            done,
            change,
        });
    }

    fn apply(&mut self, now: Time, entry: Entry, out: &mut Effects) {
        let Entry { id, proposal } = entry;
        self.last = self.last.max(id);
        let cause = Cause {
            session: proposal.session,
            call: proposal.call,
        };
        // Earlier steps may have left effects in `out`; only those of this entry are recorded.
        let before = out.out.len();
        if let Err(refusal) = actions::apply(self, id, cause, proposal.change, out) {
            out.out.push(Effect::Reply(cause, Reply::Refused(refusal)));
        }
        actions::channel_events::record(self, before, out);
        self.record_changed(out);
        if proposal.done {
            out.out.push(Effect::Done(cause));
        }
        if let Some(session) = self.sessions.get_mut(&cause.session)
            && matches!(session.pending, Pending::Journal)
        {
            session.pending = Pending::None;
        }
        self.resume(now, cause.session, out);
    }

    /// Resumes a request with the result of a history query.
    fn history_done(
        &mut self,
        now: Time,
        parked: Parked,
        answer: HistoryResult,
        out: &mut Effects,
    ) {
        let reply = match (&parked.waiting, answer) {
            (Continuation::History(_, target), Ok(messages)) => {
                let messages = messages.into_iter();
                // A redaction may have been applied while the query was running.
                let messages = messages.filter(|said| !self.redacted.has(said.id));
                let messages = messages.map(|said| with_channel_name(target, said));
                Reply::History(target.clone(), messages.collect())
            }
            (Continuation::History(selector, target), Err(_)) => {
                Reply::Refused(Refusal::HistoryFailed(*selector, target.clone()))
            }
            (Continuation::Redaction(redaction), answer) => {
                let found = answer
                    .unwrap_or_default()
                    .into_iter()
                    .find(|event| {
                        // The query around an id may return its neighbour instead.
                        event.id == redaction.message && matches!(event.body, Body::Message { .. })
                    })
                    .ok_or_else(|| Refusal::NoSuchMessage(redaction.clone()));
                match found {
                    Ok(event) => {
                        let change = Change::Redact(redaction.clone(), Box::new((*event).clone()));
                        return self.propose(now, parked.cause, parked.done, change, out);
                    }
                    Err(refusal) => Reply::Refused(refusal),
                }
            }
            (
                Continuation::Secrets { .. }
                | Continuation::Challenge
                | Continuation::Rehash
                | Continuation::Replay(..)
                | Continuation::Search
                | Continuation::Mail(_)
                | Continuation::Conversations(..),
                _,
            ) => return,
        };
        self.finish(now, parked.cause, parked.done, reply, out);
    }

    /// Resumes a request with the result of a secrets task.
    fn secrets_done(
        &mut self,
        now: Time,
        parked: Parked,
        outcome: SecretsResult,
        out: &mut Effects,
    ) {
        let Parked {
            cause,
            done,
            waiting,
        } = parked;
        let (mut change, from, account) = match (waiting, outcome.clone()) {
            (
                Continuation::Secrets {
                    change,
                    from,
                    account,
                },
                _,
            ) => (change, from, account),
            (Continuation::Challenge, SecretsResult::Challenge(challenge)) => {
                return self.finish(now, cause, done, Reply::Challenge(challenge), out);
            }
            _ => {
                let busy = Reply::Refused(Refusal::PasswordsBusy);
                return self.finish(now, cause, done, busy, out);
            }
        };
        let refusal = match outcome {
            // A password checked while the limit was exceeded meanwhile counts for nothing, even if
            // right.
            SecretsResult::Right(_)
                if rules::secrets::is_locked_out(self, &from, account.as_ref()) =>
            {
                Refusal::TooManyPasswords
            }
            // The secret was taken out of the change: `wanted` would find nothing more to check.
            SecretsResult::Right(signature) => {
                if let Change::Login(login) = &mut change
                    && let Proof::Given { signature: own, .. } = &mut login.proof
                {
                    *own = signature;
                }
                if matches!(change, Change::SetPassword(_)) {
                    // The current password was right; `propose` now hashes the new one.
                    return self.propose(now, cause, done, change, out);
                }
                return self.submit(cause, done, change, out);
            }
            SecretsResult::Hashed(verifier, chance) => {
                let mut mail = Ok(None);
                match &mut change {
                    Change::CreateAccount(new) => {
                        new.verifier = Some(verifier);
                        mail = rules::account::mail(self, now, cause.session, new, chance);
                    }
                    Change::SetPassword(password)
                    | Change::Admin(AdminCommand::ResetPassword(_, password)) => {
                        password.verifier = Some(verifier);
                    }
                    _ => {}
                }
                match mail {
                    Ok(None) => return self.submit(cause, done, change, out),
                    Ok(Some(task)) => {
                        self.park(cause, done, Continuation::Mail(change), task, out);
                        return;
                    }
                    Err(refusal) => refusal,
                }
            }
            SecretsResult::Wrong => {
                // Counted by address and by account, so that neither many accounts nor many
                // addresses help.
                self.auth_throttle.note(self.instant, &from);
                if let Some(account) = &account {
                    let known = rules::secrets::is_known(self, &from, account);
                    self.auth_throttle
                        .note_for(self.instant, account, &from, known);
                }
                match change {
                    Change::Login(_) => Refusal::LoginFailed,
                    _ => Refusal::WrongPassword,
                }
            }
            SecretsResult::Busy | SecretsResult::Challenge(_) => Refusal::PasswordsBusy,
        };
        self.finish(now, cause, done, Reply::Refused(refusal), out);
    }

    /// Resumes account registration with the result of sending the mail.
    fn mail_done(&mut self, now: Time, parked: Parked, sent: MailResult, out: &mut Effects) {
        let Continuation::Mail(change) = parked.waiting else {
            return;
        };
        let refusal = match sent {
            MailResult::Sent => return self.submit(parked.cause, parked.done, change, out),
            MailResult::Refused => Refusal::MailRefused,
            MailResult::Unavailable => Refusal::MailUnavailable,
        };
        let failed = Reply::Refused(refusal);
        self.finish(now, parked.cause, parked.done, failed, out);
    }

    /// Ends a request with a reply and resumes the session's queue.
    fn finish(&mut self, now: Time, cause: Cause, done: bool, reply: Reply, out: &mut Effects) {
        out.out.push(Effect::Reply(cause, reply));
        if done {
            out.out.push(Effect::Done(cause));
        }
        self.resume(now, cause.session, out);
    }

    /// Parks a session until a task is done and returns its ticket; none if the session is gone.
    pub(crate) fn park(
        &mut self,
        cause: Cause,
        done: bool,
        waiting: Continuation,
        task: Task,
        out: &mut Effects,
    ) -> Option<Ticket> {
        let session = self.sessions.get_mut(&cause.session)?;
        session.pending = Pending::Outside {
            call: cause.call,
            done,
            waiting,
        };
        self.next_ticket += 1;
        let ticket = Ticket(self.next_ticket);
        self.tickets.insert(ticket, cause.session);
        out.tasks.push((ticket, task));
        Some(ticket)
    }

    /// Parks a session until secrets sent from `from` are checked or hashed.
    pub(crate) fn park_secrets(
        &mut self,
        cause: Cause,
        done: bool,
        waiting: Continuation,
        from: &Name,
        secrets: SecretsTask,
        out: &mut Effects,
    ) {
        let task = Task::Secrets {
            secrets,
            place: place(from),
        };
        if let Some(ticket) = self.park(cause, done, waiting, task, out) {
            self.auth_throttle.begin(ticket, from);
        }
    }

    /// Returns the request that waits for a ticket, if its session is still there.
    fn unpark(&mut self, ticket: Ticket) -> Option<Parked> {
        // Tickets are never reused, so a late result cannot reach another request.
        let id = self.tickets.remove(&ticket)?;
        let session = self.sessions.get_mut(&id)?;
        match core::mem::take(&mut session.pending) {
            Pending::Outside {
                call,
                done,
                waiting,
            } => Some(Parked {
                cause: Cause { session: id, call },
                done,
                waiting,
            }),
            // The session waits for something else by now: put its state back.
            other => {
                session.pending = other;
                None
            }
        }
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
            // A call refused at once resumes the queue from within `call`; CALLS_WAITING bounds the
            // depth.
            let Some(call) = session.queued.pop_front() else {
                if session.is_unused() {
                    // Registration failed; the session is created anew with its next attempt.
                    self.sessions.remove(&id);
                }
                return;
            };
            self.call(now, call, out);
        }
    }

    /// Removes a session that has ended.
    pub(crate) fn forget_session(&mut self, id: SessionId, out: &mut Effects) {
        self.stop_watching(id);
        if let Some(session) = self.sessions.remove(&id) {
            // Queued calls are dropped, but still count as taken, so that the door's window stays
            // right.
            out.taken.extend(session.queued.iter().map(|_| id));
        }
    }

    /// Clears the list of nicks that a session monitors.
    pub(crate) fn stop_watching(&mut self, session: SessionId) {
        let monitored = self
            .sessions
            .get_mut(&session)
            .map(|session| core::mem::take(&mut session.preferences.monitors))
            .unwrap_or_default();
        for nick in monitored.keys() {
            self.unwatch(session, nick);
        }
    }

    /// Removes one nick from those that a session is notified about.
    pub(crate) fn unwatch(&mut self, session: SessionId, nick: &Folded) {
        if let Some(watching) = self.watchers.get_mut(nick) {
            watching.remove(&session);
            if watching.is_empty() {
                self.watchers.remove(nick);
            }
        }
    }

    /// Indexes the looks of a user's nick, replacing the previous ones.
    pub(crate) fn set_looks(&mut self, id: UserId, nick: &str) {
        // The old looks are the key to the old entry, so they go before being overwritten.
        self.forget_looks(id);
        let looks = names::looks(nick);
        self.looks.insert(&looks, &id);
        if let Some(user) = self.users.get_mut(&id) {
            user.looks = looks;
        }
    }

    /// Removes a user's nick from the index of looks.
    pub(crate) fn forget_looks(&mut self, id: UserId) {
        if let Some(user) = self.users.get(&id) {
            self.looks.remove(&user.looks, &id);
        }
    }

    /// Returns whether a nick could be mistaken for the nick of a user other than `user` or for the
    /// name of an account other than `account`.
    pub(crate) fn looks_like_another(
        &self,
        nick: &str,
        user: Option<UserId>,
        account: Option<&str>,
    ) -> bool {
        let (looks, own) = (names::looks(nick), account.map(|name| self.nick_key(name)));
        self.accounts.looks_like_another(&looks, own.as_ref())
            || self.looks.has_alike(&looks, |id| Some(*id) != user)
    }

    /// Replaces a user's profile wherever it is held.
    pub(crate) fn set_profile(&mut self, id: UserId, profile: &Arc<Profile>) {
        let Some(user) = self.users.get_mut(&id) else {
            return;
        };
        user.profile = profile.clone();
        if user.always_on.is_some() {
            self.unsaved.insert(id);
        }
        // Members hold the profile too, so that NAMES and bans need no look-up of the user.
        for channel in user.channels.keys() {
            if let Some(member) = self
                .channels
                .get_mut(channel)
                .and_then(|c| c.members.get_mut(&id))
            {
                member.profile = profile.clone();
            }
        }
    }

    /// Returns the id of the last entry applied.
    pub fn last(&self) -> MsgId {
        self.last
    }
}

//! The state machine: one input, all its effects.

mod audit;
mod channels;
mod finding;

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

/// What happened in a channel, under the name that the channel has now.
pub(crate) fn under(channel: &Name, mut past: Arc<Event>) -> Arc<Event> {
    // Just read, it is nobody else's: nothing is copied.
    if let Some(place) = Arc::make_mut(&mut past).body.place_mut() {
        place.name = channel.clone();
    }
    past
}

/// A request whose answer has come from outside.
pub(crate) struct Parked {
    pub cause: Cause,
    pub done: bool,
    pub waiting: Continuation,
}

/// Whether something may be asked by a session that the core does not know: what makes it a
/// user, or comes before that.
fn may_come_first(request: &Request) -> bool {
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

/// What names look like that are kept for the server and its services.
fn reserved(settings: &Settings) -> SkeletonIndex<()> {
    let mut index = SkeletonIndex::default();
    let kept = settings.reserved_names.iter().map(|name| &**name);
    for name in kept.chain(rules::account::SERVICES) {
        index.insert(&names::looks(name), &());
    }
    index
}

/// What the core is fed.
#[derive(Debug)]
pub enum Input {
    /// A session asks.
    Call(Call),
    /// The journal has given a proposal its place.
    Entry(Entry),
    /// The store has looked something up.
    History(Ticket, HistoryResult),
    /// The store has looked up with whom somebody talked.
    Conversations(Ticket, ConversationsResult),
    /// The store has looked up what was said in several logs.
    Replay(Ticket, ReplayResult),
    /// The store has looked for messages.
    Search(Ticket, SearchResult),
    /// Something was done with secrets.
    Secrets(Ticket, SecretsResult),
    /// A mail was sent, or cannot be.
    Mailed(Ticket, MailResult),
    /// The configuration was read again, with what there is to say of it; or why not.
    Rehashed(Ticket, Result<Name, Name>),
    /// Other settings are in force from here on.
    Settings(Arc<Settings>),
}

/// The chat.
#[derive(Debug)]
pub struct Core {
    pub(crate) settings: Arc<Settings>,
    pub(crate) sessions: BTreeMap<SessionId, Session>,
    pub(crate) users: BTreeMap<UserId, User>,
    pub(crate) nicks: BTreeMap<Folded, UserId>,
    /// What the nicks look like.
    pub(crate) looks: SkeletonIndex<UserId>,
    /// What names look like that are kept for the server and its services.
    pub(crate) reserved: SkeletonIndex<()>,
    pub(crate) channels: BTreeMap<ChannelId, Channel>,
    pub(crate) channel_names: BTreeMap<Folded, ChannelId>,
    /// Channels that nobody is in, by when they were left.
    remembered: BTreeSet<(MsgId, ChannelId)>,
    /// Channels of accounts that nobody is in.
    vacant: BTreeSet<ChannelId>,
    /// What was taken back a moment ago.
    pub(crate) redacted: Redacted,
    /// Wrong passwords.
    pub(crate) auth_throttle: AuthThrottle,
    pub(crate) accounts: Accounts,
    pub(crate) markers: Markers,
    pub(crate) bans: Bans,
    pub(crate) unverified: Unverified,
    pub(crate) user_counts: UserCounts,
    /// Who stays when their last connection ends, by account.
    pub(crate) always_on: BTreeMap<Folded, UserId>,
    /// Those of them who are to be kept as they are now.
    pub(crate) unsaved: BTreeSet<UserId>,
    /// Who monitors a nick.
    pub(crate) watchers: BTreeMap<Folded, BTreeSet<SessionId>>,
    pub(crate) whowas: Whowas,
    /// The place of the last entry that was applied.
    pub(crate) last: MsgId,
    /// The most users there have been at once.
    pub(crate) most_users: usize,
    /// The moment of the input that is being taken.
    pub(crate) instant: Instant,
    next_channel: u64,
    next_ticket: u64,
    tickets: BTreeMap<Ticket, SessionId>,
}

impl Core {
    /// A chat with nobody in it, and what was kept of an earlier run.
    ///
    /// What begins anew, since nobody could come into it, is kept as that.
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
            settings,
        };
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
        core.empty_channels(restored.last, out);
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
        self.no_longer_empty(id);
        if let Some(lobby) = self.channels.get_mut(&id) {
            lobby.permanent = true;
            lobby.visited = self.last > MsgId::default();
            lobby.default_modes(&[]);
        }
    }

    /// Takes one input and appends all its effects, in order, to `out`.
    ///
    /// What it proposes is to be placed by the journal and fed back before any later
    /// input that must find it applied.
    pub fn step(&mut self, now: Now, input: Input, out: &mut Effects) {
        self.instant = now.instant;
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
                actions::oper::review(self, out);
                actions::always_on::review_all(self, out);
                self.keep_touched(out);
            }
        }
    }

    fn call(&mut self, now: Time, call: Call, out: &mut Effects) {
        let id = call.session;
        let known = id == SessionId::CONSOLE || self.sessions.contains_key(&id);
        if !known && !may_come_first(&call.request) {
            out.taken.push(id);
            return;
        }
        let session = self.sessions.entry(id).or_default();
        if !matches!(session.pending, Pending::None) {
            // A door that sends more than it may has lost its own count; what is too
            // much is dropped rather than kept without bound.
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

    /// Puts a change into the journal; if it needs a password, once that is known to be right.
    fn propose(
        &mut self,
        now: Time,
        cause: Cause,
        done: bool,
        mut change: Change,
        out: &mut Effects,
    ) {
        match rules::secrets::wanted(self, now, cause.session, &mut change) {
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
        let before = out.out.len();
        if let Err(refusal) = actions::apply(self, id, cause, proposal.change, out) {
            out.out.push(Effect::Reply(cause, Reply::Refused(refusal)));
        }
        actions::channel_events::record(self, before, out);
        self.keep_touched(out);
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

    /// What was looked up in the store is there.
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
                let messages = messages.filter(|said| !self.redacted.has(said.id));
                let messages = messages.map(|said| under(target, said));
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

    /// What was to be done with secrets is done.
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
            // Guesses that were under way when there were too many count for nothing.
            SecretsResult::Right(_) if rules::secrets::is_barred(self, &from, account.as_ref()) => {
                Refusal::TooManyPasswords
            }
            // Its secret is taken out of it: what remains needs none.
            SecretsResult::Right(signature) => {
                if let Change::Login(login) = &mut change
                    && let Proof::Given { signature: own, .. } = &mut login.proof
                {
                    *own = signature;
                }
                if matches!(change, Change::SetPassword(_)) {
                    // The one before was right; the new one is hashed next.
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

    /// A mail was sent, or cannot be.
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

    /// Ends a request with a reply, and takes up the next.
    fn finish(&mut self, now: Time, cause: Cause, done: bool, reply: Reply, out: &mut Effects) {
        out.out.push(Effect::Reply(cause, reply));
        if done {
            out.out.push(Effect::Done(cause));
        }
        self.resume(now, cause.session, out);
    }

    /// Parks a session until an task is done; nothing, if there is no such session any more.
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

    /// Parks a session until something is done with secrets that came from an address.
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

    /// The session that waits for a ticket, if it is still there.
    fn unpark(&mut self, ticket: Ticket) -> Option<Parked> {
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
            other => {
                session.pending = other;
                None
            }
        }
    }

    /// Takes up what a session asked while it waited.
    fn resume(&mut self, now: Time, id: SessionId, out: &mut Effects) {
        while let Some(session) = self.sessions.get_mut(&id) {
            if !matches!(session.pending, Pending::None) {
                return;
            }
            let Some(call) = session.queued.pop_front() else {
                if session.is_nobody() {
                    // It was refused a nick; it is known again when it asks for another.
                    self.sessions.remove(&id);
                }
                return;
            };
            self.call(now, call, out);
        }
    }

    /// A session is no more.
    pub(crate) fn forget_session(&mut self, id: SessionId, out: &mut Effects) {
        self.stop_watching(id);
        if let Some(session) = self.sessions.remove(&id) {
            // What it had asked for besides is done with.
            out.taken.extend(session.queued.iter().map(|_| id));
        }
    }

    /// A session monitors nobody any more.
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

    /// A session does not monitor this nick any more.
    pub(crate) fn unwatch(&mut self, session: SessionId, nick: &Folded) {
        if let Some(watching) = self.watchers.get_mut(nick) {
            watching.remove(&session);
            if watching.is_empty() {
                self.watchers.remove(nick);
            }
        }
    }

    /// Notes what a user's nick looks like.
    pub(crate) fn set_looks(&mut self, id: UserId, nick: &str) {
        self.forget_looks(id);
        let looks = names::looks(nick);
        self.looks.insert(&looks, &id);
        if let Some(user) = self.users.get_mut(&id) {
            user.looks = looks;
        }
    }

    /// A user's nick is taken by nobody any more.
    pub(crate) fn forget_looks(&mut self, id: UserId) {
        if let Some(user) = self.users.get(&id) {
            self.looks.remove(&user.looks, &id);
        }
    }

    /// Whether a nick could be taken for the one of another user than this, or for the name of another
    /// account than theirs.
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

    /// Shows a user's new profile wherever an old one is held.
    pub(crate) fn set_profile(&mut self, id: UserId, profile: &Arc<Profile>) {
        let Some(user) = self.users.get_mut(&id) else {
            return;
        };
        user.profile = profile.clone();
        if user.always_on.is_some() {
            self.unsaved.insert(id);
        }
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

    /// The place up to which everything is applied.
    pub fn last(&self) -> MsgId {
        self.last
    }
}

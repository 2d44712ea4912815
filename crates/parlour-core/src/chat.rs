//! The state machine: one input, all its effects.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;

use crate::history::Answer;
use crate::names::Folded;
use crate::state::{Channel, Pending, Profile, Session, User, Whowas};
use crate::{
    Call, Cause, ChannelId, Effect, Effects, Entry, MsgId, Name, Proposal, Refusal, Reply, Request,
    Restored, SessionId, Settings, Ticket, Time, UserId, actions, limits, questions,
};

/// What the core is fed.
#[derive(Debug)]
pub enum Input {
    /// A session asks.
    Call(Call),
    /// The journal has given a proposal its place.
    Entry(Entry),
    /// The store has looked something up.
    Answer(Ticket, Answer),
}

/// The chat.
#[derive(Debug)]
pub struct Core {
    pub(crate) settings: Settings,
    pub(crate) sessions: BTreeMap<SessionId, Session>,
    pub(crate) users: BTreeMap<UserId, User>,
    pub(crate) nicks: BTreeMap<Folded, UserId>,
    pub(crate) channels: BTreeMap<ChannelId, Channel>,
    pub(crate) channel_names: BTreeMap<Folded, ChannelId>,
    pub(crate) whowas: Whowas,
    /// The place of the last entry that was applied.
    pub(crate) last: MsgId,
    /// The most users there have been at once.
    pub(crate) most_users: usize,
    next_channel: u64,
    next_ticket: u64,
    tickets: BTreeMap<Ticket, SessionId>,
}

impl Core {
    /// A chat with nobody in it, and what was kept of an earlier run.
    ///
    /// What begins anew, since nobody could come into it, is kept as that.
    pub fn new(now: Time, settings: Settings, restored: Restored, out: &mut Effects) -> Core {
        let mut core = Core {
            sessions: BTreeMap::new(),
            users: BTreeMap::new(),
            nicks: BTreeMap::new(),
            channels: BTreeMap::new(),
            channel_names: BTreeMap::new(),
            whowas: Whowas::default(),
            last: restored.last,
            most_users: 0,
            next_channel: 0,
            next_ticket: 0,
            tickets: BTreeMap::new(),
            settings,
        };
        for kept in restored.channels {
            let id = core.new_channel_id();
            let begins_anew = kept.invite_only;
            let channel = Channel::restored(id, kept, restored.last);
            if begins_anew {
                out.records.push(crate::Record::Channel(channel.kept()));
            }
            core.insert_channel(channel);
        }
        core.open_lobby(now);
        core
    }

    fn open_lobby(&mut self, now: Time) {
        let name = self.settings.lobby.clone();
        let id = match self.channel_names.get(&Folded::of(&name)) {
            Some(&id) => id,
            None => {
                let id = self.new_channel_id();
                self.insert_channel(Channel::new(id, name, now));
                id
            }
        };
        if let Some(lobby) = self.channels.get_mut(&id) {
            lobby.permanent = true;
            lobby.default_modes();
        }
    }

    /// Takes one input and appends all its effects, in order, to `out`.
    ///
    /// What it proposes is to be placed by the journal and fed back before any later
    /// input that must find it applied.
    pub fn step(&mut self, now: Time, input: Input, out: &mut Effects) {
        match input {
            Input::Call(call) => self.call(now, call, out),
            Input::Entry(entry) => self.apply(now, entry, out),
            Input::Answer(ticket, answer) => self.answer(now, ticket, answer, out),
        }
    }

    fn call(&mut self, now: Time, call: Call, out: &mut Effects) {
        let id = call.session;
        let known = self.sessions.contains_key(&id);
        if !known && !matches!(&call.request, Request::Do(crate::Change::Register(_))) {
            out.taken.push(id);
            return;
        }
        let session = self.sessions.entry(id).or_default();
        if !matches!(session.pending, Pending::None) {
            // A door that sends more than it may has lost its own count; what is too
            // much is dropped rather than kept without bound.
            if session.waiting.len() < limits::CALLS_WAITING {
                session.waiting.push_back(call);
            } else {
                out.taken.push(id);
            }
            return;
        }
        out.taken.push(id);
        match call.request {
            Request::Do(change) => {
                session.pending = Pending::Journal;
                out.proposals.push(Proposal {
                    session: id,
                    call: call.id,
                    done: call.done,
                    change,
                });
            }
            Request::Ask(question) => {
                let cause = Cause {
                    session: id,
                    call: call.id,
                };
                let user = session.user;
                if !questions::ask(self, now, cause, user, call.done, question, out) {
                    return;
                }
                if call.done {
                    out.out.push(Effect::Done(cause));
                }
            }
        }
    }

    fn apply(&mut self, now: Time, entry: Entry, out: &mut Effects) {
        let Entry { id, proposal } = entry;
        self.last = self.last.max(id);
        let cause = Cause {
            session: proposal.session,
            call: proposal.call,
        };
        if let Err(refusal) = actions::apply(self, id, cause, proposal.change, out) {
            out.out.push(Effect::Reply(cause, Reply::Refused(refusal)));
        }
        if proposal.done {
            out.out.push(Effect::Done(cause));
        }
        if self
            .sessions
            .get(&cause.session)
            .is_some_and(Session::is_nobody)
        {
            // It was refused a nick; it is known again when it asks for another.
            self.sessions.remove(&cause.session);
            return;
        }
        self.resume(now, cause.session, out);
    }

    fn answer(&mut self, now: Time, ticket: Ticket, answer: Answer, out: &mut Effects) {
        let Some(id) = self.tickets.remove(&ticket) else {
            return;
        };
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
        };
        let Pending::Lookup { call, done, target } = core::mem::take(&mut session.pending) else {
            return;
        };
        let cause = Cause { session: id, call };
        let reply = match answer {
            Ok(messages) => Reply::History(target, messages),
            Err(_) => Reply::Refused(Refusal::HistoryFailed(target)),
        };
        out.out.push(Effect::Reply(cause, reply));
        if done {
            out.out.push(Effect::Done(cause));
        }
        self.resume(now, id, out);
    }

    /// Parks a session until the store has answered.
    pub(crate) fn park(&mut self, cause: Cause, done: bool, target: Name) -> Ticket {
        self.next_ticket += 1;
        let ticket = Ticket(self.next_ticket);
        if let Some(session) = self.sessions.get_mut(&cause.session) {
            session.pending = Pending::Lookup {
                call: cause.call,
                done,
                target,
            };
            self.tickets.insert(ticket, cause.session);
        }
        ticket
    }

    /// Takes up what a session asked while it waited.
    fn resume(&mut self, now: Time, id: SessionId, out: &mut Effects) {
        if let Some(session) = self.sessions.get_mut(&id)
            && matches!(session.pending, Pending::Journal)
        {
            session.pending = Pending::None;
        }
        while let Some(session) = self.sessions.get_mut(&id) {
            if !matches!(session.pending, Pending::None) {
                return;
            }
            let Some(call) = session.waiting.pop_front() else {
                return;
            };
            self.call(now, call, out);
        }
    }

    // Finding things.

    /// The user of a session, if it is registered.
    pub(crate) fn user_of(&self, session: SessionId) -> Option<&User> {
        self.users.get(&self.sessions.get(&session)?.user?)
    }

    pub(crate) fn user_by_nick(&self, nick: &str) -> Result<&User, Refusal> {
        self.nicks
            .get(&Folded::of(nick))
            .and_then(|id| self.users.get(id))
            .ok_or_else(|| Refusal::NoSuchNick(nick.into()))
    }

    /// A channel by name, whoever asks; also one that nobody is in but that is
    /// remembered.
    pub(crate) fn channel_by_name(&self, name: &str) -> Result<&Channel, Refusal> {
        self.channel_names
            .get(&Folded::of(name))
            .and_then(|id| self.channels.get(id))
            .filter(|channel| channel.permanent || !channel.members.is_empty())
            .ok_or_else(|| Refusal::NoSuchChannel(name.into()))
    }

    // Channels come and go.

    pub(crate) fn new_channel_id(&mut self) -> ChannelId {
        self.next_channel += 1;
        ChannelId(self.next_channel)
    }

    pub(crate) fn insert_channel(&mut self, channel: Channel) {
        self.channel_names.insert(channel.folded(), channel.id);
        self.channels.insert(channel.id, channel);
    }

    /// Takes a user out of a channel; the last one to go may take the channel along.
    pub(crate) fn remove_member(
        &mut self,
        at: MsgId,
        user: UserId,
        id: ChannelId,
        out: &mut Effects,
    ) {
        if let Some(user) = self.users.get_mut(&user) {
            user.channels.remove(&id);
            for &session in &user.sessions {
                out.out.push(Effect::Leave(session, id));
            }
        }
        let Some(channel) = self.channels.get_mut(&id) else {
            return;
        };
        channel.members.remove(&user);
        if !channel.members.is_empty() || channel.permanent {
            return;
        }
        let before = channel.kept();
        channel.emptied(at);
        let after = channel.kept();
        if after != before {
            out.records.push(crate::Record::Channel(after));
        }
        if !channel.is_worth_keeping() {
            let folded = channel.folded();
            self.channels.remove(&id);
            self.channel_names.remove(&folded);
        }
    }

    /// Shows a user's new profile wherever an old one is held.
    pub(crate) fn set_profile(&mut self, id: UserId, profile: &Arc<Profile>) {
        let Some(user) = self.users.get_mut(&id) else {
            return;
        };
        user.profile = profile.clone();
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

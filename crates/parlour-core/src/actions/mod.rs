//! What a change does, one file a verb: asks the rules, changes the state, tells.

mod accept;
mod account;
mod audience;
mod away;
mod ban;
mod console;
pub(crate) mod happened;
mod host;
mod invite;
mod join;
mod kick;
mod kill;
mod knock;
pub(crate) mod markread;
mod message;
mod metadata;
mod mode;
mod monitor;
mod nick;
pub(crate) mod oper;
mod part;
pub(crate) mod presence;
mod quit;
mod realname;
mod redact;
mod register;
mod registered;
mod relay;
mod rename;
mod switch;
mod topic;
mod user_modes;
mod wallops;

use alloc::sync::Arc;

use crate::event::Place;
use crate::rules;
use crate::state::{Channel, Profile};
use crate::{
    Audience, Body, CallId, Cause, Change, ChannelId, Core, Effect, Effects, Event, MsgId, Refusal,
    Reply, SessionId,
};

/// Applies a change that has its place in the journal, or refuses it.
pub(crate) fn apply(
    core: &mut Core,
    at: MsgId,
    cause: Cause,
    change: Change,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let change = match change {
        Change::Register(registration) => {
            return register::register(core, at, cause, *registration, out);
        }
        Change::Login(login) => return account::login(core, at, cause, *login, out),
        Change::FinishLogin => return account::finish_login(core, at, cause, out),
        Change::CreateAccount(new) => return account::create(core, at, cause, *new, out),
        Change::Verify(name, code) => return account::verify(core, at, cause, &name, &code, out),
        Change::Console(wish) => return console::apply(core, at, cause, wish, out),
        Change::Ban(wish) => return ban::ban(core, at, cause, wish, out),
        Change::Unban(target) => return ban::unban(core, at, cause, &target, out),
        other => other,
    };
    let Some(user) = core.user_of(cause.session) else {
        if matches!(change, Change::Quit(_)) {
            core.forget_session(cause.session, out);
        }
        return Ok(());
    };
    let doer = Doer {
        profile: user.profile.clone(),
        at,
        cause,
    };
    let muted = rules::ban::is_not_muted(core, &doer.profile, cause.session, &change, at.time());
    if let Err(refusal) = muted {
        return message::unsaid(&change, refusal);
    }
    match change {
        Change::Nick(nick) => nick::nick(core, &doer, &nick, out),
        Change::Quit(reason) => {
            quit::quit(core, &doer, reason, out);
            Ok(())
        }
        Change::Say(saying) => message::say(core, &doer, saying, out),
        Change::Relay {
            channel,
            nick,
            text,
            tags,
        } => relay::relay(core, &doer, &channel, nick, text, tags, out),
        Change::Redact(redaction, event) => redact::redact(core, &doer, redaction, &event, out),
        Change::Join(..)
        | Change::Part(..)
        | Change::PartAll
        | Change::Topic(..)
        | Change::Invite { .. }
        | Change::Kick { .. }
        | Change::Mode(..)
        | Change::ModeByOffice(..)
        | Change::Rename { .. }
        | Change::Own(..)
        | Change::Knock(..) => channel(core, &doer, change, out),
        other => user_or_session(core, &doer, other, out),
    }
}

/// What is done to a channel.
fn channel(core: &mut Core, doer: &Doer, change: Change, out: &mut Effects) -> Result<(), Refusal> {
    match change {
        Change::Join(channel, key) => join::join(core, doer, &channel, key.as_deref(), out),
        Change::Part(channel, reason) => part::part(core, doer, &channel, reason, out),
        Change::PartAll => part::part_all(core, doer, out),
        Change::Topic(channel, text) => topic::topic(core, doer, &channel, text, out),
        Change::Invite { nick, channel } => invite::invite(core, doer, &nick, &channel, out),
        Change::Kick {
            channel,
            nick,
            reason,
        } => kick::kick(core, doer, &channel, &nick, reason, out),
        Change::Mode(channel, changes) => mode::mode(core, doer, &channel, changes, out),
        Change::ModeByOffice(channel, changes) => {
            mode::by_office(core, doer, &channel, changes, out)
        }
        Change::Rename {
            channel,
            name,
            reason,
        } => rename::rename(core, doer, &channel, &name, reason, out),
        Change::Own(channel, wish) => registered::own(core, doer, &channel, wish, out),
        Change::Knock(channel, why) => knock::knock(core, doer, &channel, &why, out),
        _ => Ok(()),
    }
}

/// What is done to oneself, to one's session, or to another user.
fn user_or_session(
    core: &mut Core,
    doer: &Doer,
    change: Change,
    out: &mut Effects,
) -> Result<(), Refusal> {
    match change {
        Change::UserModes { nick, changes } => {
            user_modes::user_modes(core, doer, &nick, &changes, out)
        }
        Change::Away(text) => away::away(core, doer, text, out),
        Change::RealName(name) => realname::realname(core, doer, name, out),
        Change::Oper(wish) => oper::oper(core, doer, &wish.name, out),
        Change::Kill { nick, reason } => kill::kill(core, doer, &nick, &reason, out),
        Change::Wallops(text) => wallops::wallops(core, doer, text, out),
        Change::Accept(changes) => {
            accept::accept(core, doer, changes, out);
            Ok(())
        }
        Change::Monitor(change) => {
            monitor::monitor(core, doer, change, out);
            Ok(())
        }
        Change::SetMetadata { target, key, value } => {
            metadata::set(core, doer, &target, &key, value, out)
        }
        Change::ClearMetadata(target) => metadata::clear(core, doer, &target, out),
        Change::ReadMetadata(reads) => {
            metadata::read(core, doer, reads);
            Ok(())
        }
        Change::Subscribe(keys) => {
            metadata::subscribe(core, doer, &keys, out);
            Ok(())
        }
        Change::Unsubscribe(keys) => {
            metadata::unsubscribe(core, doer, &keys, out);
            Ok(())
        }
        Change::MarkRead(target, at) => markread::mark_read(core, doer, &target, at, out),
        Change::Rejoin => {
            register::rejoin(core, doer, out);
            Ok(())
        }
        Change::Logout => {
            out.out.push(Effect::Reply(doer.cause, Reply::LoggedOut));
            account::show(core, doer, None, out);
            Ok(())
        }
        Change::SetPassword(wish) => account::set_password(core, doer.at, doer.cause, *wish, out),
        Change::Certificate(fingerprint, add) => {
            account::certificate(core, doer.cause, &fingerprint, add, out)
        }
        Change::SetPreference(preference, on) => {
            account::set_preference(core, doer, preference, on, out)
        }
        Change::DropAccount(name) => account::drop_own(core, doer.at, doer.cause, &name, out),
        Change::Recover(nick) => account::recover(core, doer, &nick, out),
        _ => Ok(()),
    }
}

/// Who does it, by which request, at which place of the journal.
struct Doer {
    profile: Arc<Profile>,
    at: MsgId,
    cause: Cause,
}

impl Doer {
    /// What happens to somebody without a request of theirs.
    fn nobody(profile: Arc<Profile>, at: MsgId) -> Doer {
        Doer {
            profile,
            at,
            cause: Cause {
                session: SessionId(u64::MAX),
                call: CallId(0),
            },
        }
    }

    /// What they did, as an event.
    fn event(&self, body: Body) -> Arc<Event> {
        Arc::new(Event {
            id: self.at,
            from: self.profile.clone(),
            body,
        })
    }

    /// The cause of something that other sessions of a user are told as well: it is the request
    /// of only one of them.
    fn cause_for(&self, session: SessionId) -> Cause {
        let call = if session == self.cause.session {
            self.cause.call
        } else {
            CallId(0)
        };
        Cause { session, call }
    }

    /// Tells all in a channel.
    fn tell(&self, channel: ChannelId, body: Body, out: &mut Effects) {
        out.event(
            Audience::Channel(channel),
            Some(self.cause),
            self.event(body),
        );
    }
}

fn place(channel: &Channel) -> Place {
    Place {
        id: channel.id,
        name: channel.name.clone(),
    }
}

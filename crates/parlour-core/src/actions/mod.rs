//! Changes, one file per verb: checked by the rules, applied to the state, sent as effects.

mod accept;
mod account;
pub(crate) mod always_on;
mod audience;
mod away;
mod ban;
pub(crate) mod channel_events;
mod console;
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

use crate::event::ChannelRef;
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
    let mut change = match change {
        Change::Register(registration) => {
            return register::register(core, at, cause, *registration, out);
        }
        Change::Login(login) => return account::login(core, at, cause, *login, out),
        Change::FinishLogin => return account::finish_login(core, at, cause, out),
        Change::CreateAccount(new) => return account::create(core, at, cause, *new, out),
        Change::Verify(name, code) => return account::verify(core, at, cause, &name, &code, out),
        Change::Admin(command) => return console::apply(core, at, cause, command, out),
        Change::Ban(request) => return ban::ban(core, at, cause, request, out),
        Change::Unban(target) => return ban::unban(core, at, cause, &target, out),
        other => other,
    };
    // The session may have ended while the change was in the journal.
    let Some(user) = core.user_of(cause.session) else {
        if matches!(change, Change::Quit(_)) {
            core.forget_session(cause.session, out);
        }
        return Ok(());
    };
    let cx = ActionContext {
        profile: user.profile.clone(),
        at,
        cause,
    };
    let muted = rules::ban::is_not_muted(core, &cx.profile, cause.session, &mut change, at.time());
    if let Err(refusal) = muted {
        return message::refuse_muted(&change, refusal);
    }
    match change {
        Change::Nick(nick) => nick::nick(core, &cx, &nick, out),
        Change::Quit(reason) => {
            quit::quit(core, &cx, reason, out);
            Ok(())
        }
        Change::Send(message) => message::send(core, &cx, message, out),
        Change::Relay {
            channel,
            nick,
            text,
            tags,
        } => relay::relay(core, &cx, &channel, nick, text, tags, out),
        Change::Redact(redaction, event) => redact::redact(core, &cx, redaction, &event, out),
        Change::Join(..)
        | Change::Part(..)
        | Change::PartAll
        | Change::Topic(..)
        | Change::Invite { .. }
        | Change::Kick { .. }
        | Change::Mode(..)
        | Change::ModeAsOper(..)
        | Change::Rename { .. }
        | Change::ChannelService(..)
        | Change::Knock(..) => channel(core, &cx, change, out),
        other => user_or_session(core, &cx, other, out),
    }
}

/// Applies a change of a channel.
fn channel(
    core: &mut Core,
    cx: &ActionContext,
    change: Change,
    out: &mut Effects,
) -> Result<(), Refusal> {
    match change {
        Change::Join(channel, key) => join::join(core, cx, &channel, key.as_deref(), out),
        Change::Part(channel, reason) => part::part(core, cx, &channel, reason, out),
        Change::PartAll => part::part_all(core, cx, out),
        Change::Topic(channel, text) => topic::topic(core, cx, &channel, text, out),
        Change::Invite { nick, channel } => invite::invite(core, cx, &nick, &channel, out),
        Change::Kick {
            channel,
            nick,
            reason,
        } => kick::kick(core, cx, &channel, &nick, reason, out),
        Change::Mode(channel, changes) => mode::mode(core, cx, &channel, changes, out),
        Change::ModeAsOper(channel, changes) => {
            mode::mode_as_oper(core, cx, &channel, changes, out)
        }
        Change::Rename {
            channel,
            name,
            reason,
        } => rename::rename(core, cx, &channel, &name, reason, out),
        Change::ChannelService(channel, command) => {
            registered::channel_service(core, cx, &channel, command, out)
        }
        Change::Knock(channel, why) => knock::knock(core, cx, &channel, &why, out),
        _ => Ok(()),
    }
}

/// Applies a change of the requester, of their session, or of another user.
fn user_or_session(
    core: &mut Core,
    cx: &ActionContext,
    change: Change,
    out: &mut Effects,
) -> Result<(), Refusal> {
    match change {
        Change::UserModes { nick, changes } => {
            user_modes::user_modes(core, cx, &nick, &changes, out)
        }
        Change::Away(text) => away::away(core, cx, text, out),
        Change::RealName(name) => realname::realname(core, cx, name, out),
        Change::Oper(login) => oper::oper(core, cx, &login.name, out),
        Change::Kill { nick, reason } => kill::kill(core, cx, &nick, &reason, out),
        Change::Wallops(text) => wallops::wallops(core, cx, text, out),
        Change::Accept(changes) => {
            accept::accept(core, cx, changes, out);
            Ok(())
        }
        Change::Monitor(change) => {
            monitor::monitor(core, cx, change, out);
            Ok(())
        }
        Change::SetMetadata { target, key, value } => {
            metadata::set(core, cx, &target, &key, value, out)
        }
        Change::ClearMetadata(target) => metadata::clear(core, cx, &target, out),
        Change::ReadMetadata(reads) => {
            metadata::read(core, cx, reads);
            Ok(())
        }
        Change::Subscribe(keys) => {
            metadata::subscribe(core, cx, &keys, out);
            Ok(())
        }
        Change::Unsubscribe(keys) => {
            metadata::unsubscribe(core, cx, &keys, out);
            Ok(())
        }
        Change::MarkRead(target, at) => markread::mark_read(core, cx, &target, at, out),
        Change::ShowChannels => {
            register::show_channels(core, cx, out);
            Ok(())
        }
        Change::Logout => {
            out.out.push(Effect::Reply(cx.cause, Reply::LoggedOut));
            account::show(core, cx, None, out);
            Ok(())
        }
        Change::SetPassword(password) => {
            account::set_password(core, cx.at, cx.cause, *password, out)
        }
        Change::Certificate(fingerprint, add) => {
            account::certificate(core, cx.cause, &fingerprint, add, out)
        }
        Change::SetPreference(preference, on) => {
            account::set_preference(core, cx, preference, on, out)
        }
        Change::DropAccount(name) => account::drop_own(core, cx.at, cx.cause, &name, out),
        Change::Recover(nick) => account::recover(core, cx, &nick, out),
        _ => Ok(()),
    }
}

/// Context of an action: its user, its place in the journal, and the request it comes from.
struct ActionContext {
    profile: Arc<Profile>,
    at: MsgId,
    cause: Cause,
}

impl ActionContext {
    /// Returns the context of an action that no request of the user caused.
    fn without_request(profile: Arc<Profile>, at: MsgId) -> ActionContext {
        // No session has this id: nobody gets a reply or an echo.
        ActionContext {
            profile,
            at,
            cause: Cause {
                session: SessionId(u64::MAX),
                call: CallId(0),
            },
        }
    }

    /// Returns an event that the user caused.
    fn event(&self, body: Body) -> Arc<Event> {
        Arc::new(Event {
            id: self.at,
            from: self.profile.clone(),
            body,
        })
    }

    /// Returns the cause of a reply to any session of the user; only the requesting session gets
    /// the number of the request.
    fn cause_for(&self, session: SessionId) -> Cause {
        let call = if session == self.cause.session {
            self.cause.call
        } else {
            CallId(0)
        };
        Cause { session, call }
    }

    /// Sends an event to a whole channel.
    fn tell(&self, channel: ChannelId, body: Body, out: &mut Effects) {
        out.event(
            Audience::Channel(channel),
            Some(self.cause),
            self.event(body),
        );
    }
}

fn place(channel: &Channel) -> ChannelRef {
    ChannelRef {
        id: channel.id,
        name: channel.name.clone(),
    }
}

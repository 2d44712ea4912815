//! Dispatch of an entry's change to the verb that it is.

use super::context::ActionContext;
use super::{
    accept, account, away, ban, console, invite, join, kick, kill, knock, markread, message,
    metadata, mode, nick, node_lost, oper, part, push, quit, realname, redact, register,
    registered, relay, rename, topic, user_modes, wallops,
};
use crate::replica::{Outcome, Replica};
use crate::reply::AccountReply;
use crate::{Actor, Cause, Change, Effect, MsgId, Refusal, Reply, rules};

/// Applies a change that has its place in the journal, or refuses it.
pub(crate) fn apply(
    replica: &mut Replica,
    at: MsgId,
    actor: Actor,
    cause: Cause,
    mut change: Change,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let user = match actor {
        // Only while the session is still theirs: it may have ended since the proposal.
        Actor::User(id) => replica
            .user_of(cause.session)
            .filter(|user| user.profile.id == id),
        Actor::Unregistered | Actor::Console | Actor::Server => None,
    };
    let Some(user) = user else {
        return without_user(replica, at, actor, cause, change, out);
    };
    let cx = ActionContext {
        profile: user.profile.clone(),
        at,
        cause,
    };
    let muted =
        rules::ban::is_not_muted(replica, &cx.profile, cause.session, &mut change, at.time());
    if let Err(refusal) = muted {
        return message::refuse_muted(&change, refusal);
    }
    by_user(replica, &cx, change, out)
}

/// Applies a change whose author is no user: a connection that registers, the console, the server.
fn without_user(
    replica: &mut Replica,
    at: MsgId,
    actor: Actor,
    cause: Cause,
    change: Change,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    match change {
        Change::Register(registration) => {
            register::register(replica, at, cause, *registration, None, out)
        }
        Change::Resume(registration, key) => {
            register::register(replica, at, cause, *registration, Some(key), out)
        }
        Change::Login(login) => account::login(replica, at, cause, *login, out),
        Change::FinishLogin => account::finish_login(replica, at, cause, out),
        Change::CreateAccount(new) => account::create(replica, at, cause, *new, out),
        Change::Verify(name, code) => account::verify(replica, at, cause, &name, &code, out),
        Change::Admin(command) => console::apply(replica, at, cause, command, out),
        Change::Ban(request) => ban::ban(replica, at, cause, request, out),
        Change::Unban(target) => ban::unban(replica, at, cause, &target, out),
        Change::Settings(settings) => {
            // Settings come from the server alone, whatever a session may propose.
            if actor == Actor::Server {
                replica.set_settings(settings, out);
            }
            Ok(())
        }
        Change::NodeLost(node) => {
            if actor == Actor::Server {
                node_lost::lost(replica, at, node, out);
            }
            Ok(())
        }
        Change::GraceOver(lost) => {
            if actor == Actor::Server {
                node_lost::grace_over(replica, at, lost, out);
            }
            Ok(())
        }
        Change::Quit { reason, .. } => {
            replica.forget_session(cause.session, out);
            let end = Effect::Close(cause.session, reason.into());
            out.effects.push(end);
            Ok(())
        }
        // Whoever has no user, or no longer, can do none of these.
        Change::MarkRead(..)
        | Change::ShowChannels
        | Change::Nick(_)
        | Change::Join(..)
        | Change::Part(..)
        | Change::PartAll
        | Change::Topic(..)
        | Change::Invite { .. }
        | Change::Kick { .. }
        | Change::Mode(..)
        | Change::UserModes { .. }
        | Change::Send(_)
        | Change::Relay(_)
        | Change::Redact(..)
        | Change::Away(_)
        | Change::RealName(_)
        | Change::Rename { .. }
        | Change::ChannelService(..)
        | Change::Knock(..)
        | Change::Oper(_)
        | Change::ModeAsOper(..)
        | Change::Kill { .. }
        | Change::Wallops(_)
        | Change::Accept(_)
        | Change::SetMetadata { .. }
        | Change::ClearMetadata(_)
        | Change::Logout
        | Change::SetPassword(_)
        | Change::Certificate(..)
        | Change::SetPreference(..)
        | Change::DropAccount(_)
        | Change::Recover(_)
        | Change::Push(_) => Ok(()),
    }
}

/// Applies a change of a user.
#[expect(
    clippy::too_many_lines,
    reason = "a table with one row for each change"
)]
fn by_user(
    replica: &mut Replica,
    cx: &ActionContext,
    change: Change,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let (at, cause) = (cx.at, cx.cause);
    match change {
        Change::Register(registration) => {
            register::register(replica, at, cause, *registration, None, out)
        }
        Change::Resume(registration, key) => {
            register::register(replica, at, cause, *registration, Some(key), out)
        }
        Change::Login(login) => account::login(replica, at, cause, *login, out),
        Change::FinishLogin => account::finish_login(replica, at, cause, out),
        Change::CreateAccount(new) => account::create(replica, at, cause, *new, out),
        Change::Verify(name, code) => account::verify(replica, at, cause, &name, &code, out),
        Change::Admin(command) => console::apply(replica, at, cause, command, out),
        Change::Settings(_) | Change::NodeLost(_) | Change::GraceOver(_) => Ok(()),
        Change::Ban(request) => ban::ban(replica, at, cause, request, out),
        Change::Unban(target) => ban::unban(replica, at, cause, &target, out),
        Change::Nick(nick) => nick::nick(replica, cx, &nick, out),
        Change::Quit { reason, .. } => {
            quit::quit(replica, cx, reason, out);
            Ok(())
        }
        Change::Send(message) => message::send(replica, cx, message, out),
        Change::Relay(message) => relay::relay(replica, cx, message, out),
        Change::Redact(redaction, event) => redact::redact(replica, cx, redaction, &event, out),
        Change::Join(channel, key) => join::join(replica, cx, &channel, key.as_deref(), out),
        Change::Part(channel, reason) => part::part(replica, cx, &channel, reason, out),
        Change::PartAll => part::part_all(replica, cx, out),
        Change::Topic(channel, text) => topic::topic(replica, cx, &channel, text, out),
        Change::Invite { nick, channel } => invite::invite(replica, cx, &nick, &channel, out),
        Change::Kick {
            channel,
            nick,
            reason,
        } => kick::kick(replica, cx, &channel, &nick, reason, out),
        Change::Mode(channel, changes) => mode::mode(replica, cx, &channel, changes, out),
        Change::ModeAsOper(channel, changes) => {
            mode::mode_as_oper(replica, cx, &channel, changes, out)
        }
        Change::Rename {
            channel,
            name,
            reason,
        } => rename::rename(replica, cx, &channel, &name, reason, out),
        Change::ChannelService(channel, command) => {
            registered::channel_service(replica, cx, &channel, command, out)
        }
        Change::Knock(channel, why) => knock::knock(replica, cx, &channel, &why, out),
        Change::UserModes { nick, changes } => {
            user_modes::user_modes(replica, cx, &nick, &changes, out)
        }
        Change::Away(text) => away::away(replica, cx, text, out),
        Change::RealName(name) => realname::realname(replica, cx, name, out),
        Change::Oper(login) => oper::oper(replica, cx, &login.name, out),
        Change::Kill { nick, reason } => kill::kill(replica, cx, &nick, &reason, out),
        Change::Wallops(text) => wallops::wallops(replica, cx, text, out),
        Change::Accept(changes) => {
            accept::accept(replica, cx, changes, out);
            Ok(())
        }
        Change::SetMetadata { target, key, value } => {
            metadata::set(replica, cx, &target, &key, value, out)
        }
        Change::ClearMetadata(target) => metadata::clear(replica, cx, &target, out),
        Change::MarkRead(target, at) => markread::mark_read(replica, cx, &target, at, out),
        Change::ShowChannels => {
            register::show_channels(replica, cx, out);
            Ok(())
        }
        Change::Logout => {
            out.effects.push(Effect::Reply(
                cx.cause,
                Reply::Account(AccountReply::LoggedOut),
            ));
            account::show(replica, cx, None, out);
            Ok(())
        }
        Change::SetPassword(password) => account::set_password(replica, at, cause, *password, out),
        Change::Certificate(fingerprint, add) => {
            account::certificate(replica, cause, &fingerprint, add, out)
        }
        Change::SetPreference(preference, on) => {
            account::set_preference(replica, cx, preference, on, out)
        }
        Change::DropAccount(name) => account::drop_own(replica, at, cause, &name, out),
        Change::Recover(nick) => account::recover(replica, cx, &nick, out),
        Change::Push(command) => push::push(replica, cx, command, out),
    }
}

//! Admin commands of the server's own console.

use crate::error::{AccountError, ChannelError};
use crate::names::AccountName;
use crate::names::ChannelName;
use crate::names::Nick;
use crate::names::Text;
use crate::reply::{AccountReply, OwnershipReply};
use alloc::vec::Vec;

use super::context::{ActionContext, place};
use super::{account, audience, ban, hook, kick, mode, push, registered};
use crate::event::Addressee;
use crate::history::Log;
use crate::replica::{Outcome, Replica};
use crate::request::{AdminCommand, MessageKind, ModeChange};
use crate::rules::console;
use crate::state::{BanTarget, Profile};
use crate::{
    Audience, Body, Cause, Effect, Event, MsgId, Name, Record, Refusal, Reply, UserId, rules,
};

pub(super) fn apply(
    replica: &mut Replica,
    at: MsgId,
    cause: Cause,
    command: AdminCommand,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    console::require_console(cause.session)?;
    let reply = match command {
        AdminCommand::ResetPassword(name, password) => {
            let mut account = find(replica, &name)?.clone();
            account.verifier = password.verifier;
            let (name, folded) = (account.name.clone(), account.folded.clone());
            out.records.push(Record::Account(account.clone()));
            replica.accounts.put(account);
            end_all(replica, at, cause, folded, "Your password was reset", out);
            note(
                replica,
                at,
                cause,
                ("account", &name, "password reset"),
                out,
            );
            Reply::Account(AccountReply::PasswordSet(name))
        }
        AdminCommand::EraseAccount(name) => {
            let account = find(replica, &name)?;
            let (name, folded) = (account.name.clone(), account.folded.clone());
            let since = account.created;
            end_all(
                replica,
                at,
                cause,
                folded.clone(),
                "Your account was erased",
                out,
            );
            account::drop_account(replica, at, None, &folded, out);
            // A later account of the same name must not inherit the ban.
            if replica
                .bans
                .remove(&BanTarget::Account(folded.clone()))
                .is_some()
            {
                out.records.push(Record::Unbanned(folded.as_str().into()));
            }
            out.records.push(Record::Erased(name.clone(), since, at));
            note(replica, at, cause, ("account", &name, "erased"), out);
            Reply::Account(AccountReply::AccountDropped(name))
        }
        AdminCommand::DropChannel(name) => {
            let channel = replica.any_channel(&name)?;
            rules::registered::registered(channel)?;
            let (id, name) = (channel.id, channel.name.clone());
            registered::release(replica, at, id, out);
            note(replica, at, cause, ("channel", &name, "dropped"), out);
            Reply::Ownership(OwnershipReply::ChannelDropped(name))
        }
        AdminCommand::Mode(name, changes) => mode(replica, at, cause, &name, changes, out)?,
        AdminCommand::Kick {
            channel,
            nick,
            reason,
        } => kick(replica, at, cause, (&channel, &nick, reason), out)?,
        AdminCommand::Say(target, text) => {
            say(replica, at, &target, &text, out)?;
            note(replica, at, cause, ("say", &target, ""), out);
            Reply::Passed
        }
        AdminCommand::Hook(command) => hook::apply(replica, at, cause, command, out)?,
        AdminCommand::DropPush(endpoint) => {
            push::drop_endpoint(replica, endpoint, out);
            Reply::Passed
        }
        // Answered where secrets are checked; it changes nothing.
        AdminCommand::CheckPassword(_) => Reply::Passed,
        AdminCommand::Note(action, about) => {
            note(replica, at, cause, (&action, &about, ""), out);
            Reply::Passed
        }
    };
    out.effects.push(Effect::Reply(cause, reply));
    Ok(())
}

/// Changes modes of a channel in the server's name, whatever the ranks.
fn mode(
    replica: &mut Replica,
    at: MsgId,
    cause: Cause,
    name: &ChannelName,
    changes: Vec<ModeChange>,
    out: &mut Outcome<'_>,
) -> Result<Reply, Refusal> {
    let channel = replica.any_channel(name)?;
    let (id, name) = (channel.id, channel.name.clone());
    let authority = mode::Authority::Privilege;
    let cx = server(replica, at, cause);
    let faults = mode::change(replica, &cx, (id, authority), changes, out);
    if let Some(fault) = faults.into_iter().next() {
        return Err(fault);
    }
    note(replica, at, cause, ("mode", &name, ""), out);
    Ok(Reply::Passed)
}

/// Kicks a user from a channel in the server's name.
fn kick(
    replica: &mut Replica,
    at: MsgId,
    cause: Cause,
    (channel, nick, reason): (&ChannelName, &Nick, Text),
    out: &mut Outcome<'_>,
) -> Result<Reply, Refusal> {
    let channel = replica.any_channel(channel)?;
    let (id, name) = (channel.id, channel.name.clone());
    let target = replica.user_by_nick(nick)?.profile.clone();
    if !channel.members.contains_key(&target.id) {
        return Err(Refusal::Channel(ChannelError::UserNotOnChannel(
            target.nick.clone(),
            name,
        )));
    }
    let cx = server(replica, at, cause);
    kick::remove_kicked(replica, &cx, (id, &target), reason, out);
    note(replica, at, cause, ("kick", &target.nick, &name), out);
    Ok(Reply::Passed)
}

/// Returns the context of an action that the server does for the console.
fn server(replica: &Replica, at: MsgId, cause: Cause) -> ActionContext {
    ActionContext {
        profile: Profile::of_server(replica.settings.server_name.clone()),
        at,
        cause,
    }
}

fn find<'c>(
    replica: &'c Replica,
    name: &AccountName,
) -> Result<&'c crate::state::Account, Refusal> {
    let account = replica.accounts.get(&replica.nick_key(name));
    account.ok_or_else(|| Refusal::Account(AccountError::NoSuchAccount(name.clone())))
}

/// Ends all sessions of an account.
fn end_all(
    replica: &mut Replica,
    at: MsgId,
    cause: Cause,
    account: crate::names::Folded,
    words: &str,
    out: &mut Outcome<'_>,
) {
    let target = BanTarget::Account(account);
    ban::end_covered(replica, at, cause.session, &target, &words.into(), out);
}

fn note(
    replica: &Replica,
    at: MsgId,
    cause: Cause,
    (action, about, detail): (&str, &str, &str),
    out: &mut Outcome<'_>,
) {
    replica.audit(cause.session, action, about.into(), detail.into(), at, out);
}

/// Sends a notice in the server's name: to a channel, to a nick, or (`*`) to everybody.
fn say(
    replica: &Replica,
    at: MsgId,
    target: &Name,
    text: &Text,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let from = Profile::of_server(replica.settings.server_name.clone());
    let said = |to: Addressee| Event {
        id: at,
        from: from.clone(),
        body: Body::Message {
            kind: MessageKind::Notice,
            to,
            text: text.clone(),
            splits: None,
            tags: "".into(),
            relayed_by: None,
        },
    };
    if target.starts_with('#') {
        let channel = replica.channel_by_name(target)?;
        let event = alloc::sync::Arc::new(said(Addressee::Channel(place(channel), None)));
        let log = Log::Channel(channel.folded.clone());
        out.records.push(Record::Message(log, event.clone()));
        out.event(Audience::Channel(channel.id), None, event);
        return Ok(());
    }
    let users: Vec<UserId> = if &**target == "*" {
        replica.users.keys().copied().collect()
    } else {
        [replica.user_by_nick(target)?.profile.id].into()
    };
    for user in users.iter().filter_map(|id| replica.users.get(id)) {
        let event = said(Addressee::User(user.profile.nick.clone()));
        out.event(audience::sessions(user), None, event.into());
    }
    Ok(())
}

//! Hooks: adding and removing them, and messages that they post.

use alloc::format;
use alloc::sync::Arc;

use super::context::place;
use crate::error::HookError;
use crate::event::Addressee;
use crate::history::Log;
use crate::names::{ChannelName, Folded, Nick};
use crate::replica::{Outcome, Replica};
use crate::reply::AdminReply;
use crate::request::{HookCommand, HookMessage, MessageKind, NewHook};
use crate::state::{Hook, HookRight, Profile};
use crate::{Audience, Body, Cause, Event, MsgId, Name, Record, Refusal, Reply, UserId, rules};

/// User name of hooks; their host is the server's name.
const HOOK_USER: &str = "hook";

/// Does a command about hooks; making and removing one is noted in the audit log.
pub(super) fn apply(
    replica: &mut Replica,
    at: MsgId,
    cause: Cause,
    command: HookCommand,
    out: &mut Outcome<'_>,
) -> Result<Reply, Refusal> {
    match command {
        HookCommand::Add(new) => {
            let name = Name::from(&*new.name);
            let detail = format!("added to {}", new.channel).into();
            let reply = add(replica, at, new, out)?;
            replica.audit(cause.session, "hook", name, detail, at, out);
            Ok(reply)
        }
        HookCommand::Remove(name) => {
            let reply = remove(replica, &name, out)?;
            replica.audit(
                cause.session,
                "hook",
                Name::from(&*name),
                "removed".into(),
                at,
                out,
            );
            Ok(reply)
        }
        HookCommand::Post(message) => post(replica, at, message, out),
    }
}

fn add(
    replica: &mut Replica,
    at: MsgId,
    new: NewHook,
    out: &mut Outcome<'_>,
) -> Result<Reply, Refusal> {
    rules::hook::may_add(replica, &new)?;
    let channel = replica.any_channel(&new.channel)?.name.clone();
    let hook = Hook {
        name: new.name,
        channel,
        right: new.right,
        key: new.key,
        created: at.time(),
    };
    out.records.push(Record::Hook(hook.clone()));
    let folded = replica.settings.fold(&hook.name);
    replica.hooks.put(folded, hook.clone());
    replica.reserve_names();
    Ok(Reply::Admin(AdminReply::HookAdded(hook)))
}

fn remove(replica: &mut Replica, name: &Nick, out: &mut Outcome<'_>) -> Result<Reply, Refusal> {
    let folded = replica.settings.fold(name);
    let Some(hook) = replica.hooks.remove(&folded) else {
        return Err(Refusal::Hook(HookError::NoSuchHook(name.clone())));
    };
    out.records.push(Record::HookRemoved(hook.name.clone()));
    replica.reserve_names();
    Ok(Reply::Admin(AdminReply::HookRemoved(hook)))
}

/// Posts a message into the channel of a hook.
fn post(
    replica: &Replica,
    at: MsgId,
    message: HookMessage,
    out: &mut Outcome<'_>,
) -> Result<Reply, Refusal> {
    let hook = rules::hook::with_right(replica, &message.key, HookRight::Post)?;
    let channel = replica.any_channel(&hook.channel)?;
    let from = Profile::new(
        UserId(0),
        hook.name.clone(),
        HOOK_USER.into(),
        replica.settings.server_name.clone(),
        Name::from("").into(),
    );
    let from = Arc::new(Profile {
        bot: true,
        ..Arc::unwrap_or_clone(from)
    });
    // Channel operators keep a hook silent as they do a person.
    rules::relay::may_be_heard(channel, &from)?;
    let event = Arc::new(Event {
        id: at,
        from,
        body: Body::Message {
            kind: MessageKind::Message,
            to: Addressee::Channel(place(channel), None),
            text: message.text,
            splits: None,
            tags: "".into(),
            relayed_by: None,
        },
    });
    let log = Log::Channel(channel.folded.clone());
    out.records.push(Record::Message(log, event.clone()));
    out.event(Audience::Channel(channel.id), None, event);
    Ok(Reply::Admin(AdminReply::HookPosted(at)))
}

/// Has the hooks of a renamed channel follow it.
pub(super) fn follow_rename(
    replica: &mut Replica,
    before: &Folded,
    name: &ChannelName,
    out: &mut Outcome<'_>,
) {
    let settings = replica.settings.clone();
    for hook in replica.hooks.all_mut() {
        if settings.fold(&hook.channel) == *before {
            hook.channel = name.clone();
            out.records.push(Record::Hook(hook.clone()));
        }
    }
}

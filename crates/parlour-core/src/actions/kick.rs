//! Kicks from a channel (KICK).

use super::audience;
use super::context::{ActionContext, place};
use crate::names::ChannelName;
use crate::names::Nick;
use crate::names::Text;
use crate::replica::{Outcome, Replica};
use crate::state::Profile;
use crate::{Audience, Body, ChannelId, Refusal, rules};

pub(super) fn kick(
    replica: &mut Replica,
    cx: &ActionContext,
    name: &ChannelName,
    nick: &Nick,
    reason: Text,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let channel = replica.channel_seen_by(name, cx.profile.id)?;
    rules::require_operator(channel, &cx.profile)?;
    let target = replica.user_by_nick(nick)?.profile.clone();
    rules::kick::may_kick(channel, &cx.profile, &target)?;
    let id = channel.id;
    remove_kicked(replica, cx, (id, &target), reason, out);
    Ok(())
}

/// Removes a member from a channel by a kick, and tells the others.
pub(super) fn remove_kicked(
    replica: &mut Replica,
    cx: &ActionContext,
    (id, target): (ChannelId, &Profile),
    reason: Text,
    out: &mut Outcome<'_>,
) {
    let Some(channel) = replica.channels.get(&id) else {
        return;
    };
    let reason = if reason.is_empty() {
        (&*cx.profile.nick).into()
    } else {
        reason
    };
    let body = Body::Kicked {
        place: place(channel),
        nick: target.nick.clone(),
        reason,
    };
    let heard = match audience::in_channel(replica, channel, target.id) {
        // In an auditorium the requester may not be in the audience: the console is no member.
        Audience::Sessions(sessions) => {
            let mut sessions = sessions.into_vec();
            sessions.push(cx.cause.session);
            Audience::Sessions(sessions.into())
        }
        all @ (Audience::Channel(_) | Audience::Neighbours { .. }) => all,
    };
    let event = cx.event(body);
    out.event(heard, Some(cx.cause), event.clone());
    if let Some(user) = replica.users.get_mut(&target.id) {
        user.queue_missed(event);
    }
    // Removed after the event, whose audience includes the kicked user.
    replica.remove_member(cx.at, target.id, id, out);
}

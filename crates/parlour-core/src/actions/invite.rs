//! Invitations to a channel (INVITE).

use super::audience;
use super::context::{ActionContext, place};
use crate::error::ChannelError;
use crate::names;
use crate::names::ChannelName;
use crate::names::Nick;
use crate::replica::{Outcome, Replica};
use crate::reply::{ChannelReply, UserReply};
use crate::state::Invitation;
use crate::{Body, Effect, Refusal, Reply, rules};

pub(super) fn invite(
    replica: &mut Replica,
    cx: &ActionContext,
    nick: &Nick,
    name: &ChannelName,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    if !names::is_channel(name, replica.settings.limits.channel) {
        return Err(Refusal::Channel(ChannelError::NoSuchChannel(name.clone())));
    }
    let guest = replica.user_by_nick(nick)?;
    let channel = replica.channel_seen_by(name, cx.profile.id)?;
    rules::invite::may_invite(channel, &cx.profile, &guest.profile)?;
    // Only the invitation of a channel operator opens a channel that is closed to the guest.
    let opens = rules::require_operator(channel, &cx.profile).is_ok();
    let place = place(channel);
    let guest = guest.profile.clone();
    let reply = Reply::Channel(ChannelReply::Inviting {
        nick: guest.nick.clone(),
        channel: place.name.clone(),
    });
    out.effects.push(Effect::Reply(cx.cause, reply));
    let Some(user) = replica.users.get_mut(&guest.id) else {
        return Ok(());
    };
    if opens {
        user.invite(Invitation {
            channel: place.id,
            at: cx.at,
        });
    }
    if let Some(text) = &user.away {
        let away = Reply::User(UserReply::TargetAway(guest.nick.clone(), text.clone()));
        out.effects.push(Effect::Reply(cx.cause, away));
    }
    let inviter = replica.channels.get(&place.id);
    let members = inviter.map(|channel| audience::in_channel(replica, channel, cx.profile.id));
    let Some((user, members)) = replica.users.get(&guest.id).zip(members) else {
        return Ok(());
    };
    let invited = |notice| Body::Invited {
        nick: guest.nick.clone(),
        place: place.clone(),
        notice,
    };
    let event = cx.event(invited(false));
    out.event(audience::sessions(user), None, event.clone());
    // Members are told, if they asked to be; the inviter has the reply above.
    out.event(members, Some(cx.cause), cx.event(invited(true)));
    if let Some(user) = replica.users.get_mut(&guest.id) {
        user.queue_missed(event);
    }
    Ok(())
}

//! Somebody into a channel.

use super::{Doer, sessions};
use crate::names;
use crate::state::Invitation;
use crate::{Body, Core, Effect, Effects, Name, Refusal, Reply, rules};

pub(super) fn invite(
    core: &mut Core,
    doer: &Doer,
    nick: &Name,
    name: &Name,
    out: &mut Effects,
) -> Result<(), Refusal> {
    if !names::is_channel(name) {
        return Err(Refusal::NoSuchChannel(name.clone()));
    }
    let guest = core.user_by_nick(nick)?;
    let channel = core.channel_by_name(name)?;
    rules::invite::may_invite(channel, &doer.profile, &guest.profile)?;
    // Only those who could let them in otherwise open what is closed to them.
    let opens = rules::operator(channel, &doer.profile).is_ok();
    let (id, channel) = (channel.id, channel.name.clone());
    let guest = guest.profile.clone();
    let reply = Reply::Inviting {
        nick: guest.nick.clone(),
        channel: channel.clone(),
    };
    out.out.push(Effect::Reply(doer.cause, reply));
    let Some(user) = core.users.get_mut(&guest.id) else {
        return Ok(());
    };
    if opens {
        user.invite(Invitation {
            channel: id,
            name: channel.clone(),
            at: doer.at,
        });
    }
    if let Some(text) = &user.away {
        let away = Reply::TargetAway(guest.nick.clone(), text.clone());
        out.out.push(Effect::Reply(doer.cause, away));
    }
    let body = Body::Invited {
        nick: guest.nick.clone(),
        channel,
    };
    out.event(sessions(user), None, doer.event(body));
    Ok(())
}

//! Into a channel.

use super::{Doer, place};
use crate::names::{self, Folded};
use crate::rules;
use crate::state::{Channel, Member, Rank, Ranks};
use crate::{Body, Cause, Core, Effect, Effects, Name, Refusal, Reply, questions};

pub(super) fn join(
    core: &mut Core,
    doer: &Doer,
    name: &Name,
    key: Option<&str>,
    out: &mut Effects,
) -> Result<(), Refusal> {
    if !names::is_channel(name) {
        return Err(Refusal::BadChannelName(name.clone()));
    }
    let folded = Folded::of(name);
    let known = core.channel_names.get(&folded).copied();
    let Some(user) = core.users.get(&doer.profile.id) else {
        return Ok(());
    };
    if known.is_some_and(|id| user.channels.contains_key(&id)) {
        return Ok(());
    }
    rules::join::has_room(user, core.settings.channels_per_user, name)?;
    if let Some(channel) = known.and_then(|id| core.channels.get(&id)) {
        rules::join::may_join(channel, user, key)?;
    }
    let id = match known {
        Some(id) => id,
        None => {
            let id = core.new_channel_id();
            core.insert_channel(Channel::new(id, name.clone(), doer.at.time()));
            id
        }
    };
    let (Some(channel), Some(user)) = (
        core.channels.get_mut(&id),
        core.users.get_mut(&doer.profile.id),
    ) else {
        return Ok(());
    };
    let mut ranks = Ranks::default();
    if channel.members.is_empty() && !channel.permanent {
        ranks.set(Rank::Operator, true);
    }
    channel.members.insert(
        doer.profile.id,
        Member {
            ranks,
            profile: doer.profile.clone(),
        },
    );
    user.channels.insert(id, ());
    user.invited.retain(|known| known.channel != id);
    for &session in &user.sessions {
        out.out.push(Effect::Enter(session, id));
    }
    doer.tell(id, Body::Joined(place(channel)), out);
    for &session in &user.sessions {
        // Other sessions of the same user are told as well, but it is not their request.
        let call = if session == doer.cause.session {
            doer.cause.call
        } else {
            crate::CallId(0)
        };
        let cause = Cause { session, call };
        if channel.topic.is_some() {
            out.out.push(Effect::Reply(
                cause,
                Reply::Topic(channel.name.clone(), channel.topic.clone()),
            ));
        }
        out.out
            .push(Effect::Reply(cause, questions::names::members(channel)));
    }
    Ok(())
}

//! Something is said in the name of somebody elsewhere (RELAYMSG).

use alloc::sync::Arc;

use super::{Doer, place};
use crate::event::Addressee;
use crate::history::Log;
use crate::request::SayKind;
use crate::state::Profile;
use crate::{Audience, Body, Core, Effects, Event, Name, Record, Refusal, rules};

/// The user name that relayed words are shown with; their host is the server's name.
const RELAY_USER: &str = "relay";

pub(super) fn relay(
    core: &mut Core,
    doer: &Doer,
    name: &Name,
    nick: Name,
    text: Name,
    tags: Name,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let channel = core.channel_seen_by(name, doer.profile.id)?;
    let Some(user) = core.users.get(&doer.profile.id) else {
        return Ok(());
    };
    rules::relay::may_relay(core, channel, user, &nick, &text)?;
    let from = Profile::new(
        doer.profile.id,
        nick,
        RELAY_USER.into(),
        core.settings.server_name.clone(),
        "".into(),
    );
    rules::relay::may_be_heard(channel, &from)?;
    let event = Arc::new(Event {
        id: doer.at,
        from,
        body: Body::Said {
            kind: SayKind::Message,
            to: Addressee::Channel(place(channel), None),
            text,
            splits: None,
            tags,
            relayed_by: Some(doer.profile.nick.clone()),
        },
    });
    let log = Log::Channel(channel.folded.clone());
    out.records.push(Record::Said(log, event.clone()));
    let heard = Audience::Around {
        channels: [channel.id].into(),
        sessions: [doer.cause.session].into(),
        watchers: [].into(),
    };
    out.event(heard, Some(doer.cause), event);
    Ok(())
}

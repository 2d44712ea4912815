//! Messages relayed in the name of a user of another network (RELAYMSG).

use alloc::sync::Arc;

use super::context::{ActionContext, place};
use crate::event::Addressee;
use crate::history::Log;
use crate::replica::{Outcome, Replica};
use crate::request::{MessageKind, RelayMessage};
use crate::state::Profile;
use crate::{Audience, Body, Event, Record, Refusal, rules};

/// User name of a relayed sender; their host is the server's name.
const RELAY_USER: &str = "relay";

pub(super) fn relay(
    replica: &mut Replica,
    cx: &ActionContext,
    message: RelayMessage,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let channel = replica.channel_seen_by(&message.channel, cx.profile.id)?;
    let Some(user) = replica.users.get(&cx.profile.id) else {
        return Ok(());
    };
    rules::relay::may_relay(replica, channel, user, &message)?;
    let from = Profile::new(
        cx.profile.id,
        message.nick,
        RELAY_USER.into(),
        replica.settings.server_name.clone(),
        "".into(),
    );
    rules::relay::may_be_heard(channel, &from)?;
    let event = Arc::new(Event {
        id: cx.at,
        from,
        body: Body::Message {
            kind: MessageKind::Message,
            to: Addressee::Channel(place(channel), None),
            text: message.text,
            splits: None,
            tags: message.tags,
            relayed_by: Some(cx.profile.nick.clone()),
        },
    });
    let log = Log::Channel(channel.folded.clone());
    out.records.push(Record::Message(log, event.clone()));
    // The requester may relay without being in the channel, and gets the echo by itself.
    let heard = Audience::Neighbours {
        channels: [channel.id].into(),
        sessions: [cx.cause.session].into(),
        watchers: [].into(),
    };
    out.event(heard, Some(cx.cause), event);
    Ok(())
}

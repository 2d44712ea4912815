//! What happened in channels besides what was said is kept with it, for those who ask for that too
//! (draft/event-playback).

use crate::history::Log;
use crate::{Audience, Body, ChannelId, Core, Effect, Effects, Record};

/// Whether an event is part of a channel's past.
fn is_past(body: &Body) -> bool {
    matches!(
        body,
        Body::Joined(_)
            | Body::Parted(..)
            | Body::Kicked { .. }
            | Body::Quit(_)
            | Body::Renamed(_)
            | Body::Topic(..)
            | Body::Modes(..)
    )
}

/// Keeps what a change has told whole channels, in the effects from `first` on. What only some
/// were told is kept nowhere, so that nobody else reads it later.
pub(crate) fn record(core: &Core, first: usize, out: &mut Effects) {
    if !core.settings.keep_events {
        return;
    }
    let Effects {
        out: told, records, ..
    } = out;
    for effect in told.get(first..).unwrap_or_default() {
        let Effect::Event {
            audience, event, ..
        } = effect
        else {
            continue;
        };
        if !is_past(&event.body) {
            continue;
        }
        let one: [ChannelId; 1];
        let channels: &[ChannelId] = match audience {
            Audience::Channel(id) => {
                one = [*id];
                &one
            }
            Audience::Neighbours { channels, .. } => channels,
            _ => &[],
        };
        for id in channels {
            // Of an open one whose last member has left, the past is still there.
            let gone = || event.body.movement().filter(|place| place.id == *id);
            let folded = match core.channels.get(id) {
                Some(channel) => Some(channel.folded.clone()),
                None => gone().map(|place| core.settings.fold(&place.name)),
            };
            if let Some(folded) = folded {
                records.push(Record::ChannelEvent(Log::Channel(folded), event.clone()));
            }
        }
    }
}

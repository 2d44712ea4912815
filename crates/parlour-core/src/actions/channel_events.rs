//! Channel events other than messages, recorded with the history for clients that request them
//! (draft/event-playback).

use crate::history::Log;
use crate::replica::{Outcome, Replica};
use crate::{Audience, Body, ChannelId, Effect, Record};

/// Returns whether an event belongs to the history of a channel.
fn belongs_to_history(body: &Body) -> bool {
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

/// Records the events that a change has sent to whole channels, from effect `first` on. Events sent
/// to some members only are not recorded, so that nobody else reads them later.
pub(crate) fn record(replica: &Replica, first: usize, out: &mut Outcome<'_>) {
    if !replica.settings.keep_events {
        return;
    }
    let Outcome {
        effects, records, ..
    } = out;
    for effect in effects.get(first..).unwrap_or_default() {
        let Effect::Event {
            audience, event, ..
        } = effect
        else {
            continue;
        };
        if !belongs_to_history(&event.body) {
            continue;
        }
        let one: [ChannelId; 1];
        let channels: &[ChannelId] = match audience {
            Audience::Channel(id) => {
                one = [*id];
                &one
            }
            Audience::Neighbours { channels, .. } => channels,
            Audience::Sessions(_) => &[],
        };
        for id in channels {
            // A channel that went with its last member still has its history, under the event's
            // name.
            let gone = || event.body.movement().filter(|place| place.id == *id);
            let folded = match replica.channels.get(id) {
                Some(channel) => Some(channel.folded.clone()),
                None => gone().map(|place| replica.settings.fold(&place.name)),
            };
            if let Some(folded) = folded {
                records.push(Record::ChannelEvent(Log::Channel(folded), event.clone()));
            }
        }
    }
}

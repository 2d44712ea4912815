//! Rendering of events: how the connections reach the dialects that read an event.

use parlour_core::{Body, ChannelId, Event};

use crate::render_key::RenderKey;
use crate::{irc, plain};

/// Appends an event as the readers with this key get it; nothing if they do not.
pub(crate) fn render(key: RenderKey, event: &Event, out: &mut Vec<u8>) {
    #[cfg(test)]
    assert!(!key.has(RenderKey::PANICS), "rendering was told to panic");
    if key.has(RenderKey::PLAIN) {
        plain::render_event(out, key, event);
    } else if key.has(RenderKey::IRC) {
        irc::render_event(out, key, event, None);
    }
}

/// Returns the bits of render keys that change how the event looks. Readers whose keys differ only
/// elsewhere share its bytes.
pub(crate) fn relevant(event: &Event) -> RenderKey {
    irc::relevant_key(event)
}

/// Returns whether each reader with this key gets its own rendering from its dialect.
pub(crate) fn is_personal(key: RenderKey, event: &Event) -> bool {
    matches!(event.body, Body::ChannelRenamed { same, .. } if !same && !key.has(RenderKey::RENAME))
}

/// Returns the channel that an event belongs to.
pub(crate) fn channel(event: &Event) -> Option<ChannelId> {
    plain::event_channel(event)
}

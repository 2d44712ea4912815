//! Rendering of replies and events of the core as lines.

mod events;
mod history;
mod metadata;
mod moderation;
mod multiline;
mod names;
mod refusals;
mod replies;
mod users;

use parlour_core::Reply;
use parlour_core::reply::ChannelReply;

use super::caps::Cap;
use crate::context::Context;
use crate::irc::door::IrcDoor;
pub(crate) use events::{event, relevant_key};
pub(super) use moderation::{banned, suspended};
use names::NamesAnswer;
pub(super) use refusals::password_refusal;
pub(super) use replies::fill;

/// Writes a reply; a long NAMES is rendered lazily, as the client reads it.
pub(super) fn write_or_make(door: &mut IrcDoor, cx: &mut Context, reply: &Reply) {
    // Implicit NAMES that are suppressed go to `write_reply`, which writes nothing.
    if let Reply::Channel(ChannelReply::Names {
        asked,
        named,
        channels,
    }) = reply
        && channels.iter().map(|of| of.members.len()).sum::<usize>() > names::MANY
        && (*asked || !door.caps.has(Cap::NoImplicitNames))
    {
        let server = cx.settings.server_name();
        cx.queue_lazy_reply(NamesAnswer::new(door, server, named, channels));
    } else {
        write_reply(door, cx, reply);
    }
}

/// Writes a reply.
pub(super) fn write_reply(door: &mut IrcDoor, cx: &mut Context, reply: &Reply) {
    // Taken out for the call, since the renderer reads the rest of `cx` meanwhile.
    let mut out = std::mem::take(&mut cx.out);
    replies::reply(door, cx, &mut out, reply);
    cx.out = out;
}

//! RESUME: the secret by which a client comes back to its user (parlour/resume).

use irc_wire::Message;
use parlour_core::state::ResumeKey;

use crate::context::Context;
use crate::irc::door::IrcDoor;
use crate::irc::error_reply::ErrorReply;

/// Bytes of a secret: at least as many as 128 random bits take in base64.
const BYTES: std::ops::RangeInclusive<usize> = 22..=128;

pub(in crate::irc) fn early(door: &mut IrcDoor, cx: &mut Context, message: &Message) {
    let secret = message.params.get(0).unwrap_or_default();
    if BYTES.contains(&secret.len()) {
        door.introduction.resume = Some(ResumeKey::of(secret));
        return;
    }
    // Without the secret: this may be read by others, over somebody's shoulder or in a log.
    let text = format!(
        "The secret has to have {} to {} bytes, drawn at random",
        BYTES.start(),
        BYTES.end()
    );
    ErrorReply::fail("RESUME", "INVALID_SECRET", &[], &text).write(
        &mut cx.out,
        cx.settings.server_name(),
        "*",
    );
}

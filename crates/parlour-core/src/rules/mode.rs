//! Who may change modes, and which values they take.

use crate::request::ModeChange;
use crate::state::{Channel, ListKind, Profile};
use crate::{Refusal, limits};

/// Whether `who` may change the channel's modes.
pub(crate) fn may_change(channel: &Channel, who: &Profile) -> Result<(), Refusal> {
    super::operator(channel, who)
}

/// Whether `who` may see a list: bans are for all, the others for operators.
pub(crate) fn may_see_list(
    channel: &Channel,
    who: &Profile,
    kind: ListKind,
) -> Result<(), Refusal> {
    match kind {
        ListKind::Bans => Ok(()),
        ListKind::Exceptions | ListKind::InviteExceptions => super::operator(channel, who),
    }
}

/// Whether the change can be made at all, whoever wants it.
pub(crate) fn is_possible(channel: &Channel, change: &ModeChange) -> Result<(), Refusal> {
    match change {
        ModeChange::Key(key, true) if !is_key(key) => Err(Refusal::BadKey(channel.name.clone())),
        ModeChange::List(kind, mask, true) if channel.list(*kind).len() >= limits::LIST_ENTRIES => {
            Err(Refusal::ListFull(channel.name.clone(), *kind, mask.clone()))
        }
        _ => Ok(()),
    }
}

/// A key: one word without a comma or control that does not look like a trailing
/// parameter (RFC 2812 §2.3.1).
fn is_key(key: &str) -> bool {
    !key.is_empty()
        && key.len() <= limits::KEY_BYTES
        && !key.starts_with(':')
        && !key
            .chars()
            .any(|c| c == ',' || c.is_whitespace() || c.is_control())
}

//! Whom the lists of a channel cover.

use crate::mask;
use crate::state::{Channel, ListKind, Profile};

/// Whether an entry of the list matches the user.
pub(crate) fn covers(channel: &Channel, kind: ListKind, who: &Profile) -> bool {
    channel
        .list(kind)
        .iter()
        .any(|entry| mask::matches(&entry.mask, &who.source))
}

/// Whether the user is banned and no exception helps them.
pub(crate) fn is_banned(channel: &Channel, who: &Profile) -> bool {
    covers(channel, ListKind::Bans, who) && !covers(channel, ListKind::Exceptions, who)
}

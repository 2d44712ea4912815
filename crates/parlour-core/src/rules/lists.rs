//! Matching of users with the lists of a channel.

use crate::Name;
use crate::extban::{ACCOUNT_EXTBAN, MUTE_EXTBAN, extended};
use crate::names::Casemapping;
use crate::state::{Channel, ListKind, Profile};

/// Returns whether an entry of a list covers the user.
pub(super) fn matches(casemapping: Casemapping, entry: &str, who: &Profile) -> bool {
    if let Some(account) = extended(entry, &ACCOUNT_EXTBAN) {
        return who
            .account
            .as_deref()
            .is_some_and(|own| casemapping.matches(account, own));
    }
    // Masks match by cloak and address too, so that a host shown for an account evades no ban.
    let by = |host: &Name| {
        let source = alloc::format!("{}!{}@{host}", who.nick, who.user);
        casemapping.matches(entry, &source)
    };
    casemapping.matches(entry, &who.source)
        || (who.cloak != who.host && by(&who.cloak))
        || (who.address != who.host && who.address != who.cloak && by(&who.address))
}

/// Returns whether an entry of the list covers the user; mute entries (`m:`) do not.
pub(crate) fn covers(channel: &Channel, kind: ListKind, who: &Profile) -> bool {
    channel
        .list(kind)
        .iter()
        .any(|entry| matches(channel.casemapping, &entry.mask, who))
}

/// Returns whether the user is banned without an exception.
pub(crate) fn is_banned(channel: &Channel, who: &Profile) -> bool {
    covers(channel, ListKind::Bans, who) && !covers(channel, ListKind::Exceptions, who)
}

/// Returns whether the user is muted without an exception, be it for all or from mutes only.
pub(crate) fn is_muted(channel: &Channel, who: &Profile) -> bool {
    let silent = |kind| {
        channel.list(kind).iter().any(|entry| {
            extended(&entry.mask, &MUTE_EXTBAN)
                .is_some_and(|inner| matches(channel.casemapping, inner, who))
        })
    };
    silent(ListKind::Bans)
        && !silent(ListKind::Exceptions)
        && !covers(channel, ListKind::Exceptions, who)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UserId;
    use alloc::sync::Arc;

    fn someone(account: Option<&str>) -> Profile {
        let profile = Profile::new(
            UserId(1),
            "bob".into(),
            "~b".into(),
            "cloak".into(),
            "r".into(),
        );
        Profile {
            account: account.map(Into::into),
            address: "192.0.2.1".into(),
            cloak: "hidden.example".into(),
            ..Arc::unwrap_or_clone(profile)
        }
    }

    #[test]
    fn entries_match_by_mask_address_or_account() {
        for (entry, account, want) in [
            ("bob!*@*", None, true),
            ("*!*@cloak", None, true),
            ("*!*@192.0.2.*", None, true),
            ("*!*@hidden.*", None, true),
            ("eve!*@*", None, false),
            ("a:robert", Some("Robert"), true),
            ("account:rob*", Some("robert"), true),
            ("a:robert", None, false),
            ("m:bob!*@*", None, false),
        ] {
            assert_eq!(
                matches(Casemapping::Ascii, entry, &someone(account)),
                want,
                "{entry}"
            );
        }
    }
}

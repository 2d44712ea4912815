//! Server bans.

use crate::names::{Mask, Text};
use serde::{Deserialize, Serialize};

use alloc::collections::BTreeMap;
use alloc::format;
use core::net::IpAddr;

use ipnet::IpNet;

use crate::names::{Casemapping, Folded};
use crate::{Name, Time};

/// Target of a server ban.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BanTarget {
    /// Account, which is suspended.
    Account(Folded),
    /// Address or network.
    Network(IpNet),
    /// Mask of `nick!user@host`, matched against host and address.
    Mask(Mask),
}

impl BanTarget {
    /// Parses a target: an address or network, a mask, or else an account name.
    pub fn read(text: &str, casemapping: Casemapping) -> BanTarget {
        if let Ok(network) = text.parse::<IpNet>() {
            return BanTarget::Network(network.trunc());
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return BanTarget::Network(address.into());
        }
        if !text.contains(['!', '@', '*', '?']) {
            return BanTarget::Account(casemapping.fold(text));
        }
        // `*!*@` before a network means the network.
        if let Some(network) = text.strip_prefix("*!*@")
            && let found @ BanTarget::Network(_) = BanTarget::read(network, casemapping)
        {
            return found;
        }
        let text = casemapping.fold(text);
        let text = text.as_str();
        let mask = match (text.contains('!'), text.contains('@')) {
            (true, true) => text.into(),
            (true, false) => format!("{text}@*"),
            (false, true) => format!("*!{text}"),
            (false, false) => format!("{text}!*@*"),
        };
        BanTarget::Mask(mask.into())
    }

    /// Returns the target in the form in which it is shown and stored.
    pub fn shown(&self) -> Name {
        match self {
            BanTarget::Account(name) => name.as_str().into(),
            BanTarget::Network(network) if network.prefix_len() == network.max_prefix_len() => {
                format!("{}", network.addr()).into()
            }
            BanTarget::Network(network) => format!("{network}").into(),
            BanTarget::Mask(mask) => mask.clone().into(),
        }
    }
}

/// Effect of a server ban.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum BanAction {
    /// Refusal of the connection or login.
    #[default]
    Refuse,
    /// Mute: the user may be connected, but not speak.
    Mute,
}

/// Server ban.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ban {
    /// Target of the ban.
    pub target: BanTarget,
    /// Effect of the ban.
    pub action: BanAction,
    /// Reason.
    pub reason: Text,
    /// Setter of the ban.
    pub by: Name,
    /// Time it was set.
    pub at: Time,
    /// Time it ends; none: when it is removed.
    pub until: Option<Time>,
}

impl Ban {
    /// Returns whether the ban is in force at `now`.
    pub(crate) fn holds(&self, now: Time) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// Subject of a ban check: a user or connection.
pub(crate) struct BanSubject<'a> {
    /// Source `nick!user@host`, once known.
    pub source: Option<&'a str>,
    /// Source with the address in place of the host.
    pub by_address: Option<&'a str>,
    /// Source with the host shown without an account.
    pub by_cloak: Option<&'a str>,
    /// Address.
    pub address: &'a str,
    /// Account.
    pub account: Option<&'a Folded>,
}

/// Server bans, by target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Bans {
    list: BTreeMap<Name, Ban>,
    /// Number of mutes among them.
    mutes: usize,
}

impl Bans {
    /// Returns the number of bans.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Adds a ban, replacing an earlier one of the same target.
    pub fn put(&mut self, ban: Ban) {
        // Targets are normalized, so that two spellings of one target are one ban.
        self.list.insert(ban.target.shown(), ban);
        self.count();
    }

    fn count(&mut self) {
        let mutes = self.list.values();
        self.mutes = mutes.filter(|ban| ban.action == BanAction::Mute).count();
    }

    /// Removes a ban.
    pub fn remove(&mut self, target: &BanTarget) -> Option<Ban> {
        let removed = self.list.remove(&target.shown());
        self.count();
        removed
    }

    /// Removes the expired bans and returns them.
    pub fn remove_ended(&mut self, now: Time) -> impl Iterator<Item = Ban> + use<> {
        let ended = self.list.values().filter(|ban| !ban.holds(now));
        let ended: alloc::vec::Vec<Ban> = ended.cloned().collect();
        self.list.retain(|_, ban| ban.holds(now));
        self.count();
        ended.into_iter()
    }

    /// Returns the bans in force.
    pub fn all(&self, now: Time) -> impl Iterator<Item = &Ban> {
        self.list.values().filter(move |ban| ban.holds(now))
    }

    /// Returns whether there are mutes at all.
    pub fn mutes(&self) -> bool {
        // A fast path for every message: most servers have no mutes.
        self.mutes > 0
    }

    /// Returns the ban that suspends an account.
    pub fn of_account(&self, account: &Folded, now: Time) -> Option<&Ban> {
        let ban = self.list.get(account.as_str());
        ban.filter(|ban| ban.holds(now) && ban.action == BanAction::Refuse)
            .filter(|ban| matches!(ban.target, BanTarget::Account(_)))
    }

    /// Returns a ban with this action that matches the subject.
    pub fn on(
        &self,
        who: &BanSubject<'_>,
        action: BanAction,
        casemapping: Casemapping,
        now: Time,
    ) -> Option<&Ban> {
        if self.list.is_empty() {
            return None;
        }
        let address: Option<IpAddr> = who.address.parse().ok();
        self.all(now)
            .filter(|ban| ban.action == action)
            .find(|ban| ban_matches(&ban.target, who, address, casemapping))
    }
}

/// Returns whether a target matches a subject, whose parsed address is `address`.
pub(crate) fn ban_matches(
    target: &BanTarget,
    who: &BanSubject<'_>,
    address: Option<IpAddr>,
    casemapping: Casemapping,
) -> bool {
    match target {
        BanTarget::Account(account) => who.account == Some(account),
        BanTarget::Network(network) => address.is_some_and(|address| network.contains(&address)),
        BanTarget::Mask(mask) => [who.source, who.by_address, who.by_cloak]
            .into_iter()
            .flatten()
            .any(|source| casemapping.matches(mask, source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> BanTarget {
        BanTarget::read(text, Casemapping::Ascii)
    }

    #[test]
    fn targets_are_read_and_shown() {
        for (text, shown) in [
            ("Bob", "bob"),
            ("192.0.2.7", "192.0.2.7"),
            ("192.0.2.7/24", "192.0.2.0/24"),
            ("2001:db8::1", "2001:db8::1"),
            ("2001:db8::1/32", "2001:db8::/32"),
            ("bob!*@*", "bob!*@*"),
            ("Spam*", "spam*!*@*"),
            ("*!*@192.0.2.0/24", "192.0.2.0/24"),
            ("*!*@192.0.2.1", "192.0.2.1"),
            ("~x@*.example", "*!~x@*.example"),
        ] {
            assert_eq!(&*read(text).shown(), shown, "{text}");
            assert_eq!(read(shown), read(text), "{text}");
        }
    }

    #[test]
    fn a_ban_means_whom_it_names_until_it_ends() {
        let bob = Casemapping::Ascii.fold("bob");
        let who = BanSubject {
            source: Some("Spam1!~u@cloak"),
            by_address: Some("Spam1!~u@192.0.2.7"),
            by_cloak: None,
            address: "192.0.2.7",
            account: Some(&bob),
        };
        let is_banned = |text: &str, now| {
            let mut bans = Bans::default();
            bans.put(Ban {
                target: read(text),
                action: BanAction::Refuse,
                reason: "".into(),
                by: "op".into(),
                at: Time(0),
                until: Some(Time(10)),
            });
            let on = |action| {
                bans.on(&who, action, Casemapping::Ascii, Time(now))
                    .is_some()
            };
            assert!(!on(BanAction::Mute), "{text}");
            on(BanAction::Refuse)
        };
        for text in [
            "BOB",
            "192.0.2.0/24",
            "192.0.2.7",
            "spam*",
            "*!*@192.0.2.*",
            "*!*@cloak",
        ] {
            assert!(is_banned(text, 9), "{text}");
            assert!(!is_banned(text, 10), "{text} has ended");
        }
        for text in [
            "eve",
            "192.0.3.0/24",
            "2001:db8::/32",
            "ham*",
            "*!*@elsewhere",
        ] {
            assert!(!is_banned(text, 9), "{text}");
        }
    }
}

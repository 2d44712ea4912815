//! Accounts and hosts of users, and their use to ignore them.

use crate::NetworkId;
use std::collections::HashMap;

/// Maximum users remembered; beyond that, all are forgotten.
const REMEMBERED: usize = 20_000;
/// Prefix of accounts among ignored users.
const ACCOUNT: &str = "account:";
/// User name of netcat users: it tells none of them apart.
const TYPISTS: &str = "plain@";

/// User of a network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Person {
    /// User name and host.
    place: Option<String>,
    account: Option<String>,
}

/// Users by network and folded nick.
#[derive(Debug, Default)]
pub(super) struct People {
    known: HashMap<(NetworkId, String), Person>,
}

impl People {
    /// Records the host and account of a user, as far as they are given.
    pub fn heard(
        &mut self,
        net: NetworkId,
        nick: &str,
        place: Option<&str>,
        account: Option<&str>,
    ) {
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        let person = self.known.entry((net, nick.to_owned())).or_default();
        if let Some(place) = place {
            person.place = Some(place.to_lowercase());
        }
        if let Some(account) = account {
            person.account = Some(account.to_lowercase());
        }
    }

    /// Records a login into another account, or a logout.
    pub fn logged_in(&mut self, net: NetworkId, nick: &str, account: Option<&str>) {
        let known = self.known.get_mut(&(net, nick.to_owned()));
        if let Some(person) = known {
            person.account = account.map(str::to_lowercase);
        }
    }

    /// Records a nick change.
    pub fn renamed(&mut self, net: NetworkId, old: &str, new: &str) {
        if let Some(person) = self.known.remove(&(net, old.to_owned())) {
            self.known.insert((net, new.to_owned()), person);
        }
    }

    /// Returns whether an entry of the ignored users matches a user: a nick, `account:name`, or a
    /// mask.
    pub fn matches(&self, entry: &str, net: NetworkId, nick: &str) -> bool {
        let person = self.known.get(&(net, nick.to_owned()));
        if let Some(account) = entry.strip_prefix(ACCOUNT) {
            return person.is_some_and(|person| person.account.as_deref() == Some(account));
        }
        if !entry.contains(['!', '@', '*', '?']) {
            return entry == nick;
        }
        let place = person.and_then(|person| person.place.as_deref());
        let source = format!("{nick}!{}", place.unwrap_or("?@?"));
        wildmatch::WildMatch::new(&whole_mask(entry)).matches(&source)
    }

    /// Returns the entries that match a user, even after a nick change.
    pub fn entries(&self, net: NetworkId, nick: &str) -> Vec<String> {
        let mut entries = vec![nick.to_owned()];
        let Some(person) = self.known.get(&(net, nick.to_owned())) else {
            return entries;
        };
        match (&person.account, &person.place) {
            (Some(account), _) => entries.push(format!("{ACCOUNT}{account}")),
            // Users behind one address may differ, but those with the same user name there are
            // likely one.
            (None, Some(place)) if !place.trim_start_matches('~').starts_with(TYPISTS) => {
                entries.push(format!("*!{place}"));
            }
            (None, _) => {}
        }
        entries
    }
}

/// Returns a mask completed to all its parts.
fn whole_mask(entry: &str) -> String {
    match (entry.contains('!'), entry.contains('@')) {
        (true, true) => entry.to_owned(),
        (true, false) => format!("{entry}@*"),
        (false, true) => format!("*!{entry}"),
        (false, false) => format!("{entry}!*@*"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_meant_by_nick_account_or_mask() {
        let mut people = People::default();
        people.heard(
            NetworkId::new(0),
            "bob",
            Some("~b@Host.example"),
            Some("Robert"),
        );
        people.heard(NetworkId::new(0), "eve", Some("~e@host.example"), None);
        people.heard(NetworkId::new(0), "nc", Some("~plain@host.example"), None);
        for (entry, meant) in [
            ("bob", true),
            ("account:robert", true),
            ("*!*@host.example", true),
            ("*@*.example", true),
            ("b*", true),
            ("~b@*", true),
            ("eve", false),
            ("account:eve", false),
            ("*!~e@*", false),
        ] {
            assert_eq!(
                people.matches(entry, NetworkId::new(0), "bob"),
                meant,
                "{entry}"
            );
        }
        assert!(!people.matches("account:robert", NetworkId::new(1), "bob"));
        assert_eq!(
            people.entries(NetworkId::new(0), "bob"),
            ["bob", "account:robert"]
        );
        assert_eq!(
            people.entries(NetworkId::new(0), "eve"),
            ["eve", "*!~e@host.example"]
        );
        assert_eq!(people.entries(NetworkId::new(0), "nc"), ["nc"]);
        assert_eq!(people.entries(NetworkId::new(0), "who"), ["who"]);
        people.renamed(NetworkId::new(0), "bob", "rob");
        assert!(people.matches("account:robert", NetworkId::new(0), "rob"));
    }
}

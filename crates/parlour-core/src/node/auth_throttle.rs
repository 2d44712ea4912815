//! Throttling of password attempts and account registration.

use alloc::collections::BTreeMap;
use alloc::string::ToString;
use core::net::{IpAddr, Ipv6Addr};

use crate::names::Folded;
use crate::{Instant, Name, Ticket, limits};

/// Counters of wrong passwords and new accounts, and the pending secrets tasks, by place.
#[derive(Debug, Default)]
pub(crate) struct AuthThrottle {
    /// Count and start of the current period, by place or prefixed key.
    places: BTreeMap<Name, (u32, Instant)>,
    /// Places of the pending secrets tasks.
    under_way: BTreeMap<Ticket, Name>,
    /// Number of pending secrets tasks, by place.
    waiting: BTreeMap<Name, usize>,
}

impl AuthThrottle {
    /// Returns whether passwords from `address` are refused for now.
    pub fn is_address_throttled(&self, now: Instant, address: &str) -> bool {
        let most = limits::WRONG_PASSWORDS;
        self.has(now, &place(address), most, limits::WRONG_PASSWORDS_WITHIN)
    }

    /// Returns whether another secret from `address` may be queued. The first one of a place always
    /// may, up to the number of places: others cannot crowd it out.
    pub fn may_begin(&self, address: &str) -> bool {
        match self.waiting.get(&place(address)) {
            None => self.waiting.len() < limits::SECRET_PLACES,
            Some(&waiting) => {
                self.under_way.len() < limits::SECRETS_WAITING
                    && (is_loopback(address) || waiting < limits::SECRETS_PER_PLACE)
            }
        }
    }

    /// Counts a secrets task from `address` as pending.
    pub fn begin(&mut self, ticket: Ticket, address: &str) {
        let place = place(address);
        *self.waiting.entry(place.clone()).or_default() += 1;
        self.under_way.insert(ticket, place);
    }

    /// Removes a secrets task from the pending ones.
    pub fn end(&mut self, ticket: Ticket) {
        if let Some(place) = self.under_way.remove(&ticket)
            && let Some(waiting) = self.waiting.get_mut(&place)
        {
            *waiting -= 1;
            // No zero counts remain, so the length of the map is the number of places.
            if *waiting == 0 {
                self.waiting.remove(&place);
            }
        }
    }

    /// Returns whether passwords for an account from a place known to it are refused for now;
    /// attempts from elsewhere do not count there.
    pub fn is_account_throttled_at(&self, now: Instant, account: &Folded, address: &str) -> bool {
        let most = limits::WRONG_PASSWORDS;
        let within = limits::WRONG_PASSWORDS_WITHIN;
        self.has(now, &of_both(account, address), most, within)
    }

    /// Returns whether passwords for an account from unknown places are refused for now.
    pub fn is_account_throttled(&self, now: Instant, account: &Folded) -> bool {
        let most = limits::WRONG_PASSWORDS_FOR_ACCOUNT;
        let within = limits::WRONG_PASSWORDS_WITHIN;
        self.has(now, &of_account(account), most, within)
    }

    /// Returns whether account registrations from `address` are refused for now.
    pub fn is_registration_throttled(&self, now: Instant, address: &str) -> bool {
        let most = limits::NEW_ACCOUNTS;
        let within = limits::NEW_ACCOUNTS_WITHIN;
        !is_loopback(address) && self.has(now, &of_makers(address), most, within)
    }

    fn has(&self, now: Instant, place: &str, most: u32, within: u64) -> bool {
        let known = self.places.get(place);
        known.is_some_and(|(count, since)| *count >= most && now < since.plus(within))
    }

    /// Counts an account registered from `address`.
    pub fn note_account(&mut self, now: Instant, address: &str) {
        self.count(now, of_makers(address), limits::NEW_ACCOUNTS_WITHIN);
    }

    /// Counts a wrong password for an account, which need not exist; `known` if its owner has
    /// logged in from the address before.
    pub fn note_for(&mut self, now: Instant, account: &Folded, address: &str, known: bool) {
        self.count(now, of_account(account), limits::WRONG_PASSWORDS_WITHIN);
        if known {
            let both = of_both(account, address);
            self.count(now, both, limits::WRONG_PASSWORDS_WITHIN);
        }
    }

    /// Counts a wrong password from `address`.
    pub fn note(&mut self, now: Instant, address: &str) {
        self.count(now, place(address), limits::WRONG_PASSWORDS_WITHIN);
    }

    fn count(&mut self, now: Instant, place: Name, within: u64) {
        let is_over = |since: Instant| now >= since.plus(within);
        // Expired counters are pruned only when the map is full, so it stays bounded at low cost.
        if self.places.len() >= limits::WRONG_PASSWORD_PLACES {
            self.places.retain(|_, (_, since)| !is_over(*since));
        }
        if self.places.len() >= limits::WRONG_PASSWORD_PLACES {
            // Nothing has expired: any counter is dropped rather than growing the map.
            self.places.pop_first();
        }
        let entry = self.places.entry(place).or_insert((0, now));
        if is_over(entry.1) {
            *entry = (0, now);
        }
        entry.0 += 1;
    }
}

/// Returns the key that counts registrations; no address begins with `+`.
fn of_makers(address: &str) -> Name {
    alloc::format!("+{}", place(address)).into()
}

/// Returns the key that counts an account's wrong passwords; no address begins with `=`.
fn of_account(account: &Folded) -> Name {
    alloc::format!("={}", account.as_str()).into()
}

/// Returns the key that counts wrong passwords for an account from one place. No place contains `=`,
/// so that no name, however it was typed, makes another's key.
fn of_both(account: &Folded, address: &str) -> Name {
    alloc::format!("@{}={}", place(address), account.as_str()).into()
}

/// Returns the place of an address: itself, or the /64 of IPv6, which one customer usually has.
pub fn place(address: &str) -> Name {
    match address.parse() {
        Ok(IpAddr::V6(v6)) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).to_string().into()
        }
        _ => address.into(),
    }
}

/// Returns whether an address is a loopback address.
pub(crate) fn is_loopback(address: &str) -> bool {
    address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_barred_for_a_while_and_others_are_not() {
        let mut attempts = AuthThrottle::default();
        for _ in 0..limits::WRONG_PASSWORDS {
            assert!(!attempts.is_address_throttled(Instant(1), "2001:db8::1"));
            attempts.note(Instant(1), "2001:db8::1");
        }
        assert!(attempts.is_address_throttled(Instant(2), "2001:db8::ffff:1"));
        assert!(!attempts.is_address_throttled(Instant(2), "2001:db8:0:1::1"));
        let later = Instant(1).plus(limits::WRONG_PASSWORDS_WITHIN);
        assert!(!attempts.is_address_throttled(later, "2001:db8::1"));
        attempts.note(later, "2001:db8::1");
        assert!(!attempts.is_address_throttled(later, "2001:db8::1"));
    }

    #[test]
    fn one_place_makes_so_many_accounts_an_hour() {
        let mut attempts = AuthThrottle::default();
        for _ in 0..limits::NEW_ACCOUNTS {
            assert!(!attempts.is_registration_throttled(Instant(1), "192.0.2.1"));
            attempts.note_account(Instant(1), "192.0.2.1");
            attempts.note_account(Instant(1), "127.0.0.1");
        }
        assert!(attempts.is_registration_throttled(Instant(2), "192.0.2.1"));
        assert!(!attempts.is_registration_throttled(Instant(2), "192.0.2.2"));
        assert!(!attempts.is_registration_throttled(Instant(2), "127.0.0.1"));
        // Wrong passwords are counted separately.
        assert!(!attempts.is_address_throttled(Instant(2), "192.0.2.1"));
        let later = Instant(1).plus(limits::NEW_ACCOUNTS_WITHIN);
        assert!(!attempts.is_registration_throttled(later, "192.0.2.1"));
    }

    #[test]
    fn one_place_takes_no_place_from_others() {
        let mut attempts = AuthThrottle::default();
        let mut ticket = 0;
        let mut fill = |attempts: &mut AuthThrottle, address: &str| {
            while attempts.may_begin(address) {
                ticket += 1;
                attempts.begin(Ticket(ticket), address);
            }
        };
        fill(&mut attempts, "192.0.2.1");
        assert_eq!(attempts.under_way.len(), limits::SECRETS_PER_PLACE);
        fill(&mut attempts, "127.0.0.1");
        assert_eq!(attempts.under_way.len(), limits::SECRETS_WAITING);
        // The queue is full; still, a place with none pending may add one.
        assert!(!attempts.may_begin("192.0.2.1") && attempts.may_begin("192.0.2.2"));
        attempts.begin(Ticket(0), "192.0.2.2");
        assert!(!attempts.may_begin("192.0.2.2"));
        attempts.end(Ticket(0));
        assert!(attempts.may_begin("192.0.2.2"));
        for ticket in 1..=ticket {
            attempts.end(Ticket(ticket));
        }
        assert!(attempts.waiting.is_empty() && attempts.under_way.is_empty());
    }

    #[test]
    fn no_name_counts_as_another_at_a_known_place() {
        let mut attempts = AuthThrottle::default();
        let fold = |name: &str| crate::names::Casemapping::Ascii.fold(name);
        for name in [
            "bob@192.0.2.7",
            "bob=192.0.2.7",
            "192.0.2.7=bob",
            "@192.0.2.7=bob",
        ] {
            for _ in 0..limits::WRONG_PASSWORDS {
                attempts.note_for(Instant(1), &fold(name), "192.0.2.7", true);
            }
        }
        assert!(!attempts.is_account_throttled_at(Instant(2), &fold("bob"), "192.0.2.7"));
    }

    #[test]
    fn many_places_take_bounded_memory() {
        let mut attempts = AuthThrottle::default();
        for n in 0..limits::WRONG_PASSWORD_PLACES + 10 {
            attempts.note(Instant(1), &n.to_string());
        }
        assert_eq!(attempts.places.len(), limits::WRONG_PASSWORD_PLACES);
    }
}

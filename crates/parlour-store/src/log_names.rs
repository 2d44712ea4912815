//! Names of logs in the `log` table.

use parlour_core::history::{Log, Party};
use parlour_core::names::Folded;
use parlour_core::{Time, UserId};

/// Returns the name of a log: the channel's name, or `=` and the two parties of a private log.
pub(crate) fn log_name(log: &Log) -> String {
    match log {
        Log::Channel(name) => name.as_str().to_owned(),
        Log::Private(a, b) => format!("={},{}", party_name(a), party_name(b)),
    }
}

/// Returns the name of a party: `account@since`, or a guest's user id; numbers in hex. No account
/// name has a comma.
pub(crate) fn party_name(party: &Party) -> String {
    match party {
        Party::Account(name, since) => format!("{}@{:x}", name.as_str(), since.0),
        Party::Guest(id) => format!("{:x}", id.0),
    }
}

/// Parses the name of a private log; `None` for any other name.
pub(crate) fn private_log(name: &str) -> Option<Log> {
    let (a, b) = name.strip_prefix('=')?.split_once(',')?;
    Some(Log::Private(party(a)?, party(b)?))
}

/// Parses the name of a party.
pub(crate) fn party(name: &str) -> Option<Party> {
    let number = |hex: &str| u64::from_str_radix(hex, 16).ok();
    match name.rsplit_once('@') {
        Some((name, since)) => Some(Party::Account(Folded::kept(name), Time(number(since)?))),
        None => Some(Party::Guest(UserId(number(name)?))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_logs_are_known_by_their_names() {
        let account = Party::Account(Folded::kept("bob"), Time(0x1_2345));
        let guest = Party::Guest(UserId(0xabc));
        for log in [
            Log::private(account.clone(), guest.clone()),
            Log::private(account.clone(), account),
            Log::private(guest.clone(), guest),
        ] {
            assert_eq!(private_log(&log_name(&log)), Some(log));
        }
        assert_eq!(private_log("#channel"), None);
    }
}

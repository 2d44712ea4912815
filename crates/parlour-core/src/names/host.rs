//! What is shown in place of where somebody comes from.

use alloc::format;
use alloc::string::String;

use crate::{Name, limits};

/// What the hosts of accounts begin with.
const ACCOUNT: &str = "user/";

/// The host that users of an account are shown with, wherever they come from. What cannot stand in a
/// host is written as its code point, so that no two accounts share one.
pub(crate) fn of_account(account: &str) -> Name {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.[]{}|^`\\".contains(c);
    let mut host = String::from(ACCOUNT);
    for c in account.chars() {
        if plain(c) {
            host.push(c);
        } else {
            host.push_str(&format!("+{:x}.", u32::from(c)));
        }
    }
    if host.len() > limits::HOST_BYTES {
        host = format!("{ACCOUNT}+{:016x}", fingerprint(account));
    }
    host.into()
}

/// A number that is the same for the same text (FNV-1a).
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_have_hosts_of_their_own_that_fit_into_a_line() {
        assert_eq!(&*of_account("bob"), "user/bob");
        assert_eq!(&*of_account("bö"), "user/b+f6.");
        assert_ne!(of_account("b+f6."), of_account("bö"));
        for account in ["日".repeat(20), "x".repeat(64)] {
            let host = of_account(&account);
            assert!(
                host.len() <= limits::HOST_BYTES && host.is_ascii(),
                "{host}"
            );
        }
    }
}

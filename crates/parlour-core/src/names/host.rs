//! Hosts of accounts, shown in place of a user's own host.

use alloc::format;
use alloc::string::String;

use crate::{Name, limits};

/// Prefix of the hosts of accounts.
const ACCOUNT: &str = "user/";

/// Returns the host that users of an account are shown with, wherever they connect from. A
/// character that a host cannot hold is written as its code point, so that no two accounts share a
/// host.
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
    // A name that is too long is hashed: cut off, two could share a host.
    if host.len() > limits::HOST_BYTES {
        host = format!("{ACCOUNT}+{:016x}", fingerprint(account));
    }
    host.into()
}

/// Returns a hash of the text that never changes (FNV-1a).
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

//! Extended bans: list entries that match users by account, or that only mute (ISUPPORT EXTBAN,
//! ACCOUNTEXTBAN). An entry is a name, a colon and an argument, without any prefix: no plain mask
//! has a colon before its `!`.

/// Letters of all extended bans, as ISUPPORT EXTBAN announces them.
pub const EXTBAN_LETTERS: &str = "am";
/// Names of the account extban; the first is its letter.
pub const ACCOUNT_EXTBAN: [&str; 2] = ["a", "account"];
/// Names of the mute extban; the first is its letter.
pub const MUTE_EXTBAN: [&str; 2] = ["m", "mute"];

/// Returns the argument of an extban that has one of these names.
pub(crate) fn extended<'a>(mask: &'a str, names: &[&str]) -> Option<&'a str> {
    let (name, rest) = mask.split_once(':')?;
    names
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
        .then_some(rest)
}

/// Returns whether an entry has an argument behind each of its extban prefixes.
pub(crate) fn is_complete(entry: &str) -> bool {
    let inner = extended(entry, &MUTE_EXTBAN).unwrap_or(entry);
    !inner.is_empty() && extended(inner, &ACCOUNT_EXTBAN) != Some("")
}

/// Splits an entry into its mute prefix, which may be empty, and its `nick!user@host` mask; no mask
/// for an account extban.
pub fn mask_part(entry: &str) -> (&str, Option<&str>) {
    let inner = extended(entry, &MUTE_EXTBAN).unwrap_or(entry);
    let head = &entry[..entry.len() - inner.len()];
    let by_account = extended(inner, &ACCOUNT_EXTBAN).is_some();
    (head, (!by_account).then_some(inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_fall_into_head_and_mask() {
        assert_eq!(mask_part("m:bob"), ("m:", Some("bob")));
        assert_eq!(mask_part("Mute:a:x"), ("Mute:", None));
        assert_eq!(mask_part("account:x"), ("", None));
        assert_eq!(mask_part("bob!*@fe80::1"), ("", Some("bob!*@fe80::1")));
        for bad in ["a:", "m:", "m:a:"] {
            assert!(!is_complete(bad), "{bad}");
        }
        assert!(is_complete("m:a:x") && is_complete("x"));
    }
}

//! Extended bans: entries of a list that mean users by their account, or only keep them silent
//! (ISUPPORT EXTBAN, ACCOUNTEXTBAN). They are a name, a colon and what is meant, without any
//! prefix: no mask holds a colon before its `!`.

/// Letters of all extended bans, as EXTBAN announces them.
pub const EXTBAN_LETTERS: &str = "am";
/// Names of the extended ban by account, the first being its letter.
pub const ACCOUNT_EXTBAN: [&str; 2] = ["a", "account"];
/// Names of the extended ban that only keeps silent.
pub const MUTE_EXTBAN: [&str; 2] = ["m", "mute"];

/// The rest of an extended ban of one of these names.
pub(crate) fn extended<'a>(mask: &'a str, names: &[&str]) -> Option<&'a str> {
    let (name, rest) = mask.split_once(':')?;
    names
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
        .then_some(rest)
}

/// Whether an entry means somebody.
pub(crate) fn is_whole(entry: &str) -> bool {
    let inner = extended(entry, &MUTE_EXTBAN).unwrap_or(entry);
    !inner.is_empty() && extended(inner, &ACCOUNT_EXTBAN) != Some("")
}

/// An entry as its head, which may be empty, and what of it is a mask over nick, user and
/// host; none for one by account.
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
            assert!(!is_whole(bad), "{bad}");
        }
        assert!(is_whole("m:a:x") && is_whole("x"));
    }
}

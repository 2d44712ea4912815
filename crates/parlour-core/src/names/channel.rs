//! Channel names.

use alloc::string::String;

use super::invisible::is_invisible;
use super::precis;
use crate::limits;

/// Returns the name as it is kept: composed, in common width.
pub fn prepare_channel(given: &str) -> String {
    precis::normalize(given)
}

/// Returns whether a prepared `name` of at most `most` bytes can be a channel: `#` and at least one
/// more character, no space, comma, colon, control or invisible character (RFC 2812 §1.3).
pub fn is_channel(name: &str, most: usize) -> bool {
    name.strip_prefix('#').is_some_and(|rest| {
        !rest.is_empty()
            && name.len() <= most.min(limits::CHANNEL_BYTES)
            && !rest
                .chars()
                .any(|c| c == ',' || c == ':' || c.is_whitespace() || is_invisible(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels() {
        for good in ["#a", "##", "#日本", "#a!b", "#☕"] {
            assert!(is_channel(good, 64), "{good}");
        }
        for bad in [
            "",
            "#",
            "a",
            "#a b",
            "#a,b",
            "#a\u{7}",
            "#\u{200b}",
            "&a",
            "#a:b",
        ] {
            assert!(!is_channel(bad, 64), "{bad:?}");
        }
        assert!(!is_channel("#abcd", 4));
    }
}

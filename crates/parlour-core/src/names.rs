//! What may be a nick and what may be a channel, and when two are the same.

use alloc::string::String;
use alloc::sync::Arc;

use crate::limits;

/// A name as it is shown: shared, never changed.
pub type Name = Arc<str>;

/// A name as it is compared: folded by the server's casemapping (`ascii`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Folded(Arc<str>);

impl Folded {
    /// Folds `name`.
    pub fn of(name: &str) -> Folded {
        Folded(name.to_ascii_lowercase().into())
    }

    /// The folded text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why something cannot be a nick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NickFault {
    /// Nothing was given.
    Empty,
    /// More than [`limits::NICK_CHARS`] characters or [`limits::NICK_BYTES`] bytes.
    TooLong,
    /// It begins with a digit or a hyphen.
    BadStart,
    /// It holds a character that no nick may hold.
    BadCharacter,
}

/// Characters besides letters and digits that a nick may hold (RFC 2812 §2.3.1), and a
/// hyphen not at its start.
const NICK_SPECIAL: &[char] = &['[', ']', '\\', '`', '_', '^', '{', '|', '}'];

/// Letters by their category that show as nothing.
const FILLERS: &[char] = &['\u{115f}', '\u{1160}', '\u{3164}', '\u{ffa0}'];

/// Checks a nick: letters and digits of any script and RFC 2812's special characters.
///
/// # Errors
/// [`NickFault`] says what is wrong.
pub fn check_nick(nick: &str) -> Result<(), NickFault> {
    let Some(first) = nick.chars().next() else {
        return Err(NickFault::Empty);
    };
    if nick.len() > limits::NICK_BYTES || nick.chars().count() > limits::NICK_CHARS {
        return Err(NickFault::TooLong);
    }
    if !nick.chars().all(|c| {
        c == '-' || (c.is_alphanumeric() && !FILLERS.contains(&c)) || NICK_SPECIAL.contains(&c)
    }) {
        return Err(NickFault::BadCharacter);
    }
    if first == '-' || first.is_numeric() {
        return Err(NickFault::BadStart);
    }
    Ok(())
}

/// Whether `name` can be a channel: `#` and at least one more character, no space,
/// comma, control or invisible character (RFC 2812 §1.3).
pub fn is_channel(name: &str) -> bool {
    name.strip_prefix('#').is_some_and(|rest| {
        !rest.is_empty()
            && name.len() <= limits::CHANNEL_BYTES
            && !rest
                .chars()
                .any(|c| c == ',' || c == ':' || c.is_whitespace() || is_invisible(c))
    })
}

fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Makes a user name (ident) of what a client gave: what is not a letter, digit or one
/// of `-_.` is dropped, `~` is put before it since nobody vouches for it.
pub fn user_name(given: &str) -> String {
    let kept = given
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        .take(limits::USER_BYTES - 1);
    let mut name = String::from("~");
    name.extend(kept);
    if name.len() == 1 {
        name.push_str("user");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nicks_of_any_script_but_nothing_that_forges() {
        for good in ["a", "Bob", "_x-1", "José", "日本", "[a]`^{|}\\"] {
            assert_eq!(check_nick(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("", NickFault::Empty),
            ("-a", NickFault::BadStart),
            ("1a", NickFault::BadStart),
            ("a b", NickFault::BadCharacter),
            ("a!b", NickFault::BadCharacter),
            ("#a", NickFault::BadCharacter),
            ("a\u{202e}b", NickFault::BadCharacter),
            ("a:", NickFault::BadCharacter),
            ("bob\u{3164}", NickFault::BadCharacter),
            ("*", NickFault::BadCharacter),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NickFault::TooLong),
        ] {
            assert_eq!(check_nick(bad), Err(why), "{bad:?}");
        }
    }

    #[test]
    fn channels() {
        for good in ["#a", "##", "#日本", "#a!b"] {
            assert!(is_channel(good), "{good}");
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
            assert!(!is_channel(bad), "{bad:?}");
        }
    }

    #[test]
    fn user_names_lose_what_could_break_a_mask() {
        assert_eq!(user_name("bob"), "~bob");
        assert_eq!(user_name("b o!b@*"), "~bob");
        assert_eq!(user_name("***"), "~user");
        assert_eq!(user_name(&"x".repeat(99)).len(), limits::USER_BYTES);
    }
}

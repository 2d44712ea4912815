//! Nicks: letters and digits of any script, and RFC 2812's special characters.

use alloc::string::String;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_script::UnicodeScript;

use super::invisible::is_invisible;
use super::precis;
use crate::limits;

/// Reason why a text cannot be a nick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NickError {
    /// Empty text.
    Empty,
    /// More characters than a nick may have here, or more than [`limits::NICK_BYTES`] bytes.
    TooLong,
    /// Digit, hyphen or combining mark at the start.
    BadStart,
    /// Character that no nick may hold.
    BadCharacter,
    /// Name that is reserved for the server and its services.
    Reserved,
}

/// Characters besides letters and digits that a nick may hold (RFC 2812 §2.3.1), and a hyphen not
/// at its start.
const SPECIAL: &[char] = &['[', ']', '\\', '`', '_', '^', '{', '|', '}'];

/// Returns the nick as it is kept: composed, in common width (RFC 8265 §3.4).
pub fn prepare_nick(given: &str) -> String {
    precis::normalize(given)
}

/// Checks a prepared nick of at most `most` characters against PRECIS' rules for user names (RFC
/// 8265 §3) and IRC's.
///
/// # Errors
/// [`NickError`] says what is wrong.
pub fn check_nick(nick: &str, most: usize) -> Result<(), NickError> {
    let Some(first) = nick.chars().next() else {
        return Err(NickError::Empty);
    };
    if nick.len() > limits::NICK_BYTES || nick.chars().count() > most {
        return Err(NickError::TooLong);
    }
    if !nick.chars().all(may_be_in_nick) || !precis::keeps_direction(nick) {
        return Err(NickError::BadCharacter);
    }
    if first == '-' || first.is_numeric() || is_combining_mark(first) {
        return Err(NickError::BadStart);
    }
    if !has_fitting_marks(nick) {
        return Err(NickError::BadCharacter);
    }
    Ok(())
}

/// Most marks on one letter: what languages need (ế has two), and no pile.
const MARKS_ON_A_LETTER: usize = 2;

/// Returns whether each mark is of the script of its letter, or of none, and no letter has too
/// many.
fn has_fitting_marks(nick: &str) -> bool {
    if nick.is_ascii() {
        return true;
    }
    let (mut letter, mut marks) = (None, 0);
    // Decomposed, so that the marks of composed letters count too.
    for c in nick.nfd() {
        if !is_combining_mark(c) {
            (letter, marks) = (Some(c), 0);
            continue;
        }
        marks += 1;
        let fits = letter.is_some_and(|letter| {
            let both = c.script_extension().intersection(letter.script_extension());
            !both.is_empty()
        });
        if marks > MARKS_ON_A_LETTER || !fits {
            return false;
        }
    }
    true
}

fn may_be_in_nick(c: char) -> bool {
    if c.is_ascii() {
        return c == '-' || c.is_ascii_alphanumeric() || SPECIAL.contains(&c);
    }
    let letter = c.is_alphanumeric() || is_combining_mark(c);
    letter && !is_invisible(c) && !precis::has_compat(c) && !is_old_hangul(c)
}

/// Returns whether a letter is Hangul that only composes old syllables (RFC 8264 §9.9).
fn is_old_hangul(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11ff}' | '\u{a960}'..='\u{a97c}' | '\u{d7b0}'..='\u{d7fb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(nick: &str) -> Result<(), NickError> {
        check_nick(nick, limits::NICK_CHARS)
    }

    #[test]
    fn nicks_of_any_script_but_nothing_that_forges() {
        for good in [
            "a",
            "Bob",
            "_x-1",
            "José",
            "日本",
            "[a]`^{|}\\",
            "Дмитрий",
            "שלום",
            "Nguyễn",
            "ทั้งหมด",
            "हिन्दी",
            "e\u{323}\u{304}",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("", NickError::Empty),
            ("-a", NickError::BadStart),
            ("1a", NickError::BadStart),
            ("\u{301}a", NickError::BadStart),
            ("a b", NickError::BadCharacter),
            ("a!b", NickError::BadCharacter),
            ("#a", NickError::BadCharacter),
            ("a\u{202e}b", NickError::BadCharacter),
            ("a:", NickError::BadCharacter),
            ("bob\u{3164}", NickError::BadCharacter),
            ("bob\u{fe0f}", NickError::BadCharacter),
            ("ﬁsh", NickError::BadCharacter),
            // Thai, Arabic and Devanagari marks on Latin letters; a pile.
            ("bob\u{e31}", NickError::BadCharacter),
            ("bob\u{64e}", NickError::BadCharacter),
            ("bo\u{93c}b", NickError::BadCharacter),
            ("e\u{323}\u{323}\u{323}", NickError::BadCharacter),
            ("bobשלום", NickError::BadCharacter),
            ("*", NickError::BadCharacter),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NickError::TooLong),
        ] {
            assert_eq!(check(bad), Err(why), "{bad:?}");
        }
    }
}

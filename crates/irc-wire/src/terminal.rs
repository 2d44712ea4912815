//! Sanitising of text for a terminal.
//!
//! Text of users may hold control characters that move the cursor, change the title or turn the
//! reading direction. All text for a terminal passes through [`neutralise`].

use alloc::borrow::Cow;
use alloc::string::String;

use crate::legible::legible;

/// Returns whether `c` could act on a terminal or hide the text around it.
///
/// Covers C0, DEL, C1, the line and paragraph separators, bidirectional embeddings, overrides and
/// isolates, invisible operators, the byte order mark, and tag characters.
pub fn is_hostile(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

/// Returns `text` with everything that could act on a terminal removed or made visible. A tab
/// becomes a space; other C0 controls and DEL become their picture (U+2400 block); the rest of
/// [`is_hostile`] is dropped. IRC formatting codes are dropped with their colours. Characters
/// without width are dropped as well, and so are marks that pile up over other lines.
pub fn neutralise(text: &str) -> Cow<'_, str> {
    // Controls first: marks that they kept apart are then counted together.
    let tame = without_controls(text);
    if tame.is_ascii() {
        return tame;
    }
    Cow::Owned(legible(&tame))
}

fn without_controls(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\t' => out.push(' '),
            '\u{2}' | '\u{f}' | '\u{11}' | '\u{16}' | '\u{1d}' | '\u{1e}' | '\u{1f}' => {}
            '\u{3}' => rest = skip_colour(rest),
            '\u{4}' => rest = skip_hex_colour(rest),
            '\0'..='\u{1f}' => out.extend(char::from_u32(0x2400 + c as u32)),
            '\u{7f}' => out.push('\u{2421}'),
            _ if is_hostile(c) => {}
            _ => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Skips the colours after `^C`: up to two digits, then a comma and up to two digits.
fn skip_colour(text: &str) -> &str {
    let after = skip_digits(text, 2, |b| b.is_ascii_digit());
    if after.len() == text.len() {
        return text;
    }
    match after.strip_prefix(',') {
        Some(second) => {
            let end = skip_digits(second, 2, |b| b.is_ascii_digit());
            if end.len() == second.len() {
                after
            } else {
                end
            }
        }
        None => after,
    }
}

/// Skips the colours after `^D`: six hexadecimal digits, then a comma and six more.
fn skip_hex_colour(text: &str) -> &str {
    let six = |t: &str| t.len() >= 6 && t.bytes().take(6).all(|b| b.is_ascii_hexdigit());
    if !six(text) {
        return text;
    }
    let after = &text[6..];
    match after.strip_prefix(',') {
        // A comma without a second colour belongs to the text.
        Some(second) if six(second) => &second[6..],
        _ => after,
    }
}

fn skip_digits(text: &str, most: usize, is: impl Fn(u8) -> bool) -> &str {
    let n = text.bytes().take(most).take_while(|&b| is(b)).count();
    &text[n..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_acts_on_a_terminal_is_left() {
        let every: String = (0..0x11_0000).filter_map(char::from_u32).collect();
        assert!(!neutralise(&every).chars().any(is_hostile));
    }

    #[test]
    fn harmless_text_is_not_touched() {
        let text = "héllo 日本語 👩‍👩‍👧 עברית";
        assert_eq!(neutralise(text), text);
        assert!(matches!(neutralise("plain"), Cow::Borrowed("plain")));
    }

    #[test]
    fn controls_show_and_colours_go() {
        assert_eq!(neutralise("\x1b[31mred\x07"), "␛[31mred␇");
        assert_eq!(neutralise("\x0304,12hi\x03 \x02b\x0f"), "hi b");
        assert_eq!(neutralise("\x033,x"), ",x");
        assert_eq!(neutralise("\x04ff0000,00ff00hi"), "hi");
        assert_eq!(neutralise("a\u{202e}b\u{9b}c\td"), "abc d");
        assert_eq!(neutralise("\x031\u{e9}"), "\u{e9}");
    }
}

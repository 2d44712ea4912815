//! Removal of invisible characters, and of marks that pile up over the lines around them.

use alloc::string::String;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthChar;

/// Maximum number of marks on one letter; more would cover the lines above.
const MARKS: usize = 4;

/// Returns `text` without zero-width characters and fillers, except joiners within an emoji, and
/// without marks that pile up. A mark at the beginning is put on U+25CC.
pub(crate) fn legible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Counted across graphemes: a removed character may have kept the marks of two of them apart.
    let mut marks = 0;
    for grapheme in text.graphemes(true) {
        let emoji = grapheme.chars().any(is_pictured);
        for c in grapheme.chars() {
            // Joiners compose emoji; elsewhere they only hide text.
            if is_blank(c) && !(emoji && c == '\u{200d}') {
                continue;
            }
            // A mark without a base character would not be drawn.
            if out.is_empty() && is_mark(c) {
                out.push('\u{25cc}');
            }
            marks = if is_mark(c) { marks + 1 } else { 0 };
            if marks <= MARKS {
                out.push(c);
            }
        }
    }
    out
}

/// Returns whether a character has no width or is drawn as nothing.
fn is_blank(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180e}' | '\u{200b}' | '\u{200d}' | '\u{3164}' | '\u{ffa0}'
    )
}

/// Returns whether a character combines with the one before it.
fn is_mark(c: char) -> bool {
    c.width() == Some(0) && !is_blank(c) && !is_variation(c)
}

fn is_variation(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}')
}

fn is_pictured(c: char) -> bool {
    matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{2190}'..='\u{21ff}' | '\u{2b00}'..='\u{2bff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_or_piles_up_is_taken_out() {
        for (raw, shown) in [
            ("a\u{200b}b\u{3164}c\u{ad}d", "abcd"),
            ("👩\u{200d}👩\u{200d}👧", "👩\u{200d}👩\u{200d}👧"),
            ("e\u{301}", "e\u{301}"),
            (
                "Z\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}",
                "Z\u{301}\u{302}\u{303}\u{304}",
            ),
            (
                "a\u{303}\u{304}\u{303}\u{3164}\u{304}\u{303}\u{304}",
                "a\u{303}\u{304}\u{303}\u{304}",
            ),
            ("\u{301}a", "\u{25cc}\u{301}a"),
        ] {
            assert_eq!(legible(raw), shown);
        }
    }
}

//! Text that may be shown.

use std::fmt;
use std::sync::Arc;

use irc_wire::{terminal, text};
use unicode_segmentation::UnicodeSegmentation;

/// Bytes of a message; more is cut.
const MOST: usize = 16 * 1024;
/// Bytes of a name.
const NAME: usize = 64;
/// Bytes of a topic.
const TOPIC: usize = 1024;
/// Marks that may stand over one letter: more pile up over the lines above.
const MARKS: usize = 4;

/// Text from the network or the user with all that could act on a terminal taken out.
/// Only this is ever drawn or printed.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SafeText(Arc<str>);

impl SafeText {
    /// Makes `raw` safe; it becomes one line.
    pub fn new(raw: &str) -> SafeText {
        SafeText(tame(text::cut(raw, MOST)).into())
    }

    /// A nick, or the name of a room.
    pub fn name(raw: &str) -> SafeText {
        SafeText(tame(text::cut(raw, NAME)).into())
    }

    /// A topic.
    pub fn topic(raw: &str) -> SafeText {
        SafeText(tame(text::cut(raw, TOPIC)).into())
    }

    /// Makes `raw` safe; its line ends stay, and those of Unicode become line ends.
    pub fn of_lines(raw: &str) -> SafeText {
        if !raw.contains(['\n', '\u{2028}', '\u{2029}']) {
            return SafeText::new(raw);
        }
        let lines = text::cut(raw, MOST).split(['\n', '\u{2028}', '\u{2029}']);
        let lines: Vec<String> = lines
            .map(|line| tame(line.strip_suffix('\r').unwrap_or(line)))
            .collect();
        SafeText(lines.join("\n").into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One line without what acts on a terminal, what hides, and what piles up.
fn tame(raw: &str) -> String {
    let safe = terminal::neutralise(raw);
    if safe.is_ascii() {
        return safe.into_owned();
    }
    let mut out = String::with_capacity(safe.len());
    // Over all graphemes: what is taken out between two may have kept their marks apart.
    let mut marks = 0;
    for grapheme in safe.graphemes(true) {
        let emoji = grapheme.chars().any(is_pictured);
        for c in grapheme.chars() {
            // Joiners make emoji of several; elsewhere they only hide.
            if is_blank(c) && !(emoji && c == '\u{200d}') {
                continue;
            }
            // A mark over nothing would be drawn as nothing.
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

/// Characters that take no room, or are seen as nothing.
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

/// Characters that stand over or under others.
fn is_mark(c: char) -> bool {
    unicode_width::UnicodeWidthChar::width(c) == Some(0) && !is_blank(c) && !is_variation(c)
}

fn is_variation(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}')
}

fn is_pictured(c: char) -> bool {
    matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{2190}'..='\u{21ff}' | '\u{2b00}'..='\u{2bff}')
}

impl fmt::Display for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for SafeText {
    fn from(raw: &str) -> SafeText {
        SafeText::new(raw)
    }
}

impl From<String> for SafeText {
    fn from(raw: String) -> SafeText {
        SafeText::new(&raw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
            ("\x1b]0;title\x07", "␛]0;title␇"),
            ("a\nb", "a␊b"),
        ] {
            assert_eq!(SafeText::new(raw).as_str(), shown);
        }
        assert_eq!(
            SafeText::of_lines("a\r\nb\u{2028}c\x1b").as_str(),
            "a\nb\nc␛"
        );
        assert_eq!(SafeText::name(&"x".repeat(100)).as_str().len(), 64);
    }

    proptest! {
        #[test]
        fn nothing_hostile_comes_through(raw in proptest::collection::vec(any::<char>(), 0..80)) {
            let raw: String = raw.into_iter().collect();
            prop_assert!(!SafeText::new(&raw).as_str().chars().any(terminal::is_hostile));
            let lines = SafeText::of_lines(&raw);
            prop_assert!(!lines.as_str().chars().any(|c| c != '\n' && terminal::is_hostile(c)));
        }
    }
}

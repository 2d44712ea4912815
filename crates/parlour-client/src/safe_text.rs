//! Text that is safe to display.

use std::fmt;
use std::sync::Arc;

use irc_wire::{terminal, text};

/// Maximum length of a message in bytes; the rest is cut.
const MOST: usize = 16 * 1024;
/// Maximum length of a name in bytes.
const NAME: usize = 64;
/// Maximum length of a topic in bytes.
const TOPIC: usize = 1024;

/// Text from the network or the user, without anything that could control a terminal.
/// Nothing else is ever drawn or printed.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SafeText(Arc<str>);

impl SafeText {
    /// Makes `raw` safe and puts it on one line.
    pub fn new(raw: &str) -> SafeText {
        SafeText(terminal::neutralise(text::cut(raw, MOST)).into())
    }

    /// Makes a nick or the name of a channel safe.
    pub fn name(raw: &str) -> SafeText {
        SafeText(terminal::neutralise(text::cut(raw, NAME)).into())
    }

    /// Makes a topic safe.
    pub fn topic(raw: &str) -> SafeText {
        SafeText(terminal::neutralise(text::cut(raw, TOPIC)).into())
    }

    /// Makes `raw` safe and keeps its line ends; Unicode line separators become line ends.
    pub fn of_lines(raw: &str) -> SafeText {
        if !raw.contains(['\n', '\u{2028}', '\u{2029}']) {
            return SafeText::new(raw);
        }
        // Cut before it is split, which bounds the work on hostile input.
        let lines = text::cut(raw, MOST).split(['\n', '\u{2028}', '\u{2029}']);
        let lines: Vec<_> = lines
            .map(|line| terminal::neutralise(line.strip_suffix('\r').unwrap_or(line)))
            .collect();
        SafeText(lines.join("\n").into())
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
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
    fn lines_are_kept_where_they_are_meant() {
        assert_eq!(SafeText::new("a\nb\x1b").as_str(), "a␊b␛");
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

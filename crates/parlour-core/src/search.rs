//! What a text has to hold to be found.

use alloc::string::String;
use alloc::vec::Vec;

use crate::{Name, limits};

/// A word, or words that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The words, as they were given.
    pub words: Name,
    /// Whether the last word may go on.
    pub prefix: bool,
}

/// Reads what somebody searches for: words, all of which are meant; `"words in quotes"` that follow
/// each other; `begin*` for words that begin so. Whatever else stands there means nothing: what
/// holds neither letter nor digit is left out. What is beyond one more than
/// [`limits::SEARCH_TERMS`] is not read.
pub fn terms(text: &str) -> Vec<Term> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        // One more than may be tells that there are too many.
        if rest.is_empty() || found.len() > limits::SEARCH_TERMS {
            return found;
        }
        let (words, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => {
                let end = rest.find(|c: char| c.is_whitespace() || c == '"');
                rest.split_at(end.unwrap_or(rest.len()))
            }
        };
        let (prefix, after) = match after.strip_prefix('*') {
            Some(after) if rest.starts_with('"') => (true, after),
            _ => (words.ends_with('*'), after),
        };
        rest = after;
        let words: String = words.chars().filter(|c| !c.is_control()).collect();
        let words = words.trim_end_matches('*');
        if words.chars().any(is_of_a_word) {
            found.push(Term {
                words: words.into(),
                // What begins with one letter is nearly everything.
                prefix: prefix && words.chars().filter(|c| is_of_a_word(*c)).count() > 1,
            });
        }
    }
}

/// Whether a character belongs to words: letters and digits, but no letters in circles and squares.
fn is_of_a_word(c: char) -> bool {
    let is_symbol = matches!(c, '\u{24b6}'..='\u{24e9}' | '\u{1f130}'..='\u{1f189}');
    c.is_alphanumeric() && !is_symbol
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn shown(text: &str) -> Vec<String> {
        let terms = terms(text);
        let shown = terms.iter().map(|term| {
            let star = if term.prefix { "*" } else { "" };
            alloc::format!("{}{star}", term.words)
        });
        shown.collect()
    }

    #[test]
    fn words_phrases_and_beginnings_are_read() {
        for (text, wanted) in [
            ("one two", &["one", "two"][..]),
            ("  one  ", &["one"]),
            ("\"one two\" three", &["one two", "three"]),
            ("one\"two three\"", &["one", "two three"]),
            ("beg* \"two beg\"*", &["beg*", "two beg*"]),
            ("b* \u{24b6}", &["b"]),
            ("\"never closed", &["never closed"]),
            ("don't", &["don't"]),
            (
                "NEAR(a b) OR -c {d}:e ^f +",
                &["NEAR(a", "b)", "OR", "-c", "{d}:e", "^f"],
            ),
            ("", &[]),
            ("* ** \"\" \" \" !? ()", &[]),
        ] {
            assert_eq!(shown(text), wanted, "{text}");
        }
        let many = "x ".to_string().repeat(1000);
        assert_eq!(terms(&many).len(), limits::SEARCH_TERMS + 1);
    }
}

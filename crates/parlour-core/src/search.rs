//! Terms of a message search.

use crate::names::Text;
use alloc::string::String;
use alloc::vec::Vec;

use crate::limits;

/// Search term: a word, or a phrase of consecutive words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Words, as given.
    pub words: Text,
    /// True if the last word is a prefix (`word*`).
    pub prefix: bool,
}

/// Parses a search text: words, all of which are required; `"quoted phrases"`; prefixes such as
/// `begin*`. There is no other syntax, and parts without letter or digit are ignored. Reading stops
/// one beyond [`limits::SEARCH_TERMS`] terms.
pub fn terms(text: &str) -> Vec<Term> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        // One term beyond the limit tells the caller that there are too many.
        if rest.is_empty() || found.len() > limits::SEARCH_TERMS {
            return found;
        }
        let (words, after) = match rest.strip_prefix('"') {
            // A quote that is never closed extends to the end of the text.
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
        if words.chars().any(is_word_char) {
            found.push(Term {
                words: words.into(),
                // A prefix of one letter matches nearly everything.
                prefix: prefix && words.chars().filter(|c| is_word_char(*c)).count() > 1,
            });
        }
    }
}

/// Returns whether a character belongs to a word: letters and digits, except circled and squared
/// letters.
fn is_word_char(c: char) -> bool {
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

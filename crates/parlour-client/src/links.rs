//! Links in text.

use std::ops::Range;

/// Schemes of links that may be opened, each with what follows its colon.
const SCHEMES: [(&str, &str); 3] = [("https", "//"), ("http", "//"), ("mailto", "")];
/// Maximum length of a link in bytes; anything longer is plain text.
const MOST: usize = 2_048;

/// Finds the byte ranges of the links in a text, in order.
pub(crate) fn find(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let (start, body) = next_scheme(text, from)?;
            let end = text[start..]
                .find(|c: char| c.is_whitespace() || "<>\"`|".contains(c))
                .map_or(text.len(), |end| start + end);
            // Always past the scheme, so that each round makes progress.
            from = end.max(body);
            let link = start..start + trimmed(&text[start..end]).len();
            if link.end > body && link.len() <= MOST {
                return Some(link);
            }
        }
    })
}

/// Finds the next scheme: the byte where it begins, and the byte after its colon and slashes.
fn next_scheme(text: &str, from: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    text[from..].match_indices(':').find_map(|(at, _)| {
        let colon = from + at;
        let fits = |&(name, behind): &(&str, &str)| {
            let start = colon
                .checked_sub(name.len())
                .filter(|start| *start >= from)?;
            let is_it = bytes[start..colon].eq_ignore_ascii_case(name.as_bytes())
                && bytes[colon + 1..].starts_with(behind.as_bytes());
            is_it.then_some((start, colon + 1 + behind.len()))
        };
        SCHEMES.iter().find_map(fits)
    })
}

/// Trims punctuation at the end of a sentence, and brackets that were opened before the link.
fn trimmed(link: &str) -> &str {
    let count = |c: u8| link.bytes().filter(|byte| *byte == c).count();
    let mut round = count(b')').saturating_sub(count(b'('));
    let mut square = count(b']').saturating_sub(count(b'['));
    link.trim_end_matches(|last| match last {
        ')' if round > 0 => {
            round -= 1;
            true
        }
        ']' if square > 0 => {
            square -= 1;
            true
        }
        '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' => true,
        _ => false,
    })
}

/// Returns a link as written to the terminal: printable ASCII, the rest percent-encoded.
pub(crate) fn safe(link: &str) -> String {
    let mut out = String::new();
    for byte in link.bytes() {
        match byte {
            0x21..=0x7e => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &str) -> Vec<&str> {
        find(text).map(|range| &text[range]).collect()
    }

    #[test]
    fn links_end_where_people_mean_them_to() {
        // The page reads the same file.
        let vectors = include_str!("../tests/vectors/links.json");
        let vectors: serde_json::Value = serde_json::from_str(vectors).unwrap();
        for vector in vectors.as_array().unwrap() {
            let text = vector["text"].as_str().unwrap();
            let links = vector["links"].as_array().unwrap();
            let links: Vec<&str> = links.iter().map(|link| link.as_str().unwrap()).collect();
            assert_eq!(all(text), links, "{text}");
        }
        assert!(all(&format!("http://{}", "x".repeat(MOST))).is_empty());
        assert_eq!(safe("https://é/\u{202e}"), "https://%C3%A9/%E2%80%AE");
    }

    proptest! {
        #[test]
        fn any_text_can_be_looked_through(text in "(https?://|mailto:|\\PC){0,20}") {
            for range in find(&text) {
                prop_assert!(safe(&text[range]).bytes().all(|byte| (0x21..0x7f).contains(&byte)));
            }
        }
    }
}

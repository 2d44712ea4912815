//! Links in text.

use std::ops::Range;

/// What links begin with that may be opened.
const SCHEMES: [&str; 3] = ["https://", "http://", "mailto:"];

/// The byte ranges of the links in a text.
pub(crate) fn find(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let rest = &text[from..];
        let lower = rest.to_ascii_lowercase();
        let at = SCHEMES
            .iter()
            .filter_map(|scheme| lower.find(scheme))
            .min()?;
        let start = from + at;
        let end = text[start..]
            .find(|c: char| c.is_whitespace() || "<>\"`|".contains(c))
            .map_or(text.len(), |end| start + end);
        let mut link = &text[start..end];
        // What ends a sentence, or closes a bracket that was opened before, is not of it.
        while let Some(last) = link.chars().next_back() {
            let closes = match last {
                ')' => link.matches(')').count() > link.matches('(').count(),
                ']' => link.matches(']').count() > link.matches('[').count(),
                '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' => true,
                _ => false,
            };
            if !closes {
                break;
            }
            link = &link[..link.len() - last.len_utf8()];
        }
        from = end.max(start + 1);
        Some(start..start + link.len())
    })
    .filter(move |range| {
        let link = &text[range.clone()];
        SCHEMES
            .iter()
            .all(|scheme| link.len() > scheme.len() || !link.eq_ignore_ascii_case(scheme))
    })
}

/// A link as it is written to the terminal: printable ASCII, all else percent-encoded.
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
        assert_eq!(
            all("see https://a.example/b?c=d."),
            ["https://a.example/b?c=d"]
        );
        assert_eq!(
            all("(http://a/b_(c)) and HTTPS://X"),
            ["http://a/b_(c)", "HTTPS://X"]
        );
        assert_eq!(
            all("mailto:a@b.c, <https://x/y>"),
            ["mailto:a@b.c", "https://x/y"]
        );
        assert_eq!(
            all("javascript:alert(1) file:///etc nothing https://"),
            Vec::<&str>::new()
        );
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

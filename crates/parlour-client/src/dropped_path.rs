//! Paths as users type and terminals paste them: quoted, escaped, as `file://` URLs, with `~`.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;

/// Maximum bytes of a text that is taken for a path.
const MOST: usize = 4_096;

/// Returns whether a text may be the path of a dropped file: one absolute path, and nothing else.
pub(crate) fn is_path(text: &str) -> bool {
    let text = text.trim();
    let is_absolute = ["/", "'/", "\"/", "~/", "file:///"]
        .iter()
        .any(|begin| text.starts_with(begin));
    is_absolute && text.len() <= MOST && !text.contains('\n')
}

/// Returns the path that a text means.
pub(crate) fn parse(text: &str) -> PathBuf {
    let text = text.trim();
    if let Some(encoded) = text.strip_prefix("file://") {
        // A host before the path means this one.
        let path = encoded.find('/').map_or(encoded, |at| &encoded[at..]);
        return PathBuf::from(OsString::from_vec(percent_decode_str(path).collect()));
    }
    let path = unquoted(text);
    match (path.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

/// Returns a text without the quotes of a shell around it, or its escapes.
fn unquoted(text: &str) -> String {
    for quote in ['\'', '"'] {
        let inner = text.strip_prefix(quote);
        if let Some(inner) = inner.and_then(|inner| inner.strip_suffix(quote)) {
            // How shells write a quote within quotes.
            return inner.replace("'\\''", "'");
        }
    }
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '\\' => chars.next().unwrap_or(c),
            c => c,
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_in_every_spelling() {
        for (text, path) in [
            ("/tmp/a.png", "/tmp/a.png"),
            (" /tmp/a.png ", "/tmp/a.png"),
            ("'/tmp/a b.png'", "/tmp/a b.png"),
            ("\"/tmp/a b.png\"", "/tmp/a b.png"),
            ("'/tmp/it'\\''s.png'", "/tmp/it's.png"),
            ("/tmp/a\\ b\\(1\\).png", "/tmp/a b(1).png"),
            ("file:///tmp/a%20b.png", "/tmp/a b.png"),
            ("file://localhost/tmp/a.png", "/tmp/a.png"),
            ("relative.txt", "relative.txt"),
        ] {
            assert_eq!(parse(text), PathBuf::from(path), "{text}");
        }
        assert!(parse("~/a").is_absolute());
    }

    #[test]
    fn only_one_absolute_path_is_taken_for_a_dropped_file() {
        for text in ["/tmp/a", "'/tmp/a b'", "file:///tmp/a", "~/a", " /tmp/a\n"] {
            assert!(is_path(text), "{text}");
        }
        for text in [
            "a",
            "a/b",
            "https://x/y",
            "/tmp/a\n/tmp/b",
            "",
            "see /tmp/a",
        ] {
            assert!(!is_path(text), "{text}");
        }
    }
}

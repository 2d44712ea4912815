//! File names in `Content-Disposition` (RFC 6266).

use crate::percent::decode;

/// Bytes of a file name.
const NAME_MAX: usize = 120;
/// Name of a file that has none.
const UNNAMED: &str = "file";

/// Returns the file name of a header: `filename*`, else `filename`; without a path, or characters that
/// control anything.
pub(super) fn file_name(header: &str) -> String {
    let parameter = |wanted: &str| {
        let mut found = parts(header).filter_map(|part| part.split_once('='));
        found
            .find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value.trim())
    };
    let extended = parameter("filename*").and_then(|value| {
        let (_, encoded) = value.split_once("''")?;
        decode(encoded)
    });
    let plain = || parameter("filename").map(|value| value.trim_matches('"').replace("\\\"", "\""));
    clean(&extended.or_else(plain).unwrap_or_default())
}

/// Splits a header at the semicolons that are not within quotes.
fn parts(header: &str) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let ends = move |c: char| {
        let ends = c == ';' && !is_quoted;
        is_quoted ^= c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends
    };
    header.split(ends).map(str::trim)
}

/// Returns a name that is one part of a path and safe to show.
pub(super) fn clean(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_kept = |c: &char| {
        !c.is_control()
            && !matches!(c, '"' | '<' | '>' | ':' | '|' | '?' | '*' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let kept: String = base.chars().filter(is_kept).collect();
    let kept = kept.trim().trim_start_matches('.');
    let mut end = kept.len().min(NAME_MAX);
    while !kept.is_char_boundary(end) {
        end -= 1;
    }
    match &kept[..end] {
        "" => UNNAMED.to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_names_and_no_paths() {
        for (header, want) in [
            ("attachment; filename=\"a b.png\"", "a b.png"),
            ("attachment; filename=\"a;b.txt\"; size=1", "a;b.txt"),
            ("attachment; filename=\"a\\\";b.txt\"", "a;b.txt"),
            (
                "attachment; filename=\"x\"; filename*=UTF-8''gr%C3%BCn.jpg",
                "grün.jpg",
            ),
            ("attachment; filename=\"../../etc/passwd\"", "passwd"),
            ("attachment; filename*=UTF-8''..%2F..%2Fx.sh", "x.sh"),
            (
                "attachment; filename=\"C:\\\\Users\\\\me\\\\a.txt\"",
                "a.txt",
            ),
            ("attachment; filename=\".htaccess\"", "htaccess"),
            (
                "attachment; filename*=UTF-8''a%0d%0aSet-Cookie%3A.txt",
                "aSet-Cookie.txt",
            ),
            (
                "attachment; filename*=UTF-8''exe%E2%80%AEgnp.png",
                "exegnp.png",
            ),
            ("inline", "file"),
            ("", "file"),
        ] {
            assert_eq!(file_name(header), want, "{header}");
        }
        assert!(clean(&"ä".repeat(500)).len() <= NAME_MAX);
    }
}

//! Markdown as people type it (`*bold*`, `_italic_`, `` `code` ``, `~~struck~~`), converted to IRC
//! formatting codes and back.

use crate::formatting::{FormattedText, TextStyle};

/// Markers, longest first, each with its formatting code (Modern IRC, formatting).
const SIGNS: [(&str, char); 6] = [
    ("**", '\u{2}'),
    ("__", '\u{2}'),
    ("~~", '\u{1e}'),
    ("*", '\u{2}'),
    ("_", '\u{1d}'),
    ("`", '\u{11}'),
];

/// Marker of a code block, whose lines stay as they are.
const FENCE: &str = "```";

/// Converts Markdown to formatting codes.
///
/// A pair of markers encloses words: no letter stands before the first or after the second, and no
/// space on the inner sides. So `snake_case`, `2 * 3 * 4` and addresses are left alone, and so is a
/// pair that spans lines.
pub fn formatted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_fence = false;
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let is_fence = line.trim_start().starts_with(FENCE);
        if is_fence || in_fence {
            out.push_str(line);
        } else {
            format_line(&mut out, line);
        }
        in_fence ^= is_fence;
    }
    out
}

fn format_line(out: &mut String, line: &str) {
    let mut at = 0;
    while at < line.len() {
        let rest = &line[at..];
        let begins = line[..at].chars().next_back().is_none_or(may_stand_before);
        let pair = SIGNS
            .iter()
            .filter(|_| begins)
            .find_map(|(sign, code)| Some((*sign, *code, inner(rest, sign)?)));
        if let Some((sign, code, inner)) = pair {
            out.push(code);
            // Markers inside code are text.
            if code == '\u{11}' {
                out.push_str(inner);
            } else {
                format_line(out, inner);
            }
            out.push(code);
            at += 2 * sign.len() + inner.len();
        } else {
            let c = rest.chars().next().unwrap_or_default();
            out.push(c);
            at += c.len_utf8();
        }
    }
}

/// Returns the text between two markers, if `text` begins with such a pair.
fn inner<'a>(text: &'a str, sign: &str) -> Option<&'a str> {
    let behind = text.strip_prefix(sign)?;
    let mark = sign.chars().next()?;
    if behind.starts_with(|c: char| c.is_whitespace() || c == mark) {
        return None;
    }
    let ends = behind.match_indices(sign).map(|(end, _)| end);
    let end = ends.into_iter().find(|&end| {
        let before = behind[..end].chars().next_back();
        let after = behind[end + sign.len()..].chars().next();
        before.is_some_and(|c| !c.is_whitespace() && c != mark)
            && after.is_none_or(|c| !c.is_alphanumeric() && c != mark && c != '/')
    })?;
    Some(&behind[..end])
}

fn may_stand_before(c: char) -> bool {
    c.is_whitespace() || "([{\"'“‘«>-–—*_~".contains(c)
}

/// Converts styles to Markdown that would give the same styles when typed.
pub fn to_markdown(rich: &FormattedText) -> String {
    let text = rich.as_str();
    let mut out = String::with_capacity(text.len());
    let mut open: Vec<&str> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let (look, next) = rich.style_at(at);
        let wanted = signs_of(look);
        // A style that ends here is closed together with all styles opened after it.
        let kept = open.iter().take_while(|sign| wanted.contains(sign)).count();
        open.drain(kept..).rev().for_each(|sign| out.push_str(sign));
        for sign in wanted {
            if !open.contains(&sign) {
                out.push_str(sign);
                open.push(sign);
            }
        }
        let end = next.min(text.len());
        out.push_str(&text[at..end]);
        at = end;
    }
    open.iter().rev().for_each(|sign| out.push_str(sign));
    out
}

fn signs_of(look: TextStyle) -> Vec<&'static str> {
    let all = [
        (look.bold, "*"),
        (look.italic, "_"),
        (look.struck, "~~"),
        (look.code, "`"),
    ];
    let on = all.into_iter().filter(|(on, _)| *on);
    on.map(|(_, sign)| sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn signs_around_words_become_codes_and_other_signs_stay() {
        // The page reads the same file.
        let vectors = include_str!("../tests/vectors/formatting.json");
        let vectors: Vec<(String, String)> = serde_json::from_str(vectors).unwrap();
        for (typed, sent) in vectors {
            assert_eq!(formatted(&typed), sent);
        }
    }

    proptest! {
        #[test]
        fn what_is_edited_looks_as_before(typed in "[a-c *_~`\n]{0,24}") {
            let sent = FormattedText::new(&formatted(&typed));
            let again = FormattedText::new(&formatted(&to_markdown(&sent)));
            // Styles of spaces cannot be seen.
            let looks = |rich: &FormattedText| {
                let text = rich.as_str();
                let at = text.char_indices().filter(|(_, c)| !c.is_whitespace());
                at.map(|(at, c)| (c, rich.style_at(at).0)).collect::<Vec<_>>()
            };
            if looks(&sent).iter().any(|(_, look)| *look != TextStyle::default()) {
                prop_assert_eq!(sent.as_str().replace(['*', '_', '~', '`'], ""), again.as_str().replace(['*', '_', '~', '`'], ""));
            }
        }
    }
}

//! Text with IRC formatting.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::SafeText;

/// Style of a piece of text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextStyle {
    /// Bold.
    pub bold: bool,
    /// Italic.
    pub italic: bool,
    /// Underlined.
    pub underlined: bool,
    /// Struck through.
    pub struck: bool,
    /// Foreground and background swapped.
    pub reversed: bool,
    /// Monospace: code.
    pub code: bool,
    /// Foreground colour.
    pub fg: Option<(u8, u8, u8)>,
    /// True if the foreground equals the background: hidden until the reader reveals it.
    pub spoiler: bool,
}

/// Safe text with styles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormattedText {
    /// Text without formatting codes.
    pub text: SafeText,
    /// Styles, each from a byte index on; empty for plain text.
    pub looks: Vec<(usize, TextStyle)>,
}

/// Sixteen colours of mIRC (Modern IRC, formatting).
const COLOURS: [(u8, u8, u8); 16] = [
    (255, 255, 255),
    (0, 0, 0),
    (0, 0, 127),
    (0, 147, 0),
    (255, 0, 0),
    (127, 0, 0),
    (156, 0, 156),
    (252, 127, 0),
    (255, 255, 0),
    (0, 252, 0),
    (0, 147, 147),
    (0, 255, 255),
    (0, 0, 252),
    (255, 0, 255),
    (127, 127, 127),
    (210, 210, 210),
];

impl FormattedText {
    /// Returns whether a part is hidden until revealed.
    pub fn has_spoilers(&self) -> bool {
        self.looks.iter().any(|(_, style)| style.spoiler)
    }

    /// Returns a copy with emoji replaced by their names.
    pub fn with_names(&self) -> FormattedText {
        let mut out = String::new();
        let mut looks = Vec::new();
        let mut left = self.looks.iter().peekable();
        for (at, grapheme) in self.text.as_str().grapheme_indices(true) {
            while let Some((_, style)) = left.next_if(|(from, _)| *from <= at) {
                looks.push((out.len(), *style));
            }
            match emojis::get(grapheme).and_then(emojis::Emoji::shortcode) {
                Some(name) if !grapheme.is_ascii() => out.push_str(&format!(":{name}:")),
                _ => out.push_str(grapheme),
            }
        }
        FormattedText {
            text: SafeText::of_lines(&out),
            looks,
        }
    }

    /// Returns a copy with these byte ranges, which do not overlap and are in order, replaced; none
    /// if the result would not be safe as it is.
    pub fn with_replaced(&self, parts: &[(Range<usize>, String)]) -> Option<FormattedText> {
        let text = self.text.as_str();
        let mut out = String::new();
        let mut at = 0;
        let mut looks = self.looks.clone();
        for (range, new) in parts {
            out.push_str(&text[at..range.start]);
            let begin = out.len();
            out.push_str(new);
            for ((place, _), (old, _)) in looks.iter_mut().zip(&self.looks) {
                // A style that begins within the part begins with it.
                if range.contains(old) {
                    *place = begin;
                } else if *old >= range.end {
                    *place = out.len() + (*old - range.end);
                }
            }
            at = range.end;
        }
        out.push_str(&text[at..]);
        let text = SafeText::of_lines(&out);
        (text.as_str() == out).then_some(FormattedText { text, looks })
    }

    /// Makes plain text of `raw`, without interpreting codes.
    pub fn plain(raw: &str) -> FormattedText {
        FormattedText {
            text: SafeText::of_lines(raw),
            looks: Vec::new(),
        }
    }

    /// Parses IRC formatting codes.
    pub fn new(raw: &str) -> FormattedText {
        if !raw.contains([
            '\u{2}', '\u{3}', '\u{4}', '\u{f}', '\u{11}', '\u{16}', '\u{1d}', '\u{1e}', '\u{1f}',
        ]) {
            return FormattedText::plain(raw);
        }
        let mut out = String::new();
        let mut looks = Vec::new();
        let mut style = TextStyle::default();
        let mut bg = None;
        let mut piece = String::new();
        let mut rest = raw;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            let before = style;
            match c {
                '\u{2}' => style.bold = !style.bold,
                '\u{1d}' => style.italic = !style.italic,
                '\u{1f}' => style.underlined = !style.underlined,
                '\u{1e}' => style.struck = !style.struck,
                '\u{16}' => style.reversed = !style.reversed,
                '\u{f}' => (style, bg) = (TextStyle::default(), None),
                '\u{11}' => style.code = !style.code,
                '\u{3}' => {
                    let (fg, back, after) = colour(rest);
                    rest = after;
                    match (fg, back) {
                        (None, _) => (style.fg, bg) = (None, None),
                        (Some(fg), None) => style.fg = named(fg),
                        (Some(fg), Some(back)) => (style.fg, bg) = (named(fg), named(back)),
                    }
                    style.spoiler = style.fg.is_some() && style.fg == bg;
                }
                '\u{4}' => {
                    let (fg, after) = hex(rest);
                    (style.fg, rest) = (fg, after);
                    // The background is parsed, so that it does not become text, and ignored.
                    if let Some(second) = rest.strip_prefix(',')
                        && let (Some(_), after) = hex(second)
                    {
                        rest = after;
                    }
                    style.spoiler = false;
                }
                c => {
                    piece.push(c);
                    continue;
                }
            }
            if style != before {
                out.push_str(SafeText::of_lines(&piece).as_str());
                piece.clear();
                looks.push((out.len(), style));
            }
        }
        out.push_str(SafeText::of_lines(&piece).as_str());
        // The joined text is made safe once more: pieces may be harmful only together.
        let text = SafeText::of_lines(&out);
        // The byte offsets of the styles no longer fit.
        if text.as_str() != out {
            looks.clear();
        }
        FormattedText { text, looks }
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// Returns the style at byte `at`, and the byte where the next style begins.
    pub fn style_at(&self, at: usize) -> (TextStyle, usize) {
        let next = self.looks.partition_point(|(from, _)| *from <= at);
        let style = next
            .checked_sub(1)
            .map_or(TextStyle::default(), |index| self.looks[index].1);
        let end = self.looks.get(next).map_or(usize::MAX, |(from, _)| *from);
        (style, end)
    }
}

impl std::fmt::Display for FormattedText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.text.fmt(f)
    }
}

/// Parses the colours after `^C`: one or two digits, and optionally a comma and one or two more.
fn colour(text: &str) -> (Option<u8>, Option<u8>, &str) {
    let digits = |text: &str| text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    let count = digits(text);
    let (fg, rest) = text.split_at(count);
    let Ok(fg) = fg.parse() else {
        return (None, None, text);
    };
    if let Some(second) = rest.strip_prefix(',') {
        let count = digits(second);
        if let Ok(bg) = second[..count].parse() {
            return (Some(fg), Some(bg), &second[count..]);
        }
    }
    (Some(fg), None, rest)
}

fn hex(text: &str) -> (Option<(u8, u8, u8)>, &str) {
    let part = |from: usize| {
        let digits = text.get(from..from + 2)?;
        u8::from_str_radix(digits, 16).ok()
    };
    match (part(0), part(2), part(4)) {
        (Some(r), Some(g), Some(b)) => (Some((r, g, b)), &text[6..]),
        _ => (None, text),
    }
}

/// Returns a colour by its number; 99 and unknown numbers are the terminal's default.
fn named(number: u8) -> Option<(u8, u8, u8)> {
    COLOURS.get(usize::from(number)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn codes_become_looks_and_never_text() {
        let formatted =
            FormattedText::new("a\u{2}b\u{2}c\u{3}04,12red\u{3} \u{1d}it\u{f}x\u{3}1,1hidden");
        assert_eq!(formatted.as_str(), "abcred itxhidden");
        let style = |at: usize| formatted.style_at(at).0;
        assert!(!style(0).bold && style(1).bold && !style(2).bold);
        assert_eq!(style(3).fg, Some((255, 0, 0)));
        assert_eq!(style(6).fg, None);
        assert!(style(7).italic && !style(9).italic);
        assert!(style(10).spoiler);
        let named = FormattedText::new("a👍\u{2}b🎉").with_names();
        assert_eq!(named.as_str(), "a:+1:b:tada:");
        assert!(!named.style_at(1).0.bold && named.style_at(5).0.bold);
        assert_eq!(FormattedText::new("\u{4}00ff00,112233x").as_str(), "x");
    }

    proptest! {
        #[test]
        fn whatever_the_codes_the_text_is_tame(raw in "(\\PC|[\u{0}-\u{1f}]|[0-9,]){0,80}") {
            let formatted = FormattedText::new(&raw);
            prop_assert!(!formatted.as_str().chars().any(|c| c != '\n' && irc_wire::terminal::is_hostile(c)), "{:?}", formatted.as_str());
            for (at, _) in &formatted.looks {
                prop_assert!(formatted.as_str().is_char_boundary(*at));
            }
        }
    }
}

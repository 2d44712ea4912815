//! Text with what its writer wanted it to look like (IRC's formatting codes).

use unicode_segmentation::UnicodeSegmentation;

use crate::SafeText;

/// How a piece of text looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Bold.
    pub bold: bool,
    /// Italic.
    pub italic: bool,
    /// Underlined.
    pub underlined: bool,
    /// Struck through.
    pub struck: bool,
    /// Colours changed for each other.
    pub reversed: bool,
    /// Of a fixed width: code.
    pub code: bool,
    /// The colour of the letters.
    pub fg: Option<(u8, u8, u8)>,
    /// Letters of the colour of what is behind them: to be uncovered by whoever wants to.
    pub spoiler: bool,
}

/// Safe text, and where in it which look begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rich {
    /// The text.
    pub text: SafeText,
    /// The looks, each from a byte of the text on; none: it is plain.
    pub looks: Vec<(usize, Look)>,
}

/// The sixteen colours of IRC (Modern IRC, formatting).
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

impl Rich {
    /// Whether something of it is hidden until it is uncovered.
    pub fn has_spoilers(&self) -> bool {
        self.looks.iter().any(|(_, look)| look.spoiler)
    }

    /// The same with the names of emoji in their places, for those who cannot see them.
    pub fn with_names(&self) -> Rich {
        let mut out = String::new();
        let mut looks = Vec::new();
        let mut left = self.looks.iter().peekable();
        for (at, grapheme) in self.text.as_str().grapheme_indices(true) {
            while let Some((_, look)) = left.next_if(|(from, _)| *from <= at) {
                looks.push((out.len(), *look));
            }
            match emojis::get(grapheme).and_then(emojis::Emoji::shortcode) {
                Some(name) if !grapheme.is_ascii() => out.push_str(&format!(":{name}:")),
                _ => out.push_str(grapheme),
            }
        }
        Rich {
            text: SafeText::of_lines(&out),
            looks,
        }
    }

    /// Plain text.
    pub fn plain(raw: &str) -> Rich {
        Rich {
            text: SafeText::of_lines(raw),
            looks: Vec::new(),
        }
    }

    /// Text with formatting codes.
    pub fn new(raw: &str) -> Rich {
        if !raw.contains([
            '\u{2}', '\u{3}', '\u{4}', '\u{f}', '\u{11}', '\u{16}', '\u{1d}', '\u{1e}', '\u{1f}',
        ]) {
            return Rich::plain(raw);
        }
        let mut out = String::new();
        let mut looks = Vec::new();
        let mut look = Look::default();
        let mut bg = None;
        let mut piece = String::new();
        let mut rest = raw;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            let before = look;
            match c {
                '\u{2}' => look.bold = !look.bold,
                '\u{1d}' => look.italic = !look.italic,
                '\u{1f}' => look.underlined = !look.underlined,
                '\u{1e}' => look.struck = !look.struck,
                '\u{16}' => look.reversed = !look.reversed,
                '\u{f}' => (look, bg) = (Look::default(), None),
                '\u{11}' => look.code = !look.code,
                '\u{3}' => {
                    let (fg, back, after) = colour(rest);
                    rest = after;
                    match (fg, back) {
                        (None, _) => (look.fg, bg) = (None, None),
                        (Some(fg), None) => look.fg = named(fg),
                        (Some(fg), Some(back)) => (look.fg, bg) = (named(fg), named(back)),
                    }
                    look.spoiler = look.fg.is_some() && look.fg == bg;
                }
                '\u{4}' => {
                    let (fg, after) = hex(rest);
                    (look.fg, rest) = (fg, after);
                    if let Some(second) = rest.strip_prefix(',')
                        && let (Some(_), after) = hex(second)
                    {
                        rest = after;
                    }
                    look.spoiler = false;
                }
                c => {
                    piece.push(c);
                    continue;
                }
            }
            if look != before {
                out.push_str(SafeText::of_lines(&piece).as_str());
                piece.clear();
                looks.push((out.len(), look));
            }
        }
        out.push_str(SafeText::of_lines(&piece).as_str());
        // Put together it is made safe once more: pieces could have become more than their sum.
        let text = SafeText::of_lines(&out);
        if text.as_str() != out {
            looks.clear();
        }
        Rich { text, looks }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// The look of the byte at `at`, and where the next look begins.
    pub fn look_at(&self, at: usize) -> (Look, usize) {
        let next = self.looks.partition_point(|(from, _)| *from <= at);
        let look = next
            .checked_sub(1)
            .map_or(Look::default(), |index| self.looks[index].1);
        let end = self.looks.get(next).map_or(usize::MAX, |(from, _)| *from);
        (look, end)
    }
}

impl std::fmt::Display for Rich {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.text.fmt(f)
    }
}

/// What follows `^C`: one or two digits, and maybe a comma and one or two more.
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

/// A colour by its number; 99 and what is not known is the terminal's own.
fn named(number: u8) -> Option<(u8, u8, u8)> {
    COLOURS.get(usize::from(number)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn codes_become_looks_and_never_text() {
        let rich = Rich::new("a\u{2}b\u{2}c\u{3}04,12red\u{3} \u{1d}it\u{f}x\u{3}1,1hidden");
        assert_eq!(rich.as_str(), "abcred itxhidden");
        let look = |at: usize| rich.look_at(at).0;
        assert!(!look(0).bold && look(1).bold && !look(2).bold);
        assert_eq!(look(3).fg, Some((255, 0, 0)));
        assert_eq!(look(6).fg, None);
        assert!(look(7).italic && !look(9).italic);
        assert!(look(10).spoiler);
        let named = Rich::new("a👍\u{2}b🎉").with_names();
        assert_eq!(named.as_str(), "a:+1:b:tada:");
        assert!(!named.look_at(1).0.bold && named.look_at(5).0.bold);
        assert_eq!(Rich::new("\u{4}00ff00,112233x").as_str(), "x");
    }

    proptest! {
        #[test]
        fn whatever_the_codes_the_text_is_tame(raw in "(\\PC|[\u{0}-\u{1f}]|[0-9,]){0,80}") {
            let rich = Rich::new(&raw);
            prop_assert!(!rich.as_str().chars().any(|c| c != '\n' && irc_wire::terminal::is_hostile(c)), "{:?}", rich.as_str());
            for (at, _) in &rich.looks {
                prop_assert!(rich.as_str().is_char_boundary(*at));
            }
        }
    }
}

//! Characters of the interface, in Unicode and ASCII.

/// Character set of the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Glyphs {
    /// Box drawing and other symbols.
    #[default]
    Unicode,
    /// ASCII only: for terminals that lack the symbols or draw them two cells wide.
    Ascii,
}

/// ASCII replacements of the symbols.
const TABLE: &[(char, &str)] = &[
    ('│', "|"),
    ('─', "-"),
    ('╭', "."),
    ('╮', "."),
    ('╰', "'"),
    ('╯', "'"),
    ('▌', "#"),
    ('●', "*"),
    ('○', "o"),
    ('◐', "~"),
    ('◌', "."),
    ('▸', ">"),
    ('▼', "v"),
    ('▲', "^"),
    ('…', "."),
    ('›', ">"),
    ('‹', "<"),
    ('•', "."),
    ('·', "-"),
    ('✗', "x"),
    ('✓', "ok"),
    ('←', "<"),
    ('→', ">"),
    ('−', "-"),
    ('—', "-"),
    ('📎', "file"),
];

impl Glyphs {
    /// Chooses by the locale in the environment: ASCII if it is not UTF-8.
    pub fn from_environment() -> Glyphs {
        let set = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
        match set {
            Some(locale) if !locale.to_lowercase().replace('-', "").contains("utf8") => {
                Glyphs::Ascii
            }
            _ => Glyphs::Unicode,
        }
    }

    /// Converts a text of the client to the character set.
    pub fn of(self, text: &str) -> String {
        match self {
            Glyphs::Unicode => text.to_owned(),
            Glyphs::Ascii => text.chars().fold(String::new(), |mut out, c| {
                match TABLE.iter().find(|(sign, _)| *sign == c) {
                    Some((_, plain)) => out.push_str(plain),
                    None => out.push(c),
                }
                out
            }),
        }
    }
}

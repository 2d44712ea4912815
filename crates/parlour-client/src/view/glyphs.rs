//! Signs that are not letters, for terminals that have them and for those that do not.

/// Which signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Glyphs {
    /// Lines and the like.
    #[default]
    Unicode,
    /// ASCII only: where the others are missing, or take two cells.
    Ascii,
}

/// What the signs are in ASCII.
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
];

impl Glyphs {
    /// What the environment tells of: a locale without UTF-8 has none.
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

    /// A text of the client's own with the signs that there are.
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

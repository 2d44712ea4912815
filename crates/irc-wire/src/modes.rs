//! Mode strings such as `+ov-l a b`, as single changes (RFC 1459 §4.2.3, ISUPPORT CHANMODES).

use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Kind of a mode by its parameter: the four types of CHANMODES, and PREFIX.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Type A: an entry of a list. Without a parameter the list is queried.
    List,
    /// Type B: always with a parameter.
    Param,
    /// Type C: with a parameter when set, without one when unset.
    ParamWhenSet,
    /// Type D: never with a parameter.
    Flag,
    /// Status of a member, with the member's nick as parameter (PREFIX).
    Status,
}

/// Single mode change, or a query of a list mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// True if the mode is set, false if it is unset.
    pub set: bool,
    /// Mode letter.
    pub letter: char,
    /// Parameter, if one was given and the kind takes one.
    pub param: Option<String>,
}

/// Result of parsing a mode string; each list is in the string's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Changes that could be parsed.
    pub changes: Vec<Change>,
    /// Letters that `kind` does not know.
    pub unknown: Vec<char>,
    /// Letters whose parameter is missing.
    pub missing: Vec<char>,
}

/// Parses a mode string and its parameters; `kind` returns the kind of a letter.
pub fn parse(modes: &str, params: &[&str], kind: impl Fn(char) -> Option<Kind>) -> Changes {
    let mut out = Changes::default();
    let mut params = params.iter();
    let mut set = true;
    for letter in modes.chars() {
        match letter {
            '+' => set = true,
            '-' => set = false,
            _ => {
                // An unknown letter takes no parameter, so that those after it keep theirs.
                let Some(kind) = kind(letter) else {
                    out.unknown.push(letter);
                    continue;
                };
                let takes = match kind {
                    Kind::List | Kind::Param | Kind::Status => true,
                    Kind::ParamWhenSet => set,
                    Kind::Flag => false,
                };
                let param = if takes { params.next() } else { None };
                if takes && param.is_none() && kind != Kind::List {
                    out.missing.push(letter);
                    continue;
                }
                out.changes.push(Change {
                    set,
                    letter,
                    param: param.map(ToString::to_string),
                });
            }
        }
    }
    out
}

/// Formats changes as a mode string such as `+ov-l`, followed by the parameters.
pub fn format<'a>(changes: impl IntoIterator<Item = (bool, char, Option<&'a str>)>) -> String {
    let mut letters = String::new();
    let mut params = String::new();
    let mut sign = None;
    for (set, letter, param) in changes {
        if sign != Some(set) {
            letters.push(if set { '+' } else { '-' });
            sign = Some(set);
        }
        letters.push(letter);
        if let Some(param) = param {
            params.push(' ');
            params.push_str(param);
        }
    }
    letters + &params
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(letter: char) -> Option<Kind> {
        Some(match letter {
            'b' => Kind::List,
            'k' => Kind::Param,
            'l' => Kind::ParamWhenSet,
            'n' | 't' => Kind::Flag,
            'o' => Kind::Status,
            _ => return None,
        })
    }

    #[test]
    fn parameters_go_to_the_modes_that_take_them() {
        let got = parse("+on-lk+l", &["bob", "key", "5"], kind);
        let shown = format(
            got.changes
                .iter()
                .map(|c| (c.set, c.letter, c.param.as_deref())),
        );
        assert_eq!(shown, "+on-lk+l bob key 5");
    }

    #[test]
    fn a_list_without_a_mask_is_a_question() {
        let got = parse("b", &[], kind);
        assert_eq!(got.changes[0].param, None);
    }

    #[test]
    fn unknown_and_unfinished_letters_are_told() {
        let got = parse("+zoZ", &[], kind);
        assert_eq!(got.unknown, ['z', 'Z']);
        assert_eq!(got.missing, ['o']);
        assert!(got.changes.is_empty());
    }
}

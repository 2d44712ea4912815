//! Case mapping of names (ISUPPORT CASEMAPPING).

use serde::{Deserialize, Serialize};

use alloc::string::String;
use alloc::sync::Arc;

use crate::mask;
use unicode_normalization::UnicodeNormalization;

/// Case mapping: letters that are the same in names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Casemapping {
    /// A to Z are a to z; letters outside ASCII are as they are.
    #[default]
    Ascii,
    /// Mapping of `Ascii`, and `[]\~` are `{}|^` (RFC 1459 §2.2).
    Rfc1459,
    /// Letters of every script, composed (RFC 8265 §3.3, UsernameCaseMapped).
    Precis,
}

/// Name in its folded form, to be compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Folded(Arc<str>);

impl Folded {
    /// Wraps a name that was folded before it was stored.
    pub fn kept(folded: &str) -> Folded {
        Folded(folded.into())
    }

    /// Returns the folded text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Casemapping {
    /// Returns the name of the mapping in ISUPPORT.
    pub fn name(self) -> &'static str {
        match self {
            Casemapping::Ascii => "ascii",
            Casemapping::Rfc1459 => "rfc1459",
            Casemapping::Precis => "precis",
        }
    }

    /// Folds `name`.
    pub fn fold(self, name: &str) -> Folded {
        Folded(match self {
            Casemapping::Ascii => name.to_ascii_lowercase().into(),
            Casemapping::Rfc1459 => name.chars().map(rfc1459).collect::<String>().into(),
            // ASCII is in normalization form C already.
            Casemapping::Precis if name.is_ascii() => name.to_ascii_lowercase().into(),
            Casemapping::Precis => {
                let lower: String = name.chars().flat_map(char::to_lowercase).collect();
                lower.nfc().collect::<String>().into()
            }
        })
    }

    /// Returns whether a name, or a text made of names, matches a mask with `*` and `?`.
    pub fn matches(self, wanted: &str, text: &str) -> bool {
        match self {
            Casemapping::Precis if !(wanted.is_ascii() && text.is_ascii()) => {
                mask::matches(self.fold(wanted).as_str(), self.fold(text).as_str())
            }
            Casemapping::Ascii | Casemapping::Precis => mask::matches(wanted, text),
            Casemapping::Rfc1459 => {
                // Only ASCII is mapped, so that bytes can be compared.
                let fold = |byte: u8| rfc1459(char::from(byte));
                mask::matches_by(wanted, text, |a, b| fold(a) == fold(b))
            }
        }
    }

    /// Returns whether `a` and `b` are the same name.
    pub fn same(self, a: &str, b: &str) -> bool {
        a == b || self.fold(a) == self.fold(b)
    }
}

fn rfc1459(c: char) -> char {
    match c {
        '[' => '{',
        ']' => '}',
        '\\' => '|',
        '~' => '^',
        _ => c.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mapping_folds_what_it_says() {
        use Casemapping::{Ascii, Precis, Rfc1459};
        for (mapping, name, want) in [
            (Ascii, "AbÉ[~", "abÉ[~"),
            (Rfc1459, "A[]\\~É", "a{}|^É"),
            (Precis, "ÉCOLE", "école"),
            (Precis, "E\u{301}", "é"),
            (Precis, "Bob[]", "bob[]"),
        ] {
            assert_eq!(mapping.fold(name).as_str(), want, "{mapping:?} {name}");
        }
        assert!(Rfc1459.matches("B[*!*", "b{ob!x") && !Ascii.matches("B[*!*", "b{ob!x"));
        assert!(Precis.matches("BOBÉ!*", "bobé!x") && !Ascii.matches("BOBÉ!*", "bobé!x"));
        assert!(Rfc1459.same("a[", "A{") && !Ascii.same("a[", "A{"));
    }
}

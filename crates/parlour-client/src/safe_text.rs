//! Text that may be shown.

use std::fmt;
use std::sync::Arc;

use irc_wire::{terminal, text};

/// Bytes of one text; more is cut.
const MOST: usize = 16 * 1024;

/// Text from the network or the user with all that could act on a terminal taken out.
/// Only this is ever drawn or printed.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SafeText(Arc<str>);

impl SafeText {
    /// Makes `raw` safe.
    pub fn new(raw: &str) -> SafeText {
        SafeText(terminal::neutralise(text::cut(raw, MOST)).into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for SafeText {
    fn from(raw: &str) -> SafeText {
        SafeText::new(raw)
    }
}

impl From<String> for SafeText {
    fn from(raw: String) -> SafeText {
        SafeText::new(&raw)
    }
}

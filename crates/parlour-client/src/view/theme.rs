//! Colours by role (UX.md §3.7). The background is never painted.

use std::hash::{DefaultHasher, Hash, Hasher};

use ratatui::style::{Color, Modifier, Style};

/// The nicks' hues, of equal lightness, as 256-colour indices.
const NICKS: [u8; 12] = [211, 216, 179, 143, 114, 79, 80, 73, 111, 147, 182, 176];

/// The colours.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    colour: bool,
}

impl Theme {
    /// Colours, unless the environment says NO_COLOR.
    pub fn from_environment() -> Theme {
        Theme {
            colour: std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        }
    }

    /// No colours: bold, dim and reverse only.
    pub fn plain() -> Theme {
        Theme { colour: false }
    }

    fn indexed(self, index: u8, otherwise: Modifier) -> Style {
        if self.colour {
            Style::new().fg(Color::Indexed(index))
        } else {
            Style::new().add_modifier(otherwise)
        }
    }

    /// Time, gutter, joins, hints.
    pub fn dim(self) -> Style {
        self.indexed(246, Modifier::DIM)
    }

    /// The current room, the prompt.
    pub fn accent(self) -> Style {
        self.indexed(111, Modifier::UNDERLINED)
    }

    /// Counts of unread, the line above what is new.
    pub fn unread(self) -> Style {
        self.indexed(215, Modifier::BOLD)
    }

    /// A line that names the user.
    pub fn mention(self) -> Style {
        self.indexed(222, Modifier::REVERSED)
            .add_modifier(Modifier::BOLD)
    }

    /// Something went wrong.
    pub fn error(self) -> Style {
        self.indexed(210, Modifier::BOLD)
    }

    /// Something is about to.
    pub fn warning(self) -> Style {
        self.indexed(215, Modifier::BOLD)
    }

    /// All is well.
    pub fn ok(self) -> Style {
        self.indexed(114, Modifier::empty())
    }

    /// The current tab, the header.
    pub fn reversed(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// A nick, always the same for the same one.
    pub fn nick(self, nick: &str, own: bool) -> Style {
        if own {
            return Style::new().add_modifier(Modifier::BOLD);
        }
        let mut hasher = DefaultHasher::new();
        nick.to_lowercase().hash(&mut hasher);
        self.indexed(
            NICKS[(hasher.finish() % NICKS.len() as u64) as usize],
            Modifier::empty(),
        )
    }
}

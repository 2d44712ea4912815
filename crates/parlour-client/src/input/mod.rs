//! Input from the terminal: keys, pastes, mouse and reports.

mod csi;
mod decoder;
pub(crate) mod tty;

use crossterm::event::{KeyEvent, MouseEvent};

pub use decoder::Decoder;

/// Input event of the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Key press.
    Key(KeyEvent),
    /// Pasted text.
    Paste(String),
    /// Mouse event.
    Mouse(MouseEvent),
    /// Focus gained or lost.
    Focus(bool),
    /// Background colour: red, green, blue.
    Background(u8, u8, u8),
    /// Colour scheme: true if dark.
    Dark(bool),
    /// Support of synchronized output (DEC mode 2026).
    Synchronised,
}

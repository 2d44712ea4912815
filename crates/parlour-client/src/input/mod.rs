//! What comes from the terminal: keys, pastes, the mouse, and answers to what it was asked.

mod csi;
mod decoder;
pub(crate) mod tty;

use crossterm::event::{KeyEvent, MouseEvent};

pub use decoder::Decoder;

/// Something that the terminal says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed.
    Key(KeyEvent),
    /// A text was pasted.
    Paste(String),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// The window has the focus, or has lost it.
    Focus(bool),
    /// The background's colour: red, green, blue.
    Background(u8, u8, u8),
    /// The window's colours are dark now, or light.
    Dark(bool),
    /// The terminal draws frames whole when it is told their ends (DEC mode 2026).
    Synchronised,
}

//! The terminal, taken and given back: once and whole, whatever happens.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::style::ResetColor;
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};

/// Whether the terminal is ours now.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Holds the terminal; dropping it gives it back.
pub struct Terminal {
    _private: (),
}

impl Terminal {
    /// Takes the terminal. A panic anywhere gives it back before its message is printed.
    ///
    /// # Errors
    /// There is no terminal, or it cannot be switched.
    pub fn take() -> io::Result<Terminal> {
        let printed = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            restore();
            printed(info);
        }));
        enter()?;
        Ok(Terminal { _private: () })
    }

    /// Gives the terminal back until [`Terminal::resume`].
    pub fn pause(&self) {
        restore();
    }

    /// Takes it again.
    ///
    /// # Errors
    /// As [`Terminal::take`].
    pub fn resume(&self) -> io::Result<()> {
        enter()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

fn enter() -> io::Result<()> {
    TAKEN.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)
}

/// Everything back as it was; the second call does nothing.
fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    // Nothing can be done about a terminal that is gone.
    let _ = queue!(
        out,
        ResetColor,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        Show
    );
    let _ = out.write_all(b"\x1b[0m");
    let _ = out.flush();
    let _ = disable_raw_mode();
}

//! Input of plain mode: a terminal in raw mode, or the lines of a pipe.

use std::io::{self, BufRead};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use tokio::sync::mpsc;

use crate::input::{Input, tty::Tty};
use crate::terminal;

/// Lines of standard input that may wait.
const LINES: usize = 64;
/// Sequences for bracketed paste.
const PASTE_ON: &str = "\x1b[?2004h";
const PASTE_OFF: &str = "\x1b[?2004l";

/// Source of the user's input.
pub(super) enum Source {
    Terminal(Tty),
    Lines(mpsc::Receiver<io::Result<String>>),
}

/// Guard of raw mode and bracketed paste, which it ends when dropped.
pub(super) struct Raw;

impl Raw {
    /// Gives the terminal to the shell.
    pub fn give_back() -> io::Result<()> {
        terminal::write_control(PASTE_OFF)?;
        disable_raw_mode()
    }

    /// Takes the terminal again; the shell may have changed the mode.
    pub fn take_again() -> io::Result<()> {
        terminal::raw()?;
        terminal::write_control(PASTE_ON)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // Nothing can be done about a terminal that is gone.
        let _ = terminal::write_control(PASTE_OFF);
        let _ = disable_raw_mode();
    }
}

/// Opens the source of input; raw mode if it is a terminal.
pub(super) fn source(terminal: bool) -> io::Result<(Source, Option<Raw>)> {
    if !terminal {
        return Ok((Source::Lines(lines()), None));
    }
    enable_raw_mode()?;
    let raw = Raw;
    terminal::write_control(PASTE_ON)?;
    Ok((Source::Terminal(Tty::open()?), Some(raw)))
}

/// Waits for the next input; returns `None` at its end.
pub(super) async fn typed(source: &mut Source) -> io::Result<Option<Vec<Input>>> {
    match source {
        Source::Terminal(tty) => Ok(tty.next().await),
        Source::Lines(lines) => match lines.recv().await {
            Some(Ok(line)) => Ok(Some(vec![Input::Paste(line)])),
            Some(Err(error)) => Err(error),
            None => Ok(None),
        },
    }
}

/// Starts a thread that reads the lines of standard input.
fn lines() -> mpsc::Receiver<io::Result<String>> {
    let (sender, lines) = mpsc::channel(LINES);
    std::thread::spawn(move || {
        for line in io::stdin().lock().split(b'\n') {
            // Invalid UTF-8 is replaced, not refused.
            let line = line.map(|line| {
                let line = String::from_utf8_lossy(&line);
                line.strip_suffix('\r').unwrap_or(&line).to_owned()
            });
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    lines
}

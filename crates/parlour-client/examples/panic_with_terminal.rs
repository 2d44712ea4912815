//! Takes the terminal and panics: for the test that it is given back.
#![allow(clippy::panic, reason = "that is what it is for")]

use std::io::Write;

fn main() -> std::io::Result<()> {
    let _terminal = parlour_client::terminal::Terminal::take(true)?;
    std::io::stdout().write_all(b"on the alternate screen\x1b[?25l")?;
    panic!("a bug in the client");
}

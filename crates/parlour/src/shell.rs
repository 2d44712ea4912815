//! `parlour completions`, `parlour man`: made of the command line's own definition.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Arguments;

/// Writes a shell's completions.
pub fn completions(shell: Shell) -> ExitCode {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "parlour", &mut text);
    write(&text)
}

/// Writes the manual page.
pub fn man() -> ExitCode {
    let mut text = Vec::new();
    let rendered = clap_mangen::Man::new(Arguments::command()).render(&mut text);
    match rendered {
        Ok(()) => write(&text),
        Err(error) => {
            eprintln!("parlour: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A reader that has gone is no error.
fn write(text: &[u8]) -> ExitCode {
    let mut out = io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("parlour: stdout cannot be written: {error}");
            ExitCode::FAILURE
        }
    }
}

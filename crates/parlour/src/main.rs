//! `parlour`: the server and the terminal client in one.

mod args;
mod paths;
mod serve;

use std::process::ExitCode;

use args::{Arguments, Command};
use clap::Parser;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.command {
        Some(Command::Serve(serve)) => serve::serve(&serve),
        None => ExitCode::SUCCESS,
    }
}

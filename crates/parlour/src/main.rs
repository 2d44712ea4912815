//! `parlour`: the server and the terminal client in one.

mod admin;
mod args;
mod bench;
mod client;
mod join;
mod log;
mod paths;
mod picture;
mod serve;
mod shell;

use std::process::ExitCode;

use args::{Arguments, Command};
use clap::Parser;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.command {
        None => match args::misspelt(&arguments.join) {
            Some(text) => client::finish(Err(text)),
            None => join::join(arguments.join),
        },
        Some(Command::Join(join)) => join::join(join),
        Some(Command::Serve(serve)) => serve::serve(&serve),
        Some(Command::Send(send)) => client::send(send),
        Some(Command::Tail(tail)) => client::tail(tail),
        Some(Command::Admin(admin)) => admin::run(admin),
        Some(Command::History(history)) => client::history(history),
        Some(Command::Search(search)) => client::search(search),
        Some(Command::Ls(ls)) => client::ls(ls),
        Some(Command::Export(export)) => client::export(export),
        Some(Command::Bench(bench)) => bench::bench(&bench),
        Some(Command::CheckConfig { file }) => serve::check_config(&file),
        Some(Command::Completions { shell }) => shell::completions(shell),
        Some(Command::Man) => shell::man(),
        Some(Command::HashPassword) => serve::hash_password(),
        Some(Command::ConvertPicture { from, to, thumb }) => picture::convert(&from, &to, &thumb),
    }
}

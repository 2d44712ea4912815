//! `parlour serve`

use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use parlour_server::{Config, Launch, Server, ServerError};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::args::Serve;
use crate::{log, paths};

/// Runs a server until it is told to stop. Exit code 0 after a signal, 1 if it could not run.
pub fn serve(arguments: &Serve) -> ExitCode {
    // What is still to be written is written when it is dropped.
    let log = log::start();
    let outcome = run(arguments);
    drop(log);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("parlour: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Starts the server, handles signals, and waits until it has stopped.
fn run(arguments: &Serve) -> Result<(), ServerError> {
    let mut launch = Launch {
        file: arguments.config.clone(),
        listen: arguments.listen.clone(),
        cluster: arguments.cluster.clone(),
        node: arguments.node.clone(),
        data: PathBuf::new(),
    };
    let config = launch.read()?;
    let data = arguments.data.clone().or(config.server.data);
    launch.data = data.or_else(paths::data).ok_or_else(|| {
        ServerError::Config(
            "there is no home directory to keep data in; name a directory with --data".into(),
        )
    })?;
    // Signals are caught before anything starts that they could interrupt halfway.
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let server = Server::start(launch)?;
    // A closed stdout is no reason not to run.
    let _ = std::io::stdout().write_all(server.banner().as_bytes());
    let _ = std::io::stdout().flush();
    let handle = server.handle();
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            for signal in &mut signals {
                if signal == SIGHUP {
                    tracing::info!("signal {signal}: reading the configuration again");
                    handle.rehash();
                } else {
                    tracing::info!("signal {signal}: stopping");
                    handle.stop("The server is stopping");
                }
            }
        })?;
    server.wait()?;
    tracing::info!("stopped; everything is kept");
    Ok(())
}

/// Runs `parlour check-config`. Exit code 0 if the file can be used.
pub fn check_config(file: &std::path::Path) -> ExitCode {
    match Config::read(file).and_then(|config| config.check_files()) {
        Ok(()) => {
            println!("{} can be used", file.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("parlour: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs `parlour hash-password`: reads a password from stdin and prints its hash for the
/// configuration.
pub fn hash_password() -> ExitCode {
    if std::io::stdin().is_terminal() {
        eprintln!("Type the password and press Enter:");
    }
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    let password = line.trim_end_matches(['\r', '\n']);
    if read.is_err() || password.is_empty() {
        eprintln!("parlour: there was no password on standard input");
        return ExitCode::FAILURE;
    }
    match parlour_server::password::hash(password) {
        Ok(hash) => {
            println!("{hash}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("parlour: the password cannot be hashed: {error}");
            ExitCode::FAILURE
        }
    }
}

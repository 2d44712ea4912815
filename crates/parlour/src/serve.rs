//! `parlour serve`

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use parlour_server::{Config, Server, ServerError};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::args::Serve;
use crate::paths;

/// Runs a server until it is told to stop. Exit code 0 after a signal, 1 if it could
/// not run.
pub fn serve(arguments: &Serve) -> ExitCode {
    start_log();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("parlour: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Serve) -> Result<(), ServerError> {
    let mut config = match &arguments.config {
        Some(path) => Config::read(path)?,
        None => Config::default(),
    };
    if !arguments.listen.is_empty() {
        config.server.listen = arguments.listen.clone();
    }
    let data = arguments
        .data
        .clone()
        .or_else(|| config.server.data.clone())
        .or_else(paths::data);
    let data = data.ok_or_else(|| {
        ServerError::Config(
            "there is no home directory to keep data in; name a directory with --data".into(),
        )
    })?;
    // Signals are caught before anything is begun that they could leave half done.
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let server = Server::start(&config, &data)?;
    // A closed stdout is no reason not to serve.
    let _ = std::io::stdout().write_all(server.banner().as_bytes());
    let _ = std::io::stdout().flush();
    let handle = server.handle();
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            for signal in &mut signals {
                tracing::info!("signal {signal}: stopping");
                handle.stop("The server is stopping");
            }
        })?;
    server.wait()?;
    tracing::info!("stopped; everything is kept");
    Ok(())
}

fn start_log() {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
}

/// `parlour check-config`: exit code 0 if the file can be used.
pub fn check_config(file: &std::path::Path) -> ExitCode {
    match Config::read(file) {
        Ok(_) => {
            println!("{} can be used", file.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("parlour: {error}");
            ExitCode::FAILURE
        }
    }
}

//! `parlour join`, `parlour send`, `parlour tail`

use std::env;
use std::process::ExitCode;

use parlour_client::engine::Identity;
use parlour_client::pins::Pins;
use parlour_client::{SafeText, send, tail, tui};

use crate::args::{Join, Send, Tail};
use crate::paths;

/// The terminal client. Exit code 0 when its user has left, 1 if it could not run.
pub fn join(arguments: Join) -> ExitCode {
    let options = tui::Options {
        address: arguments.server,
        identity: identity(arguments.nick),
        rooms: vec![arguments.channel],
        pins: pins(),
    };
    finish(tui::run(options).map_err(|error| error.to_string()))
}

/// Exit code 0 once everything is acknowledged.
pub fn send(arguments: Send) -> ExitCode {
    finish(send::run(send::Options {
        address: arguments.server,
        identity: identity(arguments.nick),
        target: arguments.target,
        text: arguments.text,
        pins: pins(),
    }))
}

/// Exit code 0 when nobody reads any more.
pub fn tail(arguments: Tail) -> ExitCode {
    finish(tail::run(tail::Options {
        address: arguments.server,
        identity: identity(arguments.nick),
        target: arguments.target,
        json: arguments.json,
        pins: pins(),
    }))
}

fn finish(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("parlour: {}", SafeText::new(&error));
            ExitCode::FAILURE
        }
    }
}

fn pins() -> Pins {
    Pins::new(paths::config().map(|directory| directory.join("known_servers")))
}

/// The nick that was given, or made of the login name what can be one.
fn identity(given: Option<String>) -> Identity {
    let login = || {
        ["USER", "LOGNAME", "USERNAME"]
            .iter()
            .find_map(|name| env::var(name).ok())
    };
    let realname = login().unwrap_or_else(|| "parlour".into());
    let nick = given.unwrap_or_else(|| {
        let kept: String = realname
            .chars()
            .filter(|c| c.is_alphanumeric() || "-_".contains(*c))
            .collect();
        let kept = kept.trim_start_matches(|c: char| c.is_numeric() || c == '-');
        if kept.is_empty() {
            "guest".into()
        } else {
            kept.chars().take(16).collect()
        }
    });
    Identity { nick, realname }
}

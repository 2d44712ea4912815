//! `parlour send`, `tail`, `history`, `search`, `ls` and `export`.

use std::env;
use std::path::Path;
use std::process::ExitCode;

use parlour_client::connect::Trust;
use parlour_client::engine::{Identity, Login};
use parlour_client::export;
use parlour_client::lookup::{self, LookupQuery};
use parlour_client::output_format::OutputFormat;
use parlour_client::pins::Pins;
use parlour_client::{SafeText, send, tail};

use crate::args::{Export, History, Ls, Reader, Search, Send, Sender, Tail};
use crate::paths;

/// Runs `parlour send`. Exit code 0 once everything is acknowledged.
pub fn send(arguments: Send) -> ExitCode {
    let what = match arguments.text.as_deref() {
        _ if arguments.multiline => send::SendInput::Whole,
        None | Some("-") => send::SendInput::Lines,
        Some(text) => send::SendInput::Text(text.to_owned()),
    };
    finish(identified(&arguments.who).and_then(|identity| {
        send::run(send::SendOptions {
            address: arguments.who.server.clone(),
            identity,
            target: arguments.target,
            what,
            trust: trust(&arguments.who),
            nick_fallback: arguments.nick_fallback,
        })
    }))
}

/// Runs `parlour tail`. Exit code 0 when its stdout is closed.
pub fn tail(arguments: Tail) -> ExitCode {
    let numbered = |mut identity: Identity| {
        // The user is probably connected elsewhere under their own nick.
        if arguments.who.nick.is_none() && arguments.who.account.is_none() {
            identity.nick = format!("{}{}", identity.nick, std::process::id() % 1000);
        }
        identity
    };
    finish(
        identified(&arguments.who)
            .map(numbered)
            .and_then(|identity| {
                tail::run(tail::TailOptions {
                    address: arguments.who.server.clone(),
                    identity,
                    target: arguments.target,
                    json: arguments.json,
                    trust: trust(&arguments.who),
                    nick_fallback: arguments.nick_fallback,
                })
            }),
    )
}

/// Returns the identity of a script: nick and login.
fn identified(who: &Sender) -> Result<Identity, String> {
    let nick = who.nick.clone().or_else(|| who.account.clone());
    Ok(Identity {
        login: login(who.account.clone(), who.password_file.as_deref())?,
        ..identity(nick)
    })
}

/// Returns which server certificates a script trusts.
fn trust(who: &Sender) -> Trust {
    Trust {
        expected: who.fingerprint.clone(),
        ..pins().into()
    }
}

/// Runs `parlour history`. Exit code 0 once the last messages are written.
pub fn history(arguments: History) -> ExitCode {
    let wanted = LookupQuery::History(arguments.target);
    finish(look_up(arguments.asker, wanted, arguments.limit))
}

/// Runs `parlour search`. Exit code 0 once the results are written, even if there are none.
pub fn search(arguments: Search) -> ExitCode {
    let moment = |given: Option<String>, rest_of_day: &str| match given {
        // A day without a time stands for its first or its last millisecond.
        Some(day) if !day.contains('T') => Some(format!("{day}{rest_of_day}")),
        other => other,
    };
    let wanted = LookupQuery::Search(lookup::Search {
        text: arguments.words.join(" "),
        within: arguments.within,
        from: arguments.from,
        after: moment(arguments.after, "T00:00:00.000Z"),
        before: moment(arguments.before, "T23:59:59.999Z"),
    });
    finish(look_up(arguments.asker, wanted, arguments.limit))
}

/// Runs `parlour ls`. Exit code 0 once the channels are listed.
pub fn ls(arguments: Ls) -> ExitCode {
    finish(look_up(arguments.asker, LookupQuery::Rooms, u64::MAX))
}

/// Runs `parlour export`. Exit code 0 once everything is written.
pub fn export(arguments: Export) -> ExitCode {
    let form = match export::ExportFormat::parse(&arguments.format) {
        Some(form) if !arguments.asker.json => form,
        _ => export::ExportFormat::Json,
    };
    let wanted = LookupQuery::All(arguments.target);
    finish(look_up_as(
        arguments.asker,
        wanted,
        u64::MAX,
        OutputFormat::Export(form),
    ))
}

/// Runs a lookup with the output as JSON or as dated lines.
fn look_up(asker: Reader, wanted: LookupQuery, limit: u64) -> Result<(), String> {
    let form = if asker.json {
        OutputFormat::Json
    } else {
        OutputFormat::Dated
    };
    look_up_as(asker, wanted, limit, form)
}

/// Runs a lookup with the output in this format.
fn look_up_as(
    asker: Reader,
    wanted: LookupQuery,
    limit: u64,
    form: OutputFormat,
) -> Result<(), String> {
    lookup::run(lookup::LookupOptions {
        address: asker.who.server.clone(),
        identity: identified(&asker.who)?,
        wanted,
        limit: usize::try_from(limit).unwrap_or(usize::MAX),
        form,
        trust: trust(&asker.who),
    })
}

/// Returns the account with its password, from the first line of `file` or from the environment.
fn login(account: Option<String>, file: Option<&Path>) -> Result<Option<Login>, String> {
    let Some(account) = account else {
        return Ok(None);
    };
    let password = match file {
        Some(file) => {
            let text = std::fs::read_to_string(file);
            let text = text.map_err(|error| format!("{}: {error}", file.display()))?;
            text.lines().next().unwrap_or_default().to_owned()
        }
        None => env::var("PARLOUR_PASSWORD").map_err(|_| {
            "the password is missing: set PARLOUR_PASSWORD, or name a file with --password-file"
        })?,
    };
    Ok(Some(Login {
        account,
        password,
        register: false,
    }))
}

/// Turns a result into an exit code; prints the error.
pub fn finish(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("parlour: {}", SafeText::new(&error));
            ExitCode::FAILURE
        }
    }
}

/// Returns the pinned server certificates of the user.
pub fn pins() -> Pins {
    Pins::new(paths::config().map(|directory| directory.join("known_servers")))
}

/// Builds an identity with the given nick, or with one derived from the login name.
pub fn identity(given: Option<String>) -> Identity {
    // Behind `sudo` the user's own name is in SUDO_USER; servers refuse the nick root.
    let login = || {
        ["SUDO_USER", "USER", "LOGNAME", "USERNAME"]
            .iter()
            .filter_map(|name| env::var(name).ok())
            .find(|name| name != "root")
    };
    let realname = login().unwrap_or_else(|| "guest".into());
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
    Identity {
        nick,
        realname,
        login: None,
    }
}

//! `parlour admin`

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use parlour_client::SafeText;
use parlour_server::admin::{AdminRequest, ask};
use parlour_server::{check, check_uploads, duration};
use serde_json::{Map, Value};

use crate::args::{AccountCommand, Admin, AdminCommand, BanCommand, ChannelCommand, HookCommand};
use crate::paths;

/// Runs `parlour admin`. Exit code 0 once the request is done.
pub fn run(arguments: Admin) -> ExitCode {
    match act(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("parlour: {}", SafeText::new(&error));
            ExitCode::FAILURE
        }
    }
}

/// Sends the request to the server and prints the answer.
fn act(arguments: Admin) -> Result<(), String> {
    if let AdminCommand::Check { dir } = &arguments.what {
        return check_whole(dir);
    }
    let export = matches!(
        arguments.what,
        AdminCommand::Account(AccountCommand::Export { .. })
    );
    let request = request(arguments.what)?;
    let data = arguments.data.or_else(paths::data).ok_or(
        "there is no home directory that could have a data directory; name one with --data",
    )?;
    let mut table = Table {
        json: arguments.json || export,
        rows: Vec::new(),
    };
    let done = ask(&data, &request, |row| table.take(row))?;
    table.write()?;
    if !done.is_empty() {
        // Only rows go to stdout, for scripts; the closing sentence goes to stderr.
        eprintln!("{}", SafeText::new(&done));
    }
    Ok(())
}

/// Builds the request from the command line; reads a password from stdin if it needs one.
fn request(what: AdminCommand) -> Result<AdminRequest, String> {
    Ok(match what {
        AdminCommand::Account(AccountCommand::Add { name }) => AdminRequest::AccountAdd {
            name,
            password: password()?,
        },
        AdminCommand::Account(AccountCommand::List) => AdminRequest::AccountList,
        AdminCommand::Account(AccountCommand::Reset { name }) => AdminRequest::AccountReset {
            name,
            password: password()?,
        },
        AdminCommand::Account(AccountCommand::Erase { name, yes: true }) => {
            AdminRequest::AccountErase { name }
        }
        AdminCommand::Account(AccountCommand::Erase { name, yes: false }) => {
            return Err(format!(
                "this deletes the account {name} and all of its messages for ever; add --yes to confirm"
            ));
        }
        AdminCommand::Account(AccountCommand::Export { name }) => {
            AdminRequest::AccountExport { name }
        }
        AdminCommand::Channel(ChannelCommand::List) => AdminRequest::ChannelList,
        AdminCommand::Channel(ChannelCommand::Drop { name }) => AdminRequest::ChannelDrop { name },
        AdminCommand::Channel(ChannelCommand::Op { name, nick }) => AdminRequest::ChannelMode {
            name,
            modes: vec!["+o".into(), nick],
        },
        AdminCommand::Channel(ChannelCommand::Mode {
            name,
            modes,
            values,
        }) => AdminRequest::ChannelMode {
            name,
            modes: [modes].into_iter().chain(values).collect(),
        },
        AdminCommand::Channel(ChannelCommand::Kick { name, nick, reason }) => {
            AdminRequest::ChannelKick {
                name,
                nick,
                reason: reason.join(" "),
            }
        }
        AdminCommand::Ban(BanCommand::Add {
            target,
            duration,
            reason,
            mute,
        }) => AdminRequest::BanAdd {
            target,
            mute,
            duration: duration.map(|text| milliseconds(&text)).transpose()?,
            reason,
        },
        AdminCommand::Ban(BanCommand::List) => AdminRequest::BanList,
        AdminCommand::Ban(BanCommand::Remove { target }) => AdminRequest::BanRemove { target },
        AdminCommand::Hook(HookCommand::Add {
            name,
            channel,
            read,
        }) => AdminRequest::HookAdd {
            name,
            channel,
            read,
        },
        AdminCommand::Hook(HookCommand::List) => AdminRequest::HookList,
        AdminCommand::Hook(HookCommand::Remove { name }) => AdminRequest::HookRemove { name },
        AdminCommand::Who => AdminRequest::Who,
        AdminCommand::Say { target, text } => AdminRequest::Say {
            target,
            text: text.join(" "),
        },
        AdminCommand::Audit { limit } => AdminRequest::Audit { limit },
        AdminCommand::Backup { file } => AdminRequest::Backup {
            file: absolute(&file)?,
        },
        AdminCommand::Check { .. } => return Err("the server is not needed for that".into()),
        AdminCommand::Cluster => AdminRequest::Cluster,
        AdminCommand::Drain { seconds } => AdminRequest::Drain { seconds },
        AdminCommand::Stop => AdminRequest::Stop,
    })
}

/// Parses a duration, as `30m`, into milliseconds.
fn milliseconds(text: &str) -> Result<u64, String> {
    duration::parse(text)
        .ok_or_else(|| format!("{text} is no duration; write it as 30m, 12h, 2d or 1w"))
}

/// Makes a path absolute: the server has another working directory.
fn absolute(file: &Path) -> Result<PathBuf, String> {
    std::path::absolute(file).map_err(|error| format!("{}: {error}", file.display()))
}

/// Reads a password from stdin.
fn password() -> Result<String, String> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        eprintln!("Type the password and press Enter:");
    }
    let mut line = String::new();
    let read = stdin.lock().read_line(&mut line);
    read.map_err(|error| format!("standard input cannot be read: {error}"))?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err("there was no password on standard input".into());
    }
    Ok(password.to_owned())
}

/// Checks a database without a server, and prints its faults.
fn check_whole(path: &Path) -> Result<(), String> {
    let mut faults = check(path).map_err(|error| error.to_string())?;
    faults.extend(check_uploads(path).map_err(|error| error.to_string())?);
    if faults.is_empty() {
        eprintln!("{} is whole.", path.display());
        return Ok(());
    }
    for fault in &faults {
        println!("{}", SafeText::new(fault));
    }
    Err(format!(
        "{} is not whole: put a backup in its place",
        path.display()
    ))
}

/// Rows of an answer: printed at once as JSON, or in columns when all have arrived.
struct Table {
    json: bool,
    rows: Vec<Map<String, Value>>,
}

impl Table {
    /// Prints a row, or stores it for the columns.
    fn take(&mut self, row: Map<String, Value>) -> Result<(), String> {
        if !self.json {
            self.rows.push(row);
            return Ok(());
        }
        let line = Value::Object(row).to_string();
        print_line(&line)
    }

    /// Prints the stored rows as columns, with the keys of the first one as headings.
    fn write(&self) -> Result<(), String> {
        let Some(first) = self.rows.first() else {
            return Ok(());
        };
        let names: Vec<&String> = first.keys().collect();
        let mut lines: Vec<Vec<String>> = vec![names.iter().map(|n| n.to_uppercase()).collect()];
        for row in &self.rows {
            lines.push(names.iter().map(|name| shown(row.get(*name))).collect());
        }
        let width = |column: usize| {
            let cells = lines.iter().filter_map(|line| line.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..names.len()).map(width).collect();
        for line in &lines {
            let cells = line.iter().zip(&widths);
            let cells: Vec<String> = cells
                .map(|(cell, width)| format!("{cell:width$}"))
                .collect();
            print_line(cells.join("  ").trim_end())?;
        }
        Ok(())
    }
}

/// Returns a value as the text of a table cell.
fn shown(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "-".into(),
        Some(Value::Bool(true)) => "yes".into(),
        Some(Value::Bool(false)) => "no".into(),
        Some(Value::String(text)) if text.is_empty() => "-".into(),
        Some(Value::String(text)) => SafeText::new(text).to_string(),
        Some(other) => other.to_string(),
    }
}

/// Prints a line. Exits with code 0 if the pipe is closed.
fn print_line(line: &str) -> Result<(), String> {
    match writeln!(io::stdout().lock(), "{line}") {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(format!("stdout cannot be written: {error}")),
    }
}

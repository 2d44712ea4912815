//! Slash commands: the dispatch of the verbs in [`table`].

mod account;
mod moderation;
mod people;
mod rooms;
mod settings;
mod setup;
pub(crate) mod table;
mod talk;
mod viewing;

use crate::app::App;
use crate::model::BufferKind;
use table::{COMMANDS, Command, Verb, find, similar};

/// Runs a command line without its slash: an alias of the user's (`[aliases]`), or a command of the
/// table.
pub(crate) fn run(app: &mut App, line: &str) {
    let (word, arguments) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    match app.settings.aliases.get(&word.to_lowercase()).cloned() {
        Some(alias) => {
            for line in alias.expand(arguments.trim()) {
                // An alias expands to commands of the table only, so that none can recurse.
                app.run_line(&line, run_known);
            }
        }
        None => run_known(app, line),
    }
}

/// Runs a command of the table.
pub(crate) fn run_known(app: &mut App, line: &str) {
    let (word, arguments) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    match find(word) {
        Some(command) => run_verb(app, command.verb, arguments.trim()),
        None => {
            let hint = similar(word)
                .map(|name| format!(" Did you mean /{name}?"))
                .unwrap_or_default();
            app.report_error(&format!(
                "There is no /{word}.{hint} /help lists the commands; //{word} says it as text."
            ));
        }
    }
}

/// Runs a verb with its arguments.
#[rustfmt::skip]
fn run_verb(app: &mut App, verb: Verb, arguments: &str) {
    let run = match verb {
        Verb::Help => help,
        Verb::Online => people::online,
        Verb::Quit => setup::quit,
        Verb::Join => rooms::join,
        Verb::Part => rooms::part,
        Verb::List => rooms::list,
        Verb::Topic => rooms::topic,
        Verb::Invite => rooms::invite,
        Verb::Names => people::names,
        Verb::Msg => talk::msg,
        Verb::Me => talk::me,
        Verb::Notice => talk::notice,
        Verb::Reply => talk::reply,
        Verb::React => talk::react,
        Verb::Edit => talk::edit,
        Verb::Redact => talk::redact,
        Verb::Retry => talk::retry,
        Verb::Undo => talk::undo,
        Verb::Upload => talk::upload,
        Verb::Spoiler => talk::spoiler,
        Verb::Shrug => talk::shrug,
        Verb::Tableflip => talk::tableflip,
        Verb::Nick => people::nick,
        Verb::Register => account::register,
        Verb::Verify => account::verify,
        Verb::Login => account::login,
        Verb::Logout => account::logout,
        Verb::Passwd => account::passwd,
        Verb::Whois => people::whois,
        Verb::Away => people::away,
        Verb::Back => people::back,
        Verb::Ignore => people::ignore,
        Verb::Unignore => people::unignore,
        Verb::Status => people::status,
        Verb::Op => moderation::op,
        Verb::Deop => moderation::deop,
        Verb::Voice => moderation::voice,
        Verb::Devoice => moderation::devoice,
        Verb::Kick => moderation::kick,
        Verb::Ban => moderation::ban,
        Verb::Unban => moderation::unban,
        Verb::MuteUser => moderation::mute_user,
        Verb::Mode => moderation::mode,
        Verb::Slow => moderation::slow,
        Verb::Search => viewing::search,
        Verb::Buffer => viewing::buffer,
        Verb::Clear => viewing::clear,
        Verb::Markread => viewing::markread,
        Verb::Unread => viewing::unread,
        Verb::Mentions => viewing::mentions,
        Verb::Mute => viewing::mute,
        Verb::Unmute => viewing::unmute,
        Verb::Pin => viewing::pin,
        Verb::Unpin => viewing::unpin,
        Verb::Filter => settings::filter,
        Verb::Plain => viewing::plain,
        Verb::Open => viewing::open,
        Verb::Copy => viewing::copy,
        Verb::Export => setup::export,
        Verb::Theme => settings::theme,
        Verb::Set => settings::set,
        Verb::Keys => setup::keys,
        Verb::Notify => setup::notify,
        Verb::Highlight => setup::highlight,
        Verb::Format => settings::format,
        Verb::Connect => setup::connect,
        Verb::Disconnect => setup::disconnect,
        Verb::Reconnect => setup::reconnect,
        Verb::Trust => setup::trust,
        Verb::Exec => setup::exec,
        Verb::Reload => setup::reload,
        Verb::Debug => setup::debug,
        Verb::Quote => setup::quote,
    };
    run(app, arguments);
}

/// Runs a command line with a password, which must appear in no buffer.
pub(crate) fn run_secret(app: &mut App, line: &str) {
    let (word, arguments) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let arguments = arguments.trim();
    match (
        word.to_lowercase().as_str(),
        arguments.split_once(char::is_whitespace),
    ) {
        ("msg" | "query" | "dm", Some((target, text))) => {
            app.request(|session| session.send_unrecorded(target, text.trim()));
        }
        ("ns" | "nickserv", _) => app.request(|session| session.tell_nickserv(arguments)),
        ("oper", _) => app.send_raw(&format!("OPER {arguments}")),
        _ => run(app, line),
    }
}

fn help(app: &mut App, word: &str) {
    let word = word.trim_start_matches('/');
    if word.is_empty() {
        return app.help(true);
    }
    match find(word) {
        Some(command) => usage_of(app, command, false),
        None => app.report_error(&format!("There is no /{word}; /help lists the commands.")),
    }
}

fn usage_of(app: &mut App, command: &Command, wrong: bool) {
    let text = format!(
        "Usage: /{} {} ({})",
        command.name, command.arguments, command.help
    );
    app.report(&text, wrong);
}

/// Reports the usage of a command.
fn usage(app: &mut App, name: &str) {
    if let Some(command) = COMMANDS.iter().find(|command| command.name == name) {
        usage_of(app, command, true);
    }
}

/// Returns the buffer that an argument names, the shown one for an empty argument; reports an error
/// if there is none.
fn buffer_named(app: &mut App, name: &str) -> Option<usize> {
    if name.is_empty() {
        return Some(app.model.current);
    }
    let found = app.model.find(app.net(), name);
    if found.is_none() {
        app.report_error(&format!("There is no {name} here."));
    }
    found
}

/// Returns the shown channel; reports an error if the shown buffer is none.
fn room(app: &mut App) -> Option<String> {
    let buffer = app.model.buffer();
    if buffer.kind == BufferKind::Channel {
        return Some(buffer.raw_name.clone());
    }
    app.report_error("This is not a room; /join #room joins one.");
    None
}

/// Parses a message number or ID at the start of the arguments. Returns the message, by default the
/// last one, and the remaining arguments.
fn nth<'a>(app: &mut App, arguments: &'a str) -> Option<(crate::model::LineId, &'a str)> {
    let (first, rest) = arguments
        .split_once(char::is_whitespace)
        .unwrap_or((arguments, ""));
    if let Some(id) = app.nth(first) {
        return Some((id, rest.trim()));
    }
    if let Ok(number) = first.parse::<usize>() {
        app.report_error(&format!(
            "There is no message number {number} from the bottom here."
        ));
        return None;
    }
    let last = app.nth("1");
    if last.is_none() {
        app.report_error("There is no message here.");
    }
    Some((last?, arguments))
}

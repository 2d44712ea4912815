//! Slash commands: one table for parser, help and completion.

mod account;
mod moderation;
mod people;
mod rooms;
mod settings;
mod setup;
mod talk;
mod viewing;

use crate::app::App;
use crate::model::BufferKind;
use crate::nearest::nearest;

/// What an argument is, for completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Argument {
    /// Nothing that could be guessed.
    Any,
    /// A room.
    Room,
    /// A nick.
    Nick,
    /// A room or a nick.
    Place,
    /// One of some words.
    Words(&'static [&'static str]),
    /// A command.
    Command,
    /// A buffer that there is.
    Buffer,
}

/// One row of the table.
pub(crate) struct Command {
    /// Its name, without the slash.
    pub name: &'static str,
    /// Other names.
    pub aliases: &'static [&'static str],
    /// Its arguments, for people.
    pub arguments: &'static str,
    /// What it does.
    pub help: &'static str,
    /// What its first argument is.
    pub takes: Argument,
    run: fn(&mut App, &str),
}

const fn row(
    name: &'static str,
    aliases: &'static [&'static str],
    arguments: &'static str,
    help: &'static str,
    takes: Argument,
    run: fn(&mut App, &str),
) -> Command {
    Command {
        name,
        aliases,
        arguments,
        help,
        takes,
        run,
    }
}

/// Every command, in the order of the help; pyChat's own come first.
#[rustfmt::skip]
pub(crate) static COMMANDS: &[Command] = &[
    row("help", &[], "[command]", "shows the keys and commands, or one of them", Argument::Command, help),
    row("online", &[], "[#room]", "tells who is on the server, or in a room", Argument::Room, people::online),
    row("quit", &["exit"], "[words]", "leaves", Argument::Any, setup::quit),

    row("join", &["j", "create"], "#room [key]", "goes into a room", Argument::Room, rooms::join),
    row("part", &["leave", "close"], "[#room] [words]", "leaves a room, or closes a conversation", Argument::Room, rooms::part),
    row("list", &[], "[filter]", "lists the rooms of the server", Argument::Any, rooms::list),
    row("topic", &[], "[text]", "shows or sets the topic", Argument::Any, rooms::topic),
    row("invite", &[], "nick [#room]", "invites somebody into a room", Argument::Nick, rooms::invite),
    row("names", &[], "", "tells who is in the room", Argument::Any, people::names),

    row("msg", &["dm", "query"], "nick [text]", "talks to one person", Argument::Place, talk::msg),
    row("me", &[], "text", "tells what you do", Argument::Any, talk::me),
    row("notice", &[], "target text", "sends a notice", Argument::Place, talk::notice),
    row("reply", &["r"], "[n] text", "answers to the n-th message from the bottom", Argument::Any, talk::reply),
    row("react", &[], "[n] :emoji:", "puts an emoji under a message; once more takes it back", Argument::Any, talk::react),
    row("edit", &[], "[n] [text]", "says a message of yours anew", Argument::Any, talk::edit),
    row("redact", &["delete"], "[n]", "deletes a message", Argument::Any, talk::redact),
    row("retry", &[], "", "sends again what was not sent", Argument::Any, talk::retry),
    row("undo", &[], "", "keeps a message that is about to be deleted", Argument::Any, talk::undo),
    row("spoiler", &[], "text", "says something that has to be uncovered", Argument::Any, talk::spoiler),
    row("shrug", &[], "[text]", "says ¯\\_(ツ)_/¯", Argument::Any, talk::shrug),
    row("tableflip", &[], "[text]", "says (╯°□°)╯︵ ┻━┻", Argument::Any, talk::tableflip),

    row("nick", &[], "name", "changes your nick", Argument::Any, people::nick),
    row("register", &[], "[you@example.org]", "makes an account of your nick; the password is asked for", Argument::Any, account::register),
    row("verify", &[], "code", "ends a registration by the code that came by mail", Argument::Any, account::verify),
    row("login", &["identify"], "[account]", "logs you in; the password is asked for", Argument::Any, account::login),
    row("logout", &[], "", "logs you out", Argument::Any, account::logout),
    row("passwd", &[], "", "changes your password; both are asked for", Argument::Any, account::passwd),
    row("whois", &[], "nick", "tells who somebody is", Argument::Nick, people::whois),
    row("away", &[], "[text]", "tells others that you are away", Argument::Any, people::away),
    row("back", &[], "", "tells others that you are back", Argument::Any, people::back),
    row("ignore", &[], "[nick|mask|account:name]", "ignores somebody, by whatever nick they return; alone, shows whom you ignore", Argument::Nick, people::ignore),
    row("unignore", &[], "nick|mask", "no longer ignores somebody", Argument::Nick, people::unignore),
    row("status", &[], "[emoji text]", "sets your status, if the server keeps any", Argument::Any, people::status),

    row("op", &[], "nick...", "makes operators of the room", Argument::Nick, moderation::op),
    row("deop", &[], "nick...", "makes them none", Argument::Nick, moderation::deop),
    row("voice", &[], "nick...", "gives a voice", Argument::Nick, moderation::voice),
    row("devoice", &[], "nick...", "takes it", Argument::Nick, moderation::devoice),
    row("kick", &[], "nick [reason]", "throws somebody out of the room", Argument::Nick, moderation::kick),
    row("ban", &[], "[nick|mask]", "bans somebody from the room; alone, shows who is", Argument::Nick, moderation::ban),
    row("unban", &[], "mask", "lifts a ban", Argument::Any, moderation::unban),
    row("mute-user", &[], "nick|mask", "lets somebody read but not speak", Argument::Nick, moderation::mute_user),
    row("mode", &[], "[modes]", "shows or sets the modes of the room", Argument::Any, moderation::mode),
    row("slow", &[], "seconds|off", "lets each speak once in so many seconds", Argument::Words(&["off"]), moderation::slow),

    row("search", &[], "words [from:nick] [in:#room] [before:date] [after:date]", "finds messages on the server", Argument::Any, viewing::search),
    row("buffer", &["switch", "win", "go"], "name|number", "goes to a room or person", Argument::Buffer, viewing::buffer),
    row("clear", &[], "", "takes the lines off the screen; the server keeps them", Argument::Any, viewing::clear),
    row("markread", &[], "[all]", "marks this room as read, or all", Argument::Words(&["all"]), viewing::markread),
    row("unread", &[], "", "goes to the first line that was not read", Argument::Any, viewing::unread),
    row("mentions", &[], "", "shows what was for you", Argument::Any, viewing::mentions),
    row("mute", &[], "[#room]", "nothing in this room counts any more", Argument::Buffer, viewing::mute),
    row("unmute", &[], "[#room]", "it counts again", Argument::Buffer, viewing::unmute),
    row("pin", &[], "[#room]", "puts this room before the others", Argument::Buffer, viewing::pin),
    row("unpin", &[], "[#room]", "puts it back", Argument::Buffer, viewing::unpin),
    row("filter", &[], "joins on|off|smart", "which of those who come and go are shown", Argument::Words(&["joins on", "joins off", "joins smart"]), settings::filter),
    row("plain", &[], "", "shows the text alone, for copying with the mouse", Argument::Any, viewing::plain),

    row("open", &[], "[n]", "opens the link of a message", Argument::Any, viewing::open),
    row("copy", &[], "[n]", "copies a message into your terminal's clipboard", Argument::Any, viewing::copy),
    row("export", &[], "[txt|json|html] [file]", "writes what is here to a file", Argument::Words(&["txt", "json", "html"]), setup::export),

    row("theme", &[], "auto|dark|light", "the colours", Argument::Words(&["auto", "dark", "light"]), settings::theme),
    row("set", &[], "[--save] [key [value]]", "shows or changes a setting; --save keeps what you changed in the configuration", Argument::Words(settings::CHOICES), settings::set),
    row("keys", &[], "", "shows the keys", Argument::Any, setup::keys),
    row("notify", &[], "all|mentions|off [#room]", "of what in this room you are told", Argument::Words(&["all", "mentions", "off"]), setup::notify),
    row("highlight", &[], "[word]", "a word that is as good as your nick; alone, shows them", Argument::Any, setup::highlight),
    row("format", &[], "on|off", "whether colours of others are shown", Argument::Words(&["on", "off"]), settings::format),
    row("connect", &[], "host[:port] [#room...]", "goes onto one more network", Argument::Any, setup::connect),
    row("disconnect", &[], "", "leaves this network; /reconnect comes back", Argument::Any, setup::disconnect),
    row("reconnect", &[], "", "tries to connect now", Argument::Any, setup::reconnect),
    row("trust", &[], "[new|forget host:port]", "shows the certificates that were pinned; trusts a server's new one, or forgets one", Argument::Words(&["new", "forget"]), setup::trust),
    row("exec", &[], "[-o] command", "runs a command of your shell and shows what it writes; -o says it here", Argument::Any, setup::exec),
    row("reload", &[], "", "reads the configuration again", Argument::Any, setup::reload),
    row("debug", &[], "[n]", "shows all that is known of a message", Argument::Any, setup::debug),
    row("quote", &["raw"], "LINE", "sends a line of IRC as it is", Argument::Any, setup::quote),
];

/// What a line that was typed is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Typed<'a> {
    /// Something to say.
    Text(&'a str),
    /// A command, without its slash.
    Command(&'a str),
}

/// Tells a command from text: `//` begins text with a slash.
pub(crate) fn typed(line: &str) -> Typed<'_> {
    match line.strip_prefix('/') {
        Some(rest) if rest.starts_with('/') => Typed::Text(rest),
        Some(rest) => Typed::Command(rest),
        None => Typed::Text(line),
    }
}

/// Runs a command line without its slash: one of the user's own (`[aliases]`), or one of the table.
pub(crate) fn run(app: &mut App, line: &str) {
    let (word, arguments) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    match app.settings.aliases.get(&word.to_lowercase()).cloned() {
        Some(alias) => {
            for line in alias.expand(arguments.trim()) {
                // An alias means what is in the table, so that none can go in circles.
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
        Some(command) => (command.run)(app, arguments.trim()),
        None => {
            let hint = similar(word)
                .map(|name| format!(" Did you mean /{name}?"))
                .unwrap_or_default();
            app.complain(&format!(
                "There is no /{word}.{hint} /help lists the commands; //{word} says it as text."
            ));
        }
    }
}

/// Runs a command line that holds a password: what it says is in no buffer.
pub(crate) fn run_secret(app: &mut App, line: &str) {
    let (word, arguments) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let arguments = arguments.trim();
    match (
        word.to_lowercase().as_str(),
        arguments.split_once(char::is_whitespace),
    ) {
        ("msg" | "query" | "dm", Some((target, text))) => {
            app.send(&["PRIVMSG", target, text.trim()]);
        }
        ("ns" | "nickserv", _) => app.send(&["PRIVMSG", "NickServ", arguments]),
        ("oper", _) => app.send_raw(&format!("OPER {arguments}")),
        _ => run(app, line),
    }
}

/// Whether a command of the table, or an alias of its, is called so.
pub(crate) fn is_known(word: &str) -> bool {
    let named = |c: &Command| c.name == word || c.aliases.contains(&word);
    COMMANDS.iter().any(named)
}

/// The command of this name, or the only one that begins so.
pub(crate) fn find(word: &str) -> Option<&'static Command> {
    let word = word.to_lowercase();
    let named = |c: &&Command| c.name == word || c.aliases.contains(&word.as_str());
    if let Some(command) = COMMANDS.iter().find(named) {
        return Some(command);
    }
    let mut begin = COMMANDS
        .iter()
        .filter(|c| !word.is_empty() && c.name.starts_with(&word));
    begin.next().filter(|_| begin.next().is_none())
}

/// A command that is spelled nearly so.
fn similar(word: &str) -> Option<&'static str> {
    nearest(word, COMMANDS.iter().map(|c| c.name))
}

fn help(app: &mut App, word: &str) {
    let word = word.trim_start_matches('/');
    if word.is_empty() {
        return app.help(true);
    }
    match find(word) {
        Some(command) => usage_of(app, command, false),
        None => app.complain(&format!("There is no /{word}; /help lists the commands.")),
    }
}

fn usage_of(app: &mut App, command: &Command, wrong: bool) {
    let text = format!(
        "It goes like this: /{} {} ({})",
        command.name, command.arguments, command.help
    );
    app.report(&text, wrong);
}

/// Says how a command is used.
fn usage(app: &mut App, name: &str) {
    if let Some(command) = COMMANDS.iter().find(|command| command.name == name) {
        usage_of(app, command, true);
    }
}

/// The buffer that an argument names: it alone or none; a sentence if there is no such buffer.
fn buffer_named(app: &mut App, name: &str) -> Option<usize> {
    if name.is_empty() {
        return Some(app.model.current);
    }
    let found = app.model.find(app.net(), name);
    if found.is_none() {
        app.complain(&format!("There is no {name} here."));
    }
    found
}

/// The channel that is looked at, or a sentence that none is.
fn room(app: &mut App) -> Option<String> {
    let buffer = app.model.buffer();
    if buffer.kind == BufferKind::Channel {
        return Some(buffer.raw_name.clone());
    }
    app.complain("This is no room; /join #room goes into one.");
    None
}

/// A number of a message at the beginning of the arguments, and the rest; without one, the last
/// message.
fn nth<'a>(app: &mut App, arguments: &'a str) -> Option<(crate::model::LineId, &'a str)> {
    let (first, rest) = arguments
        .split_once(char::is_whitespace)
        .unwrap_or((arguments, ""));
    if let Some(id) = app.nth(first) {
        return Some((id, rest.trim()));
    }
    if let Ok(number) = first.parse::<usize>() {
        app.complain(&format!(
            "There is no message number {number} from the bottom here."
        ));
        return None;
    }
    let last = app.nth("1");
    if last.is_none() {
        app.complain("There is no message here.");
    }
    Some((last?, arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_by_name_alias_or_unique_beginning() {
        for (word, want) in [
            ("join", Some("join")),
            ("J", Some("join")),
            ("top", Some("topic")),
            ("n", None),
            ("exit", Some("quit")),
            ("", None),
        ] {
            assert_eq!(find(word).map(|c| c.name), want, "{word}");
        }
        assert_eq!(similar("tpoic"), Some("topic"));
        assert_eq!(similar("xyz"), None);
    }

    #[test]
    fn no_name_is_there_twice() {
        let mut seen = std::collections::BTreeSet::new();
        for command in COMMANDS {
            for name in std::iter::once(&command.name).chain(command.aliases) {
                assert!(seen.insert(*name), "{name}");
            }
        }
    }

    #[test]
    fn a_double_slash_is_text() {
        assert_eq!(typed("//etc"), Typed::Text("/etc"));
        assert_eq!(typed("/me x"), Typed::Command("me x"));
        assert_eq!(typed("a/b"), Typed::Text("a/b"));
    }
}

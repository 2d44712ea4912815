//! Slash commands: one table for the parser, the help and the completion.

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
use crate::suggest::suggest;

/// Kind of an argument, for completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Argument {
    /// Free text, without completion.
    Any,
    /// Channel.
    Room,
    /// Nick.
    Nick,
    /// Channel or nick.
    Place,
    /// Word of a fixed list.
    Words(&'static [&'static str]),
    /// Command.
    Command,
    /// Open buffer.
    Buffer,
}

/// Row of the table of commands.
pub(crate) struct Command {
    /// Name, without the slash.
    pub name: &'static str,
    /// Aliases.
    pub aliases: &'static [&'static str],
    /// Arguments, as text for users.
    pub arguments: &'static str,
    /// Help text.
    pub help: &'static str,
    /// Kind of the first argument.
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

/// Commands, in the order of the help; pyChat's own come first.
#[rustfmt::skip]
pub(crate) static COMMANDS: &[Command] = &[
    row("help", &[], "[command]", "shows the keys and commands, or one of them", Argument::Command, help),
    row("online", &[], "[#room]", "shows who is on the server, or in a room", Argument::Room, people::online),
    row("quit", &["exit"], "[words]", "quits", Argument::Any, setup::quit),

    row("join", &["j", "create"], "#room [key]", "joins a room", Argument::Room, rooms::join),
    row("part", &["leave", "close"], "[#room] [words]", "leaves a room, or closes a conversation", Argument::Room, rooms::part),
    row("list", &[], "[filter]", "lists the rooms of the server", Argument::Any, rooms::list),
    row("topic", &[], "[text]", "shows or sets the topic", Argument::Any, rooms::topic),
    row("invite", &[], "nick [#room]", "invites somebody to a room", Argument::Nick, rooms::invite),
    row("names", &[], "", "shows who is in the room", Argument::Any, people::names),

    row("msg", &["dm", "query"], "nick [text]", "sends a private message, or opens a conversation", Argument::Place, talk::msg),
    row("me", &[], "text", "describes an action", Argument::Any, talk::me),
    row("notice", &[], "target text", "sends a notice", Argument::Place, talk::notice),
    row("reply", &["r"], "[n] text", "replies to the n-th message from the bottom", Argument::Any, talk::reply),
    row("react", &[], "[n] :emoji:", "reacts to a message; again removes the reaction", Argument::Any, talk::react),
    row("edit", &[], "[n] [text]", "edits a message of yours", Argument::Any, talk::edit),
    row("redact", &["delete"], "[n]", "deletes a message", Argument::Any, talk::redact),
    row("retry", &[], "", "sends again what was not sent", Argument::Any, talk::retry),
    row("undo", &[], "", "keeps a message that is about to be deleted", Argument::Any, talk::undo),
    row("spoiler", &[], "text", "sends text that is hidden until it is opened", Argument::Any, talk::spoiler),
    row("shrug", &[], "[text]", "sends ¯\\_(ツ)_/¯", Argument::Any, talk::shrug),
    row("tableflip", &[], "[text]", "sends (╯°□°)╯︵ ┻━┻", Argument::Any, talk::tableflip),

    row("nick", &[], "name", "changes your nick", Argument::Any, people::nick),
    row("register", &[], "[you@example.org]", "registers your nick as an account; the password is asked for", Argument::Any, account::register),
    row("verify", &[], "code", "completes a registration with the code from the mail", Argument::Any, account::verify),
    row("login", &["identify"], "[account]", "logs you in; the password is asked for", Argument::Any, account::login),
    row("logout", &[], "", "logs you out", Argument::Any, account::logout),
    row("passwd", &[], "", "changes your password; asks for the old and the new one", Argument::Any, account::passwd),
    row("whois", &[], "nick", "shows who somebody is", Argument::Nick, people::whois),
    row("away", &[], "[text]", "marks you as away", Argument::Any, people::away),
    row("back", &[], "", "marks you as back", Argument::Any, people::back),
    row("ignore", &[], "[nick|mask|account:name]", "ignores somebody, whatever nick they use; alone, shows whom you ignore", Argument::Nick, people::ignore),
    row("unignore", &[], "nick|mask", "no longer ignores somebody", Argument::Nick, people::unignore),
    row("status", &[], "[emoji text]", "sets your status, if the server supports it", Argument::Any, people::status),

    row("op", &[], "nick...", "makes nicks operators of the room", Argument::Nick, moderation::op),
    row("deop", &[], "nick...", "removes them as operators", Argument::Nick, moderation::deop),
    row("voice", &[], "nick...", "gives voice", Argument::Nick, moderation::voice),
    row("devoice", &[], "nick...", "removes voice", Argument::Nick, moderation::devoice),
    row("kick", &[], "nick [reason]", "kicks somebody from the room", Argument::Nick, moderation::kick),
    row("ban", &[], "[nick|mask]", "bans somebody from the room; alone, lists the bans", Argument::Nick, moderation::ban),
    row("unban", &[], "mask", "lifts a ban", Argument::Any, moderation::unban),
    row("mute-user", &[], "nick|mask", "lets somebody read but not speak", Argument::Nick, moderation::mute_user),
    row("mode", &[], "[modes]", "shows or sets the modes of the room", Argument::Any, moderation::mode),
    row("slow", &[], "seconds|off", "lets each user send once in so many seconds (slow mode)", Argument::Words(&["off"]), moderation::slow),

    row("search", &[], "words [from:nick] [in:#room] [before:date] [after:date]", "finds messages on the server", Argument::Any, viewing::search),
    row("buffer", &["switch", "win", "go"], "name|number", "goes to a room or person", Argument::Buffer, viewing::buffer),
    row("clear", &[], "", "clears the screen; the server keeps the messages", Argument::Any, viewing::clear),
    row("markread", &[], "[all]", "marks this room as read, or all", Argument::Words(&["all"]), viewing::markread),
    row("unread", &[], "", "goes to the first unread line", Argument::Any, viewing::unread),
    row("mentions", &[], "", "shows mentions and private messages", Argument::Any, viewing::mentions),
    row("mute", &[], "[#room]", "stops this room from counting as unread", Argument::Buffer, viewing::mute),
    row("unmute", &[], "[#room]", "lets it count again", Argument::Buffer, viewing::unmute),
    row("pin", &[], "[#room]", "puts this room first in the list", Argument::Buffer, viewing::pin),
    row("unpin", &[], "[#room]", "unpins it", Argument::Buffer, viewing::unpin),
    row("filter", &[], "joins on|off|smart", "which joins and parts are shown", Argument::Words(&["joins on", "joins off", "joins smart"]), settings::filter),
    row("plain", &[], "", "shows the text alone, for copying with the mouse", Argument::Any, viewing::plain),

    row("open", &[], "[n]", "opens the link of a message", Argument::Any, viewing::open),
    row("copy", &[], "[n]", "copies a message into your terminal's clipboard", Argument::Any, viewing::copy),
    row("export", &[], "[txt|json|html] [file]", "exports this room to a file", Argument::Words(&["txt", "json", "html"]), setup::export),

    row("theme", &[], "auto|dark|light", "sets the colours", Argument::Words(&["auto", "dark", "light"]), settings::theme),
    row("set", &[], "[--save] [key [value]]", "shows or changes a setting; --save keeps what you changed in the configuration", Argument::Words(settings::CHOICES), settings::set),
    row("keys", &[], "", "shows the keys", Argument::Any, setup::keys),
    row("notify", &[], "all|mentions|off [#room]", "sets what this room notifies you of", Argument::Words(&["all", "mentions", "off"]), setup::notify),
    row("highlight", &[], "[word]", "a word that counts as a mention; alone, lists them", Argument::Any, setup::highlight),
    row("format", &[], "on|off", "whether colours of others are shown", Argument::Words(&["on", "off"]), settings::format),
    row("connect", &[], "host[:port] [#room...]", "connects to another network", Argument::Any, setup::connect),
    row("disconnect", &[], "", "disconnects from this network; /reconnect returns", Argument::Any, setup::disconnect),
    row("reconnect", &[], "", "tries to connect now", Argument::Any, setup::reconnect),
    row("trust", &[], "[new|forget host:port]", "shows the certificates that were pinned; trusts a server's new one, or forgets one", Argument::Words(&["new", "forget"]), setup::trust),
    row("exec", &[], "[-o] command", "runs a command of your shell and shows what it writes; -o says it here", Argument::Any, setup::exec),
    row("reload", &[], "", "reads the configuration again", Argument::Any, setup::reload),
    row("debug", &[], "[n]", "shows all that is known about a message", Argument::Any, setup::debug),
    row("quote", &["raw"], "LINE", "sends a line of IRC as it is", Argument::Any, setup::quote),
];

/// Typed line, as text or command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Typed<'a> {
    /// Text to send.
    Text(&'a str),
    /// Command, without its slash.
    Command(&'a str),
}

/// Parses a typed line: `//` begins text with a slash.
pub(crate) fn typed(line: &str) -> Typed<'_> {
    match line.strip_prefix('/') {
        Some(rest) if rest.starts_with('/') => Typed::Text(rest),
        Some(rest) => Typed::Command(rest),
        None => Typed::Text(line),
    }
}

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
        Some(command) => (command.run)(app, arguments.trim()),
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

/// Returns whether a word is the name or an alias of a command.
pub(crate) fn is_known(word: &str) -> bool {
    let named = |c: &Command| c.name == word || c.aliases.contains(&word);
    COMMANDS.iter().any(named)
}

/// Returns the command with this name or alias, or the only one whose name begins with it.
pub(crate) fn find(word: &str) -> Option<&'static Command> {
    let word = word.to_lowercase();
    let named = |c: &&Command| c.name == word || c.aliases.contains(&word.as_str());
    if let Some(command) = COMMANDS.iter().find(named) {
        return Some(command);
    }
    let mut begin = COMMANDS
        .iter()
        .filter(|c| !word.is_empty() && c.name.starts_with(&word));
    // The second `next` goes on from the first: two matches are ambiguous.
    begin.next().filter(|_| begin.next().is_none())
}

/// Returns the name of a command that is spelled similarly.
fn similar(word: &str) -> Option<&'static str> {
    suggest(word, COMMANDS.iter().map(|c| c.name))
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

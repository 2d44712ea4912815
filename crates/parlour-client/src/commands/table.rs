//! Table of the slash commands, for the parser, the help and the completion.

use crate::suggest::suggest;

/// Verb of a command: the same table says what it is called and what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Help,
    Online,
    Quit,
    Join,
    Part,
    List,
    Topic,
    Invite,
    Names,
    Msg,
    Me,
    Notice,
    Reply,
    React,
    Edit,
    Redact,
    Retry,
    Undo,
    Upload,
    Spoiler,
    Shrug,
    Tableflip,
    Nick,
    Register,
    Verify,
    Login,
    Logout,
    Passwd,
    Whois,
    Away,
    Back,
    Ignore,
    Unignore,
    Status,
    Op,
    Deop,
    Voice,
    Devoice,
    Kick,
    Ban,
    Unban,
    MuteUser,
    Mode,
    Slow,
    Search,
    Buffer,
    Clear,
    Markread,
    Unread,
    Mentions,
    Mute,
    Unmute,
    Pin,
    Unpin,
    Filter,
    Plain,
    Open,
    Copy,
    Export,
    Theme,
    Set,
    Keys,
    Notify,
    Highlight,
    Format,
    Connect,
    Disconnect,
    Reconnect,
    Trust,
    Exec,
    Reload,
    Debug,
    Quote,
}

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
    /// Setting and its value.
    Setting,
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
    /// Verb that it runs.
    pub verb: Verb,
}

const fn row(
    name: &'static str,
    aliases: &'static [&'static str],
    arguments: &'static str,
    help: &'static str,
    takes: Argument,
    verb: Verb,
) -> Command {
    Command {
        name,
        aliases,
        arguments,
        help,
        takes,
        verb,
    }
}

/// Commands, in the order of the help; pyChat's own come first.
#[rustfmt::skip]
pub(crate) static COMMANDS: &[Command] = &[
    row("help", &[], "[command]", "shows the keys and commands, or one of them", Argument::Command, Verb::Help),
    row("online", &[], "[#room]", "shows who is on the server, or in a room", Argument::Room, Verb::Online),
    row("quit", &["exit"], "[words]", "quits", Argument::Any, Verb::Quit),

    row("join", &["j", "create"], "#room [key]", "joins a room", Argument::Room, Verb::Join),
    row("part", &["leave", "close"], "[#room] [words]", "leaves a room, or closes a conversation", Argument::Room, Verb::Part),
    row("list", &[], "[filter]", "lists the rooms of the server", Argument::Any, Verb::List),
    row("topic", &[], "[text]", "shows or sets the topic", Argument::Any, Verb::Topic),
    row("invite", &[], "nick [#room]", "invites somebody to a room", Argument::Nick, Verb::Invite),
    row("names", &[], "", "shows who is in the room", Argument::Any, Verb::Names),

    row("msg", &["dm", "query"], "nick [text]", "sends a private message, or opens a conversation", Argument::Place, Verb::Msg),
    row("me", &[], "text", "describes an action", Argument::Any, Verb::Me),
    row("notice", &[], "target text", "sends a notice", Argument::Place, Verb::Notice),
    row("reply", &["r"], "[n] text", "replies to the n-th message from the bottom", Argument::Any, Verb::Reply),
    row("react", &[], "[n] :emoji:", "reacts to a message; again removes the reaction", Argument::Any, Verb::React),
    row("edit", &[], "[n] [text]", "edits a message of yours", Argument::Any, Verb::Edit),
    row("redact", &["delete"], "[n]", "deletes a message", Argument::Any, Verb::Redact),
    row("retry", &[], "", "sends again what was not sent", Argument::Any, Verb::Retry),
    row("undo", &[], "", "keeps a message that is about to be deleted", Argument::Any, Verb::Undo),
    row("upload", &[], "path|cancel", "uploads a file and says its link here; alone, shows what is on its way", Argument::Any, Verb::Upload),
    row("spoiler", &[], "text", "sends text that is hidden until it is opened", Argument::Any, Verb::Spoiler),
    row("shrug", &[], "[text]", "sends ¯\\_(ツ)_/¯", Argument::Any, Verb::Shrug),
    row("tableflip", &[], "[text]", "sends (╯°□°)╯︵ ┻━┻", Argument::Any, Verb::Tableflip),

    row("nick", &[], "name", "changes your nick", Argument::Any, Verb::Nick),
    row("register", &[], "[you@example.org]", "registers your nick as an account; the password is asked for", Argument::Any, Verb::Register),
    row("verify", &[], "code", "completes a registration with the code from the mail", Argument::Any, Verb::Verify),
    row("login", &["identify"], "[account]", "logs you in; the password is asked for", Argument::Any, Verb::Login),
    row("logout", &[], "", "logs you out", Argument::Any, Verb::Logout),
    row("passwd", &[], "", "changes your password; asks for the old and the new one", Argument::Any, Verb::Passwd),
    row("whois", &[], "nick", "shows who somebody is", Argument::Nick, Verb::Whois),
    row("away", &[], "[text]", "marks you as away", Argument::Any, Verb::Away),
    row("back", &[], "", "marks you as back", Argument::Any, Verb::Back),
    row("ignore", &[], "[nick|mask|account:name]", "ignores somebody, whatever nick they use; alone, shows whom you ignore", Argument::Nick, Verb::Ignore),
    row("unignore", &[], "nick|mask", "no longer ignores somebody", Argument::Nick, Verb::Unignore),
    row("status", &[], "[emoji text]", "sets your status, if the server supports it", Argument::Any, Verb::Status),

    row("op", &[], "nick...", "makes nicks operators of the room", Argument::Nick, Verb::Op),
    row("deop", &[], "nick...", "removes them as operators", Argument::Nick, Verb::Deop),
    row("voice", &[], "nick...", "gives voice", Argument::Nick, Verb::Voice),
    row("devoice", &[], "nick...", "removes voice", Argument::Nick, Verb::Devoice),
    row("kick", &[], "nick [reason]", "kicks somebody from the room", Argument::Nick, Verb::Kick),
    row("ban", &[], "[nick|mask]", "bans somebody from the room; alone, lists the bans", Argument::Nick, Verb::Ban),
    row("unban", &[], "mask", "lifts a ban", Argument::Any, Verb::Unban),
    row("mute-user", &[], "nick|mask", "lets somebody read but not speak", Argument::Nick, Verb::MuteUser),
    row("mode", &[], "[modes]", "shows or sets the modes of the room", Argument::Any, Verb::Mode),
    row("slow", &[], "seconds|off", "lets each user send once in so many seconds (slow mode)", Argument::Words(&["off"]), Verb::Slow),

    row("search", &[], "words [from:nick] [in:#room] [before:date] [after:date]", "finds messages on the server", Argument::Any, Verb::Search),
    row("buffer", &["switch", "win", "go"], "name|number", "goes to a room or person", Argument::Buffer, Verb::Buffer),
    row("clear", &[], "", "clears the screen; the server keeps the messages", Argument::Any, Verb::Clear),
    row("markread", &[], "[all]", "marks this room as read, or all", Argument::Words(&["all"]), Verb::Markread),
    row("unread", &[], "", "goes to the first unread line", Argument::Any, Verb::Unread),
    row("mentions", &[], "", "shows mentions and private messages", Argument::Any, Verb::Mentions),
    row("mute", &[], "[#room]", "stops this room from counting as unread", Argument::Buffer, Verb::Mute),
    row("unmute", &[], "[#room]", "lets it count again", Argument::Buffer, Verb::Unmute),
    row("pin", &[], "[#room]", "puts this room first in the list", Argument::Buffer, Verb::Pin),
    row("unpin", &[], "[#room]", "unpins it", Argument::Buffer, Verb::Unpin),
    row("filter", &[], "joins on|off|smart", "which joins and parts are shown", Argument::Words(&["joins on", "joins off", "joins smart"]), Verb::Filter),
    row("plain", &[], "", "shows the text alone, for copying with the mouse", Argument::Any, Verb::Plain),

    row("open", &[], "[n]", "opens the link of a message", Argument::Any, Verb::Open),
    row("copy", &[], "[n]", "copies a message into your terminal's clipboard", Argument::Any, Verb::Copy),
    row("export", &[], "[txt|json|html] [file]", "exports this room to a file", Argument::Words(&["txt", "json", "html"]), Verb::Export),

    row("theme", &[], "auto|dark|light", "sets the colours", Argument::Words(&["auto", "dark", "light"]), Verb::Theme),
    row("set", &[], "[--save] [key [value]]", "shows or changes a setting; --save keeps what you changed in the configuration", Argument::Setting, Verb::Set),
    row("keys", &[], "", "shows the keys", Argument::Any, Verb::Keys),
    row("notify", &[], "all|mentions|off [#room]", "sets what this room notifies you of", Argument::Words(&["all", "mentions", "off"]), Verb::Notify),
    row("highlight", &[], "[word]", "a word that counts as a mention; alone, lists them", Argument::Any, Verb::Highlight),
    row("format", &[], "on|off", "whether colours of others are shown", Argument::Words(&["on", "off"]), Verb::Format),
    row("connect", &[], "host[:port] [#room...]", "connects to another network", Argument::Any, Verb::Connect),
    row("disconnect", &[], "", "disconnects from this network; /reconnect returns", Argument::Any, Verb::Disconnect),
    row("reconnect", &[], "", "tries to connect now", Argument::Any, Verb::Reconnect),
    row("trust", &[], "[new|forget host:port]", "shows the certificates that were pinned; trusts a server's new one, or forgets one", Argument::Words(&["new", "forget"]), Verb::Trust),
    row("exec", &[], "[-o] command", "runs a command of your shell and shows what it writes; -o says it here", Argument::Any, Verb::Exec),
    row("reload", &[], "", "reads the configuration again", Argument::Any, Verb::Reload),
    row("debug", &[], "[n]", "shows all that is known about a message", Argument::Any, Verb::Debug),
    row("quote", &["raw"], "LINE", "sends a line of IRC as it is", Argument::Any, Verb::Quote),
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
pub(super) fn similar(word: &str) -> Option<&'static str> {
    suggest(word, COMMANDS.iter().map(|c| c.name))
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

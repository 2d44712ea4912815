//! Slash commands: one table for parser, help and completion.

use crate::app::App;
use crate::model::BufferKind;

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
    run: fn(&mut App, &str),
}

const fn row(
    name: &'static str,
    aliases: &'static [&'static str],
    arguments: &'static str,
    help: &'static str,
    run: fn(&mut App, &str),
) -> Command {
    Command {
        name,
        aliases,
        arguments,
        help,
        run,
    }
}

/// Every command, in the order of the help; pyChat's own come first.
pub(crate) static COMMANDS: &[Command] = &[
    row("help", &[], "", "shows this", help),
    row("online", &[], "", "tells who is on the server", online),
    row("quit", &["exit"], "[words]", "leaves", quit),
    row("nick", &[], "name", "changes your nick", nick),
    row("join", &["j"], "#room [key]", "goes into a room", join),
    row(
        "part",
        &["leave", "close"],
        "[#room] [words]",
        "leaves a room",
        part,
    ),
    row(
        "msg",
        &["dm", "query"],
        "nick [text]",
        "talks to one person",
        msg,
    ),
    row("me", &[], "text", "tells what you do", me),
    row("topic", &[], "[text]", "shows or sets the topic", topic),
    row("names", &[], "", "tells who is in the room", names),
    row(
        "quote",
        &["raw"],
        "LINE",
        "sends a line of IRC as it is",
        quote,
    ),
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

/// Runs a command line without its slash.
pub(crate) fn run(app: &mut App, line: &str) {
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

/// The command of this name, or the only one that begins so.
fn find(word: &str) -> Option<&'static Command> {
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

/// A command that is spelled with most of the same letters.
fn similar(word: &str) -> Option<&'static str> {
    let word = word.to_lowercase();
    let shares = |name: &str| {
        let mut letters: Vec<char> = name.chars().collect();
        let hit = word.chars().filter(|c| {
            letters
                .iter()
                .position(|l| l == c)
                .map(|at| letters.remove(at))
                .is_some()
        });
        hit.count()
    };
    let close = |name: &&str| {
        let longest = name.len().max(word.chars().count());
        longest >= 3 && shares(name) + 1 >= longest && name.chars().next() == word.chars().next()
    };
    COMMANDS.iter().map(|c| c.name).find(close)
}

fn help(app: &mut App, _: &str) {
    let mut text = String::from(
        "What you type goes to the room. Commands, of which a unique beginning is enough:",
    );
    for command in COMMANDS {
        let usage = format!("/{} {}", command.name, command.arguments);
        text.push_str(&format!("\n  {usage:<24} {}", command.help));
    }
    text.push_str("\nKeys:");
    for (keys, what) in crate::app::KEYS {
        text.push_str(&format!("\n  {keys:<24} {what}"));
    }
    app.tell(&text);
}

fn online(app: &mut App, _: &str) {
    app.send(&["WHO", "*"]);
}

fn quit(app: &mut App, words: &str) {
    app.quit(words);
}

fn nick(app: &mut App, name: &str) {
    if name.is_empty() {
        return usage(app, "nick");
    }
    app.send(&["NICK", name]);
}

fn join(app: &mut App, arguments: &str) {
    let mut words = arguments.split_whitespace();
    let Some(name) = words.next() else {
        return usage(app, "join");
    };
    let name = if app.is_channel(name) {
        name.to_owned()
    } else {
        format!("#{name}")
    };
    match words.next() {
        Some(key) => app.send(&["JOIN", &name, key]),
        None => app.send(&["JOIN", &name]),
    }
    app.go_when_joined(&name);
}

fn part(app: &mut App, arguments: &str) {
    let (named, words) = match arguments.split_once(char::is_whitespace) {
        Some((first, rest)) if app.is_channel(first) => (Some(first), rest.trim()),
        None if app.is_channel(arguments) => (Some(arguments), ""),
        _ => (None, arguments),
    };
    let index = match named {
        Some(name) => app.model.find(name),
        None => Some(app.model.current),
    };
    let Some(index) = index else {
        return app.complain("You are not in that room.");
    };
    let (kind, name, joined) = {
        let buffer = &app.model.buffers[index];
        (buffer.kind, buffer.raw_name.clone(), buffer.joined)
    };
    match kind {
        BufferKind::Server => app.complain("The server's own buffer stays; /quit leaves."),
        BufferKind::Channel if joined => {
            if words.is_empty() {
                app.send(&["PART", &name]);
            } else {
                app.send(&["PART", &name, words]);
            }
            app.model.close(index);
        }
        BufferKind::Channel | BufferKind::Person => app.model.close(index),
    }
}

fn msg(app: &mut App, arguments: &str) {
    let (nick, text) = arguments
        .split_once(char::is_whitespace)
        .unwrap_or((arguments, ""));
    if nick.is_empty() {
        return usage(app, "msg");
    }
    let kind = if app.is_channel(nick) {
        BufferKind::Channel
    } else {
        BufferKind::Person
    };
    let index = app.model.open(nick, kind);
    app.go(index);
    if !text.trim().is_empty() {
        app.say(text.trim(), false);
    }
}

fn me(app: &mut App, text: &str) {
    if text.is_empty() {
        return usage(app, "me");
    }
    app.say(text, true);
}

fn topic(app: &mut App, text: &str) {
    let Some(room) = room(app) else { return };
    if !text.is_empty() {
        return app.send(&["TOPIC", &room, text]);
    }
    let topic = app.model.buffer().topic.to_string();
    let shown = if topic.is_empty() {
        "There is no topic; /topic text sets one.".to_owned()
    } else {
        format!("Topic: {topic}")
    };
    app.tell(&shown);
}

fn names(app: &mut App, _: &str) {
    if room(app).is_none() {
        return;
    }
    let members = app.model.buffer().members.values();
    let shown: Vec<String> = members
        .map(|member| format!("{}{}", member.prefix, member.nick))
        .collect();
    app.tell(&format!("{} here: {}", shown.len(), shown.join(", ")));
}

fn quote(app: &mut App, line: &str) {
    if line.is_empty() {
        return usage(app, "quote");
    }
    app.send_raw(line);
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

fn usage(app: &mut App, name: &str) {
    if let Some(command) = COMMANDS.iter().find(|command| command.name == name) {
        app.complain(&format!(
            "It goes like this: /{name} {} ({})",
            command.arguments, command.help
        ));
    }
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
    fn a_double_slash_is_text() {
        assert_eq!(typed("//etc"), Typed::Text("/etc"));
        assert_eq!(typed("/me x"), Typed::Command("me x"));
        assert_eq!(typed("a/b"), Typed::Text("a/b"));
    }
}

//! Commands of the plain door: one table for parser, help and documentation.

use irc_wire::text;
use parlour_core::history::Selector;
use parlour_core::names::ChannelName;
use parlour_core::request::{HistoryQuestion, ListFilter, NewAccount, Target};
use parlour_core::{Change, Question, Secret, limits};

use super::door::{PlainDoor, Stage};
use super::moderation;
use crate::context::Context;

/// Row of the command table.
pub struct PlainCommand {
    /// Name, without the slash.
    pub name: &'static str,
    /// Arguments, for people.
    pub arguments: &'static str,
    /// Description in a few words.
    pub help: &'static str,
    run: fn(&mut PlainDoor, &mut Context<'_>, &str),
}

const fn row(
    name: &'static str,
    arguments: &'static str,
    help: &'static str,
    run: fn(&mut PlainDoor, &mut Context<'_>, &str),
) -> PlainCommand {
    PlainCommand {
        name,
        arguments,
        help,
        run,
    }
}

/// All commands, in the order of the help; pyChat's own come first.
pub static COMMANDS: &[PlainCommand] = &[
    row("help", "", "shows this help", help),
    row("online", "", "shows who is here", online),
    row("quit", "[words]", "leaves", quit),
    row("nick", "name", "changes your nickname", nick),
    row(
        "join",
        "#room [key]",
        "joins a room, or goes back to one",
        join,
    ),
    row("part", "[#room]", "leaves a room", part),
    row("rooms", "", "lists the rooms", rooms),
    row("msg", "nick text", "sends a private message", msg),
    row("me", "text", "describes an action", me),
    row(
        "names",
        "[#room]",
        "shows who is in a room",
        moderation::names,
    ),
    row("whois", "nick", "shows who somebody is", moderation::whois),
    row(
        "away",
        "[text]",
        "marks you as away; alone, as back",
        moderation::away,
    ),
    row("topic", "[text]", "shows or sets the room's topic", topic),
    row(
        "history",
        "[n]",
        "shows the last messages of the room",
        history,
    ),
    row(
        "search",
        "words [from:nick] [in:#room|in:*] [after:date] [before:date]",
        "finds messages with all the words, in the room or in all",
        search,
    ),
    row(
        "op",
        "nick",
        "makes somebody an operator of the room",
        moderation::op,
    ),
    row(
        "deop",
        "nick",
        "takes the operator's rank away",
        moderation::deop,
    ),
    row(
        "voice",
        "nick",
        "lets somebody speak in a moderated room",
        moderation::voice,
    ),
    row(
        "devoice",
        "nick",
        "takes the voice away",
        moderation::devoice,
    ),
    row(
        "kick",
        "nick [reason]",
        "removes somebody from the room",
        moderation::kick,
    ),
    row(
        "ban",
        "[nick|mask]",
        "bans somebody from the room; alone, lists the bans",
        moderation::ban,
    ),
    row("unban", "nick|mask", "lifts a ban", moderation::unban),
    row(
        "register",
        "password",
        "registers your nickname as an account",
        register,
    ),
    row(
        "login",
        "[account] password",
        "logs you into your account",
        login,
    ),
    row(
        "verify",
        "account code",
        "completes a registration with the code from the mail",
        verify,
    ),
];

/// Number of messages that /history shows by default.
const HISTORY_DEFAULT: usize = 20;
/// Maximum number of messages that /history shows.
const HISTORY_MOST: usize = 500;

/// Runs a command line without its slash.
pub(super) fn run(door: &mut PlainDoor, cx: &mut Context, line: &str) {
    let (word, arguments) = line.split_once(' ').unwrap_or((line, ""));
    match find(word) {
        Some(command) => (command.run)(door, cx, arguments.trim()),
        None => {
            let shown = irc_wire::terminal::neutralise(text::cut(word, 40)).into_owned();
            let hint = similar(word)
                .map(|name| format!(" Did you mean /{name}?"))
                .unwrap_or_default();
            door.system(
                cx,
                &format!("There is no /{shown}.{hint} /help lists the commands."),
            );
        }
    }
}

/// Returns the command of this name, or the only one that begins with it.
fn find(word: &str) -> Option<&'static PlainCommand> {
    let word = word.to_ascii_lowercase();
    if let Some(exact) = COMMANDS.iter().find(|command| command.name == word) {
        return Some(exact);
    }
    let mut begin = COMMANDS
        .iter()
        .filter(|command| !word.is_empty() && command.name.starts_with(&word));
    begin.next().filter(|_| begin.next().is_none())
}

/// Returns a command whose name is one typing error away.
fn similar(word: &str) -> Option<&'static str> {
    COMMANDS
        .iter()
        .map(|command| command.name)
        .find(|name| is_one_slip(&word.to_ascii_lowercase(), name))
}

/// Returns whether one typing error separates `a` and `b`: a letter added, left out or changed, or
/// two neighbours swapped.
fn is_one_slip(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let front = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[front..], &b[front..]);
    let back = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let (a, b) = (&a[..a.len() - back], &b[..b.len() - back]);
    match (a, b) {
        ([], [_]) | ([_], []) | ([_], [_]) => true,
        ([w, x], [y, z]) => w == z && x == y,
        _ => false,
    }
}

/// Columns for a command and its arguments in the help.
const HELP_COLUMN: usize = 22;

fn help(door: &mut PlainDoor, cx: &mut Context, _: &str) {
    let mut out = String::from("-- What you type goes to the room. Commands:");
    for command in COMMANDS {
        let mut usage = format!("/{} {}", command.name, command.arguments);
        if usage.chars().count() > HELP_COLUMN {
            out.push_str(&format!("\n--   {usage}"));
            usage.clear();
        }
        out.push_str(&format!("\n--   {usage:<HELP_COLUMN$} {}", command.help));
    }
    out.push_str(&format!("\n--   {:<HELP_COLUMN$} sends /text", "//text"));
    door.write(cx, &out);
}

fn online(door: &mut PlainDoor, cx: &mut Context, _: &str) {
    door.ask_and_wait(cx, Question::Online);
}

fn quit(door: &mut PlainDoor, cx: &mut Context, words: &str) {
    door.stage = Stage::Quitting;
    // Cut without a notice: the user is gone before reading it.
    let words = text::cut(words, limits::REASON_BYTES);
    let reason = if words.is_empty() {
        "Quit".into()
    } else {
        format!("Quit: {words}")
    };
    let call = door.next_call();
    cx.change(
        call,
        Change::Quit {
            reason: reason.into(),
            by_user: true,
        },
    );
}

fn nick(door: &mut PlainDoor, cx: &mut Context, name: &str) {
    if name.is_empty() {
        return usage(door, cx, "nick");
    }
    let call = door.next_call();
    cx.change(call, Change::Nick(name.into()));
}

fn join(door: &mut PlainDoor, cx: &mut Context, arguments: &str) {
    let mut words = arguments.split_ascii_whitespace();
    let Some(name) = words.next() else {
        return usage(door, cx, "join");
    };
    // A missing # is forgiven.
    let name: ChannelName = if name.starts_with('#') {
        name.into()
    } else {
        format!("#{name}").into()
    };
    door.join(cx, name.into(), words.next().map(Into::into));
}

fn part(door: &mut PlainDoor, cx: &mut Context, arguments: &str) {
    let named = arguments
        .split_ascii_whitespace()
        .next()
        .map(ChannelName::from);
    let Some(name) = named.or_else(|| door.rooms.last().map(|room| room.name.clone())) else {
        return door.system(cx, "You are in no room.");
    };
    let call = door.next_call();
    cx.change(call, Change::Part(name, "".into()));
}

fn rooms(door: &mut PlainDoor, cx: &mut Context, _: &str) {
    door.ask_and_wait(cx, Question::List(ListFilter::default()));
}

fn msg(door: &mut PlainDoor, cx: &mut Context, arguments: &str) {
    match arguments.split_once(' ') {
        Some((nick, text)) if !text.trim().is_empty() => {
            door.send(cx, &Target::User(nick.into()), text.trim(), false);
        }
        _ => usage(door, cx, "msg"),
    }
}

fn me(door: &mut PlainDoor, cx: &mut Context, text: &str) {
    if text.is_empty() {
        return usage(door, cx, "me");
    }
    door.say(cx, text, true);
}

fn topic(door: &mut PlainDoor, cx: &mut Context, text: &str) {
    let Some(room) = room(door, cx) else { return };
    let call = door.next_call();
    if text.is_empty() {
        cx.ask(call, Question::Topic(room));
    } else {
        let most = cx.settings.chat.limits.topic;
        if text.len() > most {
            door.system(cx, &format!("The topic was cut: it may have {most} bytes."));
        }
        cx.change(call, Change::Topic(room, text::cut(text, most).into()));
    }
}

fn history(door: &mut PlainDoor, cx: &mut Context, count: &str) {
    let limit = match count.parse::<usize>() {
        _ if count.is_empty() => HISTORY_DEFAULT,
        Ok(limit) if limit > 0 => limit.min(HISTORY_MOST),
        _ => return usage(door, cx, "history"),
    };
    look_up(door, cx, limit);
}

fn search(door: &mut PlainDoor, cx: &mut Context, words: &str) {
    if words.trim().is_empty() {
        return usage(door, cx, "search");
    }
    let room = door.rooms.last().map(|room| room.name.clone());
    match super::search::read(words, room) {
        Ok(question) => door.ask_and_wait(cx, Question::Search(question)),
        Err(text) => door.system(cx, &text),
    }
}

/// Requests the newest messages of the current channel.
fn look_up(door: &mut PlainDoor, cx: &mut Context, limit: usize) {
    let Some(target) = room(door, cx) else {
        return;
    };
    let selector = Selector::Latest(None);
    door.ask_and_wait(
        cx,
        Question::History(HistoryQuestion {
            target: target.into(),
            selector,
            limit,
            events: false,
        }),
    );
}

fn register(door: &mut PlainDoor, cx: &mut Context, given: &str) {
    // If accounts need a mail address, it comes first.
    let (mail, password) = match given.split_once(' ') {
        Some((mail, password)) if cx.settings.chat.accounts.mail => (Some(mail), password),
        _ => (None, given),
    };
    if password.is_empty() {
        return door.system(cx, "Usage: /register password");
    }
    let call = door.next_call();
    let new = NewAccount {
        name: None,
        nick: None,
        for_another: false,
        mail: mail.map(Into::into),
        code: None,
        password: Some(Secret::new(password)),
        verifier: None,
        origin: super::door::origin(cx),
    };
    cx.change(call, Change::CreateAccount(Box::new(new)));
}

fn verify(door: &mut PlainDoor, cx: &mut Context, arguments: &str) {
    let Some((account, code)) = arguments.split_once(' ') else {
        return usage(door, cx, "verify");
    };
    let call = door.next_call();
    let change = Change::Verify(account.into(), Secret::new(code.trim()));
    cx.change(call, change);
}

fn login(door: &mut PlainDoor, cx: &mut Context, arguments: &str) {
    let own = door.profile.as_ref().map(|profile| profile.nick.clone());
    match (arguments.split_once(' '), own) {
        (Some((account, password)), _) => door.log_in(cx, account.into(), password.trim()),
        (None, Some(own)) if !arguments.is_empty() => door.log_in(cx, own.into(), arguments),
        _ => door.system(cx, "Usage: /login password, or /login account password"),
    }
}

/// Returns the current channel, or writes that there is none.
pub(super) fn room(door: &PlainDoor, cx: &mut Context) -> Option<ChannelName> {
    let room = door.rooms.last().map(|room| room.name.clone());
    if room.is_none() {
        door.system(cx, "You are in no room. /join #room joins one.");
    }
    room
}

/// Writes the usage of a command.
pub(super) fn usage(door: &PlainDoor, cx: &mut Context, name: &str) {
    if let Some(command) = COMMANDS.iter().find(|command| command.name == name) {
        door.system(
            cx,
            &format!("Usage: /{name} {} ({})", command.arguments, command.help),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_by_name_or_unique_beginning() {
        for (word, want) in [
            ("help", Some("help")),
            ("J", Some("join")),
            ("m", None),
            ("me", Some("me")),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(find(word).map(|c| c.name), want, "{word}");
        }
    }

    #[test]
    fn slips_are_recognised() {
        for (word, want) in [
            ("hlep", Some("help")),
            ("onlin", Some("online")),
            ("tpoic", Some("topic")),
            ("quitt", Some("quit")),
            ("nack", Some("nick")),
            ("zzz", None),
        ] {
            assert_eq!(similar(word), want, "{word}");
        }
    }
}

//! Tab completion of commands and their arguments, channels, nicks and emoji.

use std::collections::HashSet;

use crate::commands::table::{Argument, COMMANDS, find};
use crate::model::{BufferKind, Model};
use crate::ui_settings;

/// Maximum number of candidates.
const MOST: usize = 200;
/// Number of lines searched for recent speakers.
const SPEAKERS: usize = 500;

/// Completion in progress; each further Tab takes the next candidate.
#[derive(Debug)]
pub(crate) struct Completion {
    /// Text before the completed word; `after` is the text behind it.
    before: String,
    after: String,
    candidates: Vec<String>,
    chosen: Option<usize>,
}

impl Completion {
    /// Starts a completion of the word before `cursor`, if there are candidates.
    pub fn begin(model: &Model, text: &str, cursor: usize) -> Option<Completion> {
        let start = word_start(&text[..cursor]);
        let word = &text[start..cursor];
        let (mut start, mut candidates) = (start, candidates(model, &text[..start], word));
        if candidates.is_empty()
            && let Some((at, more)) = arguments(text, cursor)
        {
            (start, candidates) = (at, more);
        }
        candidates.truncate(MOST);
        (!candidates.is_empty()).then(|| Completion {
            before: text[..start].to_owned(),
            after: text[cursor..].to_owned(),
            candidates,
            chosen: None,
        })
    }

    /// Returns the text with the next or previous candidate, and the cursor behind that candidate.
    pub fn step(&mut self, on: bool) -> (String, usize) {
        let count = self.candidates.len();
        let next = match self.chosen {
            None if on => 0,
            None => count - 1,
            Some(at) if on => (at + 1) % count,
            Some(at) => (at + count - 1) % count,
        };
        self.chosen = Some(next);
        let head = format!("{}{}", self.before, self.candidates[next]);
        let cursor = head.len();
        (head + &self.after, cursor)
    }

    /// Returns the candidates and the index of the chosen one.
    pub fn candidates(&self) -> (&[String], Option<usize>) {
        (&self.candidates, self.chosen)
    }
}

/// Returns whether candidates are shown while the word before the cursor is typed: the word begins
/// with the sign of a command, a channel, a nick or an emoji.
pub(crate) fn shows_popup(text: &str, cursor: usize) -> bool {
    let start = word_start(&text[..cursor]);
    let word = &text[start..cursor];
    let ends = text[cursor..]
        .chars()
        .next()
        .is_none_or(char::is_whitespace);
    let marked = match word.chars().next() {
        Some('/') => start == 0 && !word.starts_with("//"),
        Some('@' | '#') => true,
        Some(':') => word.len() >= 3,
        _ => false,
    };
    ends && marked && word.len() >= 2
}

/// Returns a candidate as it is displayed: an emoji with its name.
pub(crate) fn display_text(candidate: &str) -> String {
    let text = candidate.trim();
    match emojis::get(text).and_then(emojis::Emoji::shortcode) {
        Some(name) => format!("{text} {name}"),
        None => text.to_owned(),
    }
}

/// Returns the start of the last word of `text`.
fn word_start(text: &str) -> usize {
    let space = text.char_indices().rev().find(|(_, c)| c.is_whitespace());
    space.map_or(0, |(at, c)| at + c.len_utf8())
}

/// Returns completions of all arguments at once, and the byte where the arguments begin.
fn arguments(text: &str, cursor: usize) -> Option<(usize, Vec<String>)> {
    let (command, rest) = text[..cursor].strip_prefix('/')?.split_once(' ')?;
    let mut known = match find(command)?.takes {
        Argument::Words(words) => words.iter().map(|word| (*word).to_owned()).collect(),
        Argument::Setting => ui_settings::choices(),
        Argument::Any
        | Argument::Room
        | Argument::Nick
        | Argument::Place
        | Argument::Command
        | Argument::Buffer => return None,
    };
    known.retain(|word| word.starts_with(rest));
    Some((command.len() + 2, known))
}

fn candidates(model: &Model, before: &str, word: &str) -> Vec<String> {
    let first = before.trim().is_empty();
    if let (true, Some(command)) = (first, word.strip_prefix('/')) {
        let known = COMMANDS.iter().filter(|c| c.name.starts_with(command));
        return known.map(|c| format!("/{} ", c.name)).collect();
    }
    let mut words = before.split_whitespace();
    let command = words.next().and_then(|word| find(word.strip_prefix('/')?));
    // Only the first argument has a known kind.
    let takes = command
        .filter(|_| words.next().is_none())
        .map(|command| command.takes);
    match takes {
        Some(Argument::Command) => {
            let known = COMMANDS.iter().filter(|c| c.name.starts_with(word));
            return known.map(|c| c.name.to_owned()).collect();
        }
        Some(Argument::Room) if !word.starts_with('#') => return rooms(model, word),
        Some(Argument::Buffer) => return buffers(model, word),
        Some(Argument::Words(_) | Argument::Setting) => return Vec::new(),
        Some(Argument::Any | Argument::Room | Argument::Nick | Argument::Place) | None => {}
    }
    if word.starts_with(['#', '&']) {
        return rooms(model, word);
    }
    if let Some(name) = word.strip_prefix(':').filter(|name| name.len() >= 2) {
        return emoji_names(name)
            .filter_map(emojis::get_by_shortcode)
            .map(|emoji| format!("{emoji} "))
            .collect();
    }
    let named = matches!(takes, Some(Argument::Nick | Argument::Place));
    if word.is_empty() && !named {
        return Vec::new();
    }
    let suffix = if first && !word.starts_with('@') {
        ": "
    } else {
        " "
    };
    let mut found = nicks(model, word, suffix);
    if takes == Some(Argument::Place) {
        found.extend(rooms(model, word));
    }
    found
}

fn begins(model: &Model, name: &str, word: &str) -> bool {
    let casemap = model.network().casemap;
    casemap.fold(name).starts_with(&casemap.fold(word))
}

/// Returns channels and people with an open buffer.
fn buffers(model: &Model, word: &str) -> Vec<String> {
    let known = model.buffers.iter().filter(|b| {
        let bare = b.raw_name.trim_start_matches(['#', '&']);
        b.kind != BufferKind::Server
            && (begins(model, &b.raw_name, word) || begins(model, bare, word))
    });
    known.map(|b| format!("{} ", b.name)).collect()
}

fn rooms(model: &Model, word: &str) -> Vec<String> {
    let net = model.buffer().network;
    let known = model.buffers.iter().filter(|b| {
        let name = &b.raw_name;
        let bare = name.trim_start_matches(['#', '&']);
        b.kind == BufferKind::Channel
            && b.network == net
            && (begins(model, name, word) || begins(model, bare, word))
    });
    known.map(|b| format!("{} ", b.name)).collect()
}

/// Returns nicks, recent speakers first: they are meant most often.
fn nicks(model: &Model, word: &str, suffix: &str) -> Vec<String> {
    let (plain, at) = match word.strip_prefix('@') {
        Some(rest) => (rest, "@"),
        None => (word, ""),
    };
    let buffer = model.buffer();
    let spoken = buffer.lines.iter().rev().filter(|line| line.is_message());
    let speakers = spoken.map(|line| line.from.to_string()).take(SPEAKERS);
    let members = buffer.members.values().map(|m| m.nick.to_string());
    let own = model.nick().as_str();
    let mut seen = HashSet::new();
    let fits = |nick: &String| begins(model, nick, plain) && nick != own;
    speakers
        .chain(members)
        .filter(|nick| fits(nick) && seen.insert(nick.clone()))
        .map(|nick| format!("{at}{nick}{suffix}"))
        .take(MOST)
        .collect()
}

/// Returns the names of emoji with this prefix, shortest first.
pub(crate) fn emoji_names(begin: &str) -> impl Iterator<Item = &'static str> + use<> {
    let begin = begin.trim_start_matches(':').to_lowercase();
    let names = emojis::iter().flat_map(emojis::Emoji::shortcodes);
    let mut found: Vec<&'static str> = names.filter(|name| name.starts_with(&begin)).collect();
    found.sort_by_key(|name| (name.len(), *name));
    found.into_iter()
}

/// Replaces `:names:` of emoji by the emoji.
pub(crate) fn with_emoji(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(':') {
        let after = &rest[at + 1..];
        let name = |c: char| c.is_ascii_alphanumeric() || "_+-".contains(c);
        // A name ends at the next colon; any other character means that this colon starts none.
        let end = after
            .find(|c| !name(c))
            .filter(|end| after[*end..].starts_with(':'));
        // A colon inside a word belongs to the word, as in a time or an address.
        let apart = rest[..at]
            .chars()
            .next_back()
            .is_none_or(|c| c.is_whitespace() || "([\"'".contains(c));
        match end.and_then(|end| Some((end, emojis::get_by_shortcode(&after[..end])?))) {
            Some((end, emoji)) if apart => {
                out.push_str(&rest[..at]);
                out.push_str(emoji.as_str());
                rest = &after[end + 1..];
            }
            _ => {
                out.push_str(&rest[..=at]);
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NetworkId;

    #[test]
    fn words_begin_behind_spaces_of_any_width() {
        assert_eq!(word_start("a\u{a0}b"), 3);
        assert_eq!(word_start("\u{3000}"), 3);
        assert_eq!(word_start("ab"), 0);
    }

    #[test]
    fn names_of_emoji_are_taken_for_them_only_where_meant() {
        assert_eq!(with_emoji("hi :tada: you"), "hi 🎉 you");
        assert_eq!(with_emoji(":+1::-1:"), "👍👎");
        assert_eq!(
            with_emoji("at 12:30:45, a::b, :nosuch:"),
            "at 12:30:45, a::b, :nosuch:"
        );
        assert_eq!(emoji_names(":tad").next(), Some("tada"));
    }

    #[test]
    fn commands_complete_with_what_they_take() {
        let mut model = Model::new(&[("net", "me")]);
        model.open(NetworkId::new(0), "#lab", BufferKind::Channel);
        for (text, want) in [
            ("/to", "/topic "),
            ("/filter jo", "/filter joins on"),
            ("/filter joins o", "/filter joins on"),
            ("/join la", "/join #lab "),
            ("/help jo", "/help join"),
            ("/mute l", "/mute #lab "),
            ("/set theme d", "/set theme dark"),
            ("say :tada", "say 🎉 "),
            ("#l", "#lab "),
        ] {
            let mut found = Completion::begin(&model, text, text.len()).unwrap();
            assert_eq!(found.step(true).0, want, "{text}");
        }
        for (text, marked) in [
            ("/to", true),
            ("//to", false),
            ("say /to", false),
            ("#l", true),
            ("hi @a", true),
            ("hi :t", false),
            ("hi :ta", true),
            ("hello", false),
        ] {
            assert_eq!(shows_popup(text, text.len()), marked, "{text}");
        }
        assert_eq!(display_text("🎉 "), "🎉 tada");
    }
}

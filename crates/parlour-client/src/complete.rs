//! Completion with Tab: commands, rooms, nicks.

use crate::commands::COMMANDS;
use crate::model::{BufferKind, Model};

/// A completion under way: Tab again takes the next candidate.
#[derive(Debug)]
pub(crate) struct Completion {
    /// The text before the word, and after it.
    before: String,
    after: String,
    candidates: Vec<String>,
    next: usize,
}

impl Completion {
    /// Begins one for the word before `cursor`, if there is anything to complete.
    pub fn begin(model: &Model, text: &str, cursor: usize) -> Option<Completion> {
        let start = word_start(&text[..cursor]);
        let word = &text[start..cursor];
        let candidates = candidates(model, word, start == 0);
        (!candidates.is_empty()).then(|| Completion {
            before: text[..start].to_owned(),
            after: text[cursor..].to_owned(),
            candidates,
            next: 0,
        })
    }

    /// The text with the next candidate; the cursor belongs behind it.
    pub fn step(&mut self) -> (String, usize) {
        let candidate = &self.candidates[self.next % self.candidates.len()];
        self.next += 1;
        let head = format!("{}{candidate}", self.before);
        let cursor = head.len();
        (head + &self.after, cursor)
    }
}

/// Where the last word of `text` begins.
fn word_start(text: &str) -> usize {
    let space = text.char_indices().rev().find(|(_, c)| c.is_whitespace());
    space.map_or(0, |(at, c)| at + c.len_utf8())
}

fn candidates(model: &Model, word: &str, first: bool) -> Vec<String> {
    let begins = |name: &str| {
        model
            .casemap
            .fold(name)
            .starts_with(&model.casemap.fold(word))
    };
    if let (true, Some(command)) = (first, word.strip_prefix('/')) {
        let known = COMMANDS.iter().filter(|c| c.name.starts_with(command));
        return known.map(|c| format!("/{} ", c.name)).collect();
    }
    if word.starts_with(['#', '&']) {
        let rooms = model
            .buffers
            .iter()
            .filter(|b| b.kind == BufferKind::Channel && begins(&b.raw_name));
        return rooms.map(|b| format!("{} ", b.name)).collect();
    }
    if word.is_empty() {
        return Vec::new();
    }
    let (plain, at) = match word.strip_prefix('@') {
        Some(rest) => (rest, "@"),
        None => (word, ""),
    };
    let matches = |nick: &str| {
        model
            .casemap
            .fold(nick)
            .starts_with(&model.casemap.fold(plain))
            && nick != model.nick.as_str()
    };
    let suffix = if first && at.is_empty() { ": " } else { " " };
    // Who spoke last is meant most often.
    let buffer = model.buffer();
    let mut nicks: Vec<String> = Vec::new();
    let speakers = buffer
        .lines
        .iter()
        .rev()
        .filter(|line| line.is_said())
        .map(|line| line.from.to_string());
    let members = buffer
        .members
        .values()
        .map(|member| member.nick.to_string());
    for nick in speakers.take(500).chain(members) {
        if matches(&nick) && !nicks.contains(&nick) {
            nicks.push(nick);
        }
    }
    nicks
        .into_iter()
        .map(|nick| format!("{at}{nick}{suffix}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_begin_behind_spaces_of_any_width() {
        assert_eq!(word_start("a\u{a0}b"), 3);
        assert_eq!(word_start("\u{3000}"), 3);
        assert_eq!(word_start("ab"), 0);
    }
}

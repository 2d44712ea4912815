//! Quick switcher: channels, users, messages, commands.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::App;
use super::keymap::ACTIONS;
use super::mode::{Mode, SwitchTarget, Switcher};
use crate::commands::table::COMMANDS;
use crate::model::BufferKind;

/// Results shown, at most.
const MOST: usize = 50;

impl App {
    /// Returns the results for a query, best first.
    fn finds(&self, query: &str) -> Vec<SwitchTarget> {
        let query = query.trim();
        if let Some(words) = query.strip_prefix('?') {
            return vec![SwitchTarget::Search(words.trim().to_owned())];
        }
        if let Some(words) = query.strip_prefix('>') {
            return self.find_commands(words.trim());
        }
        let mut names: Vec<(SwitchTarget, String, bool)> = Vec::new();
        let wants = |kind| match query.chars().next() {
            Some('#') => kind == BufferKind::Channel,
            Some('@') => kind == BufferKind::Person,
            _ => true,
        };
        for (index, buffer) in self.model.buffers.iter().enumerate() {
            if wants(buffer.kind) && index != self.model.current {
                let urgent = buffer.unread > 0;
                let find = SwitchTarget::Buffer(buffer.network, buffer.raw_name.clone());
                names.push((find, buffer.name.to_string(), urgent));
            }
        }
        let net = self.net();
        if !query.starts_with('#') {
            for member in self.model.buffer().members.values() {
                let nick = member.nick.to_string();
                if self.model.find(net, &nick).is_none() && member.nick != *self.model.nick() {
                    names.push((SwitchTarget::Person(nick.clone()), nick, false));
                }
            }
        }
        if query.is_empty() {
            // Mentions first, then unread messages; the sort is stable and keeps the order of the
            // list.
            let rank = |find: &SwitchTarget| match self.found_buffer(find) {
                Some(index) => {
                    let buffer = &self.model.buffers[index];
                    (buffer.mentions == 0, buffer.unread == 0 || buffer.muted)
                }
                None => (true, true),
            };
            names.retain(|(find, ..)| matches!(find, SwitchTarget::Buffer(..)));
            names.sort_by_cached_key(|(find, ..)| rank(find));
            return names
                .into_iter()
                .map(|(find, ..)| find)
                .take(MOST)
                .collect();
        }
        let wanted = query.trim_start_matches(['@']);
        let scored = score(wanted, names.iter().map(|(_, name, _)| name.as_str()));
        let mut order: Vec<(usize, u32)> = scored
            .into_iter()
            .enumerate()
            .filter_map(|(at, score)| Some((at, score?)))
            .collect();
        // Buffers with unread messages come before better matches.
        order.sort_by_key(|&(at, score)| (!names[at].2, std::cmp::Reverse(score)));
        let mut finds: Vec<SwitchTarget> = order
            .into_iter()
            .map(|(at, _)| names[at].0.clone())
            .take(MOST)
            .collect();
        let room = if self.is_channel(net, query) {
            query.to_owned()
        } else {
            format!("#{wanted}")
        };
        let person = query.starts_with('@');
        let new = self.model.find(net, &room).is_none() && !person;
        if new && !room.contains(char::is_whitespace) {
            finds.push(SwitchTarget::Join(room));
        }
        finds
    }

    /// Returns the index of a target's buffer, if it still exists.
    pub fn found_buffer(&self, find: &SwitchTarget) -> Option<usize> {
        let SwitchTarget::Buffer(net, name) = find else {
            return None;
        };
        // `find` leaves server buffers out: they are matched here, by their own name.
        let server = self.model.server_buffer(*net);
        let own = self.model.buffers[server].raw_name == *name;
        self.model.find(*net, name).or(own.then_some(server))
    }

    /// Opens the switcher.
    pub(super) fn open_switcher(&mut self) {
        self.mode = Mode::Switch(Switcher {
            finds: self.finds(""),
            ..Switcher::default()
        });
    }

    /// Updates the results after the query has changed.
    pub(super) fn refresh_results(&self, switcher: &mut Switcher) {
        switcher.finds = self.finds(&switcher.query.text);
        switcher.chosen = 0;
    }

    fn find_commands(&self, words: &str) -> Vec<SwitchTarget> {
        let commands = COMMANDS
            .iter()
            .map(|c| (SwitchTarget::Command(c.name), c.name));
        let actions = ACTIONS
            .iter()
            .map(|row| (SwitchTarget::Action(row.action), row.name));
        let all: Vec<(SwitchTarget, &str)> = commands.chain(actions).collect();
        let scored = score(words, all.iter().map(|(_, name)| *name));
        let mut order: Vec<(usize, u32)> = scored
            .into_iter()
            .enumerate()
            .filter_map(|(at, score)| Some((at, score?)))
            .collect();
        order.sort_by_key(|&(_, score)| std::cmp::Reverse(score));
        order
            .into_iter()
            .map(|(at, _)| all[at].0.clone())
            .take(MOST)
            .collect()
    }

    /// Goes to the chosen target.
    pub(super) fn switch(&mut self, switcher: &Switcher) {
        self.mode = Mode::Compose;
        let net = self.net();
        let find = switcher.finds.get(switcher.chosen).cloned();
        match find {
            Some(SwitchTarget::Buffer(..)) => {
                match find.and_then(|find| self.found_buffer(&find)) {
                    Some(index) => self.go(index),
                    None => self.flash("It was closed meanwhile."),
                }
            }
            Some(SwitchTarget::Person(nick)) => {
                let index = self.model.open(net, &nick, BufferKind::Person);
                self.go(index);
            }
            Some(SwitchTarget::Join(room)) => crate::commands::run(self, &format!("join {room}")),
            Some(SwitchTarget::Search(words)) => self.search(&words),
            Some(SwitchTarget::Command(name)) => self.composer.replace(format!("/{name} ")),
            Some(SwitchTarget::Action(action)) => self.act(action),
            None => {}
        }
    }
}

/// Scores each name against the query; `None` for no match.
fn score<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<Option<u32>> {
    let pattern = Pattern::parse(wanted, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut room = Vec::new();
    names
        .map(|name| pattern.score(Utf32Str::new(name, &mut room), &mut matcher))
        .collect()
}

//! Promises of a server, as they follow from what people saw.

use std::collections::{BTreeMap, BTreeSet};

/// Message of the run. Each has a text of its own.
#[derive(Debug)]
pub(super) struct Said {
    /// Messages said before.
    number: usize,
    pub from: String,
    /// Channel, or nick of the other.
    pub to: String,
    /// Id, once anybody was shown it.
    pub id: Option<String>,
    pub redaction: Redaction,
}

/// State of the redaction of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Redaction {
    /// Not requested.
    None,
    /// Requested; it may have been done.
    Asked,
    /// Done, as at least one person was shown.
    Done,
}

/// Promises so far.
#[derive(Debug, Default)]
pub(super) struct Model {
    /// Messages by their texts.
    pub said: BTreeMap<String, Said>,
    /// Texts by the ids of their messages.
    texts: BTreeMap<String, String>,
    /// Texts that each connection saw in each channel, in order.
    runs: BTreeMap<(usize, String), Vec<String>>,
    /// Numbers of the topics, 0 for none: the newest that was shown, and those only asked for.
    topic: usize,
    pub asked_topics: BTreeSet<usize>,
    pub bans: BTreeSet<String>,
    pub accounts: BTreeSet<String>,
    pub always_on: BTreeSet<String>,
}

impl Model {
    /// Notes a message that is about to be sent.
    pub fn say(&mut self, from: &str, to: &str, text: &str) {
        let said = Said {
            number: self.said.len(),
            from: from.to_owned(),
            to: to.to_owned(),
            id: None,
            redaction: Redaction::None,
        };
        self.said.insert(text.to_owned(), said);
    }

    /// Notes that a connection of `nick` was shown a message.
    ///
    /// # Panics
    /// If it should not have been.
    pub fn see(&mut self, connection: usize, nick: &str, to: &str, text: &str, id: &str) {
        let said = self.said.get_mut(text);
        let said = said.unwrap_or_else(|| panic!("{nick} was shown {text:?}, which nobody said"));
        assert_eq!(said.to, to, "{text} went astray");
        if !to.starts_with('#') {
            let may = nick == said.from || nick == said.to;
            assert!(may, "{nick} was shown {text}, which is for {to} only");
        }
        let known = said.id.get_or_insert_with(|| id.to_owned());
        assert_eq!(known, id, "{text} has two ids");
        let before = self.texts.insert(id.to_owned(), text.to_owned());
        assert!(
            before.is_none_or(|before| before == text),
            "{id} is the id of two messages"
        );
        let run = self.runs.entry((connection, to.to_owned())).or_default();
        run.push(text.to_owned());
    }

    /// Notes that somebody was shown a redaction.
    ///
    /// # Panics
    /// If nobody asked for it.
    pub fn see_redaction(&mut self, id: &str) {
        let said = self.texts.get(id).and_then(|text| self.said.get_mut(text));
        let said = said.unwrap_or_else(|| panic!("{id} was redacted, and nobody has seen it"));
        assert_ne!(said.redaction, Redaction::None, "nobody redacted {id}");
        said.redaction = Redaction::Done;
    }

    /// Notes a topic that somebody was shown. One person sets them all, in the order of their
    /// numbers.
    pub fn see_topic(&mut self, topic: usize) {
        self.topic = self.topic.max(topic);
        self.asked_topics.remove(&topic);
    }

    /// Compares the topic after a restart.
    ///
    /// # Panics
    /// If it is neither the last that was shown, nor one that was asked for since.
    pub fn check_topic(&mut self, topic: usize) {
        let may = self.topic == topic || self.asked_topics.contains(&topic);
        assert!(
            may,
            "topic {topic} is neither {} nor one of {:?}",
            self.topic, self.asked_topics
        );
        self.topic = topic;
        self.asked_topics.clear();
    }

    /// Compares the history of a channel, or of two people, with what was promised.
    ///
    /// # Panics
    /// If something is missing, twice, in another order, or back again.
    pub fn check_history(&self, history: &[String], is_here: impl Fn(&Said) -> bool) {
        let kept: BTreeSet<&String> = history.iter().collect();
        assert_eq!(kept.len(), history.len(), "twice in {history:?}");
        for (text, said) in &self.said {
            let is_kept = kept.contains(text);
            assert!(is_here(said) || !is_kept, "{text} is in a log of others");
            if !is_here(said) {
                continue;
            }
            match said.redaction {
                Redaction::None => {
                    assert!(
                        said.id.is_none() || is_kept,
                        "{text} was shown, and is lost"
                    );
                }
                Redaction::Done => assert!(!is_kept, "{text} was redacted, and is back"),
                Redaction::Asked => {}
            }
        }
    }

    /// Returns the newest message of a channel that must be found, and the newest that must not.
    pub fn samples(&self, channel: &str) -> Vec<(String, bool)> {
        let newest = |is_kept: bool, redaction: Redaction| {
            let of = |(_, said): &(&String, &Said)| {
                said.to == channel && said.id.is_some() && said.redaction == redaction
            };
            let found = self
                .said
                .iter()
                .filter(of)
                .max_by_key(|(_, said)| said.number);
            found.map(|(text, _)| (text.clone(), is_kept))
        };
        let samples = [
            newest(true, Redaction::None),
            newest(false, Redaction::Done),
        ];
        samples.into_iter().flatten().collect()
    }

    /// Compares the history of a channel with the order in which each connection saw it.
    ///
    /// # Panics
    /// If a connection saw another order, or something between was kept from it.
    pub fn check_order(&self, channel: &str, history: &[String]) {
        // What may be redacted is in some of the runs only.
        let stays = |text: &&String| {
            let said = self.said.get(*text);
            said.is_some_and(|said| said.redaction == Redaction::None)
        };
        let history: Vec<&String> = history.iter().filter(stays).collect();
        for ((connection, place), run) in &self.runs {
            let run: Vec<&String> = run.iter().filter(stays).collect();
            let Some(first) = run.first() else { continue };
            if place != channel {
                continue;
            }
            let start = history.iter().position(|text| text == first);
            let start = start.unwrap_or_else(|| panic!("{first} was shown, and is lost"));
            let kept = history.get(start..start + run.len());
            assert_eq!(
                kept,
                Some(&run[..]),
                "connection {connection} saw {channel} otherwise"
            );
        }
    }
}

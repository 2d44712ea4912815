//! Batches of a client (draft/multiline), as far as they have come.

use std::collections::VecDeque;

use parlour_core::Name;
use parlour_core::request::MessageKind;

/// Failed batches remembered until they are closed; beyond that, the oldest is forgotten.
const DEAD_MOST: usize = 16;

/// Batches of a client: at most one is open.
#[derive(Debug, Default)]
pub(super) struct Batches {
    /// Open batch.
    pub open: Option<Box<OpenBatch>>,
    /// References of failed batches, whose remaining lines are ignored.
    pub dead: VecDeque<String>,
}

/// Open batch.
#[derive(Debug)]
pub(super) struct OpenBatch {
    pub reference: String,
    pub label: Option<String>,
    pub gathered: Gathered,
}

/// Message gathered so far from the lines of a batch.
#[derive(Debug)]
pub(super) struct Gathered {
    pub target: String,
    pub tags: Name,
    /// PRIVMSG or NOTICE, as the first line has it; none before.
    pub kind: Option<MessageKind>,
    pub text: String,
    /// Offsets in `text` at which a line was joined (draft/multiline-concat).
    pub splits: Vec<u32>,
    pub lines: usize,
}

impl Batches {
    /// Remembers a failed batch.
    pub fn remember_failed(&mut self, reference: &str) {
        if self.dead.len() == DEAD_MOST {
            self.dead.pop_front();
        }
        self.dead.push_back(reference.to_owned());
    }

    /// Returns whether a batch of this reference has failed; with `closes`, forgets it.
    pub fn has_failed(&mut self, reference: &str, closes: bool) -> bool {
        let at = self.dead.iter().position(|dead| dead == reference);
        if let Some(at) = at.filter(|_| closes) {
            self.dead.remove(at);
        }
        at.is_some()
    }
}

//! Read markers (draft/read-marker).

use serde::{Deserialize, Serialize};

use alloc::collections::BTreeMap;

use crate::history::Party;
use crate::names::Folded;
use crate::{Time, limits};

/// Read markers, by party and channel or conversation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Markers(BTreeMap<Party, BTreeMap<Folded, Time>>);

impl Markers {
    /// Returns the time of the last message read.
    pub fn get(&self, whose: &Party, target: &Folded) -> Option<Time> {
        self.0.get(whose)?.get(target).copied()
    }

    /// Sets a marker; returns false if the party has too many.
    pub fn set(&mut self, whose: Party, target: Folded, at: Time) -> bool {
        let own = self.0.entry(whose).or_default();
        if own.len() >= limits::READ_MARKERS && !own.contains_key(&target) {
            return false;
        }
        own.insert(target, at);
        true
    }

    /// Removes all markers of a party.
    pub fn forget(&mut self, whose: &Party) {
        self.0.remove(whose);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UserId;
    use crate::names::Casemapping;

    #[test]
    fn markers_are_bounded_and_known_ones_move_on() {
        let mut markers = Markers::default();
        let whose = Party::Guest(UserId(1));
        let target = |n: usize| Casemapping::Ascii.fold(&alloc::format!("#{n}"));
        for n in 0..limits::READ_MARKERS {
            assert!(markers.set(whose.clone(), target(n), Time(1)));
        }
        assert!(!markers.set(whose.clone(), target(limits::READ_MARKERS), Time(1)));
        assert!(markers.set(whose.clone(), target(0), Time(2)));
        assert_eq!(markers.get(&whose, &target(0)), Some(Time(2)));
        markers.forget(&whose);
        assert_eq!(markers.get(&whose, &target(0)), None);
    }
}

//! Fair queue: each place has its turn.

use std::collections::{HashMap, VecDeque};

use parlour_core::Name;

/// Queue of work by place of origin. Places take turns, one piece of work each, so that a place
/// with much work delays itself and not the others. The caller bounds its size.
#[derive(Debug)]
pub(crate) struct FairQueue<T> {
    waiting: HashMap<Name, VecDeque<T>>,
    /// Places with work, in the order of their turns.
    order: VecDeque<Name>,
}

impl<T> Default for FairQueue<T> {
    fn default() -> Self {
        FairQueue {
            waiting: HashMap::new(),
            order: VecDeque::new(),
        }
    }
}

impl<T> FairQueue<T> {
    /// Appends work of a place.
    pub fn push(&mut self, place: Name, work: T) {
        let waiting = self.waiting.entry(place.clone()).or_default();
        // Invariant: a place is in `order` exactly once while it has work.
        if waiting.is_empty() {
            self.order.push_back(place);
        }
        waiting.push_back(work);
    }

    /// Removes the oldest work of the place whose turn it is.
    pub fn pop(&mut self) -> Option<T> {
        let place = self.order.pop_front()?;
        let waiting = self.waiting.get_mut(&place)?;
        let work = waiting.pop_front();
        if waiting.is_empty() {
            self.waiting.remove(&place);
        } else {
            self.order.push_back(place);
        }
        work
    }

    /// Returns whether no work waits.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_much_waits_for_themselves() {
        let mut turns = FairQueue::default();
        for n in 0..3 {
            turns.push("many".into(), format!("many {n}"));
        }
        turns.push("one".into(), "one 0".to_owned());
        let order: Vec<String> = std::iter::from_fn(|| turns.pop()).collect();
        assert_eq!(order, ["many 0", "one 0", "many 1", "many 2"]);
        assert!(turns.is_empty());
        assert!(turns.waiting.is_empty());
    }
}

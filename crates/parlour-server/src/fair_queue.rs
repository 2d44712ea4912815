//! A queue in which each place has its turn.

use std::collections::{HashMap, VecDeque};

use parlour_core::Name;

/// Work by where it comes from. One piece of each place is taken in turn, so that a place that asks
/// for much waits for itself, not the others for it. Its bound is that of whoever fills it.
#[derive(Debug)]
pub(crate) struct FairQueue<T> {
    waiting: HashMap<Name, VecDeque<T>>,
    /// The places with work, in the order of their turns.
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
    /// Adds work of a place, behind what waits of it.
    pub fn push(&mut self, place: Name, work: T) {
        let waiting = self.waiting.entry(place.clone()).or_default();
        if waiting.is_empty() {
            self.order.push_back(place);
        }
        waiting.push_back(work);
    }

    /// Takes the oldest work of the place whose turn it is.
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

    /// Whether nothing waits.
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

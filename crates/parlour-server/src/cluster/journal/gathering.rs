//! Gathering of a batch: under load a larger one costs all nodes and NATS less.

use std::time::Duration;

/// Proposals of a batch from which on the next one gathers more.
const BUSY: usize = 64;
/// Proposals that are enough for a batch.
const ENOUGH: usize = 1_024;
/// Time between two batches under load.
const GATHER: Duration = Duration::from_millis(12);

/// Returns for how long a batch with so many proposals gathers more, so long after the last one, which had `last`.
pub(super) fn gathers(after: Duration, last: usize, waiting: usize) -> Option<Duration> {
    if last < BUSY || waiting >= ENOUGH {
        return None;
    }
    GATHER.checked_sub(after).filter(|left| !left.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_gathers_under_load_only_and_never_for_longer_than_it_should() {
        let third = GATHER / 3;
        assert_eq!(gathers(third, BUSY, 1), Some(GATHER - third));
        assert_eq!(gathers(third, BUSY - 1, 1), None);
        assert_eq!(gathers(third, BUSY, ENOUGH), None);
        assert_eq!(gathers(GATHER, BUSY, 1), None);
        assert_eq!(gathers(GATHER * 2, BUSY, 1), None);
    }
}

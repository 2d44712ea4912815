//! Digests of the replicas: whether all nodes hold the same state.

use std::collections::{BTreeMap, BTreeSet};

use parlour_core::{MsgId, NodeId};

/// Entries whose digests are remembered.
const ENTRIES: usize = 4;

/// SHA-256 of a replica's encoding.
pub(super) type Digest = [u8; 32];

/// Finding of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// Another node differs from most.
    Others(Vec<NodeId>),
    /// This node differs from most, or from the one with the lowest number if there is no such most.
    This,
}

/// Digests as of the latest entries that were compared.
#[derive(Debug, Default)]
pub(super) struct Digests {
    given: BTreeMap<MsgId, BTreeMap<NodeId, Digest>>,
    /// Latest comparison: the entry, and whether all were alike.
    latest: Option<(MsgId, bool)>,
}

impl Digests {
    /// Returns the latest comparison: the entry, and whether all were alike.
    pub fn latest(&self) -> Option<(MsgId, bool)> {
        self.latest
    }

    /// Notes the digest of a node. Returns a finding once all of `live` have given theirs, if they differ.
    pub fn note(
        &mut self,
        (node, at, digest): (NodeId, MsgId, Digest),
        own: NodeId,
        live: &BTreeSet<NodeId>,
    ) -> Option<Finding> {
        self.given.entry(at).or_default().insert(node, digest);
        while self.given.len() > ENTRIES {
            self.given.pop_first();
        }
        let given = self.given.get(&at)?;
        if !live.iter().all(|node| given.contains_key(node)) {
            return None;
        }
        let mut given = self.given.remove(&at)?;
        given.retain(|node, _| live.contains(node));
        let mut groups: BTreeMap<Digest, Vec<NodeId>> = BTreeMap::new();
        for (node, digest) in given {
            groups.entry(digest).or_default().push(node);
        }
        // The nodes of a group are in their order.
        let most = groups
            .values()
            .max_by_key(|nodes| (nodes.len(), std::cmp::Reverse(nodes.first().copied())))?;
        self.latest = Some((at, groups.len() == 1));
        if groups.len() == 1 {
            return None;
        }
        if !most.contains(&own) {
            return Some(Finding::This);
        }
        let others = groups.values().filter(|nodes| *nodes != most);
        Some(Finding::Others(others.flatten().copied().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the findings of node `own` when nodes 1, 2, … give these digests.
    fn findings(own: u8, digests: &[u8]) -> Vec<Finding> {
        let live = (1..=digests.len() as u8).map(NodeId).collect();
        let mut known = Digests::default();
        let each = digests.iter().enumerate().filter_map(|(index, digest)| {
            let of = (NodeId(index as u8 + 1), MsgId(7), [*digest; 32]);
            known.note(of, NodeId(own), &live)
        });
        each.collect()
    }

    #[test]
    fn the_one_that_differs_is_found_by_all() {
        assert_eq!(findings(1, &[5, 5, 5]), []);
        assert_eq!(findings(1, &[5, 6, 5]), [Finding::Others(vec![NodeId(2)])]);
        assert_eq!(findings(2, &[5, 6, 5]), [Finding::This]);
        // Of two, the one with the lower number is believed.
        assert_eq!(findings(1, &[5, 6]), [Finding::Others(vec![NodeId(2)])]);
        assert_eq!(findings(2, &[5, 6]), [Finding::This]);
    }

    #[test]
    fn what_lost_nodes_said_does_not_count() {
        let live = BTreeSet::from([NodeId(1), NodeId(2)]);
        let mut known = Digests::default();
        for (node, digest) in [(3, 6), (4, 6), (5, 6), (1, 5)] {
            let of = (NodeId(node), MsgId(7), [digest; 32]);
            assert_eq!(known.note(of, NodeId(1), &live), None);
        }
        let of = (NodeId(2), MsgId(7), [5; 32]);
        assert_eq!(known.note(of, NodeId(1), &live), None);
    }

    #[test]
    fn what_never_comes_is_forgotten() {
        let live = BTreeSet::from([NodeId(1), NodeId(2)]);
        let mut known = Digests::default();
        for entry in 0..100 {
            let of = (NodeId(1), MsgId(entry), [0; 32]);
            assert_eq!(known.note(of, NodeId(1), &live), None);
        }
        assert!(known.given.len() <= ENTRIES);
    }
}

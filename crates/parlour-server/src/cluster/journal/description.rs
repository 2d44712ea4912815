//! Description of the cluster as its journal knows it, for administrators and metrics.

use std::time::Instant;

use parlour_cluster::Presence;

use super::ClusterJournal;
use crate::cluster::status::{ClusterFigures, ClusterStatus, NodeStatus};

impl ClusterJournal {
    /// Returns the state of the cluster.
    pub fn status(&self) -> ClusterStatus {
        let now = Instant::now();
        let first = self.order.live().first().copied();
        let stream = self.link.stream_state();
        let sequence = self.order.sequence();
        let last = stream.last_sequence.max(sequence);
        let nodes = self.order.members().map(|(name, member)| {
            let silent_for = self.watch.silent_for((member.node, member.epoch), now);
            let is_this = name == self.name;
            let told = match is_this {
                true => Some((self.reads, sequence)),
                false => {
                    let sign = self.watch.sign((member.node, member.epoch));
                    sign.map(|sign| (sign.reads, sign.taken))
                }
            };
            NodeStatus {
                name: name.to_owned(),
                number: member.node.0,
                is_live: member.presence == Presence::Live,
                is_this,
                is_first: first == Some(member.node),
                reads: told.map(|(reads, _)| reads.0),
                lag: told.map(|(_, taken)| last.saturating_sub(taken)),
                silent_for: silent_for.map(|silence| silence.as_millis() as u64),
            }
        });
        ClusterStatus {
            nodes: nodes.collect(),
            sequence,
            version: self.order.version().0,
            compared: self.digests.latest(),
            stream,
            is_cut_off: self.is_cut_off,
        }
    }

    /// Returns the figures for the metrics.
    pub fn figures(&self) -> ClusterFigures {
        // The core takes them at each of its steps: nothing is copied.
        let sequence = self.order.sequence();
        let members = self.order.members();
        let live = members.filter(|(_, member)| member.presence == Presence::Live);
        ClusterFigures {
            nodes: live.count() as u64,
            sequence,
            lag: self.link.last_sequence().saturating_sub(sequence),
            waiting: (self.waiting.len() + self.in_flight.len()) as u64,
            version: self.order.version().0,
        }
    }
}

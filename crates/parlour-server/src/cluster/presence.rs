//! Presence of the nodes: who has given a sign of life, and which losses are over.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use parlour_cluster::{Epoch, Member, Message, Order, Presence, Version};
use parlour_core::{MsgId, NodeId};

use super::signs::Sign;

/// Silence after which a node is declared lost.
const SILENCE: Duration = Duration::from_millis(1_500);
/// Pause before the same is declared again: another node may have done so, or the stream is away.
const AGAIN: Duration = Duration::from_secs(1);

/// Time for which a lost node counts among those that have to read what all write.
const AWAY: Duration = Duration::from_secs(3_600);

/// Presence of the other nodes, as this one sees it.
#[derive(Debug)]
pub(super) struct Watch {
    /// Time in which users of a lost node may come back.
    grace: Duration,
    /// Time of the last sign of life of each run.
    heard: BTreeMap<(NodeId, Epoch), Instant>,
    /// Last sign of life of each run.
    signs: BTreeMap<(NodeId, Epoch), Sign>,
    /// Lost runs, since when this node knows of their loss.
    away: BTreeMap<(NodeId, Epoch), Instant>,
    /// Losses, since when this node knows of them.
    losses: BTreeMap<MsgId, Instant>,
    declared: Option<Instant>,
}

impl Watch {
    /// Creates it.
    pub fn new(grace: Duration) -> Watch {
        Watch {
            grace,
            heard: BTreeMap::new(),
            signs: BTreeMap::new(),
            away: BTreeMap::new(),
            losses: BTreeMap::new(),
            declared: None,
        }
    }

    /// Notes a sign of life.
    pub fn heard(&mut self, sign: Sign, now: Instant) {
        self.heard.insert(sign.run, now);
        self.signs.insert(sign.run, sign);
    }

    /// Returns the last sign of life of a run.
    pub fn sign(&self, run: (NodeId, Epoch)) -> Option<Sign> {
        self.signs.get(&run).copied()
    }

    /// Returns the newest version that all nodes read, those included that have been lost for less than [`AWAY`]: they
    /// may be about to come back. This node, `own`, reads versions up to `newest`.
    pub fn common(&self, order: &Order, own: NodeId, newest: Version, now: Instant) -> Version {
        let counts = |member: &Member| {
            let run = (member.node, member.epoch);
            let is_away = |since: &Instant| now.duration_since(*since) >= AWAY;
            member.node != own && !self.away.get(&run).is_some_and(is_away)
        };
        let others = order.members().filter(|(_, member)| counts(member));
        let reads = others.map(|(_, member)| {
            let run = (member.node, member.epoch);
            self.signs
                .get(&run)
                .map_or(Version::OLDEST, |sign| sign.reads)
        });
        reads.min().map_or(newest, |least| least.min(newest))
    }

    /// Returns the time since the last sign of life of a run.
    pub fn silent_for(&self, run: (NodeId, Epoch), now: Instant) -> Option<Duration> {
        let since = self.heard.get(&run)?;
        Some(now.duration_since(*since))
    }

    /// Begins anew: this node was cut off, and heard nobody.
    pub fn reset(&mut self) {
        self.heard.clear();
    }

    /// Returns what is to be declared: losses of silent nodes, and ends of the time to come back.
    pub fn due(&mut self, order: &Order, own: (NodeId, Epoch), now: Instant) -> Vec<Message> {
        let known: Vec<(NodeId, Epoch)> = order
            .members()
            .filter(|(_, member)| member.presence == Presence::Live && member.node != own.0)
            .map(|(_, member)| (member.node, member.epoch))
            .collect();
        self.heard.retain(|run, _| known.contains(run));
        let lost = order.members();
        let lost = lost.filter(|(_, member)| member.presence == Presence::Lost);
        let lost: Vec<_> = lost
            .map(|(_, member)| (member.node, member.epoch))
            .collect();
        self.signs
            .retain(|run, _| known.contains(run) || lost.contains(run));
        self.away.retain(|run, _| lost.contains(run));
        for run in lost {
            self.away.entry(run).or_insert(now);
        }
        self.losses
            .retain(|lost, _| order.graces().any(|grace| grace == *lost));
        for lost in order.graces() {
            self.losses.entry(lost).or_insert(now);
        }
        let mut silent = Vec::new();
        for &(node, epoch) in &known {
            // One that was never heard has as long from now on.
            let since = *self.heard.entry((node, epoch)).or_insert(now);
            if now.duration_since(since) >= SILENCE {
                silent.push(Message::Lost {
                    node,
                    epoch,
                    by: own,
                });
            }
        }
        let over = self.losses.iter();
        let over = over.filter(|(_, since)| now.duration_since(**since) >= self.grace);
        let mut due: Vec<Message> = over.map(|(lost, _)| Message::GraceOver(*lost)).collect();
        due.extend(silent);
        let is_early = |at: Instant| now.duration_since(at) < AGAIN;
        if due.is_empty() || self.declared.is_some_and(is_early) {
            return Vec::new();
        }
        self.declared = Some(now);
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parlour_core::Time;

    fn joined(names: &[&str]) -> Order {
        let mut order = Order::default();
        for (index, name) in names.iter().enumerate() {
            let join = Message::Join {
                name: (*name).to_owned(),
                last: MsgId(0),
                nonce: 0,
            };
            order.take(index as u64 + 1, Time(1), Ok(join)).unwrap();
        }
        order
    }

    #[test]
    fn a_silent_node_is_declared_lost_and_its_users_end_after_a_while() {
        let mut order = joined(&["a", "b"]);
        let (own, other) = ((NodeId(1), Epoch(1)), (NodeId(2), Epoch(2)));
        let grace = Duration::from_secs(10);
        let mut watch = Watch::new(grace);
        let start = Instant::now();
        assert!(watch.due(&order, own, start).is_empty());
        let sign = |reads| Sign {
            run: other,
            reads,
            taken: 0,
        };
        watch.heard(sign(Version(1)), start + SILENCE);
        assert!(watch.due(&order, own, start + SILENCE).is_empty());
        let silent = start + SILENCE * 2;
        let lost = Message::Lost {
            node: other.0,
            epoch: other.1,
            by: own,
        };
        assert_eq!(watch.due(&order, own, silent), std::slice::from_ref(&lost));
        // Not with each look.
        assert!(watch.due(&order, own, silent).is_empty());
        let taken = order.take(3, Time(2), Ok(lost)).unwrap();
        assert!(!taken.is_empty());
        let at = order.graces().next().unwrap();
        assert!(watch.due(&order, own, silent + AGAIN).is_empty());
        let over = silent + AGAIN + grace;
        assert_eq!(watch.due(&order, own, over), [Message::GraceOver(at)]);
    }

    #[test]
    fn the_version_is_raised_once_all_read_it() {
        let order = joined(&["a", "b"]);
        let (run, own) = ((NodeId(2), Epoch(2)), NodeId(1));
        let mut watch = Watch::new(Duration::from_secs(10));
        let common = |watch: &Watch| watch.common(&order, own, Version(2), Instant::now());
        assert_eq!(common(&watch), Version(1));
        watch.heard(
            Sign {
                run,
                reads: Version(2),
                taken: 0,
            },
            Instant::now(),
        );
        assert_eq!(common(&watch), Version(2));
        assert_eq!(
            watch.common(&order, own, Version(1), Instant::now()),
            Version(1)
        );
        // Nobody else is there.
        assert_eq!(
            watch.common(&joined(&["a"]), own, Version(2), Instant::now()),
            Version(2)
        );
    }

    #[test]
    fn a_lost_node_may_be_about_to_come_back() {
        let mut order = joined(&["a", "b"]);
        let (own, other) = ((NodeId(1), Epoch(1)), (NodeId(2), Epoch(2)));
        let mut watch = Watch::new(Duration::from_secs(10));
        let start = Instant::now();
        let sign = Sign {
            run: other,
            reads: Version(1),
            taken: 0,
        };
        watch.heard(sign, start);
        let lost = Message::Lost {
            node: other.0,
            epoch: other.1,
            by: own,
        };
        order.take(3, Time(2), Ok(lost)).unwrap();
        watch.due(&order, own, start);
        let common = |at| watch.common(&order, own.0, Version(2), at);
        assert_eq!(common(start + AWAY / 2), Version(1));
        assert_eq!(common(start + AWAY), Version(2));
    }
}

//! Order of entries: what the messages of the stream come to, the same on every node.

use std::collections::{BTreeMap, BTreeSet};

use parlour_core::{
    Actor, CallId, Cause, Change, Entry, Instant, MsgId, NodeId, Proposal, SessionId, Time,
};
use serde::{Deserialize, Serialize};

use crate::{Batch, Epoch, Member, Message, Presence, Unreadable, Version};

/// Bytes of a node's name.
const NAME_MAX: usize = 64;

/// State that the messages so far have made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Sequence number of the last message.
    sequence: u64,
    /// Id of the last entry.
    last: MsgId,
    /// Journal's clock at the last entry.
    clock: Instant,
    /// Members, by name.
    members: BTreeMap<String, Member>,
    /// Losses, by entry, whose users may still come back.
    graces: BTreeSet<MsgId>,
    /// Version that the members write; a snapshot has it in its head.
    #[serde(skip)]
    version: Version,
}

/// Outcome of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Ordered {
    /// Entry to apply.
    Entry(Entry),
    /// Beginning of a run.
    Joined {
        /// Name of the node.
        name: String,
        /// Its number.
        node: NodeId,
        /// Run.
        epoch: Epoch,
        /// Number that the node has drawn.
        nonce: u64,
    },
    /// End of a run; an entry follows.
    Lost {
        /// Number of the node.
        node: NodeId,
        /// Run.
        epoch: Epoch,
        /// Entry of the loss.
        at: MsgId,
    },
    /// Batch that counted.
    Batch {
        /// Number of the node.
        node: NodeId,
        /// Run.
        epoch: Epoch,
        /// Number of the batch.
        number: u64,
    },
    /// Digest of another replica.
    Digest {
        /// Number of the node.
        node: NodeId,
        /// Entry.
        at: MsgId,
        /// SHA-256.
        digest: [u8; 32],
    },
    /// Version that the members write from here on.
    Version(Version),
    /// Message that changes nothing: the reason, for the log.
    Ignored(&'static str),
}

/// Reason for which a node cannot go on with the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// Messages are missing.
    #[error("message {found} of the stream came, and {expected} is missing")]
    Gap {
        /// Sequence number that should have come.
        expected: u64,
        /// Sequence number that came.
        found: u64,
    },
    /// A message that another version of the program wrote.
    #[error("message {sequence} of the stream cannot be read: {source}")]
    Version {
        /// Sequence number.
        sequence: u64,
        /// Reason.
        source: Unreadable,
    },
}

impl Order {
    /// Returns the sequence number of the last message.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Returns the id of the last entry.
    pub fn last(&self) -> MsgId {
        self.last
    }

    /// Returns the version that the members write.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Sets the version, which snapshots hold beside the rest.
    pub(crate) fn set_version(&mut self, version: Version) {
        self.version = version;
    }

    /// Returns the members, by name.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Member)> {
        self.members
            .iter()
            .map(|(name, member)| (name.as_str(), member))
    }

    /// Returns the nodes whose runs have not ended, lowest number first.
    pub fn live(&self) -> BTreeSet<NodeId> {
        let members = self.members.values();
        let live = members.filter(|member| member.presence == Presence::Live);
        live.map(|member| member.node).collect()
    }

    /// Returns the losses whose users may still come back, by entry.
    pub fn graces(&self) -> impl Iterator<Item = MsgId> {
        self.graces.iter().copied()
    }

    /// Takes a message: its place in the stream, the time that the stream gave it, and what
    /// [`Message::decode`] made of it. One that was taken before comes to nothing.
    ///
    /// # Errors
    /// This node cannot go on; its state is as before.
    pub fn take(
        &mut self,
        sequence: u64,
        time: Time,
        message: Result<Message, Unreadable>,
    ) -> Result<Vec<Ordered>, OrderError> {
        if sequence <= self.sequence {
            return Ok(Vec::new());
        }
        let expected = self.sequence + 1;
        if sequence != expected {
            let found = sequence;
            return Err(OrderError::Gap { expected, found });
        }
        let message = match message {
            // Whoever may write to the stream cannot stop the nodes by what is no message.
            Err(Unreadable::Damaged) => None,
            Err(source @ Unreadable::Version { .. }) => {
                return Err(OrderError::Version { sequence, source });
            }
            Ok(message) => Some(message),
        };
        self.sequence = sequence;
        let mut out = Vec::new();
        match message {
            None => out.push(Ordered::Ignored("it is no message of a node, or damaged")),
            Some(Message::Join { name, last, nonce }) => {
                self.join(time, (name, nonce), last, &mut out);
            }
            Some(Message::Batch(batch)) => self.batch(time, batch, &mut out),
            Some(Message::Lost { node, epoch, by }) => {
                if self.member(by.0, by.1).is_some() {
                    self.lost(time, node, epoch, &mut out);
                } else {
                    out.push(Ordered::Ignored(
                        "the node that says so is not a member any more",
                    ));
                }
            }
            Some(Message::GraceOver(lost)) => {
                if self.graces.remove(&lost) {
                    self.entry(time, server(Change::GraceOver(lost)), &mut out);
                } else {
                    out.push(Ordered::Ignored("that time was over before"));
                }
            }
            Some(Message::Digest { node, at, digest }) => {
                out.push(Ordered::Digest { node, at, digest });
            }
            Some(Message::Version { version, by }) => {
                if version > self.version && self.member(by.0, by.1).is_some() {
                    self.version = version;
                    out.push(Ordered::Version(version));
                } else {
                    out.push(Ordered::Ignored("that version is written already"));
                }
            }
        }
        Ok(out)
    }

    /// Returns the member of a run that has not ended.
    fn member(&mut self, node: NodeId, epoch: Epoch) -> Option<&mut Member> {
        self.members.values_mut().find(|known| {
            known.node == node && known.epoch == epoch && known.presence == Presence::Live
        })
    }

    /// Begins a run.
    fn join(
        &mut self,
        time: Time,
        (name, nonce): (String, u64),
        last: MsgId,
        out: &mut Vec<Ordered>,
    ) {
        if name.is_empty() || name.len() > NAME_MAX {
            return out.push(Ordered::Ignored(
                "the name of the node is empty or too long",
            ));
        }
        if let Some(known) = self.members.get(&name) {
            let (node, epoch) = (known.node, known.epoch);
            // It has come back before anybody noticed that it was gone.
            if known.presence == Presence::Live {
                self.lost(time, node, epoch, out);
            }
        }
        let Some(node) = self.number_for(&name) else {
            return out.push(Ordered::Ignored("there are as many nodes as there can be"));
        };
        // Only the first node brings data of its own.
        if self.members.is_empty() {
            self.last = self.last.max(last);
        }
        let epoch = Epoch(self.sequence);
        let member = Member {
            node,
            epoch,
            presence: Presence::Live,
            batches: 0,
        };
        self.members.insert(name.clone(), member);
        out.push(Ordered::Joined {
            name,
            node,
            epoch,
            nonce,
        });
    }

    /// Returns the number of a node: the one it had, or else the lowest that is free; if none is, that of a
    /// lost node, which is forgotten.
    fn number_for(&mut self, name: &str) -> Option<NodeId> {
        if let Some(known) = self.members.get(name) {
            return Some(known.node);
        }
        let used: BTreeSet<NodeId> = self.members.values().map(|member| member.node).collect();
        let free = (1..=NodeId::MAX.0)
            .map(NodeId)
            .find(|node| !used.contains(node));
        if free.is_some() {
            return free;
        }
        let lost = |(_, member): &(&String, &Member)| member.presence == Presence::Lost;
        let (name, member) = self.members.iter().find(lost)?;
        let (name, node) = (name.clone(), member.node);
        self.members.remove(&name);
        Some(node)
    }

    /// Makes entries of the proposals of a batch, if it is the next one of a run that has not ended.
    fn batch(&mut self, time: Time, batch: Batch, out: &mut Vec<Ordered>) {
        let Batch {
            node,
            epoch,
            number,
            proposals,
        } = batch;
        let Some(member) = self.member(node, epoch) else {
            return out.push(Ordered::Ignored("its node is not a member any more"));
        };
        if number != member.batches + 1 {
            return out.push(Ordered::Ignored("it is not the next batch of its node"));
        }
        member.batches = number;
        for proposal in proposals {
            if is_own(node, &proposal) {
                self.entry(time, proposal, out);
            } else {
                out.push(Ordered::Ignored(
                    "a proposal is not of the node that made it",
                ));
            }
        }
        out.push(Ordered::Batch {
            node,
            epoch,
            number,
        });
    }

    /// Ends a run.
    fn lost(&mut self, time: Time, node: NodeId, epoch: Epoch, out: &mut Vec<Ordered>) {
        let Some(member) = self.member(node, epoch) else {
            return out.push(Ordered::Ignored("that run had ended before"));
        };
        member.presence = Presence::Lost;
        let at = self.last.next(time);
        self.graces.insert(at);
        out.push(Ordered::Lost { node, epoch, at });
        self.entry(time, server(Change::NodeLost(node)), out);
    }

    /// Gives a proposal the next place.
    fn entry(&mut self, time: Time, proposal: Proposal, out: &mut Vec<Ordered>) {
        self.last = self.last.next(time);
        // The stream's time may go back, when another of its servers leads.
        self.clock = self.clock.max(Instant(time.0));
        out.push(Ordered::Entry(Entry {
            id: self.last,
            clock: self.clock,
            proposal,
        }));
    }
}

/// Returns whether a node may propose this.
fn is_own(node: NodeId, proposal: &Proposal) -> bool {
    let session = proposal.origin.session;
    proposal.node == node
        && (session.is_service() || session.node() == node)
        && !matches!(proposal.change, Change::NodeLost(_) | Change::GraceOver(_))
}

/// Returns a proposal of no node.
fn server(change: Change) -> Proposal {
    Proposal {
        node: NodeId::default(),
        actor: Actor::Server,
        origin: Cause {
            session: SessionId::SERVER,
            call: CallId(0),
        },
        done: false,
        change,
    }
}

//! Messages in the stream.

use parlour_core::{MsgId, NodeId, Proposal};
use serde::{Deserialize, Serialize};

use crate::{Epoch, Version};

/// First bytes of each message.
const MAGIC: [u8; 4] = *b"PRLC";
/// Bytes before the body: magic, version, checksum of the body.
const HEAD: usize = 10;

/// Message of a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Message {
    /// Beginning of a node's run. It ends the run before, if that has not ended.
    Join {
        /// Name of the node.
        name: String,
        /// Last id that its database has: if it is the first node, ids of entries begin after it.
        last: MsgId,
        /// Number drawn at random, by which the node knows its own message from one of another node with
        /// the same name.
        nonce: u64,
    },
    /// Proposals.
    Batch(Batch),
    /// Loss of a node, which another one has noticed, or its own end.
    Lost {
        /// Number of the node.
        node: NodeId,
        /// Run that has ended.
        epoch: Epoch,
        /// Node that says so, and its run: one that was declared lost itself says nothing that counts.
        by: (NodeId, Epoch),
    },
    /// End of the time in which users of a lost node may come back, by the entry of the loss.
    GraceOver(MsgId),
    /// Digest of the node's replica as of an entry.
    Digest {
        /// Number of the node.
        node: NodeId,
        /// Entry.
        at: MsgId,
        /// SHA-256 of the encoding.
        digest: [u8; 32],
    },
    // As of version 2.
    /// Raise of the version that all members write from here on, which a node of an older one cannot read.
    Version {
        /// Version.
        version: Version,
        /// Node that says so, and its run.
        by: (NodeId, Epoch),
    },
}

/// Proposals of a node, in order. They count together, and once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// Number of the node.
    pub node: NodeId,
    /// Run of the node.
    pub epoch: Epoch,
    /// Number of the batch in this run, from 1 on.
    pub number: u64,
    /// Proposals.
    pub proposals: Vec<Proposal>,
}

/// Failure to read a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Written by a version of the program that has another encoding.
    #[error("it has version {found} of the encoding, and this node reads version {newest}")]
    Version {
        /// Version that it has.
        found: u16,
        /// Newest one that this node reads.
        newest: u16,
    },
    /// No message of a node, or a damaged one.
    #[error("it is no message of a node, or damaged")]
    Damaged,
}

impl Message {
    /// Encodes a message in a version: a checked head, then the body in postcard's format. It must have
    /// nothing that the version does not know.
    ///
    /// # Errors
    /// It cannot be encoded; no message of a node is of that kind.
    pub fn encode(&self, version: Version) -> Result<Vec<u8>, postcard::Error> {
        let version = match self {
            // For nobody who could not go on with it.
            Message::Version { version, .. } => *version,
            Message::Join { .. }
            | Message::Batch(_)
            | Message::Lost { .. }
            | Message::GraceOver(_)
            | Message::Digest { .. } => version,
        };
        let body = postcard::to_allocvec(self)?;
        let mut bytes = Vec::with_capacity(HEAD + body.len());
        bytes.extend(MAGIC);
        bytes.extend(version.0.to_le_bytes());
        bytes.extend(crc32fast::hash(&body).to_le_bytes());
        bytes.extend(body);
        Ok(bytes)
    }

    /// Encodes a message. If it is a batch that is too long, the last proposals go back to the front of
    /// `waiting`; one stays.
    ///
    /// # Errors
    /// As [`Message::encode`].
    pub fn encode_within(
        mut self,
        version: Version,
        most_bytes: usize,
        waiting: &mut Vec<Proposal>,
    ) -> Result<Vec<u8>, postcard::Error> {
        loop {
            let bytes = self.encode(version)?;
            if let Message::Batch(batch) = &mut self
                && bytes.len() > most_bytes
                && batch.proposals.len() > 1
            {
                let back = batch.proposals.split_off(batch.proposals.len() / 2);
                waiting.splice(0..0, back);
                continue;
            }
            return Ok(bytes);
        }
    }

    /// Decodes a message for a node that reads versions up to `newest`.
    ///
    /// # Errors
    /// See [`Unreadable`].
    pub fn decode(bytes: &[u8], newest: Version) -> Result<Message, Unreadable> {
        let (head, body) = bytes.split_at_checked(HEAD).ok_or(Unreadable::Damaged)?;
        let sum = u32::from_le_bytes([head[6], head[7], head[8], head[9]]);
        // Before the version: what nobody wrote has none.
        if head[..4] != MAGIC || sum != crc32fast::hash(body) {
            return Err(Unreadable::Damaged);
        }
        let version = u16::from_le_bytes([head[4], head[5]]);
        if !(Version::OLDEST..=newest).contains(&Version(version)) {
            let (found, newest) = (version, newest.0);
            return Err(Unreadable::Version { found, newest });
        }
        let message: Message = postcard::from_bytes(body).map_err(|_| Unreadable::Damaged)?;
        match message.is_of(Version(version)) {
            true => Ok(message),
            false => Err(Unreadable::Damaged),
        }
    }

    /// Returns whether the version has all that is in it: nodes that read only that one can do nothing with the rest.
    fn is_of(&self, version: Version) -> bool {
        match self {
            Message::Batch(batch) => {
                let mut proposals = batch.proposals.iter();
                proposals.all(|proposal| version.knows(&proposal.change))
            }
            Message::Version {
                version: raised, ..
            } => *raised == version && version >= Version(2),
            Message::Join { .. }
            | Message::Lost { .. }
            | Message::GraceOver(_)
            | Message::Digest { .. } => true,
        }
    }
}

//! Snapshot: the order and the replica as of a message.

use parlour_core::Replica;
use serde::{Deserialize, Serialize};

use crate::{Order, Unreadable, Version};

/// First bytes of each snapshot.
const MAGIC: [u8; 4] = *b"PRLS";

/// State that a node goes on from.
#[derive(Debug)]
pub struct Snapshot {
    /// Order, as of the last message.
    pub order: Order,
    /// Replica, with all entries of it.
    pub replica: Replica,
}

/// Snapshot as it is stored.
#[derive(Serialize, Deserialize)]
struct Stored {
    order: Order,
    replica: Vec<u8>,
}

impl Snapshot {
    /// Encodes an order and a replica, in the version that the members write.
    ///
    /// # Errors
    /// They cannot be encoded; no state that entries make is of that kind.
    pub fn encode(order: &Order, replica: &Replica) -> Result<Vec<u8>, postcard::Error> {
        let version = order.version();
        let stored = Stored {
            order: order.clone(),
            replica: replica.encode(version.of_replica())?,
        };
        let mut bytes = MAGIC.to_vec();
        bytes.extend(version.0.to_le_bytes());
        postcard::to_extend(&stored, bytes)
    }

    /// Decodes a snapshot for a node that reads versions up to `newest`.
    ///
    /// # Errors
    /// See [`Unreadable`].
    pub fn decode(bytes: &[u8], newest: Version) -> Result<Snapshot, Unreadable> {
        let rest = bytes.strip_prefix(&MAGIC).ok_or(Unreadable::Damaged)?;
        let (version, body) = rest.split_first_chunk().ok_or(Unreadable::Damaged)?;
        let version = Version(u16::from_le_bytes(*version));
        if !(Version::OLDEST..=newest).contains(&version) {
            return Err(Unreadable::Version {
                found: version.0,
                newest: newest.0,
            });
        }
        let mut stored: Stored = postcard::from_bytes(body).map_err(|_| Unreadable::Damaged)?;
        stored.order.set_version(version);
        Ok(Snapshot {
            order: stored.order,
            replica: Replica::decode(&stored.replica).map_err(|_| Unreadable::Damaged)?,
        })
    }
}

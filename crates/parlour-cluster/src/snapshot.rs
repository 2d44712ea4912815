//! Snapshot: the order and the replica as of a message.

use parlour_core::{Replica, SnapshotError};
use serde::{Deserialize, Serialize};

use crate::Order;

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
    /// Encodes an order and a replica.
    ///
    /// # Errors
    /// They cannot be encoded; no state that entries make is of that kind.
    pub fn encode(order: &Order, replica: &Replica) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_allocvec(&Stored {
            order: order.clone(),
            replica: replica.encode()?,
        })
    }

    /// Decodes a snapshot.
    ///
    /// # Errors
    /// Another version of the program wrote it, or it is damaged.
    pub fn decode(bytes: &[u8]) -> Result<Snapshot, SnapshotError> {
        let stored: Stored = postcard::from_bytes(bytes).map_err(|_| SnapshotError::Damaged)?;
        Ok(Snapshot {
            order: stored.order,
            replica: Replica::decode(&stored.replica)?,
        })
    }
}

//! Snapshots of the replica: an encoding, and a digest that tells whether two are alike.

use alloc::vec::Vec;

use sha2::{Digest, Sha256};

use super::Replica;

/// Version of the encoding. A snapshot of another version is refused: fields have no names in it.
const VERSION: u16 = 4;

/// Failure to read a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotError {
    /// Written by another version of the program: which.
    Version(u16),
    /// Incomplete or damaged.
    Damaged,
}

impl Replica {
    /// Encodes the replica as of its last entry: a version, then the state in postcard's format.
    ///
    /// # Errors
    /// The state cannot be encoded; no state that entries make is of that kind.
    pub fn encode(&self) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_allocvec(&(VERSION, self))
    }

    /// Decodes a snapshot, to go on with the entries after its last one.
    ///
    /// # Errors
    /// See [`SnapshotError`].
    pub fn decode(bytes: &[u8]) -> Result<Replica, SnapshotError> {
        let (version, rest) =
            postcard::take_from_bytes::<u16>(bytes).map_err(|_| SnapshotError::Damaged)?;
        if version != VERSION {
            return Err(SnapshotError::Version(version));
        }
        let mut replica: Replica =
            postcard::from_bytes(rest).map_err(|_| SnapshotError::Damaged)?;
        replica.share_profiles();
        Ok(replica)
    }

    /// Returns the SHA-256 of the encoding: equal replicas have equal digests.
    ///
    /// # Errors
    /// As [`Replica::encode`].
    pub fn digest(&self) -> Result<[u8; 32], postcard::Error> {
        Ok(Sha256::digest(self.encode()?).into())
    }

    /// Makes members share the profiles of their users, which the encoding repeats.
    fn share_profiles(&mut self) {
        for channel in self.channels.values_mut() {
            for (id, member) in &mut channel.members {
                if let Some(user) = self.users.get(id) {
                    member.profile = user.profile.clone();
                }
            }
        }
    }
}

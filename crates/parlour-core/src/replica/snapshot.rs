//! Snapshots of the replica: an encoding, and a digest that tells whether two are alike.
//!
//! Fields have no names in the encoding. What is new comes behind the rest, in a version of its own, so that nodes
//! of the version before can still be given what they know.

use alloc::vec::Vec;

use sha2::{Digest, Sha256};

use super::Replica;

/// Version of the encoding. Version 4 has no keys by which clients come back.
pub const SNAPSHOT_VERSION: u16 = 5;
/// Oldest version that can be written and read.
const OLDEST: u16 = 4;

/// Failure to read a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotError {
    /// Written by another version of the program: which.
    Version(u16),
    /// Incomplete or damaged.
    Damaged,
}

impl Replica {
    /// Encodes the replica as of its last entry in a version of the encoding: the version, then the state in
    /// postcard's format. What an older version does not know is left out.
    ///
    /// # Errors
    /// The state cannot be encoded; no state that entries make is of that kind.
    pub fn encode(&self, version: u16) -> Result<Vec<u8>, postcard::Error> {
        let bytes = postcard::to_allocvec(&(version, self))?;
        match version {
            OLDEST => Ok(bytes),
            _ => postcard::to_extend(&self.resumes, bytes),
        }
    }

    /// Decodes a snapshot, to go on with the entries after its last one.
    ///
    /// # Errors
    /// See [`SnapshotError`].
    pub fn decode(bytes: &[u8]) -> Result<Replica, SnapshotError> {
        let (version, rest) =
            postcard::take_from_bytes::<u16>(bytes).map_err(|_| SnapshotError::Damaged)?;
        if !(OLDEST..=SNAPSHOT_VERSION).contains(&version) {
            return Err(SnapshotError::Version(version));
        }
        let (mut replica, rest): (Replica, &[u8]) =
            postcard::take_from_bytes(rest).map_err(|_| SnapshotError::Damaged)?;
        if version > OLDEST {
            replica.resumes = postcard::from_bytes(rest).map_err(|_| SnapshotError::Damaged)?;
        }
        replica.share_profiles();
        Ok(replica)
    }

    /// Returns the SHA-256 of the encoding in a version: equal replicas have equal digests.
    ///
    /// # Errors
    /// As [`Replica::encode`].
    pub fn digest(&self, version: u16) -> Result<[u8; 32], postcard::Error> {
        Ok(Sha256::digest(self.encode(version)?).into())
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

//! Signs of life, by which the nodes know each other's presence, what each of them reads, and how far it is.

use parlour_cluster::{Epoch, Version};
use parlour_core::NodeId;

/// Sign of life of a node. Its form is the same in all versions: number, run, version,
/// message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sign {
    /// Number and run of the node.
    pub run: (NodeId, Epoch),
    /// Newest version that it reads.
    pub reads: Version,
    /// Last message of the stream that it has taken.
    pub taken: u64,
}

impl Sign {
    /// Encodes it.
    pub fn encode(self) -> Vec<u8> {
        let (node, epoch) = self.run;
        let mut bytes = vec![node.0];
        bytes.extend(epoch.0.to_le_bytes());
        bytes.extend(self.reads.0.to_le_bytes());
        bytes.extend(self.taken.to_le_bytes());
        bytes
    }

    /// Decodes a sign; none if it is none.
    pub fn decode(bytes: &[u8]) -> Option<Sign> {
        let (node, rest) = bytes.split_first()?;
        let (epoch, rest) = rest.split_first_chunk()?;
        let (reads, rest) = rest.split_first_chunk()?;
        // What later versions may add comes behind it.
        let taken = rest.first_chunk()?;
        Some(Sign {
            run: (NodeId(*node), Epoch(u64::from_le_bytes(*epoch))),
            reads: Version(u16::from_le_bytes(*reads)),
            taken: u64::from_le_bytes(*taken),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_comes_back_and_half_of_one_is_none() {
        let sign = Sign {
            run: (NodeId(3), Epoch(258)),
            reads: Version(2),
            taken: 5,
        };
        let bytes = sign.encode();
        let number = [5, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(
            bytes,
            [&[3, 2, 1, 0, 0, 0, 0, 0, 0, 2, 0], &number[..]].concat()
        );
        assert_eq!(Sign::decode(&bytes), Some(sign));
        assert_eq!(Sign::decode(&[&bytes[..], &[7]].concat()), Some(sign));
        assert_eq!(Sign::decode(&bytes[..18]), None);
    }
}

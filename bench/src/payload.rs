//! Payloads: `T<14 hex time>:<6 hex sender>:<8 hex number>:xxx|`, of one length in a run.

use crate::clock::Nanos;

/// Last byte of a payload. It occurs nowhere else in what a server sends.
pub(crate) const MARK: u8 = b'|';
/// Length of the shortest payload.
pub(crate) const SHORTEST: usize = 34;
/// Length of the longest payload: with its prefix it must fit into a line of IRC.
pub(crate) const LONGEST: usize = 400;

/// Fields of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Payload {
    /// Time of sending.
    pub sent: Nanos,
    /// Number of the sender.
    pub sender: u32,
    /// Number of the message among those of its sender.
    pub number: u32,
}

impl Payload {
    /// Appends a payload of this length.
    pub fn write(self, out: &mut Vec<u8>, length: usize) {
        let start = out.len();
        out.resize(start + length, b'x');
        let bytes = &mut out[start..];
        bytes[0] = b'T';
        write_hex(&mut bytes[1..15], self.sent);
        bytes[15] = b':';
        write_hex(&mut bytes[16..22], u64::from(self.sender));
        bytes[22] = b':';
        write_hex(&mut bytes[23..31], u64::from(self.number));
        bytes[31] = b':';
        bytes[length - 1] = MARK;
    }

    /// Parses a whole payload; `None` if it is none.
    pub fn parse(bytes: &[u8]) -> Option<Payload> {
        if bytes[0] != b'T' || [15, 22, 31].iter().any(|&at| bytes[at] != b':') {
            return None;
        }
        Some(Payload {
            sent: parse_hex(&bytes[1..15])?,
            sender: parse_hex(&bytes[16..22])? as u32,
            number: parse_hex(&bytes[23..31])? as u32,
        })
    }
}

fn write_hex(bytes: &mut [u8], mut value: u64) {
    for byte in bytes.iter_mut().rev() {
        *byte = b"0123456789abcdef"[(value & 15) as usize];
        value >>= 4;
    }
}

fn parse_hex(bytes: &[u8]) -> Option<u64> {
    bytes.iter().try_fold(0, |value, byte| {
        let digit = char::from(*byte).to_digit(16)?;
        Some(value << 4 | u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_read_as_it_was_written() {
        let payload = Payload {
            sent: 0x00ab_cdef_0123,
            sender: 77,
            number: 0x0102_0304,
        };
        for length in [SHORTEST, 64, LONGEST] {
            let mut bytes = Vec::new();
            payload.write(&mut bytes, length);
            assert_eq!(bytes.len(), length);
            assert_eq!(bytes.iter().position(|&b| b == MARK), Some(length - 1));
            assert_eq!(Payload::parse(&bytes), Some(payload));
            bytes[22] = b'x';
            assert_eq!(Payload::parse(&bytes), None);
        }
    }
}

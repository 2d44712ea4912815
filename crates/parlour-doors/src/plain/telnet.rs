//! Removal of telnet commands (RFC 854): IAC and the bytes that belong to it.

const IAC: u8 = 255;
const SB: u8 = 250;
const SE: u8 = 240;
const WILL: u8 = 251;
const DONT: u8 = 254;

/// Parser state within the stream; commands may be split over packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Telnet {
    /// In text.
    #[default]
    Text,
    /// After IAC.
    Command,
    /// After WILL, WONT, DO or DONT: an option follows.
    Option,
    /// In a subnegotiation.
    Sub,
    /// In a subnegotiation, after IAC.
    SubCommand,
}

impl Telnet {
    /// Returns `bytes` without commands. A literal 255 (IAC IAC) stays in: it is not UTF-8, and the
    /// message is refused for that.
    pub fn skip(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut text = Vec::with_capacity(bytes.len());
        for &byte in bytes {
            *self = match (*self, byte) {
                (Telnet::Text, IAC) => Telnet::Command,
                (Telnet::Text, _) => {
                    text.push(byte);
                    Telnet::Text
                }
                (Telnet::Command, IAC) => {
                    text.push(IAC);
                    Telnet::Text
                }
                (Telnet::Command, SB) => Telnet::Sub,
                // Options are not answered: the client keeps its defaults.
                (Telnet::Command, WILL..=DONT) => Telnet::Option,
                (Telnet::Command | Telnet::Option, _) => Telnet::Text,
                (Telnet::Sub, IAC) => Telnet::SubCommand,
                (Telnet::SubCommand, SE) => Telnet::Text,
                (Telnet::Sub | Telnet::SubCommand, _) => Telnet::Sub,
            };
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_skipped_however_they_are_split() {
        let input = [
            b"a".as_slice(),
            &[IAC, 253, 31],
            b"b",
            &[IAC, SB, 31, 0, 80, IAC, IAC, 0, 24, IAC, SE],
            b"c",
            &[IAC, 241],
            b"d",
            &[IAC, IAC],
        ]
        .concat();
        for size in 1..=input.len() {
            let mut telnet = Telnet::default();
            let text: Vec<u8> = input
                .chunks(size)
                .flat_map(|part| telnet.skip(part))
                .collect();
            assert_eq!(text, b"abcd\xff", "pieces of {size}");
        }
    }
}

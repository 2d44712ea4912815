//! Framing: the ends of a plain client's messages.
//!
//! Most clients end their lines. pyChat's own client sends each message as one write without a line
//! end. For such a client, bytes that are followed by silence are one message.

use std::collections::VecDeque;

use irc_wire::{Framed, Framer, text};
use parlour_core::Instant;

use super::telnet::Telnet;

/// Maximum length of a message, in bytes.
const MAX_MESSAGE: usize = 16_000;
/// Milliseconds to wait for the rest of a split character. Packets that belong together seldom
/// arrive further apart, even over a bad link.
const CHARACTER_PATIENCE: u64 = 5_000;

/// Message of a client.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// Text, without its line end.
    Text(String),
    /// Bytes that are not UTF-8.
    NotText,
    /// Text with a NUL or a CR inside.
    Forbidden,
    /// Message longer than [`MAX_MESSAGE`].
    TooLong,
}

/// Method of separating a client's messages.
#[derive(Debug)]
pub(super) enum Framing {
    /// By line ends, for the rest of the connection.
    Lines {
        telnet: Telnet,
        framer: Framer,
        ended: bool,
    },
    /// By silence, until the client ends a line.
    Silence {
        buffer: Vec<u8>,
        /// Time at which the silence has lasted long enough.
        until: Option<Instant>,
        /// Set while the rest of a split character is waited for.
        patient: bool,
        /// Set if more arrived than a message may have.
        overflow: bool,
        /// Complete messages.
        ready: VecDeque<Vec<u8>>,
    },
}

impl Framing {
    pub fn new(framed: bool) -> Framing {
        if framed {
            Framing::Lines {
                telnet: Telnet::default(),
                framer: Framer::new(MAX_MESSAGE),
                ended: false,
            }
        } else {
            Framing::Silence {
                buffer: Vec::new(),
                until: None,
                patient: false,
                overflow: false,
                ready: VecDeque::new(),
            }
        }
    }

    pub fn is_framed(&self) -> bool {
        matches!(self, Framing::Lines { .. })
    }

    pub fn deadline(&self) -> Option<Instant> {
        match self {
            Framing::Lines { .. } => None,
            Framing::Silence { until, .. } => *until,
        }
    }

    /// Appends bytes that arrived; if nothing follows before `silent`, they end a message.
    pub fn receive(&mut self, bytes: &[u8], silent: Instant) {
        match self {
            Framing::Lines { telnet, framer, .. } => {
                // A telnet command may be split: its rest holds no IAC.
                if bytes.contains(&255) || *telnet != Telnet::Text {
                    framer.push(&telnet.skip(bytes));
                } else {
                    framer.push(bytes);
                }
            }
            Framing::Silence {
                buffer,
                until,
                patient,
                overflow,
                ready,
            } => {
                *until = Some(silent);
                *patient = false;
                // Discards everything up to the silence, so that memory is bounded.
                if buffer.len() + bytes.len() > MAX_MESSAGE {
                    *overflow = true;
                    buffer.clear();
                }
                if !*overflow {
                    buffer.extend_from_slice(bytes);
                }
                if buffer.last() == Some(&b'\n') {
                    // The client ends its lines after all; from here on they are the framing.
                    let waiting = std::mem::take(ready);
                    let rest = std::mem::take(buffer);
                    *self = Framing::new(true);
                    for message in waiting {
                        self.receive(&message, silent);
                        self.receive(b"\n", silent);
                    }
                    self.receive(&rest, silent);
                }
            }
        }
    }

    /// Ends a message if the silence has lasted until its deadline.
    pub fn silence(&mut self, now: Instant) {
        let Framing::Silence {
            buffer,
            until,
            patient,
            overflow,
            ready,
        } = self
        else {
            return;
        };
        let Some(since) = until.filter(|&until| now >= until) else {
            return;
        };
        if text::incomplete_tail(buffer) > 0 && !*patient && !*overflow {
            *patient = true;
            // The rest of the character is on its way. The next check is when it has arrived or is
            // given up.
            *until = Some(since.plus(CHARACTER_PATIENCE));
            return;
        }
        *until = None;
        if std::mem::take(overflow) {
            // A stand-in that `next` reports as too long: the text itself is discarded.
            ready.push_back(vec![0; MAX_MESSAGE + 1]);
        } else {
            // Pasted lines are messages of their own.
            ready.extend(buffer.split(|&b| b == b'\n').map(<[u8]>::to_vec));
        }
        buffer.clear();
    }

    /// Ends the input: the remaining bytes are the last message.
    pub fn end(&mut self) {
        match self {
            Framing::Lines { framer, ended, .. } => {
                if !std::mem::replace(ended, true) && !framer.rest().is_empty() {
                    framer.push(b"\n");
                }
            }
            Framing::Silence {
                buffer,
                until,
                patient,
                ..
            } => {
                if !buffer.is_empty() {
                    // In the past, so that the silence counts as over now; the rest of a split
                    // character will not come either.
                    *until = Some(Instant(0));
                    *patient = true;
                    self.silence(Instant(u64::MAX));
                }
            }
        }
    }

    /// Returns the next complete message.
    pub fn next(&mut self) -> Option<Received> {
        match self {
            Framing::Lines { framer, .. } => Some(match framer.next_line()? {
                Framed::TooLong(_) => Received::TooLong,
                Framed::Line(line) => judge(line),
            }),
            Framing::Silence { ready, .. } => {
                let message = ready.pop_front()?;
                if message.len() > MAX_MESSAGE {
                    return Some(Received::TooLong);
                }
                Some(judge(message.strip_suffix(b"\r").unwrap_or(&message)))
            }
        }
    }
}

fn judge(line: &[u8]) -> Received {
    match std::str::from_utf8(line) {
        Err(_) => Received::NotText,
        Ok(text) if text.contains(['\0', '\r']) => Received::Forbidden,
        Ok(text) => Received::Text(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(framing: &mut Framing) -> Vec<String> {
        let mut all = vec![];
        while let Some(heard) = framing.next() {
            all.push(match heard {
                Received::Text(text) => text,
                other @ (Received::NotText | Received::Forbidden | Received::TooLong) => {
                    format!("{other:?}")
                }
            });
        }
        all
    }

    #[test]
    fn silence_ends_a_message_and_nothing_else_does() {
        let mut f = Framing::new(false);
        f.receive(b"hel", Instant(60));
        f.silence(Instant(59));
        assert!(heard(&mut f).is_empty());
        f.receive(b"lo", Instant(110));
        f.silence(Instant(60));
        assert!(heard(&mut f).is_empty());
        f.silence(Instant(110));
        assert_eq!(heard(&mut f), ["hello"]);
        assert_eq!(f.deadline(), None);
    }

    #[test]
    fn a_split_character_waits_for_its_rest() {
        let mut f = Framing::new(false);
        f.receive("caf\u{e9}".as_bytes().split_at(4).0, Instant(60));
        f.silence(Instant(60));
        assert!(heard(&mut f).is_empty());
        f.receive("é".as_bytes().split_at(1).1, Instant(160));
        f.silence(Instant(160));
        assert_eq!(heard(&mut f), ["café"]);
        f.receive(b"\xc3", Instant(200));
        f.silence(Instant(200));
        f.silence(Instant(200 + CHARACTER_PATIENCE));
        assert_eq!(heard(&mut f), ["NotText"]);
    }

    #[test]
    fn what_ends_within_a_character_is_not_lost() {
        let mut f = Framing::new(false);
        f.receive(b"one\ntwo\ncaf\xc3", Instant(60));
        f.end();
        assert_eq!(heard(&mut f), ["one", "two", "NotText"]);
    }

    #[test]
    fn who_ends_a_line_is_framed_from_then_on() {
        let mut f = Framing::new(false);
        f.receive(b"a\nb", Instant(60));
        assert!(!f.is_framed());
        f.receive(b"c\r\n", Instant(70));
        assert!(f.is_framed());
        assert_eq!(heard(&mut f), ["a", "bc"]);
        f.receive(b"rest", Instant(80));
        assert!(heard(&mut f).is_empty());
        f.end();
        f.end();
        assert_eq!(heard(&mut f), ["rest"]);
    }

    #[test]
    fn what_is_too_long_or_no_text_is_told() {
        let mut f = Framing::new(false);
        f.receive(&vec![b'x'; MAX_MESSAGE], Instant(60));
        f.receive(b"y", Instant(61));
        f.silence(Instant(61));
        f.receive(b"a\0b", Instant(100));
        f.silence(Instant(100));
        assert_eq!(heard(&mut f), ["TooLong", "Forbidden"]);
        let mut f = Framing::new(true);
        f.receive(b"a\xff\xff\nb\rc\nok\n", Instant(0));
        assert_eq!(heard(&mut f), ["NotText", "Forbidden", "ok"]);
    }
}

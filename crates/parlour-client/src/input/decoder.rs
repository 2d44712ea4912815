//! Decoder of terminal input. Unknown sequences are swallowed whole: no part of one is ever taken
//! for typed text.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Input, csi};

/// Maximum length of a paste in bytes; the rest is dropped.
const PASTE: usize = 1 << 20;
/// Maximum length of a control sequence in bytes; a longer one is discarded.
const SEQUENCE: usize = 256;
/// Maximum length of a string sequence (OSC and the like) in bytes.
const STRING: usize = 256;
/// Sequence that ends a paste.
const PASTE_END: &[u8] = b"\x1b[201~";

/// State of the decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Outside of any sequence.
    Ground,
    /// After ESC.
    Escape,
    /// After ESC O.
    Ss3,
    /// After ESC [.
    Csi,
    /// Remaining bytes of an X10 mouse report, or of a key of the Linux console.
    Swallow(u8),
    /// In a string that this byte began.
    String(u8),
    /// In a string, after an ESC.
    StringEscape(u8),
    /// In a paste.
    Paste,
}

/// Decoder from bytes to [`Input`], independent of how reads split them.
#[derive(Debug)]
pub struct Decoder {
    state: State,
    /// Bytes of the sequence, paste or character in progress.
    kept: Vec<u8>,
    out: Vec<Input>,
}

impl Default for Decoder {
    fn default() -> Decoder {
        Decoder {
            state: State::Ground,
            kept: Vec::new(),
            out: Vec::new(),
        }
    }
}

impl Decoder {
    /// Decodes bytes; returns the complete inputs.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Input> {
        for &byte in bytes {
            self.byte(byte);
        }
        std::mem::take(&mut self.out)
    }

    /// Returns whether a sequence is in progress that a timeout has to end.
    pub fn waits(&self) -> bool {
        self.state != State::Ground || !self.kept.is_empty()
    }

    /// Returns whether a paste is in progress, which has a longer timeout.
    pub fn is_in_paste(&self) -> bool {
        self.state == State::Paste
    }

    /// Ends the sequence in progress after a timeout.
    pub fn expire(&mut self) -> Vec<Input> {
        match self.state {
            State::Escape => self.key(KeyCode::Esc, KeyModifiers::NONE),
            // ESC and a key within the timeout is Alt and that key: nothing followed the
            // introducer.
            State::Csi if self.kept.is_empty() => self.key(KeyCode::Char('['), KeyModifiers::ALT),
            State::Ss3 => self.key(KeyCode::Char('O'), KeyModifiers::ALT),
            State::Paste => self.pasted(),
            // A string without content was Alt and a key.
            State::String(kind) if self.kept.is_empty() => {
                self.key(KeyCode::Char(char::from(kind)), KeyModifiers::ALT);
            }
            State::Ground
            | State::Csi
            | State::Swallow(_)
            | State::String(_)
            | State::StringEscape(_) => {}
        }
        self.kept.clear();
        self.state = State::Ground;
        std::mem::take(&mut self.out)
    }

    fn key(&mut self, code: KeyCode, modifiers: KeyModifiers) {
        self.out.push(Input::Key(KeyEvent::new(code, modifiers)));
    }

    fn byte(&mut self, byte: u8) {
        match self.state {
            State::Ground => self.ground(byte, KeyModifiers::NONE),
            State::Escape => self.escape(byte),
            State::Ss3 => {
                self.state = State::Ground;
                match csi::letter(byte) {
                    Some(code) => self.key(code, KeyModifiers::NONE),
                    None if byte == 0x1b => self.state = State::Escape,
                    None => {}
                }
            }
            State::Csi => self.csi(byte),
            State::Swallow(left) => {
                self.state = match left {
                    0 | 1 => State::Ground,
                    _ => State::Swallow(left - 1),
                };
            }
            State::String(kind) => match byte {
                0x07 => self.string(kind),
                0x1b => self.state = State::StringEscape(kind),
                _ if self.kept.len() < STRING => self.kept.push(byte),
                _ => {}
            },
            State::StringEscape(kind) => match byte {
                b'\\' => self.string(kind),
                // The string was never terminated: another sequence begins.
                _ => {
                    self.kept.clear();
                    self.escape(byte);
                }
            },
            State::Paste => {
                self.kept.push(byte);
                if self.kept.ends_with(PASTE_END) {
                    self.kept.truncate(self.kept.len() - PASTE_END.len());
                    self.pasted();
                } else if self.kept.len() > PASTE + PASTE_END.len() {
                    // Beyond the limit only the last bytes are kept, to find the end sequence.
                    self.kept.remove(PASTE);
                }
            }
        }
    }

    fn ground(&mut self, byte: u8, modifiers: KeyModifiers) {
        if !self.kept.is_empty() || byte >= 0x80 {
            return self.character(byte, modifiers);
        }
        let control = modifiers | KeyModifiers::CONTROL;
        match byte {
            0x1b => self.state = State::Escape,
            b'\r' => self.key(KeyCode::Enter, modifiers),
            b'\t' => self.key(KeyCode::Tab, modifiers),
            0x7f => self.key(KeyCode::Backspace, modifiers),
            0 => self.key(KeyCode::Char(' '), control),
            1..=26 => self.key(KeyCode::Char(char::from(byte + b'a' - 1)), control),
            28..=31 => self.key(KeyCode::Char(char::from(byte + b'@')), control),
            _ => self.key(KeyCode::Char(char::from(byte)), modifiers),
        }
    }

    /// Handles a byte of a multi-byte character.
    fn character(&mut self, byte: u8, modifiers: KeyModifiers) {
        if !self.kept.is_empty() && (byte & 0xc0) != 0x80 {
            // The character before was incomplete.
            self.kept.clear();
            return self.ground(byte, modifiers);
        }
        self.kept.push(byte);
        match std::str::from_utf8(&self.kept) {
            Ok(text) => {
                let found: Vec<char> = text.chars().collect();
                self.kept.clear();
                for c in found.into_iter().filter(|c| !c.is_control()) {
                    self.key(KeyCode::Char(c), modifiers);
                }
            }
            Err(error) if error.error_len().is_some() => self.kept.clear(),
            Err(_) => {}
        }
    }

    fn escape(&mut self, byte: u8) {
        self.state = State::Ground;
        match byte {
            b'[' => self.state = State::Csi,
            b'O' => self.state = State::Ss3,
            b']' | b'P' | b'_' | b'^' | b'X' => self.state = State::String(byte),
            0x1b => {
                self.key(KeyCode::Esc, KeyModifiers::NONE);
                self.state = State::Escape;
            }
            // Alt is dropped from a multi-byte character: it is text, not a key.
            _ => self.ground(byte, KeyModifiers::ALT),
        }
    }

    fn csi(&mut self, byte: u8) {
        match byte {
            0x1b => {
                self.kept.clear();
                self.state = State::Escape;
            }
            b'[' if self.kept.is_empty() => self.state = State::Swallow(1),
            b'M' if self.kept.is_empty() => self.state = State::Swallow(3),
            0x20..=0x3f => {
                self.kept.push(byte);
                if self.kept.len() > SEQUENCE {
                    self.kept.clear();
                    self.state = State::Ground;
                }
            }
            0x40..=0x7e => {
                let parameters = std::mem::take(&mut self.kept);
                self.state = State::Ground;
                if parameters == b"200" && byte == b'~' {
                    self.state = State::Paste;
                } else {
                    self.out.extend(csi::decode(&parameters, byte));
                }
            }
            _ => {
                self.kept.clear();
                self.state = State::Ground;
            }
        }
    }

    fn string(&mut self, kind: u8) {
        let kept = std::mem::take(&mut self.kept);
        self.state = State::Ground;
        if kind == b']' {
            self.out.extend(background(&kept));
        }
    }

    fn pasted(&mut self) {
        let mut kept = std::mem::take(&mut self.kept);
        // A paste that timed out may hold up to an end sequence more than the limit.
        kept.truncate(PASTE);
        self.state = State::Ground;
        let text = String::from_utf8_lossy(&kept).into_owned();
        self.out.push(Input::Paste(text));
    }
}

/// Parses the answer to OSC 11: `11;rgb:RRRR/GGGG/BBBB`, with one to four digits each.
fn background(text: &[u8]) -> Option<Input> {
    let text = std::str::from_utf8(text).ok()?;
    let colours = text
        .strip_prefix("11;rgb:")
        .or_else(|| text.strip_prefix("11;rgba:"))?;
    let mut parts = colours.split('/').map(|part| {
        let digits = part.get(..part.len().min(4))?;
        let most = 16u32.checked_pow(u32::try_from(digits.len()).ok()?)? - 1;
        let value = u32::from_str_radix(digits, 16).ok()?;
        u8::try_from(value * 255 / most.max(1)).ok()
    });
    let (red, green, blue) = (parts.next()??, parts.next()??, parts.next()??);
    Some(Input::Background(red, green, blue))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
    use proptest::prelude::*;

    fn key(code: KeyCode, modifiers: KeyModifiers) -> Input {
        Input::Key(KeyEvent::new(code, modifiers))
    }

    fn all(bytes: &[u8]) -> Vec<Input> {
        let mut decoder = Decoder::default();
        let mut out = decoder.feed(bytes);
        out.extend(decoder.expire());
        out
    }

    #[test]
    fn keys_of_every_kind() {
        let (none, alt, control, shift) = (
            KeyModifiers::NONE,
            KeyModifiers::ALT,
            KeyModifiers::CONTROL,
            KeyModifiers::SHIFT,
        );
        for (bytes, want) in [
            (&b"a"[..], key(KeyCode::Char('a'), none)),
            ("é".as_bytes(), key(KeyCode::Char('é'), none)),
            (b"\x01", key(KeyCode::Char('a'), control)),
            (b"\x1f", key(KeyCode::Char('_'), control)),
            (b"\r", key(KeyCode::Enter, none)),
            (b"\x1b\r", key(KeyCode::Enter, alt)),
            (b"\x7f", key(KeyCode::Backspace, none)),
            (b"\x1ba", key(KeyCode::Char('a'), alt)),
            (b"\x1b", key(KeyCode::Esc, none)),
            (b"\x1b[", key(KeyCode::Char('['), alt)),
            (b"\x1b_", key(KeyCode::Char('_'), alt)),
            (b"\x1b[A", key(KeyCode::Up, none)),
            (b"\x1bOA", key(KeyCode::Up, none)),
            (b"\x1b[1;3A", key(KeyCode::Up, alt)),
            (b"\x1b[1;4B", key(KeyCode::Down, alt | shift)),
            (b"\x1b[5~", key(KeyCode::PageUp, none)),
            (b"\x1b[3;5~", key(KeyCode::Delete, control)),
            (b"\x1b[Z", key(KeyCode::BackTab, shift)),
            (b"\x1bOP", key(KeyCode::F(1), none)),
            (b"\x1b[19~", key(KeyCode::F(8), none)),
            (b"\x1b[13;2u", key(KeyCode::Enter, shift)),
            (b"\x1b[107;5u", key(KeyCode::Char('k'), control)),
            (b"\x1b[27;5;13~", key(KeyCode::Enter, control)),
            (b"\x1b[I", Input::Focus(true)),
            (b"\x1b[O", Input::Focus(false)),
            (b"\x1b[200~a\nb\x1b[201~", Input::Paste("a\nb".into())),
            (
                b"\x1b]11;rgb:1a1a/1b1b/2626\x1b\\",
                Input::Background(0x1a, 0x1b, 0x26),
            ),
            (
                b"\x1b]11;rgb:ff/ff/ff\x07",
                Input::Background(255, 255, 255),
            ),
            (b"\x1b[?997;2n", Input::Dark(false)),
            (b"\x1b[?2026;2$y", Input::Synchronised),
            (
                b"\x1b[<0;5;3M",
                Input::Mouse(MouseEvent {
                    kind: MouseEventKind::Down(MouseButton::Left),
                    column: 4,
                    row: 2,
                    modifiers: none,
                }),
            ),
        ] {
            assert_eq!(all(bytes), [want], "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn what_is_not_known_is_swallowed_whole() {
        for bytes in [
            &b"\x1b[?1;2c"[..],
            b"\x1b[999;999;999x",
            b"\x1b]10;rgb:00/00/00\x07",
            b"\x1b]52;c;aGVsbG8=\x1b\\",
            b"\x1bP>|tmux 3.5a\x1b\\",
            b"\x1b_Gi=1;OK\x1b\\",
            b"\x1b[M !!",
            b"\x1b[[A",
            b"\x1b[<35;10;10",
            b"\xff\xfe",
            b"\x1b[12;40R",
            b"\x1b[97;5:3u",
        ] {
            assert_eq!(all(bytes), [], "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn a_paste_without_an_end_comes_all_the_same() {
        assert_eq!(all(b"\x1b[200~abc"), [Input::Paste("abc".into())]);
    }

    proptest! {
        /// Splitting the bytes changes nothing, and no control character becomes text.
        #[test]
        fn cutting_changes_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0usize..200) {
            let at = at.min(bytes.len());
            let mut decoder = Decoder::default();
            let mut cut = decoder.feed(&bytes[..at]);
            cut.extend(decoder.feed(&bytes[at..]));
            cut.extend(decoder.expire());
            prop_assert_eq!(&cut, &all(&bytes));
            for input in cut {
                if let Input::Key(KeyEvent { code: KeyCode::Char(c), .. }) = input {
                    prop_assert!(!c.is_control());
                }
            }
        }
    }
}

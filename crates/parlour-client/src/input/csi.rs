//! Control sequences of the terminal: keys, mouse, reports (ECMA-48, xterm, kitty).

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::Input;

/// Decodes a sequence with these parameters and this final byte.
pub(super) fn decode(parameters: &[u8], last: u8) -> Option<Input> {
    let text = std::str::from_utf8(parameters).ok()?;
    if let Some(report) = text.strip_prefix('<') {
        return mouse(report, last);
    }
    if let Some(answer) = text.strip_prefix('?') {
        return match (answer, last) {
            ("997;1", b'n') => Some(Input::Dark(true)),
            ("997;2", b'n') => Some(Input::Dark(false)),
            ("2026;1$" | "2026;2$", b'y') => Some(Input::Synchronised),
            _ => None,
        };
    }
    let fields: Vec<&str> = text.split(';').collect();
    // A field may have subfields: the first is the key, the second the kind of event.
    let number = |index: usize| -> Option<u32> {
        let field = fields.get(index)?;
        field.split(':').next()?.parse().ok()
    };
    let released = fields
        .get(1)
        .and_then(|field| field.split(':').nth(1))
        .is_some_and(|event| event == "3");
    // Releases are reported only if requested, but a terminal may send them all the same.
    if released {
        return None;
    }
    let (code, with) = match last {
        b'I' => return Some(Input::Focus(true)),
        b'O' => return Some(Input::Focus(false)),
        b'~' if number(0) == Some(27) => (character(number(2)?)?, number(1)),
        b'~' => (numbered(number(0)?)?, number(1)),
        b'u' => (character(number(0)?)?, number(1)),
        // A cursor position report looks like F3 with modifiers, except for its row.
        b'R' if number(0) != Some(1) && !text.is_empty() => return None,
        b'Z' => (KeyCode::BackTab, Some(2)),
        letter => (self::letter(letter)?, number(1)),
    };
    Some(Input::Key(KeyEvent::new(
        code,
        modifiers(with.unwrap_or(1)),
    )))
}

/// Returns the key of a final byte after `ESC [` or `ESC O`.
pub(super) fn letter(byte: u8) -> Option<KeyCode> {
    Some(match byte {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'M' => KeyCode::Enter,
        b'P'..=b'S' => KeyCode::F(byte - b'P' + 1),
        _ => return None,
    })
}

fn numbered(number: u32) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F(u8::try_from(number - 10).ok()?),
        17..=21 => KeyCode::F(u8::try_from(number - 11).ok()?),
        23 | 24 => KeyCode::F(u8::try_from(number - 12).ok()?),
        _ => return None,
    })
}

/// Returns a key by its code point (kitty keyboard protocol).
fn character(number: u32) -> Option<KeyCode> {
    Some(match number {
        9 => KeyCode::Tab,
        13 | 57_414 => KeyCode::Enter,
        27 => KeyCode::Esc,
        127 => KeyCode::Backspace,
        57_417 => KeyCode::Left,
        57_418 => KeyCode::Right,
        57_419 => KeyCode::Up,
        57_420 => KeyCode::Down,
        57_421 => KeyCode::PageUp,
        57_422 => KeyCode::PageDown,
        57_423 => KeyCode::Home,
        57_424 => KeyCode::End,
        // Digits of the keypad; the rest of the range are keys without a meaning here.
        57_399..=57_408 => KeyCode::Char(char::from_digit(number - 57_399, 10)?),
        57_344..=63_743 => return None,
        _ => KeyCode::Char(char::from_u32(number).filter(|c| !c.is_control())?),
    })
}

fn modifiers(number: u32) -> KeyModifiers {
    let bits = number.saturating_sub(1);
    let mut modifiers = KeyModifiers::NONE;
    for (bit, modifier) in [
        (1, KeyModifiers::SHIFT),
        (2, KeyModifiers::ALT),
        (4, KeyModifiers::CONTROL),
        (8, KeyModifiers::SUPER),
    ] {
        if bits & bit != 0 {
            modifiers |= modifier;
        }
    }
    modifiers
}

/// Decodes a mouse report (SGR, mode 1006): button, column, row.
fn mouse(report: &str, last: u8) -> Option<Input> {
    let mut numbers = report.split(';').map(|part| part.parse::<u16>().ok());
    let (what, column, row) = (numbers.next()??, numbers.next()??, numbers.next()??);
    let button = match what & 3 {
        0 => MouseButton::Left,
        1 => MouseButton::Middle,
        _ => MouseButton::Right,
    };
    let kind = match what & 0b1110_0000 {
        64 if what & 3 == 0 => MouseEventKind::ScrollUp,
        64 if what & 3 == 1 => MouseEventKind::ScrollDown,
        0 if last == b'm' => MouseEventKind::Up(button),
        0 => MouseEventKind::Down(button),
        32 if what & 3 != 3 => MouseEventKind::Drag(button),
        _ => return None,
    };
    let mut modifiers = KeyModifiers::NONE;
    for (bit, modifier) in [
        (4, KeyModifiers::SHIFT),
        (8, KeyModifiers::ALT),
        (16, KeyModifiers::CONTROL),
    ] {
        if what & bit != 0 {
            modifiers |= modifier;
        }
    }
    Some(Input::Mouse(MouseEvent {
        kind,
        column: column.saturating_sub(1),
        row: row.saturating_sub(1),
        modifiers,
    }))
}

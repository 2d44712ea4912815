//! Splitting of typed text into as few messages as the server's limits allow.

use irc_wire::text;

/// Limits of one message (draft/multiline): its bytes and lines, and the bytes of one line; a
/// longer line is sent in pieces, each of which counts as a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct MessageLimits {
    pub bytes: usize,
    pub lines: usize,
    pub line: usize,
}

/// Splits a text into messages, in order, each within the limits and none blank. Whole lines stay
/// together where they can.
pub(super) fn parts(text: &str, room: MessageLimits) -> Vec<&str> {
    let mut parts = Vec::new();
    // Start, end and line count of the message being filled.
    let (mut begin, mut end, mut lines) = (0, 0, 0);
    let mut at = 0;
    for line in text.split('\n') {
        for piece in pieces_of(line, room.bytes) {
            // `piece` is a slice of `line`, so the difference of their addresses is its offset.
            let from = at + (piece.as_ptr() as usize - line.as_ptr() as usize);
            let to = from + piece.len();
            // An empty line counts as one.
            let count = text::pieces(piece, room.line).count().max(1);
            if lines > 0 && (to - begin > room.bytes || lines + count > room.lines) {
                parts.push(&text[begin..end]);
                (begin, lines) = (from, 0);
            }
            (end, lines) = (to, lines + count);
        }
        at += line.len() + 1;
    }
    parts.push(&text[begin..end]);
    let whole = parts
        .into_iter()
        .map(|part| part.trim_matches('\n').trim_end());
    whole.filter(|part| !part.trim().is_empty()).collect()
}

/// Splits a line that is longer than a whole message may be.
fn pieces_of(line: &str, most: usize) -> Vec<&str> {
    if line.len() <= most {
        vec![line]
    } else {
        text::pieces(line, most).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ROOM: MessageLimits = MessageLimits {
        bytes: 20,
        lines: 3,
        line: 10,
    };

    #[test]
    fn as_few_messages_as_can_be() {
        for (text, want) in [
            ("one", vec!["one"]),
            ("a\nb\nc", vec!["a\nb\nc"]),
            ("a\nb\nc\nd\n", vec!["a\nb\nc", "d"]),
            ("\n\na\n\n\n\nb\n", vec!["a", "b"]),
            ("0123456789\n0123456789", vec!["0123456789", "0123456789"]),
            // A long line counts as the pieces that it is sent in.
            ("012345678901234\nb\nc", vec!["012345678901234\nb", "c"]),
            ("", vec![]),
            (" \n", vec![]),
        ] {
            assert_eq!(parts(text, ROOM), want, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_is_too_large(text in "[ab \n]{0,120}") {
            let parts = parts(&text, ROOM);
            for part in &parts {
                prop_assert!(part.len() <= ROOM.bytes && part.split('\n').count() <= ROOM.lines);
            }
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&parts.concat()), letters(&text));
        }
    }
}

//! Multiline messages: as a batch, or line by line for clients without draft/multiline.

use irc_wire::{Line, text};
use parlour_core::Event;
use parlour_core::request::Splits;

/// Line of a multiline message, as it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part<'t> {
    pub text: &'t str,
    /// True if it continues the line before (draft/multiline-concat).
    pub concat: bool,
}

/// Returns whether a message has several lines.
pub(super) fn is_multiline(text: &str, splits: &Splits) -> bool {
    splits.is_some() || text.contains('\n')
}

/// Returns the lines of a message as they were sent.
pub(super) fn parts<'t>(text: &'t str, splits: &Splits) -> Vec<Part<'t>> {
    let splits: &[u32] = splits.as_deref().unwrap_or_default();
    let mut parts = Vec::new();
    let mut start = 0;
    for line in text.split('\n') {
        let end = start + line.len();
        let mut from = start;
        let mut concat = false;
        for at in splits.iter().map(|&at| at as usize) {
            if at > 0 && at >= from && at < end && text.is_char_boundary(at) {
                parts.push(Part {
                    text: &text[from..at],
                    concat,
                });
                (from, concat) = (at, true);
            }
        }
        parts.push(Part {
            text: &text[from..end],
            concat,
        });
        start = end + 1;
    }
    parts
}

/// Returns the lines with those longer than `room` split, each rest marked as a continuation:
/// source and target may leave less room than the sender had. Nothing is cut.
pub(super) fn fitted<'t>(parts: Vec<Part<'t>>, room: usize) -> Vec<Part<'t>> {
    if parts.iter().all(|part| part.text.len() <= room) {
        return parts;
    }
    let mut fitted = Vec::new();
    for part in parts {
        let (mut from, mut concat) = (0, part.concat);
        // `pieces` drops the space at which it splits; it is put back at the end of its line, so
        // one byte less is asked for.
        for piece in text::pieces(part.text, room.saturating_sub(1).max(4)) {
            let to = from + piece.len();
            let to = to + usize::from(part.text[to..].starts_with(' '));
            fitted.push(Part {
                text: &part.text[from..to],
                concat,
            });
            (from, concat) = (to, true);
        }
    }
    fitted
}

/// Returns a CTCP message longer than `room` as several complete ones: the text after its command
/// is split. None, if it is no CTCP message or cannot be split.
pub(super) fn ctcp_in_pieces(said: &str, room: usize) -> Option<Vec<String>> {
    let body = said.strip_prefix('\u{1}')?;
    let body = body.strip_suffix('\u{1}').unwrap_or(body);
    let (command, rest) = body.split_once(' ')?;
    let most = room.checked_sub(command.len() + 3)?.max(4);
    let pieces = text::pieces(rest, most);
    let whole = |piece| format!("\u{1}{command} {piece}\u{1}");
    Some(pieces.map(whole).collect())
}

/// Returns the reference of the batch of an event: the same for all readers, who share its bytes.
pub(super) fn reference(event: &Event) -> String {
    format!("m{}", event.id)
}

/// Appends the lines of a batch.
pub(super) fn lines(
    out: &mut Vec<u8>,
    source: &str,
    command: &str,
    target: &str,
    reference: &str,
    parts: &[Part],
) {
    for part in parts {
        let mut line = Line::new(out).tag("batch", reference);
        if part.concat {
            line = line.tag("draft/multiline-concat", "");
        }
        line.from(source, command)
            .word(target)
            .trailing(part.text)
            .end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_line_that_does_not_fit_goes_on_in_another() {
        let whole = "one two three four";
        let shown = fitted(parts(whole, &None), 9);
        assert!(shown.iter().all(|part| part.text.len() <= 9));
        assert_eq!(
            shown.iter().map(|part| part.text).collect::<String>(),
            whole
        );
        assert!(!shown[0].concat && shown[1..].iter().all(|part| part.concat));
        let action = ctcp_in_pieces("\u{1}ACTION one two three\u{1}", 17).unwrap();
        assert_eq!(
            action,
            ["\u{1}ACTION one two\u{1}", "\u{1}ACTION three\u{1}"]
        );
    }

    #[test]
    fn lines_come_out_as_they_were_sent() {
        let shown = |text: &str, splits: &[u32]| -> Vec<(String, bool)> {
            let splits: Splits = (!splits.is_empty()).then(|| Arc::from(splits));
            let parts = parts(text, &splits);
            parts
                .iter()
                .map(|p| (p.text.to_owned(), p.concat))
                .collect()
        };
        let line = |text: &str, concat| (text.to_owned(), concat);
        assert_eq!(
            shown("hello\nhow is everyone?", &[13]),
            [
                line("hello", false),
                line("how is ", false),
                line("everyone?", true)
            ]
        );
        assert_eq!(
            shown("a\n\nb", &[]),
            [line("a", false), line("", false), line("b", false)]
        );
        // Invalid splits are ignored.
        assert_eq!(shown("é", &[1, 0, 9]), [line("é", false)]);
    }
}

//! Lines as printed, and their printed state.

use crate::SafeText;
use crate::model::{Line, LineKind, LineState};
use crate::view::Zone;

/// Printed state of a line: a line is printed again only if this has changed. The text is compared
/// by its address, since comparing all texts after each key would be too slow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    text: usize,
    failed: bool,
    edited: bool,
    reactions: usize,
    moves: usize,
}

impl Written {
    pub(super) fn of(line: &Line) -> Written {
        Written {
            // Safe text is immutable and shared: another text is another allocation.
            text: line.text.as_str().as_ptr() as usize,
            failed: !line.state.is_sent(),
            edited: line.edited,
            reactions: line.reactions.iter().map(|r| r.from.len()).sum(),
            moves: line.moves.len(),
        }
    }
}

/// Returns a line as printed.
pub(super) fn said(line: &Line, zone: Zone) -> Option<String> {
    let text = line.text.as_str().replace('\n', " / ");
    let at = zone.wall(line.time);
    let clock = format!("[{:02}:{:02}:{:02}]", at.hour, at.minute, at.second);
    let reply = line
        .reply
        .as_ref()
        .map(|reply| format!(" (to {})", reply.from));
    let reply = reply.unwrap_or_default();
    let from = &line.from;
    let body = match line.kind {
        LineKind::Gap => return None,
        LineKind::Message if line.redacted => format!("{clock} {text}"),
        LineKind::Message if line.mention => format!("{clock} {from}{reply} (for you): {text}"),
        LineKind::Message => format!("{clock} {from}{reply}: {text}"),
        LineKind::Action => format!("{clock} * {from} {text}"),
        LineKind::Notice => format!("{clock} -{from}- {text}"),
        LineKind::Moves => format!("{clock} {}", line.moved()),
        LineKind::Event | LineKind::System => format!("{clock} -- {text}"),
        LineKind::Error => format!("{clock} !! {text}"),
    };
    let state = match &line.state {
        LineState::Failed { why } => format!(" (not sent: {why}; /retry)"),
        _ if line.edited => " (edited)".into(),
        LineState::Sent
        | LineState::Waiting
        | LineState::Pending { .. }
        | LineState::Unconfirmed => String::new(),
    };
    let reactions: String = line
        .reactions
        .iter()
        .map(|reaction| format!(" [{} {}]", reaction.text, reaction.from.len()))
        .collect();
    // All parts are safe; their combination is made safe once more.
    Some(SafeText::new(&format!("{body}{state}{reactions}")).to_string())
}

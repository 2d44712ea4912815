//! Search in the shown buffer, and in sent text.

use super::App;
use super::mode::{Field, Mode};
use crate::model::LineId;

impl App {
    /// Finds the next match above or below the last one.
    pub(super) fn find(&mut self, up: bool) {
        let Mode::Find(field) = &self.mode else {
            return;
        };
        let wanted = field.text.to_lowercase();
        if wanted.is_empty() {
            return;
        }
        let buffer = self.model.buffer();
        let at = self.highlighted.and_then(|id| buffer.position(id));
        let has = |line: &crate::model::Line| {
            line.text.as_str().to_lowercase().contains(&wanted)
                || line.from.as_str().to_lowercase() == wanted
        };
        let count = buffer.lines.len();
        let all = buffer.lines.iter().filter(|line| has(line)).count();
        let found = if up {
            buffer.lines.range(..at.unwrap_or(count)).rposition(has)
        } else {
            let from = at.map_or(0, |at| at + 1).min(count);
            buffer.lines.range(from..).position(has).map(|at| at + from)
        };
        // Without a further match, the count stays at the present one.
        let place = found.or(at).map(|at| {
            let below = buffer.lines.range(at.min(count)..);
            below.filter(|line| has(line)).count()
        });
        self.found = Some((place.unwrap_or(0), all));
        if let Some(id) = found.map(|at| buffer.lines[at].id) {
            self.highlighted = Some(id);
            self.bring_into_sight(id);
        } else if up {
            // The server may have more.
            self.load_older();
        }
    }

    /// Returns the position of the match from the bottom and the number of matches; `None` without
    /// a query.
    pub fn finds_here(&self) -> Option<(usize, usize)> {
        let Mode::Find(field) = &self.mode else {
            return None;
        };
        self.found.filter(|_| !field.text.is_empty())
    }

    /// Returns the line last found or jumped to.
    pub fn pointed_line(&self) -> Option<LineId> {
        let points = matches!(self.mode, Mode::Find(_) | Mode::Compose);
        self.highlighted.filter(|_| points)
    }

    /// Searches from the newest line on, after the query has changed.
    pub(super) fn restart_find(&mut self) {
        self.highlighted = None;
        self.find(true);
    }

    /// Finds sent text; if `older`, before the present match.
    pub(super) fn find_sent(&mut self, older: bool) {
        let Mode::FindSent(field, at) = &mut self.mode else {
            return;
        };
        let sent = self.composer.sent();
        let end = match *at {
            Some(at) if older => at,
            _ => sent.len(),
        };
        let wanted = field.text.to_lowercase();
        let found = sent[..end]
            .iter()
            .rposition(|text| text.to_lowercase().contains(&wanted));
        // If nothing older matches, the present match stays.
        if found.is_some() || !older {
            *at = found;
        }
    }

    /// Returns the sent text that was found.
    pub fn found_sent(&self) -> Option<&str> {
        let Mode::FindSent(Field { text }, at) = &self.mode else {
            return None;
        };
        let found = at.and_then(|at| self.composer.sent().get(at));
        found.map(String::as_str).filter(|_| !text.is_empty())
    }
}

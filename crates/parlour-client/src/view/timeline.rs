//! Timeline of the current buffer, newest line at the bottom.

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::Line as Row;

use super::canvas::Canvas;
use super::layout::Layout;
use super::rows::{height, rows};
use crate::app::mouse::Hit;
use crate::model::{Buffer, LineId, Model, Scroll};
use crate::settings::Settings;

/// Returns the index after the lowest visible line, and how many of that line's rows are hidden.
fn bottom(buffer: &Buffer) -> (usize, usize) {
    let end = (buffer.lines.len(), 0);
    let Some(scroll) = buffer.scroll else {
        return end;
    };
    match buffer.position(scroll.line) {
        Some(index) => (index + 1, scroll.hidden),
        None => end,
    }
}

/// Highlighted lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marked {
    /// Line selected in message mode.
    pub chosen: Option<LineId>,
    /// Line found by a search.
    pub found: Option<LineId>,
}

pub(super) fn draw(
    screen: &mut Canvas,
    layout: &Layout,
    model: &Model,
    settings: &Settings,
    marked: Marked,
) {
    let area = layout.timeline;
    let buffer = model.buffer();
    let (end, mut hidden) = bottom(buffer);
    let mut left = usize::from(area.height);
    // From the lowest row upwards, so that only visible lines are wrapped.
    for index in (0..end).rev() {
        let line = &buffer.lines[index];
        let previous = index.checked_sub(1).and_then(|i| buffer.lines.get(i));
        let chosen = marked.chosen == Some(line.id);
        let found = marked.found == Some(line.id);
        let mut all = rows(line, previous, buffer, layout, settings, chosen, screen);
        // `hidden` applies to the lowest line only; at least one row stays, or the line could not
        // be seen.
        all.truncate(all.len().saturating_sub(std::mem::take(&mut hidden)).max(1));
        for row in all.into_iter().rev() {
            if left == 0 {
                return;
            }
            left -= 1;
            let row_area = Rect {
                y: area.y + left as u16,
                height: 1,
                ..area
            };
            screen.render_widget(row, row_area);
            if chosen || found {
                screen
                    .cells
                    .set_style(row_area, Style::new().add_modifier(Modifier::REVERSED));
            }
            screen.hits.push((row_area, Hit::Line(line.id)));
        }
    }
    if left > 0 {
        let text = if buffer.loading {
            "▲ older lines are on their way…"
        } else if buffer.complete {
            "▲ this is where it begins"
        } else {
            return;
        };
        let row = Rect {
            y: area.y + left as u16 - 1,
            height: 1,
            ..area
        };
        let text = settings.glyphs.of(text);
        screen.render_widget(Row::styled(text, settings.theme.dim()).centered(), row);
    }
}

/// Returns the visible lines, oldest first; the first may be visible in part.
pub fn shown(model: &Model, layout: &Layout, settings: &Settings) -> Vec<LineId> {
    let buffer = model.buffer();
    let (end, hidden) = bottom(buffer);
    let mut left = usize::from(layout.timeline.height) + hidden;
    let mut out = Vec::new();
    for index in (0..end).rev() {
        if left == 0 {
            break;
        }
        left = left.saturating_sub(height(buffer, index, layout, settings));
        out.push(buffer.lines[index].id);
    }
    out.reverse();
    out
}

/// Returns whether a line is visible as a whole.
pub fn is_whole(model: &Model, layout: &Layout, settings: &Settings, id: LineId) -> bool {
    let buffer = model.buffer();
    let (end, mut hidden) = bottom(buffer);
    let mut left = usize::from(layout.timeline.height);
    for index in (0..end).rev() {
        let tall = height(buffer, index, layout, settings);
        if buffer.lines[index].id == id {
            return hidden == 0 && tall <= left;
        }
        left = left.saturating_sub(tall.saturating_sub(std::mem::take(&mut hidden)));
        if left == 0 {
            return false;
        }
    }
    false
}

/// Scrolls so that a line is visible from its beginning, with about a third of the rows below it.
pub fn show(model: &mut Model, index: usize, layout: &Layout, settings: &Settings, id: LineId) {
    let buffer = &mut model.buffers[index];
    let Some(at) = buffer.position(id) else {
        return;
    };
    let rows = usize::from(layout.timeline.height);
    let own = height(buffer, at, layout, settings);
    let mut below = (rows / 3).min(rows.saturating_sub(own));
    let mut last = at;
    let mut hidden = own.saturating_sub(rows);
    while below > 0 && last + 1 < buffer.lines.len() {
        last += 1;
        let tall = height(buffer, last, layout, settings);
        hidden = tall.saturating_sub(below);
        below = below.saturating_sub(tall);
    }
    buffer.scroll = place(buffer, last + 1, hidden);
    // Clamps the position to a full screen.
    scroll(model, index, layout, settings, true, 0);
}

/// Scrolls by `count` rows. Returns true if scrolling up reached the oldest line.
pub fn scroll(
    model: &mut Model,
    index: usize,
    layout: &Layout,
    settings: &Settings,
    up: bool,
    count: usize,
) -> bool {
    let buffer = &mut model.buffers[index];
    let screen = usize::from(layout.timeline.height);
    let (mut end, mut hidden) = bottom(buffer);
    let of = |index: usize| height(buffer, index, layout, settings).max(1);
    if up {
        let mut left = count;
        while left > 0 && end > 0 {
            let rows = of(end - 1);
            // The line may have had more rows at another width.
            hidden = hidden.min(rows - 1);
            if hidden + left < rows {
                hidden += left;
                left = 0;
            } else {
                left -= rows - hidden;
                (end, hidden) = (end - 1, 0);
            }
        }
        // The view stops at a full screen of the oldest lines.
        let mut above = 0;
        let mut first = end;
        while first > 0 && above < screen + hidden {
            first -= 1;
            above += of(first);
        }
        let mut missing = (screen + hidden).saturating_sub(above);
        while missing > 0 && (end < buffer.lines.len() || hidden > 0) {
            if hidden > 0 {
                hidden -= 1;
            } else {
                end += 1;
                hidden = of(end - 1) - 1;
            }
            missing -= 1;
        }
        let top = missing > 0 || first == 0;
        buffer.scroll = place(buffer, end, hidden);
        return top;
    }
    for _ in 0..count {
        if hidden > 0 {
            hidden -= 1;
        } else if end < buffer.lines.len() {
            end += 1;
            hidden = of(end - 1) - 1;
        }
    }
    buffer.scroll = place(buffer, end, hidden);
    false
}

fn place(buffer: &Buffer, end: usize, hidden: usize) -> Option<Scroll> {
    // At the end the view follows new lines: no position is held.
    if end >= buffer.lines.len() && hidden == 0 {
        return None;
    }
    let line = buffer.lines.get(end.checked_sub(1)?)?;
    Some(Scroll {
        line: line.id,
        hidden,
    })
}

//! What is being typed, in its rows at the bottom, with the terminal's own cursor.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::layout::{Layout, prompt};
use super::theme::Theme;
use super::wrap;
use crate::app::App;

pub(super) fn draw(screen: &mut Frame, layout: &Layout, app: &App, theme: &Theme) {
    let (text, cursor) = (app.composer.text(), app.composer.cursor());
    let area = layout.composer;
    let prompt = if layout.too_small {
        String::new()
    } else {
        prompt(area.width, app.model.nick.as_str(), text)
    };
    let indent = wrap::width(&prompt);
    let room = usize::from(area.width).saturating_sub(indent).max(1);
    let rows = wrap::rows(text, room);
    let at = rows
        .iter()
        .rposition(|row| row.start <= cursor)
        .unwrap_or(0);
    let shown = usize::from(area.height);
    let from = (at + 1).saturating_sub(shown);
    let command = text.starts_with('/') && !text.starts_with("//");
    let style = if command {
        theme.accent()
    } else {
        Style::new()
    };
    for (index, row) in rows.iter().enumerate().skip(from).take(shown) {
        let head = if index == 0 {
            prompt.clone()
        } else {
            " ".repeat(indent)
        };
        let line = Line::from(vec![
            Span::styled(head, theme.accent()),
            Span::styled(&text[row.clone()], style),
        ]);
        let y = area.y + (index - from) as u16;
        screen.render_widget(
            line,
            Rect {
                y,
                height: 1,
                ..area
            },
        );
    }
    let before = &text[rows[at].start..cursor.min(rows[at].end).max(rows[at].start)];
    let x = (indent + wrap::width(before)).min(usize::from(area.width).saturating_sub(1));
    let y = area.y + (at - from) as u16;
    screen.set_cursor_position(Position::new(area.x + x as u16, y));
}

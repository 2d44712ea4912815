//! Composer in its rows at the bottom, with the terminal's own cursor.

use std::ops::Range;

use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use unicode_segmentation::UnicodeSegmentation;

use super::canvas::Canvas;
use super::layout::{Layout, prompt};
use super::wrap;
use crate::app::App;
use crate::app::mode::{ComposeContext, Mode};
use crate::app::mouse::Hit;

pub(super) fn draw(screen: &mut Canvas, layout: &Layout, app: &App) {
    let settings = &app.settings;
    let theme = &settings.theme;
    if let (Some(area), Some(context)) = (layout.context, &app.context) {
        draw_context(screen, area, context, app);
    }
    if let Some((label, text)) = field(app) {
        return draw_field(screen, layout.composer, &label, &text, app);
    }
    let (text, cursor) = (app.composer.text(), app.composer.cursor());
    let area = layout.composer;
    let prompt = if layout.too_small {
        String::new()
    } else {
        settings
            .glyphs
            .of(&prompt(area.width, app.model.nick().as_str(), text))
    };
    let indent = wrap::width(&prompt);
    let room = usize::from(area.width).saturating_sub(indent).max(1);
    let rows = wrap::rows(text, room);
    let at = rows
        .iter()
        .rposition(|row| row.start <= cursor)
        .unwrap_or(0);
    let shown = usize::from(area.height);
    // Scrolled so that the cursor's row is the last one shown.
    let from = (at + 1).saturating_sub(shown);
    let command = text.starts_with('/') && !text.starts_with("//");
    let style = if command {
        theme.accent()
    } else {
        Style::new()
    };
    let limit = app.limit();
    for (index, row) in rows.iter().enumerate().skip(from).take(shown) {
        let head = if index == 0 {
            prompt.clone()
        } else {
            " ".repeat(indent)
        };
        let mut spans = vec![Span::styled(head, theme.accent())];
        // Text beyond the limit of one message is marked.
        let good = limit.clamp(row.start, row.end);
        // `limit` may fall inside a character.
        let good = irc_wire::text::cut(text, good).len().max(row.start);
        spans.push(Span::styled(text[row.start..good].to_owned(), style));
        if good < row.end {
            spans.push(Span::styled(
                text[good..row.end].to_owned(),
                theme.over_limit(),
            ));
        }
        let y = area.y + (index - from) as u16;
        hits(
            screen,
            Rect {
                y,
                height: 1,
                ..area
            },
            indent,
            row,
            text,
        );
        screen.render_widget(
            Line::from(spans),
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

/// Registers the cursor positions of a row for the mouse: each character, and the end.
fn hits(screen: &mut Canvas, area: Rect, indent: usize, row: &Range<usize>, text: &str) {
    screen.hits.push((area, Hit::Typed(row.end)));
    let mut x = area.x + indent as u16;
    for (at, grapheme) in text[row.clone()].grapheme_indices(true) {
        let width = wrap::width(grapheme) as u16;
        let place = Rect { x, width, ..area }.intersection(area);
        screen.hits.push((place, Hit::Typed(row.start + at)));
        x = x.saturating_add(width);
    }
}

/// Returns label and text of the field shown in place of the composer.
fn field(app: &App) -> Option<(String, String)> {
    Some(match &app.mode {
        Mode::Find(field) => (" find › ".into(), field.text.clone()),
        Mode::FindSent(field, _) => (" sent › ".into(), field.text.clone()),
        Mode::React(_, field) => (" react with › ".into(), field.text.clone()),
        Mode::Secret(form) => {
            let wrong = form.wrong.map(|wrong| format!(" ({wrong})"));
            let wrong = wrong.unwrap_or_default();
            (format!(" {}{wrong} › ", form.question()), form.shown())
        }
        Mode::Compose
        | Mode::Messages(_)
        | Mode::Switch(_)
        | Mode::Read(_)
        | Mode::Choose(_)
        | Mode::Pick(_)
        | Mode::Confirm(_)
        | Mode::Paste(_) => return None,
    })
}

fn draw_field(screen: &mut Canvas, area: Rect, label: &str, text: &str, app: &App) {
    let theme = &app.settings.theme;
    let label = app.settings.glyphs.of(label);
    let width = usize::from(area.width);
    let room = width.saturating_sub(wrap::width(&label) + 1).max(1);
    let shown = wrap::end(text, room);
    let mut spans = vec![
        Span::styled(label.clone(), theme.accent()),
        Span::raw(shown.to_owned()),
    ];
    if let Some(found) = app.found_sent() {
        let line = found.split('\n').next().unwrap_or_default();
        spans.push(Span::styled(
            format!("  {}", crate::SafeText::new(line)),
            theme.dim(),
        ));
    }
    let found = match app.finds_here() {
        Some((_, 0)) => "  nothing here, in what is loaded".to_owned(),
        Some((place, all)) => format!("  {place} of {all}"),
        None => String::new(),
    };
    let names = match &app.mode {
        Mode::React(_, field) if !field.text.is_empty() => emoji_named(&field.text),
        Mode::Compose
        | Mode::Messages(_)
        | Mode::Switch(_)
        | Mode::Find(_)
        | Mode::FindSent(..)
        | Mode::Read(_)
        | Mode::Choose(_)
        | Mode::Pick(_)
        | Mode::Confirm(_)
        | Mode::Paste(_)
        | Mode::Secret(_)
        | Mode::React(..) => String::new(),
    };
    spans.push(Span::styled(found + &names, theme.dim()));
    screen.render_widget(Line::from(spans), Rect { height: 1, ..area });
    let x = (wrap::width(&label) + wrap::width(shown)).min(width.saturating_sub(1));
    screen.set_cursor_position(Position::new(area.x + x as u16, area.y));
}

/// Returns the first emoji whose names have this prefix, with their names.
fn emoji_named(begin: &str) -> String {
    let named = crate::complete::emoji_names(begin).take(6);
    let named =
        named.filter_map(|name| Some(format!("  {} {name}", emojis::get_by_shortcode(name)?)));
    named.collect()
}

fn draw_context(screen: &mut Canvas, area: Rect, context: &ComposeContext, app: &App) {
    let theme = &app.settings.theme;
    let first = |text: &crate::SafeText| {
        text.as_str()
            .split('\n')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let text = match context {
        ComposeContext::Reply { from, text, .. } => {
            format!(" ╭ replying to {from}: {}", first(text))
        }
        ComposeContext::Edit { text, .. } => format!(" ╭ editing: {}", first(text)),
    };
    let hint = "Esc cancels ";
    let width = usize::from(area.width);
    let text = app.settings.glyphs.of(&text);
    let text = wrap::fit(&text, width.saturating_sub(hint.len() + 1));
    let gap = width.saturating_sub(wrap::width(&text) + hint.len());
    let line = format!("{text}{}{hint}", " ".repeat(gap));
    screen.render_widget(Line::styled(line, theme.dim()), area);
}

//! The panes at the sides of a wide screen: rooms at the left, people at the right.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::frame::counts;
use super::layout::Layout;
use super::theme::Theme;
use super::wrap;
use crate::model::{BufferKind, Connection, Member, Model};

pub(super) fn draw(screen: &mut Frame, layout: &Layout, model: &Model, theme: &Theme) {
    if let Some(area) = layout.rooms {
        rooms(screen, area, model, theme);
        border(
            screen,
            Rect {
                x: area.right(),
                width: 1,
                ..area
            },
            theme,
        );
    }
    if let Some(area) = layout.people {
        people(screen, area, model, theme);
        border(
            screen,
            Rect {
                x: area.x - 1,
                width: 1,
                ..area
            },
            theme,
        );
    }
}

fn border(screen: &mut Frame, area: Rect, theme: &Theme) {
    for y in area.top()..area.bottom() {
        screen.render_widget(
            Span::styled("│", theme.dim()),
            Rect {
                y,
                height: 1,
                ..area
            },
        );
    }
}

fn rooms(screen: &mut Frame, area: Rect, model: &Model, theme: &Theme) {
    let width = usize::from(area.width);
    let mut lines = Vec::new();
    let mut current_row = 0;
    let mut direct = false;
    for (index, buffer) in model.buffers.iter().enumerate() {
        if buffer.kind == BufferKind::Person && !std::mem::replace(&mut direct, true) {
            lines.push(Line::styled(" ─ direct", theme.dim()));
        }
        let current = index == model.current;
        if current {
            current_row = lines.len();
        }
        let bar = if current { "▌" } else { " " };
        let (label, right) = match buffer.kind {
            BufferKind::Server => {
                let state = if model.connection == Connection::Online {
                    "●"
                } else {
                    "◌"
                };
                (
                    format!("{bar}{}", model.network.as_str().to_uppercase()),
                    state.to_owned(),
                )
            }
            BufferKind::Channel => {
                let name = buffer.name.as_str();
                let right = if buffer.joined {
                    counts(buffer)
                } else {
                    "left".into()
                };
                (
                    format!(" {bar} # {}", name.strip_prefix('#').unwrap_or(name)),
                    right,
                )
            }
            BufferKind::Person => (format!(" {bar} @ {}", buffer.name), counts(buffer)),
        };
        let room = width.saturating_sub(wrap::width(&right) + 2);
        let label = wrap::fit(&label, room);
        let gap = " ".repeat(width.saturating_sub(wrap::width(&label) + wrap::width(&right) + 1));
        let style = match (current, buffer.unread > 0) {
            (true, _) => theme.accent(),
            (false, true) => theme.unread(),
            (false, false) => theme.dim(),
        };
        lines.push(Line::from(vec![
            Span::styled(label, style),
            Span::raw(gap),
            Span::styled(right, theme.unread()),
        ]));
    }
    let rows = usize::from(area.height);
    let from = (current_row + 1).saturating_sub(rows);
    for (row, line) in lines.into_iter().skip(from).take(rows).enumerate() {
        screen.render_widget(
            line,
            Rect {
                y: area.y + row as u16,
                height: 1,
                ..area
            },
        );
    }
}

fn people(screen: &mut Frame, area: Rect, model: &Model, theme: &Theme) {
    let buffer = model.buffer();
    if buffer.kind != BufferKind::Channel {
        return;
    }
    let mut members: Vec<&Member> = buffer.members.values().collect();
    let rank = |member: &Member| match member.prefix.chars().next() {
        Some('@' | '&' | '~' | '%') => 0,
        Some(_) => 1,
        None => 2,
    };
    members.sort_by_key(|member| rank(member));
    let rows = usize::from(area.height);
    let mut lines = vec![Line::styled(
        format!(" {} here", members.len()),
        theme.dim(),
    )];
    let fits = members.len() < rows;
    let shown = if fits {
        members.len()
    } else {
        rows.saturating_sub(2)
    };
    for member in &members[..shown] {
        let prefix = member.prefix.chars().next().unwrap_or(' ');
        let text = wrap::fit(
            &format!(" {prefix}{}", member.nick),
            usize::from(area.width),
        );
        let own = member.nick == model.nick;
        lines.push(Line::styled(text, theme.nick(member.nick.as_str(), own)));
    }
    if !fits {
        lines.push(Line::styled(
            format!("  …{}", members.len() - shown),
            theme.dim(),
        ));
    }
    for (row, line) in lines.into_iter().take(rows).enumerate() {
        screen.render_widget(
            line,
            Rect {
                y: area.y + row as u16,
                height: 1,
                ..area
            },
        );
    }
}

//! Header, status and hints: what stands around the timeline.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::layout::Layout;
use super::theme::Theme;
use super::wrap;
use crate::model::{Buffer, BufferKind, Connection, Model};

pub(super) fn draw(screen: &mut Frame, layout: &Layout, model: &Model, theme: &Theme) {
    match layout.area.width {
        100.. => wide_header(screen, layout.header, model, theme),
        60.. => tabs(screen, layout.header, model, theme),
        _ => narrow_header(screen, layout.header, model, theme),
    }
    status(screen, layout.status, model, theme);
    if let Some(area) = layout.hints {
        hints(screen, area, theme);
    }
}

/// Text at the left, cut if need be, and text at the right.
fn both_ends(screen: &mut Frame, area: Rect, left: &str, right: &str, style: Style) {
    let width = usize::from(area.width);
    let right = wrap::fit(right, width);
    let room = width.saturating_sub(wrap::width(&right) + 1);
    let left = wrap::fit(left, room);
    let gap = " ".repeat(width.saturating_sub(wrap::width(&left) + wrap::width(&right)));
    screen.render_widget(Line::styled(format!("{left}{gap}{right}"), style), area);
}

/// How the connection is, in words.
fn connection(model: &Model) -> String {
    match &model.connection {
        Connection::Connecting => "connecting…".into(),
        Connection::Waiting(seconds) => format!("◌ again in {seconds} s"),
        Connection::Ended(_) => "○ not connected".into(),
        Connection::Online => {
            let mut parts = Vec::new();
            let buffer = model.buffer();
            if buffer.kind == BufferKind::Channel {
                parts.push(format!("{} here", buffer.members.len()));
            }
            if let Some(lag) = model.lag {
                parts.push(format!("{lag} ms"));
            }
            parts.push(if model.secure {
                "TLS ✓".into()
            } else {
                "not encrypted".into()
            });
            parts.join(" · ")
        }
    }
}

fn wide_header(screen: &mut Frame, area: Rect, model: &Model, theme: &Theme) {
    let buffer = model.buffer();
    let left = match buffer.kind {
        BufferKind::Server => format!(" {}", model.network),
        _ => format!(" {} ▸ {}   {}", model.network, buffer.name, buffer.topic),
    };
    both_ends(
        screen,
        area,
        &left,
        &format!("{} ", connection(model)),
        theme.reversed(),
    );
}

fn narrow_header(screen: &mut Frame, area: Rect, model: &Model, theme: &Theme) {
    let buffer = model.buffer();
    let others = model
        .buffers
        .iter()
        .enumerate()
        .filter(|(index, _)| *index != model.current);
    let (mut rooms, mut mentions) = (0, 0);
    for (_, other) in others {
        rooms += usize::from(other.unread > 0);
        mentions += other.mentions;
    }
    let mut right = String::new();
    if rooms > 0 {
        right.push_str(&format!("•{rooms} "));
    }
    if mentions > 0 {
        right.push_str(&format!("@{mentions} "));
    }
    let state = match &model.connection {
        Connection::Online if buffer.kind == BufferKind::Channel => {
            format!("{} here", buffer.members.len())
        }
        Connection::Online => String::new(),
        _ => connection(model),
    };
    both_ends(
        screen,
        area,
        &format!("‹ {}  {state}", buffer.name),
        &right,
        theme.reversed(),
    );
}

/// The counts of a buffer: mentions, then unread.
pub(super) fn counts(buffer: &Buffer) -> String {
    let unread = match buffer.unread {
        0 => return String::new(),
        1..=99 => buffer.unread.to_string(),
        _ => "99+".into(),
    };
    match buffer.mentions {
        0 => unread,
        _ if buffer.kind == BufferKind::Person => format!("@{unread}"),
        mentions => format!("@{mentions} {unread}"),
    }
}

/// Row 0: a strip of tabs, the current one first, then what is unread. Row 1: the topic.
fn tabs(screen: &mut Frame, area: Rect, model: &Model, theme: &Theme) {
    let mut order: Vec<usize> = (0..model.buffers.len())
        .filter(|&index| index != model.current)
        .collect();
    order.sort_by_key(|&index| (model.buffers[index].unread == 0, index));
    order.insert(0, model.current);
    let width = usize::from(area.width);
    let mut spans = Vec::new();
    let mut used = 0;
    let mut left_out = 0;
    for index in order {
        let buffer = &model.buffers[index];
        let counts = counts(buffer);
        let name = wrap::fit(buffer.name.as_str(), 20);
        let label = if counts.is_empty() {
            format!(" {name} ")
        } else {
            format!(" {name} {counts} ")
        };
        let cells = wrap::width(&label);
        if left_out > 0 || used + cells + 5 > width {
            left_out += 1;
            continue;
        }
        used += cells;
        let style = match (index == model.current, buffer.unread > 0) {
            (true, _) => theme.reversed(),
            (false, true) => theme.unread(),
            (false, false) => theme.dim(),
        };
        spans.push(Span::styled(label, style));
    }
    if left_out > 0 {
        let more = format!("+{left_out} ▸");
        spans.push(Span::raw(
            " ".repeat(width.saturating_sub(used + wrap::width(&more))),
        ));
        spans.push(Span::styled(more, theme.dim()));
    }
    let [top, below] = [
        Rect { height: 1, ..area },
        Rect {
            y: area.y + 1,
            height: 1,
            ..area
        },
    ];
    screen.render_widget(Line::from(spans), top);
    let topic = format!(" {}", model.buffer().topic);
    both_ends(
        screen,
        below,
        &topic,
        &format!("{} ", connection(model)),
        theme.dim(),
    );
}

fn status(screen: &mut Frame, area: Rect, model: &Model, theme: &Theme) {
    let buffer = model.buffer();
    let left = match &model.connection {
        Connection::Waiting(seconds) => {
            format!(" ◌ no connection; tried again in {seconds} s. What you say is sent then.")
        }
        Connection::Ended(why) => format!(" ✗ {}", crate::SafeText::new(why)),
        Connection::Connecting => " connecting…".into(),
        Connection::Online => String::new(),
    };
    let right = match buffer.scroll {
        None => String::new(),
        Some(scroll) => {
            let below = buffer
                .lines
                .iter()
                .rev()
                .take_while(|line| line.id != scroll.line)
                .count();
            format!("▼ {below} below · Alt+End ")
        }
    };
    both_ends(screen, area, &left, &right, theme.warning());
}

fn hints(screen: &mut Frame, area: Rect, theme: &Theme) {
    let (left, right) = match area.width {
        100.. => (
            " Enter send  M-Enter newline  Tab complete  ^N ^P rooms  M-a next activity",
            "F1 help  ^C^C quit ",
        ),
        60.. => (
            " Tab complete  ^N ^P rooms  M-a next",
            "F1 help  ^C^C quit ",
        ),
        _ => ("^N ^P rooms  M-a next", "F1 help"),
    };
    both_ends(screen, area, left, right, theme.dim());
}

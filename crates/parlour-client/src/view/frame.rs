//! Header, status line and hints around the timeline.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::canvas::Canvas;
use super::layout::Layout;
use super::wrap;
use crate::app::App;
use crate::app::keymap::Action;
use crate::app::mode::Mode;
use crate::app::mouse::Hit;
use crate::model::{Buffer, BufferKind, ConnectionState, Model};
use crate::settings::Settings;

pub(super) fn draw(screen: &mut Canvas, layout: &Layout, app: &App) {
    match layout.area.width {
        100.. => wide_header(screen, layout.header, app),
        60.. => tabs(screen, layout.header, app),
        _ => narrow_header(screen, layout.header, app),
    }
    status(screen, layout, app);
    if let Some(area) = layout.hints {
        hints(screen, area, app);
    }
}

/// Draws the header of a screen with room for the composer only.
pub(super) fn too_small(screen: &mut Canvas, layout: &Layout, app: &App) {
    if layout.area.height > 1 {
        let text = wrap::fit("window too small", usize::from(layout.area.width));
        let area = Rect {
            height: 1,
            ..layout.area
        };
        screen.render_widget(Line::styled(text, app.settings.theme.dim()), area);
    }
}

/// Draws text at the left, cut if needed, and text at the right.
fn both_ends(
    screen: &mut Canvas,
    settings: &Settings,
    area: Rect,
    left: &str,
    right: &str,
    style: Style,
) {
    let width = usize::from(area.width);
    let right = wrap::fit(&settings.glyphs.of(right), width);
    let room = width.saturating_sub(wrap::width(&right) + 1);
    let left = wrap::fit(&settings.glyphs.of(left), room);
    let gap = " ".repeat(width.saturating_sub(wrap::width(&left) + wrap::width(&right)));
    screen.render_widget(Line::styled(format!("{left}{gap}{right}"), style), area);
}

/// Describes the state of the connection.
fn connection(model: &Model) -> String {
    let network = model.network();
    match &network.connection {
        ConnectionState::Connecting => "connecting…".into(),
        ConnectionState::Waiting(seconds) => format!("◌ again in {seconds} s"),
        ConnectionState::Ended(_) => "○ not connected".into(),
        ConnectionState::Online => {
            let mut parts = Vec::new();
            let buffer = model.buffer();
            if buffer.kind == BufferKind::Channel {
                parts.push(format!("{} here", buffer.members.len()));
            }
            if network.away {
                parts.push("you are away".into());
            }
            if let Some(lag) = network.lag {
                parts.push(format!("{lag} ms"));
            }
            parts.push(if network.secure {
                "TLS ✓".into()
            } else {
                "not encrypted".into()
            });
            parts.join(" · ")
        }
    }
}

fn wide_header(screen: &mut Canvas, area: Rect, app: &App) {
    let model = &app.model;
    let buffer = model.buffer();
    let left = match buffer.kind {
        BufferKind::Server => format!(" {}", model.network().name),
        BufferKind::Channel | BufferKind::Person => format!(
            " {} ▸ {}   {}",
            model.network().name,
            buffer.name,
            buffer.topic
        ),
    };
    let right = format!("{} ", connection(model));
    both_ends(
        screen,
        &app.settings,
        area,
        &left,
        &right,
        app.settings.theme.reversed(),
    );
}

fn narrow_header(screen: &mut Canvas, area: Rect, app: &App) {
    let model = &app.model;
    let buffer = model.buffer();
    let others = model
        .buffers
        .iter()
        .enumerate()
        .filter(|(index, other)| *index != model.current && !other.muted);
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
    let state = match &model.network().connection {
        ConnectionState::Online if buffer.kind == BufferKind::Channel => {
            format!("{} here", buffer.members.len())
        }
        ConnectionState::Online => String::new(),
        ConnectionState::Connecting | ConnectionState::Waiting(_) | ConnectionState::Ended(_) => {
            connection(model)
        }
    };
    let left = format!("‹ {}  {state}", buffer.name);
    both_ends(
        screen,
        &app.settings,
        area,
        &left,
        &right,
        app.settings.theme.reversed(),
    );
}

/// Returns the counts of a buffer: mentions, then unread messages.
pub(super) fn counts(buffer: &Buffer) -> String {
    if buffer.muted && buffer.mentions == 0 {
        return "muted".into();
    }
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

/// Draws the tabs in row 0, the current one first, then unread ones; in row 1 the topic.
fn tabs(screen: &mut Canvas, area: Rect, app: &App) {
    let model = &app.model;
    let theme = &app.settings.theme;
    let mut order: Vec<usize> = (0..model.buffers.len())
        .filter(|&index| index != model.current)
        .collect();
    let quiet = |buffer: &Buffer| buffer.unread == 0 || buffer.muted && buffer.mentions == 0;
    order.sort_by_key(|&index| {
        let buffer = &model.buffers[index];
        (buffer.mentions == 0, quiet(buffer), index)
    });
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
        let place = Rect::new(area.x + used as u16, area.y, cells as u16, 1);
        screen.hits.push((place, Hit::Buffer(buffer.id)));
        used += cells;
        let style = match (index == model.current, quiet(buffer)) {
            (true, _) => theme.reversed(),
            (false, false) => theme.unread(),
            (false, true) => theme.dim(),
        };
        spans.push(Span::styled(label, style));
    }
    if left_out > 0 {
        let more = app.settings.glyphs.of(&format!("+{left_out} ▸"));
        spans.push(Span::raw(
            " ".repeat(width.saturating_sub(used + wrap::width(&more))),
        ));
        spans.push(Span::styled(more, theme.dim()));
    }
    let top = Rect { height: 1, ..area };
    screen.render_widget(Line::from(spans), top);
    if area.height > 1 {
        let below = Rect {
            y: area.y + 1,
            height: 1,
            ..area
        };
        let topic = format!(" {}", model.buffer().topic);
        let right = format!("{} ", connection(model));
        both_ends(screen, &app.settings, below, &topic, &right, theme.dim());
    }
}

/// Describes who is typing.
fn typing(app: &App) -> String {
    let names = app.model.buffer().typists(app.steady());
    match names.as_slice() {
        [] => String::new(),
        [one] => format!(" {one} is typing…"),
        [one, two] => format!(" {one} and {two} are typing…"),
        _ => format!(" {} people are typing…", names.len()),
    }
}

fn status(screen: &mut Canvas, layout: &Layout, app: &App) {
    let area = layout.status;
    let (model, settings) = (&app.model, &app.settings);
    let theme = &settings.theme;
    let buffer = model.buffer();
    let mut style = theme.warning();
    let left = if app.is_about_to_leave() {
        " Ctrl+C once more leaves.".into()
    } else if let Some(text) = app.flashed() {
        format!(" {text}")
    } else {
        match &model.network().connection {
            ConnectionState::Waiting(seconds) => {
                format!(" ◌ no connection; trying again in {seconds} s. What you say is sent then.")
            }
            ConnectionState::Ended(why) => format!(" ✗ {}", crate::SafeText::new(why)),
            ConnectionState::Connecting => " connecting…".into(),
            ConnectionState::Online => {
                style = theme.dim();
                match app.completion() {
                    Some((candidates, chosen)) if candidates.len() > 1 || chosen.is_none() => {
                        choices(&candidates, chosen)
                    }
                    _ => typing(app),
                }
            }
        }
    };
    let right = match buffer.scroll {
        None if buffer.detached => "▼ newer · Alt+End ".to_owned(),
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
    if !right.is_empty() {
        let width = wrap::width(&right).min(usize::from(area.width)) as u16;
        let place = Rect::new(area.right() - width, area.y, width, 1);
        screen.hits.push((place, Hit::Newest));
    }
    both_ends(screen, settings, area, &left, &right, style);
}

/// Lists the candidates of a completion, with the chosen one marked.
fn choices(candidates: &[String], chosen: Option<usize>) -> String {
    let from = chosen.unwrap_or(0).saturating_sub(2);
    let shown = candidates.iter().enumerate().skip(from).take(12);
    let shown = shown.map(|(index, text)| match Some(index) == chosen {
        true => format!("[{}]", text.trim()),
        false => text.trim().to_owned(),
    });
    format!(" {}", shown.collect::<Vec<_>>().join(" "))
}

fn hints(screen: &mut Canvas, area: Rect, app: &App) {
    let (left, right) = match (&app.mode, area.width) {
        // Actions that need a message id are not offered without one.
        (Mode::Messages(id), 60..) if !app.has_id(*id) => {
            (" j k move  y copy  o open  m mention", "Esc back ")
        }
        (Mode::Messages(_), 60..) => (
            " j k move  r reply  e edit  + : react  d delete  y copy  o open  g to the original",
            "Esc back ",
        ),
        (Mode::Messages(_), _) => ("j k r e + : d y o g", "Esc back"),
        (Mode::Find(_), _) => (" Enter next  Down the other way", "Esc ends "),
        (Mode::FindSent(..), _) => (" Ctrl+R older  Enter takes it", "Esc ends "),
        (Mode::Secret(_), _) => (" it is not shown  Enter goes on", "Esc ends "),
        (Mode::React(..), _) => (" an emoji, or its name: tada  Tab completes", "Esc ends "),
        _ if app.is_in_vi_commands() => (" vi: i writes  Esc messages", "F1 help "),
        (_, 100..) => (
            " Enter send  M-Enter newline  Tab complete  ^K go to  Esc messages  ^F find",
            "F1 help  ^C^C quit ",
        ),
        (_, 60..) => (
            " ^K go to  M-a next  Esc messages  ^F find  F8 people",
            "F1 help  ^C^C quit ",
        ),
        _ => ("^K go  M-a next", "F1 help"),
    };
    both_ends(
        screen,
        &app.settings,
        area,
        left,
        right,
        app.settings.theme.dim(),
    );
    // The hints can be clicked.
    let message_mode = matches!(app.mode, Mode::Messages(_));
    for (words, key) in [
        ("r reply", 'r'),
        ("e edit", 'e'),
        ("+ : react", ':'),
        ("d delete", 'd'),
        ("y copy", 'y'),
        ("o open", 'o'),
        ("g to the original", 'g'),
        ("m mention", 'm'),
    ] {
        if let Some(x) = left.find(words).filter(|_| message_mode) {
            let (x, width) = (area.x.saturating_add(x as u16), words.len() as u16);
            let place = Rect { x, width, ..area }.intersection(area);
            screen.hits.push((place, Hit::Key(key)));
        }
    }
    let behind = usize::from(area.width).saturating_sub(wrap::width(right));
    for (words, action) in [
        ("Enter send", Action::Send),
        ("Tab complete", Action::Complete),
        ("^K go to", Action::Switch),
        ("^K go", Action::Switch),
        ("M-a next", Action::NextActive),
        ("Esc messages", Action::Messages),
        ("^F find", Action::Find),
        ("F8 people", Action::People),
        ("F1 help", Action::Help),
    ] {
        let place = left
            .find(words)
            .or_else(|| Some(behind + right.find(words)?));
        if let Some(x) = place {
            let (x, width) = (area.x.saturating_add(x as u16), words.len() as u16);
            let place = Rect { x, width, ..area }.intersection(area);
            screen.hits.push((place, Hit::Action(action)));
        }
    }
}

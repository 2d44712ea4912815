//! Side panes: rooms at the left, people at the right.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use super::canvas::Canvas;
use super::frame::counts;
use super::glyphs::Glyphs;
use super::layout::Layout;
use super::wrap;
use crate::app::App;
use crate::app::mouse::Hit;
use crate::model::{Buffer, BufferKind, ConnectionState, Member, Model};

pub(super) fn draw(screen: &mut Canvas, layout: &Layout, app: &App) {
    if let Some(area) = layout.rooms {
        clear(screen, area, layout);
        rooms(screen, area, app);
        border(
            screen,
            app,
            Rect {
                x: area.right(),
                width: 1,
                ..area
            },
        );
    }
    if let Some(area) = layout.people {
        clear(screen, area, layout);
        people(screen, area, app);
        border(
            screen,
            app,
            Rect {
                x: area.x - 1,
                width: 1,
                ..area
            },
        );
    }
}

fn clear(screen: &mut Canvas, area: Rect, layout: &Layout) {
    if layout.over {
        screen.render_widget(Clear, area);
    }
}

fn border(screen: &mut Canvas, app: &App, area: Rect) {
    let line = app.settings.glyphs.of("│");
    for y in area.top()..area.bottom() {
        let at = Rect {
            y,
            height: 1,
            ..area
        };
        screen.render_widget(Span::styled(line.clone(), app.settings.theme.dim()), at);
    }
}

/// Returns the symbol of a person's presence, as far as common channels tell.
fn presence(model: &Model, person: &Buffer) -> &'static str {
    let folded = model.networks[person.network]
        .casemap
        .fold(&person.raw_name);
    let rooms = model.buffers.iter().filter(|b| b.network == person.network);
    // Any common channel tells: away state is the same in all of them.
    let mut known = rooms.filter_map(|room| room.members.get(&folded));
    match known.next() {
        Some(member) if member.away => "◐",
        Some(_) => "●",
        None => "○",
    }
}

/// Returns the name and the state of a buffer for its row.
fn label(model: &Model, buffer: &Buffer, current: bool) -> (String, String) {
    let bar = if current { "▌" } else { " " };
    match buffer.kind {
        BufferKind::Server => {
            let network = &model.networks[buffer.network];
            let state = match &network.connection {
                ConnectionState::Online => "●".to_owned(),
                ConnectionState::Waiting(seconds) => format!("◌ {seconds}s"),
                ConnectionState::Connecting => "◌".into(),
                ConnectionState::Ended(_) => "○".into(),
            };
            (
                format!("{bar}{}", network.name.as_str().to_uppercase()),
                state,
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
                format!("{bar} # {}", name.strip_prefix('#').unwrap_or(name)),
                right,
            )
        }
        BufferKind::Person => {
            let state = presence(model, buffer);
            (format!("{bar} {state} {}", buffer.name), counts(buffer))
        }
    }
}

/// Row of the list of rooms.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Entry {
    Blank,
    /// Heading of the private conversations.
    Direct,
    Buffer(usize),
}

fn rooms(screen: &mut Canvas, area: Rect, app: &App) {
    let model = &app.model;
    let mut entries: Vec<Entry> = Vec::new();
    let mut direct = None;
    for (index, buffer) in model.buffers.iter().enumerate() {
        if buffer.kind == BufferKind::Person && direct != Some(buffer.network) {
            direct = Some(buffer.network);
            entries.push(Entry::Direct);
        }
        if buffer.kind == BufferKind::Server && index > 0 {
            entries.push(Entry::Blank);
        }
        entries.push(Entry::Buffer(index));
    }
    let current = Entry::Buffer(model.current);
    let current_row = entries.iter().position(|entry| *entry == current);
    let rows = usize::from(area.height);
    let count = entries.len();
    let from = (current_row.unwrap_or(0) + 2)
        .saturating_sub(rows)
        .min(count);
    for (row, entry) in entries.into_iter().skip(from).take(rows).enumerate() {
        let at = Rect {
            y: area.y + row as u16,
            height: 1,
            ..area
        };
        match entry {
            Entry::Blank => {}
            Entry::Direct => {
                let text = app.settings.glyphs.of(" ─ direct");
                screen.render_widget(Line::styled(text, app.settings.theme.dim()), at);
            }
            Entry::Buffer(index) => {
                screen.render_widget(room(app, index, usize::from(area.width)), at);
                screen
                    .hits
                    .push((at, Hit::Buffer(app.model.buffers[index].id)));
            }
        }
    }
    if from + rows < count {
        below(screen, area, app);
    }
}

/// Draws the row of a buffer.
fn room(app: &App, index: usize, width: usize) -> Line<'static> {
    let (model, settings) = (&app.model, &app.settings);
    let theme = &settings.theme;
    let buffer = &model.buffers[index];
    let current = index == model.current;
    let (mut label, right) = label(model, buffer, current);
    // Alt and this digit go to the buffer.
    let number = match index {
        0..9 => (index + 1).to_string(),
        9 => "0".into(),
        _ => " ".into(),
    };
    label.insert_str(0, &number);
    if settings.glyphs == Glyphs::Ascii {
        // Next to the `#` of a channel, the ASCII bar `#` would not be seen.
        label = label.replace('▌', "▸");
    }
    let (label, right) = (settings.glyphs.of(&label), settings.glyphs.of(&right));
    let room = width.saturating_sub(wrap::width(&right) + 2);
    let label = wrap::fit(&label, room);
    let gap = " ".repeat(width.saturating_sub(wrap::width(&label) + wrap::width(&right) + 1));
    let quiet = buffer.unread == 0 || buffer.muted && buffer.mentions == 0;
    let style = match (current, quiet) {
        (true, _) => theme.accent(),
        (false, false) => theme.unread(),
        (false, true) => theme.dim(),
    };
    let right_style = if quiet && buffer.kind != BufferKind::Server {
        theme.dim()
    } else {
        theme.unread()
    };
    Line::from(vec![
        Span::styled(label, style),
        Span::raw(gap),
        Span::styled(right, right_style),
    ])
}

/// Replaces the last row by a summary of the rows below it.
fn below(screen: &mut Canvas, area: Rect, app: &App) {
    // Rows drawn so far have a mouse target; the others are hidden.
    let hidden = app.model.buffers.iter().filter(|buffer| {
        let mut hits = screen.hits.iter();
        !hits.any(|(_, hit)| *hit == Hit::Buffer(buffer.id))
    });
    let (mut more, mut mentions) = (0, 0);
    for buffer in hidden {
        more += 1;
        mentions += buffer.mentions;
    }
    let mentions = if mentions > 0 {
        format!("  @{mentions}")
    } else {
        String::new()
    };
    let text = app
        .settings
        .glyphs
        .of(&format!(" ▼ {} more{mentions}", more + 1));
    let at = Rect {
        y: area.bottom() - 1,
        height: 1,
        ..area
    };
    screen.render_widget(Clear, at);
    screen.render_widget(Line::styled(text, app.settings.theme.dim()), at);
}

/// Returns the rank of a member in the list: channel operators, voiced members, others.
fn rank(member: &Member) -> u8 {
    match member.prefix.chars().next() {
        Some('@' | '&' | '~' | '%') => 0,
        Some(_) => 1,
        None => 2,
    }
}

fn people(screen: &mut Canvas, area: Rect, app: &App) {
    let (model, theme) = (&app.model, &app.settings.theme);
    let buffer = model.buffer();
    if buffer.kind != BufferKind::Channel {
        return;
    }
    let all = buffer.members.len();
    let gone = buffer.members.values().filter(|m| m.away).count();
    let title = match gone {
        0 => format!(" {all} here"),
        gone => format!(" {} here, {gone} away", all - gone),
    };
    let width = usize::from(area.width);
    let rows = usize::from(area.height);
    // Lazy: of ten thousand members only a screenful is drawn.
    let ranked = |away: bool| {
        (0..3).flat_map(move |rank| {
            let members = buffer.members.values();
            members.filter(move |m| m.away == away && self::rank(m) == rank)
        })
    };
    let mut lines = vec![(None, Line::styled(wrap::fit(&title, width), theme.dim()))];
    let name = |member: &Member, style: Style| {
        let prefix = member.prefix.chars().next().unwrap_or(' ');
        Line::styled(
            wrap::fit(&format!(" {prefix}{}", member.nick), width),
            style,
        )
    };
    let nick = |member: &Member| Some(member.nick.to_string());
    for member in ranked(false).take(rows) {
        let own = member.nick == *model.nick();
        lines.push((nick(member), name(member, theme.nick(member.hue, own))));
    }
    if gone > 0 && lines.len() < rows {
        lines.push((None, Line::default()));
        lines.push((None, Line::styled(" away", theme.dim())));
        let away = ranked(true).take(rows);
        lines.extend(away.map(|m| (nick(m), name(m, theme.dim()))));
    }
    let heads = if gone > 0 { 3 } else { 1 };
    if all + heads > rows {
        let more = all + heads - rows + 1;
        lines.truncate(rows.saturating_sub(1));
        let text = app.settings.glyphs.of(&format!("  …{more}"));
        lines.push((None, Line::styled(text, theme.dim())));
    }
    for (row, (nick, line)) in lines.into_iter().enumerate() {
        let at = Rect {
            y: area.y + row as u16,
            height: 1,
            ..area
        };
        screen.render_widget(line, at);
        if let Some(nick) = nick {
            screen.hits.push((at, Hit::Member(nick)));
        }
    }
}

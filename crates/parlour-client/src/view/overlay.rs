//! Overlays on the timeline: switcher, lists, help, questions.

use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use super::canvas::Canvas;
use super::frame::counts;
use super::layout::Layout;
use super::wrap;
use crate::SafeText;
use crate::app::App;
use crate::app::keymap::ACTIONS;
use crate::app::mode::SwitchTarget;
use crate::app::mode::{Confirmation, List, Menu, Mode, Pager, Switcher};
use crate::app::mouse::Hit;
use crate::model::BufferKind;
use crate::pins::Pin;

/// Maximum columns and rows of the switcher.
const SWITCHER: (u16, u16) = (62, 14);
/// Columns of the question about a certificate.
const TRUST: u16 = 76;
/// Columns of a question.
const QUESTION: u16 = 62;
/// Number of pasted lines shown.
const PASTED: usize = 3;

/// Returns whether an overlay covers the timeline.
pub(super) fn is_open(app: &App) -> bool {
    matches!(
        app.mode,
        Mode::Switch(_)
            | Mode::Read(_)
            | Mode::Choose(_)
            | Mode::Pick(_)
            | Mode::Confirm(_)
            | Mode::Paste(_)
    )
}

pub(super) fn draw(screen: &mut Canvas, layout: &Layout, app: &App) {
    match &app.mode {
        Mode::Switch(switcher) => draw_switcher(screen, layout, app, switcher),
        Mode::Read(pager) => draw_pager(screen, layout, app, pager),
        Mode::Choose(list) => draw_list(screen, layout, app, list),
        Mode::Pick(menu) => draw_picker(screen, layout, app, menu),
        Mode::Confirm(question) => draw_question(screen, layout, app, question),
        Mode::Paste(text) => draw_paste(screen, layout, app, text),
        Mode::Compose
        | Mode::Messages(_)
        | Mode::Find(_)
        | Mode::FindSent(..)
        | Mode::Secret(_)
        | Mode::React(..) => {}
    }
}

/// Draws a box with a title in its upper edge; returns the area inside.
fn boxed(screen: &mut Canvas, app: &App, area: Rect, title: &str) -> Rect {
    let theme = &app.settings.theme;
    let glyphs = app.settings.glyphs;
    screen.render_widget(Clear, area);
    let width = usize::from(area.width);
    let inner = width.saturating_sub(2);
    let title = wrap::fit(title, inner.saturating_sub(4));
    let title = format!(" {title} ");
    let dashes = inner.saturating_sub(wrap::width(&title));
    let top = format!(
        "╭{}{title}{}╮",
        "─".repeat(dashes / 2),
        "─".repeat(dashes - dashes / 2)
    );
    let bottom = format!("╰{}╯", "─".repeat(inner));
    for y in area.top()..area.bottom() {
        let at = Rect {
            y,
            height: 1,
            ..area
        };
        let row = if y == area.top() {
            top.clone()
        } else if y + 1 == area.bottom() {
            bottom.clone()
        } else {
            format!("│{}│", " ".repeat(inner))
        };
        screen.render_widget(Line::styled(glyphs.of(&row), theme.dim()), at);
    }
    Rect::new(
        area.x + 2.min(area.width),
        area.y + 1,
        area.width.saturating_sub(4),
        area.height.saturating_sub(2),
    )
}

fn centred(layout: &Layout, width: u16, height: u16) -> Rect {
    let area = layout.area;
    let width = if area.width < 60 {
        area.width
    } else {
        width.min(area.width)
    };
    let height = height.min(area.height);
    Rect::new(
        (area.width - width) / 2,
        (area.height - height) / 3,
        width,
        height,
    )
}

/// Draws one row of an overlay; returns its area.
fn put(screen: &mut Canvas, inner: Rect, row: u16, text: &str, style: Style) -> Rect {
    let at = Rect {
        y: inner.y + row,
        height: 1,
        ..inner
    };
    if row < inner.height {
        let text = wrap::fit(text, usize::from(inner.width));
        screen.render_widget(Line::styled(text, style), at);
    }
    at
}

fn draw_switcher(screen: &mut Canvas, layout: &Layout, app: &App, switcher: &Switcher) {
    let theme = &app.settings.theme;
    let finds = &switcher.finds;
    let area = centred(layout, SWITCHER.0, SWITCHER.1);
    let inner = boxed(screen, app, area, "Go to");
    let prompt = app.settings.glyphs.of("› ");
    let room = usize::from(inner.width).saturating_sub(3).max(1);
    let query = wrap::end(&switcher.query.text, room).to_owned();
    put(screen, inner, 0, &format!("{prompt}{query}"), Style::new());
    let x = inner.x + (wrap::width(&prompt) + wrap::width(&query)) as u16;
    screen.set_cursor_position(Position::new(x, inner.y));
    let rows = usize::from(inner.height.saturating_sub(5));
    let from = (switcher.chosen + 1).saturating_sub(rows);
    for (row, (index, find)) in finds.iter().enumerate().skip(from).take(rows).enumerate() {
        let (left, right) = describe(app, find);
        let chosen = index == switcher.chosen;
        let bar = if chosen { "▌ " } else { "  " };
        let left = app.settings.glyphs.of(&format!("{bar}{left}"));
        let width = usize::from(inner.width);
        let right = wrap::fit(&right, width / 2);
        let left = wrap::fit(&left, width.saturating_sub(wrap::width(&right) + 1));
        let gap = width.saturating_sub(wrap::width(&left) + wrap::width(&right));
        let style = if chosen { theme.accent() } else { Style::new() };
        let text = format!("{left}{}{right}", " ".repeat(gap));
        let at = put(screen, inner, row as u16 + 2, &text, style);
        screen.hits.push((at, Hit::Choice(index)));
    }
    let last = inner.height.saturating_sub(2);
    if last > 2 {
        put(
            screen,
            inner,
            last,
            "Enter opens · empty + Enter = next mention or unread",
            theme.dim(),
        );
        put(
            screen,
            inner,
            last + 1,
            "#rooms  @people  ?words in messages  >commands  Esc",
            theme.dim(),
        );
    }
}

fn describe(app: &App, find: &SwitchTarget) -> (String, String) {
    let name = |name: &str| SafeText::name(name).to_string();
    match find {
        SwitchTarget::Buffer(_, gone) => {
            let Some(index) = app.found_buffer(find) else {
                return (name(gone), "closed".into());
            };
            let buffer = &app.model.buffers[index];
            let network = &app.model.networks[buffer.network].name;
            let counts = counts(buffer);
            let counts = match counts.as_str() {
                "" | "muted" => counts,
                counts => format!("{counts} unread"),
            };
            (buffer.name.to_string(), format!("{network}  {counts:>10}"))
        }
        SwitchTarget::Person(nick) => (format!("@ {}", name(nick)), "here".into()),
        SwitchTarget::Join(room) => (format!("+ join {}", name(room)), String::new()),
        SwitchTarget::Search(words) if words.is_empty() => {
            ("? and words finds messages".into(), String::new())
        }
        SwitchTarget::Search(words) => (
            format!("? {}", SafeText::new(words)),
            "messages on the server".into(),
        ),
        SwitchTarget::Command(name) => {
            let help = crate::commands::table::find(name).map_or("", |command| command.help);
            (format!("/{name}"), help.into())
        }
        SwitchTarget::Action(action) => {
            let row = ACTIONS.iter().find(|row| row.action == *action);
            let name = row.map_or("", |row| row.name);
            (name.into(), app.keymap().keys_of(*action))
        }
    }
}

fn draw_pager(screen: &mut Canvas, layout: &Layout, app: &App, pager: &Pager) {
    let theme = &app.settings.theme;
    let area = layout.area;
    let inner = boxed(screen, app, area, &pager.title);
    let width = usize::from(inner.width).max(1);
    let mut row = 0;
    let rows = inner.height.saturating_sub(1);
    'all: for line in pager.lines.iter().skip(pager.top) {
        let head = !line.starts_with(' ') && !line.is_empty();
        let style = if head { theme.accent() } else { Style::new() };
        for part in wrap::rows(line, width) {
            if row >= rows {
                break 'all;
            }
            put(screen, inner, row, &line[part], style);
            row += 1;
        }
    }
    let last = inner.height.saturating_sub(1);
    put(
        screen,
        inner,
        last,
        "Up Down PgUp PgDn move  Esc back",
        theme.dim(),
    );
    screen.cursor = None;
}

fn draw_list(screen: &mut Canvas, layout: &Layout, app: &App, list: &List) {
    let theme = &app.settings.theme;
    let area = layout.area;
    let inner = boxed(screen, app, area, &list.title);
    let rows = usize::from(inner.height.saturating_sub(1));
    let from = (list.chosen + 1).saturating_sub(rows);
    for (row, (index, place)) in list
        .places
        .iter()
        .enumerate()
        .skip(from)
        .take(rows)
        .enumerate()
    {
        let at = app.settings.zone.wall(place.time);
        let text = match &place.msgid {
            Some(_) => {
                let (hour, minute) = (at.hour, at.minute);
                format!("{} {hour:02}:{minute:02}  {}", at.short(), place.text)
            }
            None => place.text.to_string(),
        };
        let style = if index == list.chosen {
            theme.reversed()
        } else {
            Style::new()
        };
        let at = put(screen, inner, row as u16, &text, style);
        screen.hits.push((at, Hit::Choice(index)));
    }
    if list.places.is_empty() {
        let text = if list.open { "Looking…" } else { "Nothing." };
        put(screen, inner, 0, text, theme.dim());
    }
    let last = inner.height.saturating_sub(1);
    put(
        screen,
        inner,
        last,
        "Enter goes there  Esc back",
        theme.dim(),
    );
    screen.cursor = None;
}

fn draw_picker(screen: &mut Canvas, layout: &Layout, app: &App, menu: &Menu) {
    let height = menu.rows.len() as u16 + 4;
    let area = centred(layout, QUESTION, height);
    let inner = boxed(screen, app, area, &menu.title);
    let rows = usize::from(inner.height.saturating_sub(2));
    let from = (menu.chosen + 1).saturating_sub(rows);
    let shown = menu.rows.iter().enumerate().skip(from).take(rows);
    for (row, (index, (key, text, _))) in shown.enumerate() {
        let style = match index == menu.chosen {
            true => app.settings.theme.reversed(),
            false => Style::new(),
        };
        let at = put(screen, inner, row as u16, &format!("{key}  {text}"), style);
        screen.hits.push((at, Hit::Choice(index)));
    }
    let last = inner.height.saturating_sub(1);
    let dim = app.settings.theme.dim();
    put(
        screen,
        inner,
        last,
        "Up Down, Enter, or the key  Esc back",
        dim,
    );
    screen.cursor = None;
}

fn draw_question(screen: &mut Canvas, layout: &Layout, app: &App, question: &Confirmation) {
    let (title, text) = match question {
        Confirmation::Delete(id) => {
            let buffer = app.model.buffer();
            let line = buffer.position(*id).map(|at| &buffer.lines[at]);
            let text = line.map(|line| line.text.to_string()).unwrap_or_default();
            ("Delete this message?", text)
        }
        Confirmation::Open(url) => ("Open this?", crate::links::safe(url)),
        Confirmation::Upload(path) => ("Upload this file?", end_of(path.trim())),
        Confirmation::Settings(_) => ("Keep the settings you changed?", app.changed_settings()),
        Confirmation::Trust(_, server, before, now) => {
            return draw_trust(screen, layout, app, (server, before, now));
        }
    };
    let area = centred(layout, QUESTION, 6);
    let inner = boxed(screen, app, area, title);
    let first = text.split('\n').next().unwrap_or_default();
    put(screen, inner, 0, first, Style::new());
    put(screen, inner, 2, "y yes   n no", app.settings.theme.dim());
    screen.cursor = None;
}

/// Returns the end of a path that fits into a question: there is the name of the file.
fn end_of(path: &str) -> String {
    let room = usize::from(QUESTION).saturating_sub(6);
    match wrap::end(path, room) {
        end if end.len() < path.len() => format!("…{end}"),
        end => end.to_owned(),
    }
}

/// Draws the question about a changed certificate.
fn draw_trust(
    screen: &mut Canvas,
    layout: &Layout,
    app: &App,
    (server, before, now): (&str, &Pin, &Pin),
) {
    let theme = &app.settings.theme;
    let area = centred(layout, TRUST, 14);
    let inner = boxed(screen, app, area, "Another certificate than before");
    let room = usize::from(inner.width).max(1);
    let text = format!(
        "{server} shows another certificate than before. Either it was changed on purpose, or somebody is in between. Ask whoever runs it.\n\nbefore {}\nnow    {}",
        before.certificate, now.certificate
    );
    let text = SafeText::of_lines(&text);
    let mut row = 0;
    for piece in wrap::rows(text.as_str(), room) {
        let line = text.as_str()[piece].trim_end_matches('\n');
        put(screen, inner, row, line, Style::new());
        row += 1;
    }
    put(
        screen,
        inner,
        row + 1,
        "y trust the new one   n stay away",
        theme.dim(),
    );
    screen.cursor = None;
}

fn draw_paste(screen: &mut Canvas, layout: &Layout, app: &App, text: &str) {
    let theme = &app.settings.theme;
    let lines: Vec<&str> = text.trim_end_matches('\n').split('\n').collect();
    let size = match text.len() {
        small @ 0..1000 => format!("{small} bytes"),
        size => format!("{}.{} kB", size / 1000, size % 1000 / 100),
    };
    let area = centred(layout, QUESTION, 10);
    let title = format!("{} lines pasted ({size})", lines.len());
    let inner = boxed(screen, app, area, &title);
    let shown = lines.len().min(PASTED);
    for (row, line) in lines.iter().take(shown).enumerate() {
        put(
            screen,
            inner,
            row as u16,
            SafeText::new(line).as_str(),
            theme.dim(),
        );
    }
    let mut row = shown as u16;
    if lines.len() > shown {
        let more = format!("… {} more lines", lines.len() - shown);
        put(
            screen,
            inner,
            row,
            &app.settings.glyphs.of(&more),
            theme.dim(),
        );
        row += 1;
    }
    let send = match app.message_count(text) {
        1 => "Enter  send as one message".to_owned(),
        count => format!("Enter  send as {count} messages"),
    };
    put(screen, inner, row + 1, &send, Style::new());
    put(
        screen,
        inner,
        row + 2,
        "i      put it in the composer and edit",
        Style::new(),
    );
    put(screen, inner, row + 3, "Esc    discard", Style::new());
    let place = match app.model.buffer().kind {
        BufferKind::Server => String::new(),
        BufferKind::Channel | BufferKind::Person => format!("to {}", app.model.buffer().name),
    };
    let at = Rect {
        x: inner.right().saturating_sub(wrap::width(&place) as u16),
        y: inner.y + row + 1,
        width: wrap::width(&place) as u16,
        height: 1,
    };
    if row + 1 < inner.height {
        screen.render_widget(Span::styled(place, theme.dim()), at);
    }
    screen.cursor = None;
}

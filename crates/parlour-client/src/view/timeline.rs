//! The lines of the buffer that is looked at, newest at the bottom.

use chrono::{DateTime, Datelike, Local, Timelike, Utc};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line as Row, Span};

use super::layout::{Gutter, Layout};
use super::theme::Theme;
use super::wrap;
use crate::model::{Buffer, Line, LineKind, LineState, Model, Scroll};

/// Where the clock on the wall is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// Here.
    Local,
    /// Greenwich.
    Utc,
}

/// A moment as the wall clock shows it.
struct Wall {
    /// Days, to tell when one ends.
    day: i32,
    date: String,
    hour: u32,
    minute: u32,
    second: u32,
}

impl Zone {
    fn wall(self, ms: u64) -> Wall {
        let utc = DateTime::<Utc>::from_timestamp_millis(i64::try_from(ms).unwrap_or(0))
            .unwrap_or_default();
        match self {
            Zone::Utc => wall(&utc),
            Zone::Local => wall(&utc.with_timezone(&Local)),
        }
    }
}

fn wall<Tz: chrono::TimeZone>(at: &DateTime<Tz>) -> Wall
where
    Tz::Offset: std::fmt::Display,
{
    Wall {
        day: at.num_days_from_ce(),
        date: at.format("%A, %-d %B %Y").to_string(),
        hour: at.hour(),
        minute: at.minute(),
        second: at.second(),
    }
}

/// How a line's text reads: without the nick, which has its own column.
fn body(line: &Line) -> String {
    let state = match &line.state {
        LineState::Sent => String::new(),
        LineState::Pending { .. } => "   ◌ sending".into(),
        LineState::Failed { why } => format!("   ✗ not sent: {why}"),
    };
    format!("{}{state}", line.text)
}

/// What stands in the nicks' column.
fn speaker(line: &Line) -> String {
    match line.kind {
        LineKind::Message => line.from.to_string(),
        LineKind::Action => format!("* {}", line.from),
        LineKind::Notice => format!("-{}-", line.from),
        LineKind::System => "──".into(),
        LineKind::Error => "✗".into(),
    }
}

/// The line as it stands where nicks are inline.
fn inline(line: &Line) -> String {
    match line.kind {
        LineKind::Message => format!("{}: {}", line.from, body(line)),
        LineKind::Action => format!("* {} {}", line.from, body(line)),
        LineKind::Notice => format!("-{}- {}", line.from, body(line)),
        LineKind::System | LineKind::Error => body(line),
    }
}

/// Columns that rows after the first are set in, where nicks are inline.
const HANGING: usize = 2;

/// The rows that a line's text takes.
fn text_rows(line: &Line, layout: &Layout) -> Vec<String> {
    let (text, width) = match layout.gutter {
        Gutter::Columns { .. } => (body(line), usize::from(layout.text_width)),
        Gutter::Inline => (
            inline(line),
            usize::from(layout.text_width)
                .saturating_sub(HANGING)
                .max(1),
        ),
    };
    wrap::rows(&text, width)
        .into_iter()
        .map(|row| text[row].to_owned())
        .collect()
}

/// All rows of a line, with what stands above it: a new day, what is new, the minute.
fn rows(
    line: &Line,
    previous: Option<&Line>,
    buffer: &Buffer,
    layout: &Layout,
    theme: &Theme,
    zone: Zone,
) -> Vec<Row<'static>> {
    let mut out = Vec::new();
    let width = usize::from(layout.timeline.width);
    let at = zone.wall(line.time);
    let before = previous.map(|line| zone.wall(line.time));
    if before.as_ref().is_none_or(|before| before.day != at.day) {
        out.push(rule(&at.date, width, theme.dim()));
    }
    if buffer.unread_from == Some(line.id) {
        let new = buffer
            .lines
            .iter()
            .rev()
            .take_while(|l| l.id != line.id)
            .filter(|l| l.is_said())
            .count()
            + 1;
        let text = format!("{new} new since {:02}:{:02}", at.hour, at.minute);
        out.push(rule(&text, width, theme.unread()));
    }
    let style = style(line, theme);
    let texts = text_rows(line, layout);
    match layout.gutter {
        Gutter::Columns { seconds, nick } => {
            let time = if seconds {
                format!("[{:02}:{:02}:{:02}]", at.hour, at.minute, at.second)
            } else {
                format!("{:02}:{:02}", at.hour, at.minute)
            };
            let name = wrap::fit(&speaker(line), usize::from(nick));
            let pad = " ".repeat(usize::from(nick).saturating_sub(wrap::width(&name)) + 1);
            let blank = " ".repeat(wrap::width(&time) + usize::from(nick) + 1);
            let bar = if line.mention { " ▌ " } else { " │ " };
            let bar_style = if line.mention {
                theme.mention()
            } else {
                theme.dim()
            };
            for (index, text) in texts.into_iter().enumerate() {
                let mut spans = if index == 0 {
                    vec![
                        Span::styled(time.clone(), theme.dim()),
                        Span::raw(pad.clone()),
                        Span::styled(name.clone(), nick_style(line, theme)),
                    ]
                } else {
                    vec![Span::raw(blank.clone())]
                };
                spans.push(Span::styled(bar, bar_style));
                spans.push(Span::styled(text, style));
                out.push(Row::from(spans));
            }
        }
        Gutter::Inline => {
            if before.is_none_or(|before| {
                (before.day, before.hour, before.minute) != (at.day, at.hour, at.minute)
            }) {
                out.push(Row::styled(
                    format!("{:02}:{:02}", at.hour, at.minute),
                    theme.dim(),
                ));
            }
            for (index, text) in texts.into_iter().enumerate() {
                let lead = match (index, line.mention) {
                    (_, true) if index > 0 => "▌ ",
                    (_, true) => "▌",
                    (0, false) => "",
                    _ => "  ",
                };
                out.push(Row::from(vec![
                    Span::styled(lead, theme.mention()),
                    Span::styled(text, style),
                ]));
            }
        }
    }
    out
}

fn style(line: &Line, theme: &Theme) -> Style {
    match (line.kind, &line.state) {
        (_, LineState::Failed { .. }) | (LineKind::Error, _) => theme.error(),
        (_, LineState::Pending { .. }) | (LineKind::System, _) => theme.dim(),
        _ if line.mention => theme.mention(),
        _ => Style::new(),
    }
}

fn nick_style(line: &Line, theme: &Theme) -> Style {
    match line.kind {
        LineKind::System => theme.dim(),
        LineKind::Error => theme.error(),
        _ if line.mention => theme
            .nick(line.from.as_str(), line.own)
            .add_modifier(Modifier::BOLD),
        _ => theme.nick(line.from.as_str(), line.own),
    }
}

/// Words in the middle of a line across.
fn rule(text: &str, width: usize, style: Style) -> Row<'static> {
    let text = format!(" {} ", wrap::fit(text, width.saturating_sub(4)));
    let dashes = width.saturating_sub(wrap::width(&text));
    let left = "─".repeat(dashes / 2);
    let right = "─".repeat(dashes - dashes / 2);
    Row::styled(format!("{left}{text}{right}"), style)
}

/// Where the lowest row is: index of its line, and how many of the line's rows are hidden.
fn bottom(buffer: &Buffer) -> (usize, usize) {
    let end = (buffer.lines.len(), 0);
    let Some(scroll) = buffer.scroll else {
        return end;
    };
    match buffer.lines.iter().position(|line| line.id == scroll.line) {
        Some(index) => (index + 1, scroll.hidden),
        None => end,
    }
}

pub(super) fn draw(screen: &mut Frame, layout: &Layout, model: &Model, theme: &Theme, zone: Zone) {
    let area = layout.timeline;
    let buffer = model.buffer();
    let (end, mut hidden) = bottom(buffer);
    let mut left = usize::from(area.height);
    // From the lowest row upwards; what is not seen is not wrapped.
    for index in (0..end).rev() {
        let previous = index.checked_sub(1).and_then(|i| buffer.lines.get(i));
        let mut all = rows(&buffer.lines[index], previous, buffer, layout, theme, zone);
        all.truncate(all.len().saturating_sub(std::mem::take(&mut hidden)).max(1));
        for row in all.into_iter().rev() {
            if left == 0 {
                return;
            }
            left -= 1;
            screen.render_widget(
                row,
                Rect {
                    y: area.y + left as u16,
                    height: 1,
                    ..area
                },
            );
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
        screen.render_widget(Row::styled(text, theme.dim()).centered(), row);
    }
}

/// Moves the view by so many rows; true if the oldest line is in sight.
pub fn scroll(buffer: &mut Buffer, layout: &Layout, up: bool, count: usize) -> bool {
    let height = usize::from(layout.timeline.height);
    let (mut end, mut hidden) = bottom(buffer);
    let of = |index: usize| text_rows(&buffer.lines[index], layout).len();
    if up {
        let mut left = count;
        while left > 0 && end > 0 {
            let rows = of(end - 1);
            // The screen may have been narrower when the view was held.
            hidden = hidden.min(rows - 1);
            if hidden + left < rows {
                hidden += left;
                left = 0;
            } else {
                left -= rows - hidden;
                (end, hidden) = (end - 1, 0);
            }
        }
        // Never further than to a full screen of the oldest lines.
        let mut above = 0;
        let mut first = end;
        while first > 0 && above < height + hidden {
            first -= 1;
            above += of(first);
        }
        let mut missing = (height + hidden).saturating_sub(above);
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
    if end >= buffer.lines.len() && hidden == 0 {
        return None;
    }
    let line = buffer.lines.get(end.checked_sub(1)?)?;
    Some(Scroll {
        line: line.id,
        hidden,
    })
}

//! Rows of a line in the timeline: gutter, styled text, and additions.

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line as Row, Span};

use super::canvas::Canvas;
use super::layout::{Gutter, Layout};
use super::shown_line::{Link, ShownLine};
use super::wrap;
use crate::model::{Buffer, Line, LineKind, LineState};
use crate::settings::Settings;

/// Maximum rows of a folded message.
const FOLD: usize = 8;
/// Indent of rows after the first, with inline nicks.
const HANGING: usize = 2;

/// Row of a message: part of its text, or a text of the client.
enum Piece {
    /// Byte range of the message's text.
    Text(std::ops::Range<usize>),
    /// Text of the client, such as the delivery state.
    Own(String, Style),
}

/// Line with everything needed to draw it.
struct Drawn<'a> {
    line: &'a Line,
    settings: &'a Settings,
    /// Text before the first row that is not part of the gutter.
    lead: String,
    /// Links in the text, in order.
    links: &'a [Link],
}

/// Returns the text before a line's own: the inline nick, or the mark of a reply.
fn lead(line: &Line, layout: &Layout, settings: &Settings) -> String {
    let inline = layout.gutter == Gutter::Inline;
    let half = usize::from(layout.text_width / 2);
    let fit = |nick: &str| wrap::fit(nick, half.saturating_sub(3).max(1));
    let lead = match line.kind {
        LineKind::Message if inline && line.redacted => String::new(),
        LineKind::Message if inline => format!("{}: ", fit(line.from.as_str())),
        LineKind::Action if inline => format!("* {} ", fit(line.from.as_str())),
        LineKind::Notice if inline => format!("-{}- ", fit(line.from.as_str())),
        // Connects the row to the quoted message above.
        LineKind::Message | LineKind::Action if line.reply.is_some() => "╰ ".into(),
        LineKind::Message
        | LineKind::Action
        | LineKind::Notice
        | LineKind::Moves
        | LineKind::Event
        | LineKind::System
        | LineKind::Error
        | LineKind::Gap => String::new(),
    };
    settings.glyphs.of(&lead)
}

/// Returns the text in the nicks' column.
fn speaker(line: &Line, settings: &Settings) -> String {
    let own = match line.kind {
        LineKind::Message => return line.from.to_string(),
        LineKind::Action => return format!("* {}", line.from),
        LineKind::Notice => return format!("-{}-", line.from),
        LineKind::Moves => "←→",
        LineKind::Event => "server",
        LineKind::System => "──",
        LineKind::Error => "✗",
        LineKind::Gap => "…",
    };
    settings.glyphs.of(own)
}

/// Returns the rows of a line: quoted message, text, state and reactions.
fn pieces(line: &Line, layout: &Layout, settings: &Settings) -> Vec<Piece> {
    let theme = &settings.theme;
    let own = |text: &str| settings.glyphs.of(text);
    let width = usize::from(layout.text_width);
    let inline = layout.gutter == Gutter::Inline;
    let mut out = Vec::new();
    if let Some(reply) = &line.reply {
        let quoted = if reply.from.as_str().is_empty() {
            own("╭ an earlier message")
        } else {
            format!(
                "{}{}: {}",
                own("╭ "),
                reply.from,
                first_line(reply.text.as_str())
            )
        };
        out.push(Piece::Own(own(&wrap::fit(&quoted, width)), theme.dim()));
    }
    if line.kind == LineKind::Moves {
        let moved = own(&line.moved());
        for row in wrap::rows(&moved, width) {
            out.push(Piece::Own(moved[row].to_owned(), theme.dim()));
        }
        return out;
    }
    let text = line.text.as_str();
    let lead = wrap::width(&lead(line, layout, settings));
    let room = if inline {
        width.saturating_sub(HANGING).max(1)
    } else {
        width
    };
    // With inline nicks, the first row has only the space after the nick.
    let rows = wrap::rows_after(text, room, lead.min(room.saturating_sub(2)));
    let most = if line.open { usize::MAX } else { FOLD };
    let count = rows.len();
    if count > most {
        let shown = most - 1;
        out.extend(rows.into_iter().take(shown).map(Piece::Text));
        let more = format!(
            "▸ {} more lines  (Esc, Enter opens; y copies all)",
            count - shown
        );
        out.push(Piece::Own(own(&wrap::fit(&more, room)), theme.accent()));
    } else {
        out.extend(rows.into_iter().map(Piece::Text));
    }
    let state = match &line.state {
        LineState::Sent if line.edited && !line.redacted => {
            Some(("(edited)".to_owned(), theme.dim()))
        }
        LineState::Sent => None,
        LineState::Waiting | LineState::Pending { .. } | LineState::Unconfirmed => {
            Some((own("◌ sending"), theme.dim()))
        }
        LineState::Failed { why } => {
            let text = format!("✗ not sent: {why}  · r retry · d drop");
            Some((own(&text), theme.error()))
        }
    };
    if let Some((state, style)) = state {
        append(&mut out, text, room, state, style);
    }
    if !line.reactions.is_empty() {
        let shown: Vec<String> = line
            .reactions
            .iter()
            .map(|r| format!("[{} {}]", r.text, r.from.len()))
            .collect();
        let shown = shown.join(" ");
        for row in wrap::rows(&shown, width) {
            out.push(Piece::Own(shown[row].to_owned(), theme.accent()));
        }
    }
    out
}

/// Appends words to the last row, or below it if there is no room.
fn append(out: &mut Vec<Piece>, text: &str, room: usize, words: String, style: Style) {
    let used = match out.last() {
        Some(Piece::Text(row)) => wrap::width(&text[row.clone()]),
        Some(Piece::Own(..)) | None => usize::MAX,
    };
    if used.saturating_add(wrap::width(&words) + 3) <= room {
        // NUL marks words that join the row before; safe text never contains it.
        out.push(Piece::Own(format!("\u{0}{words}"), style));
    } else {
        for row in wrap::rows(&words, room) {
            out.push(Piece::Own(words[row].to_owned(), style));
        }
    }
}

/// Returns whether a part of the line's text is folded away.
pub(crate) fn is_folded(line: &Line, layout: &Layout, settings: &Settings) -> bool {
    let line = &*ShownLine::text(line, settings);
    let pieces = pieces(line, layout, settings);
    let text = pieces.iter().rev().find_map(|piece| match piece {
        Piece::Text(row) => Some(row.end),
        Piece::Own(..) => None,
    });
    text.is_some_and(|end| end < line.text.as_str().len())
}

fn first_line(text: &str) -> &str {
    text.split('\n').next().unwrap_or_default()
}

/// Rows above a line: new day, start of unread messages, new minute.
#[derive(Clone, Copy)]
struct Above {
    day: bool,
    new: bool,
    minute: bool,
}

fn above(
    line: &Line,
    previous: Option<&Line>,
    buffer: &Buffer,
    layout: &Layout,
    settings: &Settings,
) -> Above {
    let at = settings.zone.wall(line.time);
    let before = previous.map(|line| settings.zone.wall(line.time));
    let minute = |wall: &super::clock::LocalTime| (wall.day, wall.hour, wall.minute);
    let inline = layout.gutter == Gutter::Inline;
    Above {
        day: before.as_ref().is_none_or(|before| before.day != at.day),
        new: buffer.unread_from == Some(line.id),
        minute: inline && before.is_none_or(|before| minute(&before) != minute(&at)),
    }
}

/// Returns the number of rows of a line, with those above it.
pub(super) fn height(buffer: &Buffer, index: usize, layout: &Layout, settings: &Settings) -> usize {
    let line = &buffer.lines[index];
    let previous = index.checked_sub(1).and_then(|at| buffer.lines.get(at));
    let above = above(line, previous, buffer, layout, settings);
    let above = [above.day, above.new, above.minute];
    let above = above.iter().filter(|there| **there).count();
    above + text_height(line, layout, settings)
}

fn text_height(line: &Line, layout: &Layout, settings: &Settings) -> usize {
    let line = &*ShownLine::text(line, settings);
    // Must agree with `bodies`, or the scroll position drifts from what is drawn.
    let joined = |piece: &Piece| matches!(piece, Piece::Own(text, _) if text.starts_with('\0'));
    let pieces = pieces(line, layout, settings);
    pieces.iter().filter(|piece| !joined(piece)).count()
}

impl Drawn<'_> {
    /// Returns the style of text without formatting.
    fn style(&self) -> Style {
        let theme = &self.settings.theme;
        match (self.line.kind, &self.line.state) {
            (_, LineState::Failed { .. }) | (LineKind::Error, _) => theme.error(),
            (_, state) if state.is_open() => theme.dim(),
            (LineKind::System | LineKind::Event | LineKind::Gap | LineKind::Moves, _) => {
                theme.dim()
            }
            _ if self.line.redacted => theme.dim().add_modifier(Modifier::ITALIC),
            _ if self.line.mention => theme.mention(),
            _ => Style::new(),
        }
    }

    /// Splits a row of the text into styled spans.
    fn spans(&self, row: std::ops::Range<usize>, canvas: &mut Canvas) -> Vec<Span<'static>> {
        let text = self.line.text.as_str();
        let theme = &self.settings.theme;
        let base = self.style();
        // Only the links of this row: a long message may have many.
        let from = self
            .links
            .partition_point(|link| link.range.end <= row.start);
        let to = self
            .links
            .partition_point(|link| link.range.start < row.end);
        let links = &self.links[from..to.max(from)];
        let mut out = Vec::new();
        let mut at = row.start;
        while at < row.end {
            let (text_style, next) = self.line.text.style_at(at);
            let mut end = next.min(row.end);
            let link = links.iter().find(|link| link.range.contains(&at));
            match link {
                Some(link) => end = end.min(link.range.end),
                None => {
                    let begins = links
                        .iter()
                        .map(|link| link.range.start)
                        .filter(|start| *start > at);
                    end = end.min(begins.min().unwrap_or(end));
                }
            }
            let mut style = base;
            if self.settings.formatting {
                for (on, modifier) in [
                    (text_style.bold, Modifier::BOLD),
                    (text_style.italic, Modifier::ITALIC),
                    (text_style.underlined, Modifier::UNDERLINED),
                    (text_style.struck, Modifier::CROSSED_OUT),
                    (text_style.reversed, Modifier::REVERSED),
                ] {
                    if on {
                        style = style.add_modifier(modifier);
                    }
                }
                if text_style.code {
                    style = style.patch(theme.code());
                }
                if let Some(colour) = text_style.fg.and_then(|colour| theme.chosen(colour)) {
                    style = style.fg(colour);
                }
            }
            let piece = &text[at..end];
            let shown = if self.line.redacted {
                // The text of a redacted message is the client's own.
                self.settings.glyphs.of(piece)
            } else if text_style.spoiler && !self.line.open {
                "▒".repeat(wrap::width(piece))
            } else {
                piece.to_owned()
            };
            if let Some(link) = link {
                // The whole address, also on a row that shows a part of it: a wrapped link stays
                // one link.
                let id = canvas.link(link.url.clone());
                style = style.patch(theme.link()).underline_color(id.mark());
            }
            out.push(Span::styled(shown, style));
            at = end;
        }
        out
    }
}

/// Returns all rows of a line, with those above it: new day, start of unread messages, new minute.
pub(super) fn rows(
    line: &Line,
    previous: Option<&Line>,
    buffer: &Buffer,
    layout: &Layout,
    settings: &Settings,
    chosen: bool,
    canvas: &mut Canvas,
) -> Vec<Row<'static>> {
    let shown = ShownLine::new(line, settings);
    let line = &*shown.line;
    let theme = &settings.theme;
    let glyphs = settings.glyphs;
    let mut out = Vec::new();
    let width = usize::from(layout.timeline.width);
    let at = settings.zone.wall(line.time);
    let above = above(line, previous, buffer, layout, settings);
    if above.day {
        out.push(rule(&at.date, width, theme.dim(), settings));
    }
    if above.new {
        let new = buffer
            .lines
            .iter()
            .rev()
            .take_while(|l| l.id != line.id)
            .filter(|l| l.is_message() && !l.own)
            .count()
            + 1;
        let text = format!("{new} new since {:02}:{:02}", at.hour, at.minute);
        out.push(rule(&text, width, theme.unread(), settings));
    }
    let (bodies, first) = bodies(&shown, layout, settings, canvas);
    match layout.gutter {
        Gutter::Columns { seconds, nick } => {
            let time = if seconds {
                format!("[{:02}:{:02}:{:02}]", at.hour, at.minute, at.second)
            } else {
                format!("{:02}:{:02}", at.hour, at.minute)
            };
            out.extend(in_columns(
                line,
                bodies,
                &time,
                usize::from(nick),
                chosen,
                settings,
            ));
        }
        Gutter::Inline => {
            if above.minute {
                let text = format!("{:02}:{:02}", at.hour, at.minute);
                out.push(Row::styled(text, theme.dim()));
            }
            for (index, body) in bodies.into_iter().enumerate() {
                let lead = match (index > first, line.mention) {
                    (true, true) => "▌ ",
                    (false, true) => "▌",
                    (false, false) => "",
                    (true, false) => "  ",
                };
                let mut spans = vec![Span::styled(glyphs.of(lead), theme.mention_bar())];
                spans.extend(body);
                out.push(Row::from(spans));
            }
        }
    }
    out
}

/// Adds time and nick columns to the rows.
fn in_columns(
    line: &Line,
    bodies: Vec<Vec<Span<'static>>>,
    time: &str,
    nick: usize,
    chosen: bool,
    settings: &Settings,
) -> Vec<Row<'static>> {
    let theme = &settings.theme;
    let name = wrap::fit(&speaker(line, settings), nick);
    let pad = " ".repeat(nick.saturating_sub(wrap::width(&name)) + 1);
    let blank = " ".repeat(wrap::width(time) + nick + 1);
    let (bar, bar_style) = if line.mention {
        (" ▌ ", theme.mention_bar())
    } else if chosen {
        (" ▸ ", theme.accent())
    } else {
        (" │ ", theme.dim())
    };
    let first = [
        Span::styled(time.to_owned(), theme.dim()),
        Span::raw(pad),
        Span::styled(name, nick_style(line, settings)),
    ];
    let row = |(index, body): (usize, Vec<Span<'static>>)| {
        let mut spans = match index {
            0 => first.to_vec(),
            _ => vec![Span::raw(blank.clone())],
        };
        spans.push(Span::styled(settings.glyphs.of(bar), bar_style));
        spans.extend(body);
        Row::from(spans)
    };
    bodies.into_iter().enumerate().map(row).collect()
}

/// Returns the rows of a line without gutter, and the index of the first one with its text.
fn bodies(
    ShownLine { line, links }: &ShownLine<'_>,
    layout: &Layout,
    settings: &Settings,
    canvas: &mut Canvas,
) -> (Vec<Vec<Span<'static>>>, usize) {
    let drawn = Drawn {
        line,
        settings,
        lead: lead(line, layout, settings),
        links,
    };
    let mut bodies: Vec<Vec<Span<'static>>> = Vec::new();
    let mut text_begins = None;
    for piece in pieces(line, layout, settings) {
        match piece {
            Piece::Text(row) => {
                let mut spans = Vec::new();
                if text_begins.is_none() {
                    text_begins = Some(bodies.len());
                    if !drawn.lead.is_empty() {
                        let style = match layout.gutter {
                            Gutter::Inline => nick_style(line, settings),
                            Gutter::Columns { .. } => settings.theme.dim(),
                        };
                        spans.push(Span::styled(drawn.lead.clone(), style));
                    }
                }
                spans.extend(drawn.spans(row, canvas));
                bodies.push(spans);
            }
            Piece::Own(text, style) => match text.strip_prefix('\0') {
                Some(words) => {
                    let span = Span::styled(format!("   {words}"), style);
                    if let Some(last) = bodies.last_mut() {
                        last.push(span);
                    }
                }
                None => bodies.push(vec![Span::styled(text, style)]),
            },
        }
    }
    (bodies, text_begins.unwrap_or(0))
}

fn nick_style(line: &Line, settings: &Settings) -> Style {
    let theme = &settings.theme;
    match line.kind {
        LineKind::System | LineKind::Moves | LineKind::Event | LineKind::Gap => theme.dim(),
        LineKind::Error => theme.error(),
        _ if line.mention => theme.nick(line.hue, line.own).add_modifier(Modifier::BOLD),
        LineKind::Message | LineKind::Action | LineKind::Notice => theme.nick(line.hue, line.own),
    }
}

/// Draws a horizontal rule with centred words.
fn rule(text: &str, width: usize, style: Style, settings: &Settings) -> Row<'static> {
    let text = format!(" {} ", wrap::fit(text, width.saturating_sub(4)));
    let dashes = width.saturating_sub(wrap::width(&text));
    let left = "─".repeat(dashes / 2);
    let right = "─".repeat(dashes - dashes / 2);
    Row::styled(settings.glyphs.of(&format!("{left}{text}{right}")), style)
}

//! Renderer of frames: writes only changed cells, and lets the terminal scroll moved rows.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::view::{Canvas, LinkId, wrap};

/// Maximum number of rows scrolled; anything more is redrawn.
const MAX_SCROLL: usize = 16;

/// Maximum number of unchanged cells that are rewritten rather than skipped.
const SHORT: u16 = 6;

/// Renderer that knows what the terminal shows.
#[derive(Debug, Default)]
pub struct Renderer {
    shown: Option<Canvas>,
    /// Set once the terminal is known to support synchronized output (DEC mode 2026).
    pub synchronised: bool,
}

impl Renderer {
    /// Forgets what the terminal shows, so that the next frame is drawn whole.
    pub fn forget(&mut self) {
        self.shown = None;
    }

    /// Returns the bytes that make the terminal show `canvas`; empty if it does already.
    pub fn paint(&mut self, canvas: Canvas) -> Vec<u8> {
        let mut body = match &self.shown {
            // A link id that changed its address makes equal cells differ, so everything is
            // redrawn.
            Some(shown)
                if shown.cells.area == canvas.cells.area && !canvas.renames_links(shown) =>
            {
                // Both ways are computed, and the shorter one is sent: scrolling is not always
                // cheaper.
                let still = difference(&shown.cells, &canvas);
                match moved(shown, &canvas) {
                    Some(bytes) if bytes.len() < still.len() => bytes,
                    _ => still,
                }
            }
            _ => {
                let mut bytes = b"\x1b[r\x1b[0m\x1b[2J".to_vec();
                let blank = Buffer::empty(canvas.cells.area);
                bytes.append(&mut difference(&blank, &canvas));
                bytes
            }
        };
        let cursor = self.shown.as_ref().map(|shown| shown.cursor);
        if body.is_empty() && cursor == Some(canvas.cursor) {
            return body;
        }
        // Writing cells moves the cursor, even if the frame leaves it in place.
        let mut out = Vec::with_capacity(body.len() + 48);
        if self.synchronised {
            out.extend_from_slice(b"\x1b[?2026h");
        }
        if !body.is_empty() && cursor != Some(None) {
            out.extend_from_slice(b"\x1b[?25l");
        }
        let hidden = !body.is_empty() || cursor == Some(None);
        out.append(&mut body);
        match canvas.cursor {
            Some(Position { x, y }) => {
                out.extend_from_slice(format!("\x1b[{};{}H", y + 1, x + 1).as_bytes());
                if hidden || cursor.is_none() {
                    out.extend_from_slice(b"\x1b[?25h");
                }
            }
            None if cursor.is_none_or(|before| before.is_some()) => {
                out.extend_from_slice(b"\x1b[?25l");
            }
            None => {}
        }
        if self.synchronised {
            out.extend_from_slice(b"\x1b[?2026l");
        }
        self.shown = Some(canvas);
        out
    }
}

/// Returns the bytes for the cells in which two screens differ.
fn difference(before: &Buffer, after: &Canvas) -> Vec<u8> {
    let mut out = Pen::default();
    for (x, y, cell) in before.diff(&after.cells) {
        out.cell(x, y, cell, after);
    }
    out.finish()
}

/// Writer of cells with as few bytes as possible.
#[derive(Default)]
struct Pen {
    out: Vec<u8>,
    /// Position of the terminal's cursor; `None` if not known.
    at: Option<(u16, u16)>,
    style: (Color, Color, Modifier),
    link: Option<LinkId>,
}

impl Pen {
    fn cell(&mut self, x: u16, y: u16, cell: &Cell, canvas: &Canvas) {
        if self.at != Some((x, y)) && !self.rewrite_up_to(x, y, canvas) {
            self.go(x, y);
        }
        let link = LinkId::of(cell);
        if link != self.link {
            let open = link.and_then(|id| Some((id, canvas.links.get(&id)?)));
            match open {
                Some((id, url)) => self.write(&format!("\x1b]8;id={id};{url}\x1b\\")),
                None => self.write("\x1b]8;;\x1b\\"),
            }
            self.link = link;
        }
        let style = (cell.fg, cell.bg, cell.modifier);
        // A blank cell does not show the foreground colour.
        let unseen = Canvas::is_blank(cell) && Canvas::is_unseen_on_blanks(self.style);
        if style != self.style && !unseen {
            let codes = sgr(self.style, style);
            self.style = style;
            self.write(&codes);
        }
        self.write(cell.symbol());
        let width = wrap::width(cell.symbol()).max(1) as u16;
        // Terminals disagree about wide characters: position the cursor anew after one.
        self.at = (width == 1)
            .then_some((x + 1, y))
            .filter(|(x, _)| *x < canvas.cells.area.width);
    }

    /// Moves the cursor by the shortest sequence.
    fn go(&mut self, x: u16, y: u16) {
        let way = match self.at {
            Some((from, row)) if row == y && from < x => format!("\x1b[{}C", x - from),
            // The row below is on the screen, so `\n` does not scroll.
            Some((_, row)) if row + 1 == y && x == 0 => "\r\n".to_owned(),
            Some((_, row)) if row + 1 == y => format!("\r\n\x1b[{x}C"),
            _ => format!("\x1b[{};{}H", y + 1, x + 1),
        };
        self.write(&way);
    }

    /// Rewrites a few unchanged cells if that is shorter than moving; returns whether it did.
    fn rewrite_up_to(&mut self, x: u16, y: u16, canvas: &Canvas) -> bool {
        let Some((from, _)) = self.at.filter(|&(from, row)| row == y && from < x) else {
            return false;
        };
        let between = || (from..x).map(|x| &canvas.cells[(x, y)]);
        let is_plain = |cell: &Cell| {
            let style = (cell.fg, cell.bg, cell.modifier);
            let unseen = Canvas::is_blank(cell) && Canvas::is_unseen_on_blanks(self.style);
            let same = style == self.style || unseen;
            cell.symbol().len() == 1 && same && LinkId::of(cell) == self.link
        };
        // Single-byte cells in the current style and link only: they need no further sequence.
        if x - from > SHORT || !between().all(is_plain) {
            return false;
        }
        for cell in between() {
            self.out.extend_from_slice(cell.symbol().as_bytes());
        }
        true
    }

    fn write(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn finish(mut self) -> Vec<u8> {
        // A frame ends without link and style: sequences written beside frames must not inherit
        // them.
        if self.link.is_some() {
            self.write("\x1b]8;;\x1b\\");
        }
        if self.style != <(Color, Color, Modifier)>::default() {
            self.write("\x1b[0m");
        }
        self.out
    }
}

/// Returns the SGR sequence (ECMA-48) from one style to another.
fn sgr(before: (Color, Color, Modifier), (fg, bg, modifier): (Color, Color, Modifier)) -> String {
    let mut codes: Vec<String> = Vec::new();
    let anew = before.2 != modifier;
    if anew {
        codes.push("0".into());
        for (flag, code) in [
            (Modifier::BOLD, "1"),
            (Modifier::DIM, "2"),
            (Modifier::ITALIC, "3"),
            (Modifier::UNDERLINED, "4"),
            (Modifier::REVERSED, "7"),
            (Modifier::CROSSED_OUT, "9"),
        ] {
            if modifier.contains(flag) {
                codes.push(code.into());
            }
        }
    }
    for (was, colour, base) in [(before.0, fg, 30), (before.1, bg, 40)] {
        if !anew && was == colour {
            continue;
        }
        match colour {
            Color::Indexed(index @ 0..8) => codes.push((base + index).to_string()),
            Color::Indexed(index @ 8..16) => codes.push((base + 52 + index).to_string()),
            Color::Indexed(index) => codes.push(format!("{};5;{index}", base + 8)),
            Color::Rgb(r, g, b) => codes.push(format!("{};2;{r};{g};{b}", base + 8)),
            // After a reset the colours are the default already.
            _ if anew => {}
            _ => codes.push((base + 9).to_string()),
        }
    }
    format!("\x1b[{}m", codes.join(";"))
}

/// Returns the bytes for a frame whose timeline the terminal scrolls; `None` if that saves nothing.
fn moved(before: &Canvas, after: &Canvas) -> Option<Vec<u8>> {
    let area = after.moving;
    // An overlay or a resize changed the area: scrolling would move cells that are not the
    // timeline.
    if before.moving != area || area.height < 3 {
        return None;
    }
    let (old, new) = (hashes(&before.cells, area), hashes(&after.cells, area));
    let height = old.len();
    let hits = |by: usize, up: bool| {
        let (a, b) = if up { (&old, &new) } else { (&new, &old) };
        a[by..].iter().zip(b.iter()).filter(|(x, y)| x == y).count()
    };
    let stay = hits(0, true);
    let (by, up, count) = (1..=MAX_SCROLL.min(height - 1))
        .flat_map(|by| [(by, true), (by, false)])
        .map(|(by, up)| (by, up, hits(by, up)))
        // Among equal matches the shortest distance wins.
        .max_by_key(|&(by, _, hits)| (hits, usize::MAX - by))?;
    if count <= stay {
        return None;
    }
    // The difference is taken to the screen as it is after the scrolling.
    let mut shifted = before.cells.clone();
    shift(&mut shifted, area, by, up);
    // DECSTBM limits SU and SD to the timeline. It moves the cursor, but the pen starts without a
    // position.
    let direction = if up { 'S' } else { 'T' };
    let (top, bottom) = (area.top() + 1, area.bottom());
    let mut out = format!("\x1b[{top};{bottom}r\x1b[{by}{direction}\x1b[r").into_bytes();
    out.append(&mut difference(&shifted, after));
    Some(out)
}

fn hashes(cells: &Buffer, area: Rect) -> Vec<u64> {
    let row = |y: u16| {
        let mut hasher = DefaultHasher::new();
        for x in area.left()..area.right() {
            let cell = &cells[(x, y)];
            (
                cell.symbol(),
                cell.fg,
                cell.bg,
                cell.modifier,
                cell.underline_color,
            )
                .hash(&mut hasher);
        }
        hasher.finish()
    };
    (area.top()..area.bottom()).map(row).collect()
}

/// Applies the terminal's scrolling to a copy of its cells.
fn shift(cells: &mut Buffer, area: Rect, by: usize, up: bool) {
    let width = usize::from(cells.area.width);
    let by = by * width;
    let from = usize::from(area.top()) * width;
    let to = usize::from(area.bottom()) * width;
    let rows = &mut cells.content[from..to];
    if up {
        rows.rotate_left(by);
        let length = rows.len();
        rows[length - by..].iter_mut().for_each(Cell::reset);
    } else {
        rows.rotate_right(by);
        rows[..by].iter_mut().for_each(Cell::reset);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Style;

    fn canvas(rows: &[&str]) -> Canvas {
        let mut canvas = Canvas::new(20, rows.len() as u16);
        for (y, row) in rows.iter().enumerate() {
            canvas.cells.set_string(0, y as u16, row, Style::new());
        }
        canvas.cursor = Some(Position::new(0, rows.len() as u16 - 1));
        canvas.moving = Rect::new(0, 1, 20, rows.len() as u16 - 2);
        canvas
    }

    #[test]
    fn nothing_is_written_when_nothing_has_changed() {
        let mut renderer = Renderer::default();
        let rows = ["head", "one", "two", "three", "foot"];
        assert!(!renderer.paint(canvas(&rows)).is_empty());
        assert!(renderer.paint(canvas(&rows)).is_empty());
        renderer.forget();
        assert!(!renderer.paint(canvas(&rows)).is_empty());
    }

    #[test]
    fn rows_that_only_move_are_moved_by_the_terminal() {
        let mut renderer = Renderer::default();
        renderer.paint(canvas(&[
            "head",
            "first row",
            "second row",
            "third row",
            "foot",
        ]));
        let bytes = renderer.paint(canvas(&[
            "head",
            "second row",
            "third row",
            "fourth row",
            "foot",
        ]));
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("\x1b[2;4r\x1b[1S\x1b[r"), "{text:?}");
        assert!(
            text.contains("fourth row") && !text.contains("third"),
            "{text:?}"
        );
        let bytes = renderer.paint(canvas(&[
            "head",
            "first row",
            "second row",
            "third row",
            "foot",
        ]));
        let text = String::from_utf8(bytes).unwrap();
        assert!(
            text.contains("\x1b[1T") && !text.contains("third"),
            "{text:?}"
        );
    }
}

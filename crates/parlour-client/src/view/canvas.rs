//! What is drawn on: cells, and where the cursor stands.

use std::collections::BTreeMap;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier};
use ratatui::widgets::Widget;

use crate::app::mouse::Hit;

/// Which link: made of its address, so that it is the same in each frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(u32);

impl LinkId {
    /// The id that an address has where no other has it.
    fn new(url: &str) -> LinkId {
        let hash = url.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        LinkId(hash & 0xff_ffff)
    }

    fn next(self) -> LinkId {
        LinkId((self.0 + 1) & 0xff_ffff)
    }

    /// The link that a cell belongs to. It stands where the colour of an underline would, which
    /// is never set otherwise: cells of other links are other cells.
    pub fn of(cell: &Cell) -> Option<LinkId> {
        match cell.underline_color {
            Color::Rgb(r, g, b) => Some(LinkId(u32::from_be_bytes([0, r, g, b]))),
            _ => None,
        }
    }

    /// What stands in a cell for it.
    pub(super) fn mark(self) -> Color {
        let [_, r, g, b] = self.0.to_be_bytes();
        Color::Rgb(r, g, b)
    }
}

impl std::fmt::Display for LinkId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

/// A screenful.
#[derive(Clone, Debug)]
pub struct Canvas {
    /// The cells.
    pub cells: Buffer,
    /// The cursor; none: it is not shown.
    pub cursor: Option<Position>,
    /// The addresses of the links on it, safe to be written.
    pub links: BTreeMap<LinkId, String>,
    /// What stands where, for the mouse; what was drawn later lies above.
    pub hits: Vec<(Rect, Hit)>,
    /// Rows that move as one when something new comes: the timeline.
    pub moving: Rect,
}

impl Canvas {
    /// An empty one.
    pub fn new(width: u16, height: u16) -> Canvas {
        Canvas {
            cells: Buffer::empty(Rect::new(0, 0, width, height)),
            cursor: None,
            links: BTreeMap::new(),
            hits: Vec::new(),
            moving: Rect::default(),
        }
    }

    /// Draws something, where there is room for it.
    pub(super) fn render_widget(&mut self, widget: impl Widget, area: Rect) {
        let area = area.intersection(self.cells.area);
        if !area.is_empty() {
            widget.render(area, &mut self.cells);
        }
    }

    /// Takes a link in. People can find an address with the id of another: then it has the next
    /// that is free.
    pub(super) fn link(&mut self, url: String) -> LinkId {
        let mut id = LinkId::new(&url);
        while self.links.get(&id).is_some_and(|other| *other != url) {
            id = id.next();
        }
        self.links.insert(id, url);
        id
    }

    /// Whether an id that stood for one address stands for another now: cells that look the same
    /// are not.
    pub(crate) fn renames_links(&self, before: &Canvas) -> bool {
        let mut links = self.links.iter();
        links.any(|(id, url)| before.links.get(id).is_some_and(|other| other != url))
    }

    /// The link that stands at a place.
    pub fn link_at(&self, x: u16, y: u16) -> Option<&str> {
        let cell = self.cells.cell(Position { x, y })?;
        self.links.get(&LinkId::of(cell)?).map(String::as_str)
    }

    /// What stands at a place.
    pub fn hit(&self, x: u16, y: u16) -> Option<Hit> {
        let at = Position { x, y };
        let hit = self.hits.iter().rev().find(|(area, _)| area.contains(at));
        hit.map(|(_, hit)| *hit)
    }

    /// Whether a cell shows nothing.
    pub(crate) fn is_blank(cell: &Cell) -> bool {
        let style = (cell.fg, cell.bg, cell.modifier);
        cell.symbol() == " " && LinkId::of(cell).is_none() && Canvas::is_unseen_on_blanks(style)
    }

    /// Whether a style is not seen where there is no letter.
    pub(crate) fn is_unseen_on_blanks((_, bg, modifier): (Color, Color, Modifier)) -> bool {
        let seen = Modifier::REVERSED | Modifier::UNDERLINED | Modifier::CROSSED_OUT;
        bg == Color::Reset && !modifier.intersects(seen)
    }

    /// Makes all cells that show nothing the same, whatever they were drawn with.
    pub(super) fn level(&mut self) {
        for cell in &mut self.cells.content {
            if Canvas::is_blank(cell) {
                cell.reset();
            }
        }
    }

    /// Puts the cursor somewhere.
    pub(super) fn set_cursor_position(&mut self, position: Position) {
        let area = self.cells.area;
        self.cursor = Some(Position {
            x: position.x.min(area.width.saturating_sub(1)),
            y: position.y.min(area.height.saturating_sub(1)),
        });
    }
}

impl std::fmt::Display for Canvas {
    /// The text, row by row, without the spaces at the ends.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let area = self.cells.area;
        for y in 0..area.height {
            let mut row = String::new();
            let mut x = 0;
            while x < area.width {
                let symbol = self.cells[(x, y)].symbol();
                row.push_str(symbol);
                x += (super::wrap::width(symbol).max(1)) as u16;
            }
            writeln!(f, "{}", row.trim_end())?;
        }
        Ok(())
    }
}

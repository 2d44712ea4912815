//! Canvas: cells, cursor, links and mouse targets of a frame.

use std::collections::BTreeMap;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier};
use ratatui::widgets::Widget;

use crate::app::mouse::Hit;

/// Id of a link, a hash of its address, so that it is the same in each frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(u32);

impl LinkId {
    /// Hashes an address to its preferred id.
    fn new(url: &str) -> LinkId {
        let hash = url.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        // 24 bits, to fit into a colour.
        LinkId(hash & 0xff_ffff)
    }

    fn next(self) -> LinkId {
        LinkId((self.0 + 1) & 0xff_ffff)
    }

    /// Returns the link of a cell. It is encoded in the underline colour, which nothing else sets,
    /// so cells of different links compare as different.
    pub fn of(cell: &Cell) -> Option<LinkId> {
        match cell.underline_color {
            Color::Rgb(r, g, b) => Some(LinkId(u32::from_be_bytes([0, r, g, b]))),
            _ => None,
        }
    }

    /// Encodes the id as an underline colour.
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

/// Contents of the screen.
#[derive(Clone, Debug)]
pub struct Canvas {
    /// Cells.
    pub cells: Buffer,
    /// Cursor; `None` if hidden.
    pub cursor: Option<Position>,
    /// Addresses of the links, safe to write.
    pub links: BTreeMap<LinkId, String>,
    /// Mouse targets; the last one drawn is on top.
    pub hits: Vec<(Rect, Hit)>,
    /// Rows that scroll together when a line arrives: the timeline.
    pub moving: Rect,
}

impl Canvas {
    /// Creates an empty canvas.
    pub fn new(width: u16, height: u16) -> Canvas {
        Canvas {
            cells: Buffer::empty(Rect::new(0, 0, width, height)),
            cursor: None,
            links: BTreeMap::new(),
            hits: Vec::new(),
            moving: Rect::default(),
        }
    }

    /// Draws a widget, clipped to the screen.
    pub(super) fn render_widget(&mut self, widget: impl Widget, area: Rect) {
        let area = area.intersection(self.cells.area);
        if !area.is_empty() {
            widget.render(area, &mut self.cells);
        }
    }

    /// Registers a link. An attacker can find an address with the same hash: it gets the next free
    /// id.
    pub(super) fn link(&mut self, url: String) -> LinkId {
        let mut id = LinkId::new(&url);
        // The number of links on a screen is far below 2^24, so a free id is found.
        while self.links.get(&id).is_some_and(|other| *other != url) {
            id = id.next();
        }
        self.links.insert(id, url);
        id
    }

    /// Returns whether an id now stands for another address: then cells that compare as equal
    /// differ.
    pub(crate) fn renames_links(&self, before: &Canvas) -> bool {
        let mut links = self.links.iter();
        links.any(|(id, url)| before.links.get(id).is_some_and(|other| other != url))
    }

    /// Returns the address of the link at a position.
    pub fn link_at(&self, x: u16, y: u16) -> Option<&str> {
        let cell = self.cells.cell(Position { x, y })?;
        self.links.get(&LinkId::of(cell)?).map(String::as_str)
    }

    /// Returns the mouse target at a position.
    pub fn hit(&self, x: u16, y: u16) -> Option<Hit> {
        let at = Position { x, y };
        // Overlays are drawn last, so the last target that contains the position is the visible
        // one.
        let hit = self.hits.iter().rev().find(|(area, _)| area.contains(at));
        hit.map(|(_, hit)| hit.clone())
    }

    /// Returns whether a cell shows nothing.
    pub(crate) fn is_blank(cell: &Cell) -> bool {
        let style = (cell.fg, cell.bg, cell.modifier);
        cell.symbol() == " " && LinkId::of(cell).is_none() && Canvas::is_unseen_on_blanks(style)
    }

    /// Returns whether a style is invisible on a space.
    pub(crate) fn is_unseen_on_blanks((_, bg, modifier): (Color, Color, Modifier)) -> bool {
        let seen = Modifier::REVERSED | Modifier::UNDERLINED | Modifier::CROSSED_OUT;
        bg == Color::Reset && !modifier.intersects(seen)
    }

    /// Resets all blank cells, so that they compare as equal whatever their style was.
    pub(super) fn normalise_blanks(&mut self) {
        for cell in &mut self.cells.content {
            if Canvas::is_blank(cell) {
                cell.reset();
            }
        }
    }

    /// Sets the cursor, clamped to the screen.
    pub(super) fn set_cursor_position(&mut self, position: Position) {
        let area = self.cells.area;
        self.cursor = Some(Position {
            x: position.x.min(area.width.saturating_sub(1)),
            y: position.y.min(area.height.saturating_sub(1)),
        });
    }
}

impl std::fmt::Display for Canvas {
    /// Writes the text row by row, without trailing spaces.
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

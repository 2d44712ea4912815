//! Where things are, by the size of the screen (UX.md §3.6).

use ratatui::layout::Rect;

use super::wrap;
use crate::composer::Composer;

/// Rows that the composer may grow to.
const COMPOSER_ROWS: usize = 8;
/// Columns of the rooms and of the people where they lie over the timeline.
const OVERLAY: u16 = 24;

/// What the layout depends on, beside what is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// Whether the user wants to see the rooms; none: where there is room.
    pub rooms: Option<bool>,
    /// Whether the user wants to see the people.
    pub people: Option<bool>,
    /// Whether the user wants to see the text alone.
    pub plain: bool,
}

/// The way lines stand in the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gutter {
    /// Time and a column of nicks so wide.
    Columns {
        /// Whether the time has seconds and brackets.
        seconds: bool,
        /// The nicks' width.
        nick: u16,
    },
    /// The nick before the text, the time on a line of its own when it changes.
    Inline,
}

impl Gutter {
    /// Columns before the text.
    pub fn width(self) -> u16 {
        match self {
            Gutter::Columns { seconds, nick } => (if seconds { 10 } else { 5 }) + 1 + nick + 3,
            Gutter::Inline => 0,
        }
    }
}

/// Where things are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The screen.
    pub area: Rect,
    /// Too small for anything but the composer.
    pub too_small: bool,
    /// One row at the top, or two with tabs.
    pub header: Rect,
    /// The list of rooms, at the left.
    pub rooms: Option<Rect>,
    /// The people, at the right.
    pub people: Option<Rect>,
    /// Whether rooms and people lie over the timeline.
    pub over: bool,
    /// The lines.
    pub timeline: Rect,
    /// How lines stand.
    pub gutter: Gutter,
    /// Columns of text in the timeline.
    pub text_width: u16,
    /// One row between timeline and composer.
    pub status: Rect,
    /// What is being answered to; none where nothing is.
    pub context: Option<Rect>,
    /// What is being typed.
    pub composer: Rect,
    /// The row of hints; none where there is no room.
    pub hints: Option<Rect>,
}

/// The prompt before what is typed.
pub fn prompt(width: u16, nick: &str, text: &str) -> String {
    if width < 60 {
        "› ".into()
    } else if text.starts_with('/') && !text.starts_with("//") {
        " › ".into()
    } else {
        format!(" [{nick}] › ")
    }
}

/// Rows of the header, and columns of the rooms and the people beside the timeline; where those
/// are 0, they lie over it.
fn sides(shape: Shape) -> (u16, u16, u16) {
    match shape.width {
        120.. => (1, 20, 17),
        // There is room for both, if both are wanted.
        100.. if shape.people == Some(true) => (1, 18, 17),
        100.. => (1, 18, 0),
        60.. => (2, 0, 0),
        _ => (1, 0, 0),
    }
}

impl Layout {
    /// The layout of a screen.
    pub fn new(
        shape: Shape,
        composer: &Composer,
        nick: &str,
        context: bool,
        text_width: u16,
    ) -> Layout {
        let Shape { width, height, .. } = shape;
        let area = Rect::new(0, 0, width, height);
        if width < 20 || height < 4 {
            return Layout::small(area);
        }
        let prompt_width = wrap::width(&prompt(width, nick, composer.text())) as u16;
        let room = width.saturating_sub(prompt_width).max(1);
        let wanted = wrap::rows(composer.text(), usize::from(room)).len();
        let most = COMPOSER_ROWS.min(usize::from(height / 3)).max(1);
        let composer_rows = wanted.clamp(1, most) as u16;
        let (header_rows, side, people_width) = sides(shape);
        let hint_rows = u16::from(height >= 8);
        let context_rows = u16::from(context && height >= 8);
        let header_rows = header_rows.min(height - 1);
        let bottom = composer_rows + hint_rows + context_rows;
        let status_top = height.saturating_sub(bottom + 1);
        let body = status_top.saturating_sub(header_rows);
        // Beside the timeline where there is room, over it where the user wants to see them.
        let beside = |room: u16, wish: Option<bool>| {
            if room > 0 && wish.unwrap_or(true) && !shape.plain {
                room
            } else {
                0
            }
        };
        let (left, right) = (
            beside(side, shape.rooms),
            beside(people_width, shape.people),
        );
        let over = |room: u16, wish: Option<bool>| room == 0 && wish == Some(true) && !shape.plain;
        let (rooms_over, people_over) = (over(side, shape.rooms), over(people_width, shape.people));
        let shift = if left > 0 { left + 1 } else { 0 };
        let middle = width - shift - right;
        let cover = OVERLAY.min(width / 2).max(12);
        let rooms = if left > 0 {
            Some(Rect::new(0, header_rows, left, body + 1))
        } else {
            rooms_over.then(|| Rect::new(0, header_rows, cover, body))
        };
        let people = if right > 0 {
            Some(Rect::new(width - right + 1, header_rows, right - 1, body))
        } else {
            people_over.then(|| Rect::new(width - cover + 1, header_rows, cover - 1, body))
        };
        let gutter = match width {
            100.. => Gutter::Columns {
                seconds: true,
                nick: 10,
            },
            72.. => Gutter::Columns {
                seconds: true,
                nick: 9,
            },
            60.. => Gutter::Columns {
                seconds: false,
                nick: 9,
            },
            _ => Gutter::Inline,
        };
        let gutter = if shape.plain { Gutter::Inline } else { gutter };
        let text = middle.saturating_sub(gutter.width());
        Layout {
            area,
            too_small: false,
            header: Rect::new(0, 0, width, header_rows),
            rooms,
            people,
            over: rooms_over || people_over,
            timeline: Rect::new(shift, header_rows, middle, body),
            gutter,
            text_width: text.clamp(1, text_width.max(1)),
            status: Rect::new(shift, status_top, width - shift, 1),
            context: (context_rows > 0).then(|| Rect::new(0, status_top + 1, width, 1)),
            composer: Rect::new(0, status_top + 1 + context_rows, width, composer_rows),
            hints: (hint_rows > 0).then(|| Rect::new(0, height - 1, width, 1)),
        }
    }

    /// Whether the rooms are seen.
    pub fn has_rooms(&self) -> bool {
        self.rooms.is_some()
    }

    /// Whether the people are seen.
    pub fn has_people(&self) -> bool {
        self.people.is_some()
    }

    fn small(area: Rect) -> Layout {
        let none = Rect::new(0, 0, 0, 0);
        Layout {
            area,
            too_small: true,
            header: none,
            rooms: None,
            people: None,
            over: false,
            timeline: none,
            gutter: Gutter::Inline,
            text_width: 1,
            status: none,
            context: None,
            composer: Rect::new(0, area.height.saturating_sub(1), area.width, 1),
            hints: None,
        }
    }
}

//! Layout by the size of the screen (UX.md §3.6).

use ratatui::layout::Rect;

use super::wrap;
use crate::composer::Composer;

/// Maximum number of rows of the composer.
const COMPOSER_ROWS: usize = 8;
/// Columns of a pane that covers the timeline.
const OVERLAY: u16 = 24;

/// Input of the layout, besides the typed text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Width of the screen in columns.
    pub width: u16,
    /// Height of the screen in rows.
    pub height: u16,
    /// User's choice to show the rooms; `None` to show them if there is room beside the timeline.
    pub rooms: Option<bool>,
    /// User's choice to show the people, in the same way.
    pub people: Option<bool>,
    /// Set to show the text alone.
    pub plain: bool,
}

/// Gutter before each line of the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gutter {
    /// Time and a column of nicks.
    Columns {
        /// True if the time has seconds and brackets.
        seconds: bool,
        /// Width of the nicks' column.
        nick: u16,
    },
    /// Nick before the text, and the time on a line of its own when it changes.
    Inline,
}

impl Gutter {
    /// Returns the number of columns before the text.
    pub fn width(self) -> u16 {
        match self {
            Gutter::Columns { seconds, nick } => (if seconds { 10 } else { 5 }) + 1 + nick + 3,
            Gutter::Inline => 0,
        }
    }
}

/// Areas of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Whole screen.
    pub area: Rect,
    /// True if the screen has room for the composer only.
    pub too_small: bool,
    /// Header of one row, or two with tabs.
    pub header: Rect,
    /// List of rooms at the left.
    pub rooms: Option<Rect>,
    /// List of people at the right.
    pub people: Option<Rect>,
    /// True if a pane covers the timeline.
    pub over: bool,
    /// Lines of the buffer.
    pub timeline: Rect,
    /// Gutter of the lines.
    pub gutter: Gutter,
    /// Columns of text in the timeline.
    pub text_width: u16,
    /// Status line between timeline and composer.
    pub status: Rect,
    /// Row with the message being replied to or edited.
    pub context: Option<Rect>,
    /// Rows of the composer.
    pub composer: Rect,
    /// Row of hints; `None` on a low screen.
    pub hints: Option<Rect>,
}

/// Returns the prompt of the composer.
pub fn prompt(width: u16, nick: &str, text: &str) -> String {
    if width < 60 {
        "› ".into()
    } else if text.starts_with('/') && !text.starts_with("//") {
        " › ".into()
    } else {
        format!(" [{nick}] › ")
    }
}

/// Returns the rows of the header, and the columns of rooms and people beside the timeline; 0 if
/// there is no room for them.
fn sides(shape: Shape) -> (u16, u16, u16) {
    match shape.width {
        120.. => (1, 20, 17),
        // Wide enough for both panes, if both are wanted.
        100.. if shape.people == Some(true) => (1, 18, 17),
        100.. => (1, 18, 0),
        60.. => (2, 0, 0),
        _ => (1, 0, 0),
    }
}

impl Layout {
    /// Computes the layout of a screen.
    pub fn new(
        shape: Shape,
        composer: &Composer,
        nick: &str,
        context: bool,
        text_width: u16,
    ) -> Layout {
        let Shape { width, height, .. } = shape;
        let area = Rect::new(0, 0, width, height);
        // The arithmetic below relies on these minimums.
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
        // A pane is beside the timeline if there is room, else on top of it if the user wants it.
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

    /// Returns whether the list of rooms is shown.
    pub fn has_rooms(&self) -> bool {
        self.rooms.is_some()
    }

    /// Returns whether the list of people is shown.
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

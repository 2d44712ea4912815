//! Where things are, by the size of the screen (UX.md §3.6).

use ratatui::layout::Rect;

use super::wrap;
use crate::composer::Composer;

/// Rows that the composer may grow to.
const COMPOSER_ROWS: usize = 8;
/// The text column is never wider.
const TEXT_WIDTH: u16 = 100;

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
    /// The lines.
    pub timeline: Rect,
    /// How lines stand.
    pub gutter: Gutter,
    /// Columns of text in the timeline.
    pub text_width: u16,
    /// One row between timeline and composer.
    pub status: Rect,
    /// What is being typed.
    pub composer: Rect,
    /// The row of hints; none where there is no room.
    pub hints: Option<Rect>,
}

/// The prompt before what is typed.
pub fn prompt(width: u16, nick: &str, text: &str) -> String {
    if width < 60 || text.starts_with('/') && !text.starts_with("//") {
        if width < 60 {
            "› ".into()
        } else {
            " › ".into()
        }
    } else {
        format!(" [{nick}] › ")
    }
}

impl Layout {
    /// The layout of a screen of this size.
    pub fn new(width: u16, height: u16, composer: &Composer, nick: &str) -> Layout {
        let area = Rect::new(0, 0, width, height);
        let prompt_width = wrap::width(&prompt(width, nick, composer.text())) as u16;
        let room = width.saturating_sub(prompt_width).max(1);
        let wanted = wrap::rows(composer.text(), room as usize).len();
        if width < 20 || height < 4 {
            return Layout::small(area);
        }
        let most = COMPOSER_ROWS.min(usize::from(height / 3)).max(1);
        let composer_rows = wanted.clamp(1, most) as u16;
        let (header_rows, side, people_width) = match width {
            120.. => (1, 20, 17),
            100.. => (1, 18, 0),
            60.. => (2, 0, 0),
            _ => (1, 0, 0),
        };
        let hint_rows = u16::from(height >= 8);
        let body_top = header_rows.min(height - 1);
        let bottom = composer_rows + hint_rows;
        let status_top = height.saturating_sub(bottom + 1);
        let body = status_top.saturating_sub(body_top);
        let left = if side > 0 { side + 1 } else { 0 };
        let right = if people_width > 0 { people_width } else { 0 };
        let middle = width - left - right;
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
        Layout {
            area,
            too_small: false,
            header: Rect::new(0, 0, width, header_rows),
            rooms: (side > 0).then(|| Rect::new(0, body_top, side, body + 1)),
            people: (right > 0).then(|| Rect::new(width - right + 1, body_top, right - 1, body)),
            timeline: Rect::new(left, body_top, middle, body),
            gutter,
            text_width: middle.saturating_sub(gutter.width()).clamp(1, TEXT_WIDTH),
            status: Rect::new(left, status_top, width - left, 1),
            composer: Rect::new(0, status_top + 1, width, composer_rows),
            hints: (hint_rows > 0).then(|| Rect::new(0, height - 1, width, 1)),
        }
    }

    fn small(area: Rect) -> Layout {
        let none = Rect::new(0, 0, 0, 0);
        Layout {
            area,
            too_small: true,
            header: none,
            rooms: None,
            people: None,
            timeline: none,
            gutter: Gutter::Inline,
            text_width: 1,
            status: none,
            composer: Rect::new(0, area.height.saturating_sub(1), area.width, 1),
            hints: None,
        }
    }
}

//! How the client behaves and looks.

use std::collections::BTreeMap;

use crate::aliases::Alias;
use crate::app::keymap::Keymap;
use crate::model::Joins;
use crate::view::theme::Theme;
use crate::view::{Glyphs, Zone};

/// What Ctrl+K does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CtrlK {
    /// With text behind the cursor it cuts that off, else it opens the switcher.
    #[default]
    Auto,
    /// It opens the switcher.
    Switch,
    /// It cuts off.
    Kill,
}

/// What Up does in an empty line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Up {
    /// It brings what was sent before.
    #[default]
    History,
    /// It says the last message anew.
    EditLast,
}

/// How the user is told of something while they look elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tell {
    /// By the terminal: a notification where it knows any, else its bell.
    #[default]
    Auto,
    /// By the bell.
    Bell,
    /// Not.
    Off,
}

/// All of it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which key does what.
    pub keymap: Keymap,
    /// The colours.
    pub theme: Theme,
    /// The signs that are not letters.
    pub glyphs: Glyphs,
    /// Where the clock on the wall is.
    pub zone: Zone,
    /// Columns of text at most.
    pub text_width: u16,
    /// Whether the mouse is asked for.
    pub mouse: bool,
    /// Whether others are told that the user types.
    pub typing: bool,
    /// Whether colours and the like of others are shown.
    pub formatting: bool,
    /// Whether Markdown that is typed is sent as formatting.
    pub markdown: bool,
    /// What Ctrl+K does.
    pub ctrl_k: CtrlK,
    /// What Up does in an empty line.
    pub up: Up,
    /// Whether emoji are shown by their names.
    pub emoji_names: bool,
    /// Whether vi's keys are on.
    pub vi: bool,
    /// Which of those who come and go are shown.
    pub joins: Joins,
    /// Words that are as good as the user's nick.
    pub highlights: Vec<String>,
    /// Commands of the user's own, by their names.
    pub aliases: BTreeMap<String, Alias>,
    /// Who is not heard.
    pub ignored: Vec<String>,
    /// How the user is told of something.
    pub tell: Tell,
    /// Whether the window's title says where the user is.
    pub title: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            keymap: Keymap::default(),
            theme: Theme::default(),
            glyphs: Glyphs::Unicode,
            zone: Zone::Local,
            text_width: 100,
            mouse: true,
            typing: true,
            formatting: true,
            markdown: true,
            ctrl_k: CtrlK::default(),
            up: Up::default(),
            emoji_names: false,
            vi: false,
            joins: Joins::default(),
            highlights: Vec::new(),
            aliases: BTreeMap::new(),
            ignored: Vec::new(),
            tell: Tell::default(),
            title: true,
        }
    }
}

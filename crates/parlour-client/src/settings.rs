//! Settings of the client's behaviour and looks.

use std::collections::BTreeMap;

use crate::aliases::Alias;
use crate::app::keymap::Keymap;
use crate::model::JoinFilter;
use crate::view::theme::Theme;
use crate::view::{Glyphs, Zone};

/// Action of Ctrl+K.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CtrlK {
    /// Kill to the end of the line; with nothing after the cursor, open the switcher.
    #[default]
    Auto,
    /// Open the switcher.
    Switch,
    /// Kill to the end of the line.
    Kill,
}

/// Action of Up in an empty line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Up {
    /// Recall the history.
    #[default]
    History,
    /// Edit the user's last message.
    EditLast,
}

/// Notification while the user looks elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tell {
    /// Terminal notification where one is known, else the bell.
    #[default]
    Auto,
    /// Terminal bell.
    Bell,
    /// No notification.
    Off,
}

/// Settings of the client.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Key bindings.
    pub keymap: Keymap,
    /// Colour theme.
    pub theme: Theme,
    /// Characters of the interface.
    pub glyphs: Glyphs,
    /// Time zone of displayed times.
    pub zone: Zone,
    /// Maximum width of text in columns.
    pub text_width: u16,
    /// Set to capture the mouse.
    pub mouse: bool,
    /// Set to send typing notifications.
    pub typing: bool,
    /// Set to show colours and formatting of others.
    pub formatting: bool,
    /// Set to send typed Markdown as formatting.
    pub markdown: bool,
    /// Action of Ctrl+K.
    pub ctrl_k: CtrlK,
    /// Action of Up in an empty line.
    pub up: Up,
    /// Set to show emoji by their names.
    pub emoji_names: bool,
    /// Set to use vi keys.
    pub vi: bool,
    /// Joins and parts shown.
    pub joins: JoinFilter,
    /// Words that count as a mention, as the user's nick does.
    pub highlights: Vec<String>,
    /// User-defined commands by name.
    pub aliases: BTreeMap<String, Alias>,
    /// Nicks, masks and `account:NAME` to ignore, in lower case.
    pub ignored: Vec<String>,
    /// Notification while the user looks elsewhere.
    pub tell: Tell,
    /// Set to show the current buffer in the window title.
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
            joins: JoinFilter::default(),
            highlights: Vec::new(),
            aliases: BTreeMap::new(),
            ignored: Vec::new(),
            tell: Tell::default(),
            title: true,
        }
    }
}

//! Every key and what it does: one table for the keys themselves, the help and the configuration.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Opens the quick switcher, or kills to the end of the line.
    SwitchOrKill,
    /// Opens the quick switcher.
    Switch,
    /// To the next buffer with something new, mentions first.
    NextActive,
    /// To the next buffer.
    NextBuffer,
    /// To the one before.
    PreviousBuffer,
    /// To the next buffer with something unread.
    NextUnread,
    /// To the one before.
    PreviousUnread,
    /// To the buffer with the number of the key.
    Numbered,
    /// To the buffer looked at before.
    LastBuffer,
    /// To the first line that was not read.
    FirstUnread,
    /// To the next mention.
    NextMention,
    /// To the one before.
    PreviousMention,
    /// All is read.
    ReadAll,
    /// This is read.
    Read,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// A line up.
    LineUp,
    /// A line down.
    LineDown,
    /// To the oldest line.
    Top,
    /// To the newest line.
    Bottom,
    /// Finds something in the buffer.
    Find,
    /// Finds something that was sent.
    FindSent,
    /// What was sent before, or the line above.
    Older,
    /// What was sent after, or the line below.
    Newer,
    /// Says the last message anew.
    EditLast,
    /// Sends.
    Send,
    /// Begins a new line.
    NewLine,
    /// Completes.
    Complete,
    /// Completes backwards.
    CompleteBack,
    /// To the beginning of the line.
    LineStart,
    /// To the end of the line.
    LineEnd,
    /// A character back.
    Left,
    /// A character on.
    Right,
    /// A word back.
    WordLeft,
    /// A word on.
    WordRight,
    /// Deletes the character before.
    Backspace,
    /// Deletes the character behind, or half a page down.
    DeleteOrDown,
    /// Deletes the character behind.
    Delete,
    /// Kills the word before.
    KillWordBefore,
    /// Kills the word behind.
    KillWordAfter,
    /// Kills to the beginning of the line, or half a page up.
    KillOrUp,
    /// Brings back what was killed.
    Yank,
    /// Changes the characters before and behind for each other.
    Transpose,
    /// Undoes.
    Undo,
    /// Does it again.
    Redo,
    /// Opens an editor.
    Editor,
    /// To the messages.
    Messages,
    /// Shows or hides the list of rooms.
    Rooms,
    /// Shows or hides the people.
    People,
    /// Shows the text alone.
    Plain,
    /// The mouse on or off.
    Mouse,
    /// Draws the screen anew.
    Redraw,
    /// Shows the help.
    Help,
    /// Types a pair of signs for bold text.
    Bold,
    /// The same for italic text.
    Italic,
    /// The same for code.
    Code,
    /// Shows what was for the user.
    Inbox,
    /// Clears, and leaves.
    Interrupt,
    /// Leaves the terminal for a while.
    Suspend,
}

/// One row of the table.
pub(crate) struct Row {
    pub action: Action,
    /// Its name in the configuration.
    pub name: &'static str,
    /// Its keys, if the configuration says nothing.
    pub keys: &'static [&'static str],
    /// What it does, for people.
    pub help: &'static str,
}

const fn row(
    action: Action,
    name: &'static str,
    keys: &'static [&'static str],
    help: &'static str,
) -> Row {
    Row {
        action,
        name,
        keys,
        help,
    }
}

/// Every action, in the order of the help.
#[rustfmt::skip]
pub(crate) static ACTIONS: &[Row] = &[
    row(Action::SwitchOrKill, "switch-or-kill", &["ctrl+k"], "go to a room or person; with text after the cursor, deletes to the end of the line"),
    row(Action::Switch, "switch", &["ctrl+g"], "go to a room or person"),
    row(Action::NextActive, "next-active", &["alt+a"], "next room with something new, mentions first"),
    row(Action::NextBuffer, "next-room", &["ctrl+n", "alt+down"], "next room"),
    row(Action::PreviousBuffer, "previous-room", &["ctrl+p", "alt+up"], "previous room"),
    row(Action::NextUnread, "next-unread", &["alt+shift+down", "shift+right"], "next room with something unread"),
    row(Action::PreviousUnread, "previous-unread", &["alt+shift+up", "shift+left"], "previous room with something unread"),
    row(Action::Numbered, "numbered-room", &["alt+1", "alt+2", "alt+3", "alt+4", "alt+5", "alt+6", "alt+7", "alt+8", "alt+9", "alt+0"], "the room with that number; 0 is the tenth"),
    row(Action::LastBuffer, "last-room", &["alt+/"], "the room before this one"),
    row(Action::FirstUnread, "first-unread", &["alt+u"], "the first unread line"),
    row(Action::NextMention, "next-mention", &["alt+n"], "next mention"),
    row(Action::PreviousMention, "previous-mention", &["alt+p"], "previous mention"),
    row(Action::Inbox, "mentions", &["alt+i"], "mentions and private messages"),
    row(Action::Read, "read", &["alt+h"], "marks this room as read"),
    row(Action::ReadAll, "read-all", &["shift+esc"], "marks every room as read"),
    row(Action::PageUp, "page-up", &["pageup"], "a page up"),
    row(Action::PageDown, "page-down", &["pagedown"], "a page down"),
    row(Action::LineUp, "line-up", &["shift+up", "alt+pageup"], "a line up"),
    row(Action::LineDown, "line-down", &["shift+down", "alt+pagedown"], "a line down"),
    row(Action::Top, "top", &["alt+home", "ctrl+home"], "to the oldest line"),
    row(Action::Bottom, "bottom", &["alt+end", "ctrl+end"], "to the newest line"),
    row(Action::Find, "find", &["ctrl+f", "ctrl+s"], "finds text in this room"),
    row(Action::Messages, "messages", &["esc"], "to the messages: reply, react, edit, delete, copy, open"),
    row(Action::EditLast, "edit-last", &["alt+e", "ctrl+up"], "edits your last message"),
    row(Action::Send, "send", &["enter"], "sends"),
    row(Action::NewLine, "new-line", &["alt+enter", "shift+enter", "ctrl+j"], "begins a new line"),
    row(Action::Complete, "complete", &["tab"], "completes nicks, rooms, commands and :emoji:"),
    row(Action::CompleteBack, "complete-back", &["backtab"], "previous completion"),
    row(Action::Older, "older", &["up"], "what you sent before"),
    row(Action::Newer, "newer", &["down"], "what you sent after that"),
    row(Action::FindSent, "find-sent", &["ctrl+r"], "finds what you sent"),
    row(Action::LineStart, "line-start", &["ctrl+a", "home"], "to the beginning of the line"),
    row(Action::LineEnd, "line-end", &["ctrl+e", "end"], "to the end of the line"),
    row(Action::Left, "left", &["left"], "a character back"),
    row(Action::Right, "right", &["right"], "a character forward"),
    row(Action::WordLeft, "word-left", &["alt+b", "ctrl+left", "alt+left"], "a word back"),
    row(Action::WordRight, "word-right", &["alt+f", "ctrl+right", "alt+right"], "a word forward"),
    row(Action::Backspace, "backspace", &["backspace", "ctrl+h"], "deletes the character before the cursor"),
    row(Action::Delete, "delete", &["delete"], "deletes the character after the cursor"),
    row(Action::DeleteOrDown, "delete-or-down", &["ctrl+d"], "deletes the character after the cursor; on an empty line, half a page down"),
    row(Action::KillWordBefore, "kill-word-before", &["ctrl+w", "alt+backspace"], "cuts the word before the cursor"),
    row(Action::KillWordAfter, "kill-word-after", &["alt+d"], "cuts the word after the cursor"),
    row(Action::KillOrUp, "kill-or-up", &["ctrl+u"], "cuts all before the cursor; on an empty line, half a page up"),
    row(Action::Yank, "yank", &["ctrl+y"], "pastes what was cut"),
    row(Action::Transpose, "transpose", &["ctrl+t"], "swaps two characters"),
    row(Action::Bold, "bold", &["ctrl+b"], "types *bold*"),
    row(Action::Italic, "italic", &["alt+t"], "types _italic_"),
    row(Action::Code, "code", &["alt+c"], "types `code`"),
    row(Action::Undo, "undo", &["ctrl+_"], "undoes; on an empty line, a deletion that is not sent yet"),
    row(Action::Redo, "redo", &["alt+_"], "redoes"),
    row(Action::Editor, "editor", &["ctrl+o", "ctrl+x"], "opens your editor"),
    row(Action::Rooms, "rooms", &["f7", "alt+shift+b"], "shows or hides the rooms"),
    row(Action::People, "people", &["f8", "alt+shift+n"], "shows or hides the people"),
    row(Action::Plain, "plain", &["alt+l"], "the text alone, for copying with the mouse"),
    row(Action::Mouse, "mouse", &["alt+m"], "the mouse on or off"),
    row(Action::Redraw, "redraw", &["ctrl+l"], "redraws the screen"),
    row(Action::Help, "help", &["f1"], "shows this help"),
    row(Action::Interrupt, "interrupt", &["ctrl+c"], "clears the line; twice on an empty one, quits"),
    row(Action::Suspend, "suspend", &["ctrl+z"], "back to the shell for a while; fg returns"),
];

/// A key with its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chord(KeyModifiers, KeyCode);

impl Chord {
    /// The chord of a key: letters without Shift, which is in them.
    pub fn of(key: KeyEvent) -> Chord {
        let mut modifiers =
            key.modifiers & (KeyModifiers::ALT | KeyModifiers::CONTROL | KeyModifiers::SHIFT);
        let mut code = key.code;
        if let KeyCode::Char(c) = code {
            let lower = c.to_ascii_lowercase();
            if modifiers.contains(KeyModifiers::CONTROL) {
                code = KeyCode::Char(lower);
            } else if modifiers.contains(KeyModifiers::ALT) && c.is_ascii_uppercase() {
                modifiers |= KeyModifiers::SHIFT;
                code = KeyCode::Char(lower);
            } else if !modifiers.contains(KeyModifiers::ALT) {
                modifiers -= KeyModifiers::SHIFT;
            }
        }
        // What is Ctrl+_ elsewhere, terminals that tell keys apart call by its other name.
        if code == KeyCode::Char('-') && modifiers.contains(KeyModifiers::SHIFT) {
            modifiers -= KeyModifiers::SHIFT;
            code = KeyCode::Char('_');
        }
        if code == KeyCode::BackTab {
            modifiers -= KeyModifiers::SHIFT;
        }
        Chord(modifiers, code)
    }

    /// Reads a chord as people write it: `ctrl+k`, `alt+shift+down`, `f1`.
    pub fn parse(text: &str) -> Option<Chord> {
        let text = text.trim().to_lowercase();
        let (mut modifiers, mut rest) = (KeyModifiers::NONE, text.as_str());
        loop {
            let known = [
                ("ctrl+", KeyModifiers::CONTROL),
                ("alt+", KeyModifiers::ALT),
                ("shift+", KeyModifiers::SHIFT),
            ];
            let found = known
                .iter()
                .find_map(|(name, modifier)| Some((rest.strip_prefix(name)?, *modifier)));
            match found {
                Some((after, modifier)) if !after.is_empty() => {
                    modifiers |= modifier;
                    rest = after;
                }
                _ => break,
            }
        }
        let mut chars = rest.chars();
        let code = match (rest, chars.next(), chars.next()) {
            (_, Some(c), None) => KeyCode::Char(c),
            ("enter" | "return", ..) => KeyCode::Enter,
            ("tab", ..) => KeyCode::Tab,
            ("backtab", ..) => KeyCode::BackTab,
            ("esc" | "escape", ..) => KeyCode::Esc,
            ("space", ..) => KeyCode::Char(' '),
            ("backspace", ..) => KeyCode::Backspace,
            ("delete", ..) => KeyCode::Delete,
            ("insert", ..) => KeyCode::Insert,
            ("up", ..) => KeyCode::Up,
            ("down", ..) => KeyCode::Down,
            ("left", ..) => KeyCode::Left,
            ("right", ..) => KeyCode::Right,
            ("home", ..) => KeyCode::Home,
            ("end", ..) => KeyCode::End,
            ("pageup", ..) => KeyCode::PageUp,
            ("pagedown", ..) => KeyCode::PageDown,
            (f, Some('f'), Some(_)) => {
                KeyCode::F(f[1..].parse().ok().filter(|n| (1..=24).contains(n))?)
            }
            _ => return None,
        };
        Some(Chord::of(KeyEvent::new(code, modifiers)))
    }
}

impl std::fmt::Display for Chord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Chord(modifiers, code) = self;
        for (modifier, name) in [
            (KeyModifiers::CONTROL, "Ctrl+"),
            (KeyModifiers::ALT, "Alt+"),
            (KeyModifiers::SHIFT, "Shift+"),
        ] {
            if modifiers.contains(modifier) {
                f.write_str(name)?;
            }
        }
        match code {
            KeyCode::Char(' ') => f.write_str("Space"),
            KeyCode::Char(c) => write!(f, "{}", c.to_uppercase()),
            KeyCode::PageUp => f.write_str("PgUp"),
            KeyCode::PageDown => f.write_str("PgDn"),
            KeyCode::F(number) => write!(f, "F{number}"),
            KeyCode::BackTab => f.write_str("Shift+Tab"),
            other => write!(f, "{other:?}"),
        }
    }
}

/// Which key does what.
#[derive(Clone, Debug)]
pub struct Keymap {
    /// In the order in which they were bound, which is that of the help.
    keys: Vec<(Chord, Action)>,
}

impl Default for Keymap {
    fn default() -> Keymap {
        let rows = ACTIONS
            .iter()
            .flat_map(|row| row.keys.iter().map(|key| (key, row.action)));
        Keymap {
            keys: rows
                .filter_map(|(key, action)| Some((Chord::parse(key)?, action)))
                .collect(),
        }
    }
}

impl Keymap {
    /// What a key does.
    pub fn action(&self, key: KeyEvent) -> Option<Action> {
        let chord = Chord::of(key);
        let bound = self.keys.iter().find(|(bound, _)| *bound == chord);
        bound.map(|(_, action)| *action)
    }

    /// Gives an action other keys than it has; what they did before they do no more.
    ///
    /// # Errors
    /// What is wrong with the name or a key.
    pub fn bind(&mut self, name: &str, keys: &[String]) -> Result<(), String> {
        let Some(row) = ACTIONS.iter().find(|row| row.name == name) else {
            let names = ACTIONS.iter().map(|row| row.name);
            let near = crate::suggest::suggest(name, names);
            let hint = near
                .map(|near| format!("; did you mean {near}?"))
                .unwrap_or_default();
            return Err(format!("there is no action {name}{hint}"));
        };
        let mut chords = Vec::new();
        for key in keys {
            let chord = Chord::parse(key).ok_or_else(|| {
                format!("{key} is no key; keys are written as ctrl+k, alt+shift+down, f1")
            })?;
            chords.push(chord);
        }
        self.keys
            .retain(|(chord, action)| *action != row.action && !chords.contains(chord));
        self.keys
            .extend(chords.into_iter().map(|chord| (chord, row.action)));
        Ok(())
    }

    /// The keys of an action, for people.
    pub fn keys_of(&self, action: Action) -> String {
        let keys = self.keys.iter().filter(|(_, bound)| *bound == action);
        let keys: Vec<String> = keys.map(|(chord, _)| chord.to_string()).collect();
        match keys.as_slice() {
            [first, _, _, _, .., last] => format!("{first} … {last}"),
            keys => keys.join(", "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_table_is_one_and_does_one_thing() {
        let mut seen = std::collections::HashMap::new();
        for row in ACTIONS {
            for key in row.keys {
                let chord = Chord::parse(key).expect(key);
                assert!(seen.insert(chord, row.name).is_none(), "{key}");
            }
        }
    }

    #[test]
    fn keys_that_terminals_cannot_tell_apart_are_not_used() {
        for key in ["ctrl+i", "ctrl+m", "ctrl+["] {
            let chord = Chord::parse(key).expect(key);
            let bound = Keymap::default()
                .keys
                .iter()
                .any(|(bound, _)| *bound == chord);
            assert!(!bound, "{key}");
        }
    }

    #[test]
    fn keys_can_be_bound_anew() {
        let mut keymap = Keymap::default();
        keymap.bind("find", &["ctrl+]".into()]).unwrap();
        let key = |c, m| keymap.action(KeyEvent::new(KeyCode::Char(c), m));
        assert_eq!(key(']', KeyModifiers::CONTROL), Some(Action::Find));
        assert_eq!(key('f', KeyModifiers::CONTROL), None);
        let wrong = keymap.clone().bind("fnid", &[]).unwrap_err();
        assert_eq!(wrong, "there is no action fnid; did you mean find?");
        assert!(keymap.bind("find", &["ctl+k".into()]).is_err());
        assert_eq!(keymap.keys_of(Action::NextBuffer), "Ctrl+N, Alt+Down");
    }
}

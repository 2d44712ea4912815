//! Key bindings: one table for the keys themselves, the help and the configuration.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Action of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Quick switcher, or kill to the end of the line.
    SwitchOrKill,
    /// Quick switcher.
    Switch,
    /// Next buffer with something new, mentions first.
    NextActive,
    /// Next buffer.
    NextBuffer,
    /// Previous buffer.
    PreviousBuffer,
    /// Next buffer with unread messages.
    NextUnread,
    /// Previous buffer with unread messages.
    PreviousUnread,
    /// Buffer with the number of the key.
    Numbered,
    /// Buffer shown before.
    LastBuffer,
    /// First unread line.
    FirstUnread,
    /// Next mention.
    NextMention,
    /// Previous mention.
    PreviousMention,
    /// Mark all buffers as read.
    ReadAll,
    /// Mark the shown buffer as read.
    Read,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Line up.
    LineUp,
    /// Line down.
    LineDown,
    /// Oldest line.
    Top,
    /// Newest line.
    Bottom,
    /// Search in the shown buffer.
    Find,
    /// Search in sent text.
    FindSent,
    /// Text sent before, or the row above.
    Older,
    /// Text sent after, or the row below.
    Newer,
    /// Edit of the user's last message.
    EditLast,
    /// Send.
    Send,
    /// New line.
    NewLine,
    /// Next completion.
    Complete,
    /// Previous completion.
    CompleteBack,
    /// Start of the line.
    LineStart,
    /// End of the line.
    LineEnd,
    /// Character left.
    Left,
    /// Character right.
    Right,
    /// Word left.
    WordLeft,
    /// Word right.
    WordRight,
    /// Delete the character before the cursor.
    Backspace,
    /// Delete the character after the cursor, or half a page down.
    DeleteOrDown,
    /// Delete the character after the cursor.
    Delete,
    /// Kill the word before the cursor.
    KillWordBefore,
    /// Kill the word after the cursor.
    KillWordAfter,
    /// Kill to the start of the line, or half a page up.
    KillOrUp,
    /// Yank the killed text.
    Yank,
    /// Transpose the characters around the cursor.
    Transpose,
    /// Undo.
    Undo,
    /// Redo.
    Redo,
    /// External editor.
    Editor,
    /// Message mode.
    Messages,
    /// Channel list on or off.
    Rooms,
    /// Member list on or off.
    People,
    /// Text alone, for copying with the mouse.
    Plain,
    /// Mouse on or off.
    Mouse,
    /// Redraw of the screen.
    Redraw,
    /// Help.
    Help,
    /// Pair of signs for bold text.
    Bold,
    /// Pair of signs for italic text.
    Italic,
    /// Pair of signs for code.
    Code,
    /// Mentions and private messages.
    Inbox,
    /// Clear the line; on an empty one, twice quits.
    Interrupt,
    /// Suspend to the shell.
    Suspend,
}

/// Row of the table of actions.
pub(crate) struct Row {
    pub action: Action,
    /// Name in the configuration.
    pub name: &'static str,
    /// Default keys.
    pub keys: &'static [&'static str],
    /// Help text.
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

/// Actions, in the order of the help.
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

/// Key with its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chord(KeyModifiers, KeyCode);

impl Chord {
    /// Returns the chord of a key event, normalized: a letter without Shift, which is in its case.
    pub fn of(key: KeyEvent) -> Chord {
        let mut modifiers =
            key.modifiers & (KeyModifiers::ALT | KeyModifiers::CONTROL | KeyModifiers::SHIFT);
        let mut code = key.code;
        if let KeyCode::Char(c) = code {
            let lower = c.to_ascii_lowercase();
            if modifiers.contains(KeyModifiers::CONTROL) {
                code = KeyCode::Char(lower);
            } else if modifiers.contains(KeyModifiers::ALT) && c.is_ascii_uppercase() {
                // Not every terminal reports Shift with Alt and an uppercase letter.
                modifiers |= KeyModifiers::SHIFT;
                code = KeyCode::Char(lower);
            } else if !modifiers.contains(KeyModifiers::ALT) {
                modifiers -= KeyModifiers::SHIFT;
            }
        }
        // Terminals with an enhanced keyboard protocol report Ctrl+_ as Ctrl+Shift+-.
        if code == KeyCode::Char('-') && modifiers.contains(KeyModifiers::SHIFT) {
            modifiers -= KeyModifiers::SHIFT;
            code = KeyCode::Char('_');
        }
        // BackTab is Shift+Tab already.
        if code == KeyCode::BackTab {
            modifiers -= KeyModifiers::SHIFT;
        }
        Chord(modifiers, code)
    }

    /// Parses a chord as users write it: `ctrl+k`, `alt+shift+down`, `f1`.
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

/// Key bindings.
#[derive(Clone, Debug)]
pub struct Keymap {
    /// Bindings, in the order in which they were made, which is that of the help.
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
    /// Returns the action bound to a key.
    pub fn action(&self, key: KeyEvent) -> Option<Action> {
        let chord = Chord::of(key);
        let bound = self.keys.iter().find(|(bound, _)| *bound == chord);
        bound.map(|(_, action)| *action)
    }

    /// Binds an action to these keys instead of its present ones; the keys lose their former
    /// actions.
    ///
    /// # Errors
    /// Returns a message about the unknown name or the invalid key.
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
        // Only after all keys are parsed: an error leaves the bindings as they were.
        self.keys
            .retain(|(chord, action)| *action != row.action && !chords.contains(chord));
        self.keys
            .extend(chords.into_iter().map(|chord| (chord, row.action)));
        Ok(())
    }

    /// Returns the keys of an action, as text for users.
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

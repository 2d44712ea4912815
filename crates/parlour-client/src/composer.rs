//! Text the user is typing. No event from the network touches it.

use unicode_segmentation::UnicodeSegmentation;

/// Number of sent lines that can be recalled.
const HISTORY: usize = 200;
/// Maximum length of the text in bytes.
const MOST: usize = 64 * 1024;

/// Text with a cursor, undo stack and history.
#[derive(Debug, Default)]
pub struct Composer {
    text: String,
    /// Byte index on a grapheme boundary.
    cursor: usize,
    history: Vec<String>,
    /// Index of the recalled line of the history, and the draft it replaced.
    recalled: Option<(usize, String)>,
    /// Text killed last, for [`Edit::Yank`].
    killed: String,
    /// Undo stack; `undone` is the redo stack.
    done: Vec<State>,
    undone: Vec<State>,
    /// Set while single letters are typed: they are undone together.
    typing: bool,
}

/// Text with its cursor.
type State = (String, usize);

/// Maximum number of undo steps.
const UNDO: usize = 200;

impl Composer {
    /// Returns the text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the cursor as a byte index.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Returns whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Returns the sent lines, oldest first.
    pub fn sent(&self) -> &[String] {
        &self.history
    }

    /// Sets the history to lines sent in an earlier run, oldest first.
    pub fn recall(&mut self, sent: Vec<String>) {
        self.history = sent;
        let over = self.history.len().saturating_sub(HISTORY);
        self.history.drain(..over);
    }

    /// Pushes an undo step; called before each change.
    fn push_undo(&mut self) {
        self.undone.clear();
        if self.done.len() == UNDO {
            self.done.remove(0);
        }
        self.done.push((self.text.clone(), self.cursor));
    }

    /// Undoes the last change. Returns false if there is none.
    pub fn undo(&mut self) -> bool {
        let Some(before) = self.done.pop() else {
            return false;
        };
        self.typing = false;
        self.undone
            .push((std::mem::take(&mut self.text), self.cursor));
        (self.text, self.cursor) = before;
        true
    }

    /// Redoes the change undone last.
    pub fn redo(&mut self) {
        if let Some(after) = self.undone.pop() {
            self.done
                .push((std::mem::take(&mut self.text), self.cursor));
            (self.text, self.cursor) = after;
        }
    }

    /// Inserts text at the cursor, without control characters other than line ends.
    pub fn insert(&mut self, text: &str) {
        let letter = text.chars().count() == 1 && !text.contains(char::is_whitespace);
        // A run of letters is one undo step; a space, a paste or a movement ends the run.
        if !(letter && self.typing) {
            self.push_undo();
        }
        self.typing = letter;
        let mut clean = String::new();
        let unix = text.replace("\r\n", "\n").replace('\r', "\n");
        for c in unix.chars() {
            match c {
                '\t' => clean.push(' '),
                '\n' => clean.push('\n'),
                c if irc_wire::terminal::is_hostile(c) => {}
                c => clean.push(c),
            }
        }
        let room = MOST.saturating_sub(self.text.len());
        // Cut at a character boundary, so that the cursor stays on one.
        let clean = irc_wire::text::cut(&clean, room);
        self.text.insert_str(self.cursor, clean);
        self.cursor += clean.len();
    }

    fn before(&self) -> usize {
        self.text[..self.cursor]
            .grapheme_indices(true)
            .next_back()
            .map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        self.text[self.cursor..]
            .graphemes(true)
            .next()
            .map_or(self.cursor, |g| self.cursor + g.len())
    }

    /// Returns the start of the word before the cursor.
    fn word_before(&self) -> usize {
        let head = self.text[..self.cursor].trim_end();
        head.rfind(char::is_whitespace).map_or(0, |at| {
            at + head[at..].chars().next().map_or(1, char::len_utf8)
        })
    }

    fn word_after(&self) -> usize {
        let tail = &self.text[self.cursor..];
        let word = tail
            .find(|c: char| !c.is_whitespace())
            .unwrap_or(tail.len());
        self.cursor
            + tail[word..]
                .find(char::is_whitespace)
                .map_or(tail.len(), |at| word + at)
    }

    fn line_start(&self) -> usize {
        self.text[..self.cursor].rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        self.text[self.cursor..]
            .find('\n')
            .map_or(self.text.len(), |at| self.cursor + at)
    }

    fn kill(&mut self, from: usize, to: usize) {
        self.killed = self.text[from..to].to_owned();
        self.text.replace_range(from..to, "");
        self.cursor = from;
    }

    /// Moves the cursor one line up or down. Returns false at the first or last line.
    pub fn row(&mut self, up: bool) -> bool {
        let start = self.line_start();
        let column = self.text[start..self.cursor].graphemes(true).count();
        let target = if up {
            let Some(before) = start.checked_sub(1) else {
                return false;
            };
            self.text[..before].rfind('\n').map_or(0, |at| at + 1)
        } else {
            let end = self.line_end();
            if end == self.text.len() {
                return false;
            }
            end + 1
        };
        let line = self.text[target..].split('\n').next().unwrap_or_default();
        let along = line.grapheme_indices(true).nth(column);
        self.cursor = target + along.map_or(line.len(), |(at, _)| at);
        true
    }

    fn transpose(&mut self) {
        let end = if self.cursor == self.text.len() {
            self.cursor
        } else {
            self.after()
        };
        let mut graphemes = self.text[..end].grapheme_indices(true).rev();
        if let (Some((second, b)), Some((first, a))) = (graphemes.next(), graphemes.next()) {
            let swapped = format!("{b}{a}");
            let _ = second;
            self.text.replace_range(first..end, &swapped);
            self.cursor = end;
        }
    }

    /// Applies an edit or a movement.
    pub fn edit(&mut self, edit: Edit) {
        let moves = matches!(
            edit,
            Edit::Left | Edit::Right | Edit::WordLeft | Edit::WordRight | Edit::Start | Edit::End
        );
        // `Yank` pushes its undo step in `insert`.
        if !moves && edit != Edit::Yank {
            self.push_undo();
        }
        self.typing = false;
        match edit {
            Edit::Transpose => self.transpose(),
            Edit::Backspace => {
                let from = self.before();
                self.text.replace_range(from..self.cursor, "");
                self.cursor = from;
            }
            Edit::Delete => {
                let to = self.after();
                self.text.replace_range(self.cursor..to, "");
            }
            Edit::Left => self.cursor = self.before(),
            Edit::Right => self.cursor = self.after(),
            Edit::WordLeft => self.cursor = self.word_before(),
            Edit::WordRight => self.cursor = self.word_after(),
            Edit::Start => self.cursor = self.line_start(),
            Edit::End => self.cursor = self.line_end(),
            Edit::KillWordBefore => self.kill(self.word_before(), self.cursor),
            Edit::KillWordAfter => {
                let to = self.word_after();
                self.kill(self.cursor, to);
            }
            Edit::KillToStart => self.kill(self.line_start(), self.cursor),
            Edit::KillToEnd => {
                let to = self.line_end();
                self.kill(self.cursor, to);
            }
            Edit::Yank => {
                let killed = self.killed.clone();
                self.insert(&killed);
            }
            Edit::Clear => self.set(String::new()),
        }
    }

    /// Replaces the text; can be undone.
    pub fn replace(&mut self, text: String) {
        self.push_undo();
        self.set(text);
    }

    /// Replaces the text by that of another buffer, and clears the undo stack.
    pub fn reset(&mut self, text: String) {
        self.set(text);
        self.done.clear();
        self.undone.clear();
    }

    /// Replaces the text and puts the cursor at its end.
    pub fn set(&mut self, text: String) {
        self.cursor = text.len();
        self.text = text;
        self.recalled = None;
    }

    /// Replaces the text and puts the cursor at a byte index.
    pub fn set_at(&mut self, text: String, cursor: usize) {
        self.cursor = cursor.min(text.len());
        self.text = text;
    }

    /// Takes a secret text out, and keeps it neither in the history nor in the undo stack.
    pub(crate) fn forget(&mut self) -> String {
        let text = std::mem::take(&mut self.text);
        self.cursor = 0;
        self.recalled = None;
        self.done.clear();
        self.undone.clear();
        text
    }

    /// Takes the text out to send it, and appends it to the history.
    pub fn take(&mut self) -> String {
        let text = std::mem::take(&mut self.text);
        self.cursor = 0;
        self.recalled = None;
        self.done.clear();
        self.undone.clear();
        if !text.trim().is_empty() && self.history.last() != Some(&text) {
            if self.history.len() == HISTORY {
                self.history.remove(0);
            }
            self.history.push(text.clone());
        }
        text
    }

    /// Recalls the previous line of the history; the draft is kept.
    pub fn older(&mut self) {
        let (index, draft) = match self.recalled.take() {
            Some((0, draft)) => (0, draft),
            Some((index, draft)) => (index - 1, draft),
            None if self.history.is_empty() => return,
            None => (self.history.len() - 1, std::mem::take(&mut self.text)),
        };
        self.text = self.history[index].clone();
        self.cursor = self.text.len();
        self.recalled = Some((index, draft));
    }

    /// Recalls the next line of the history; the draft comes after the newest.
    pub fn newer(&mut self) {
        let Some((index, draft)) = self.recalled.take() else {
            return;
        };
        if index + 1 < self.history.len() {
            self.text = self.history[index + 1].clone();
            self.recalled = Some((index + 1, draft));
        } else {
            self.text = draft;
        }
        self.cursor = self.text.len();
    }
}

/// Edit or movement of the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Deletes the character before the cursor.
    Backspace,
    /// Deletes the character after the cursor.
    Delete,
    /// Moves one character back.
    Left,
    /// Moves one character forward.
    Right,
    /// Moves one word back.
    WordLeft,
    /// Moves one word forward.
    WordRight,
    /// Moves to the beginning of the line.
    Start,
    /// Moves to the end of the line.
    End,
    /// Kills the word before the cursor.
    KillWordBefore,
    /// Kills the word after the cursor.
    KillWordAfter,
    /// Kills to the beginning of the line.
    KillToStart,
    /// Kills to the end of the line.
    KillToEnd,
    /// Inserts the text killed last.
    Yank,
    /// Swaps the characters before and after the cursor.
    Transpose,
    /// Deletes the whole text.
    Clear,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_what_people_see() {
        let mut c = Composer::default();
        c.insert("ae\u{301}👩‍👩‍👧");
        c.edit(Edit::Backspace);
        assert_eq!(c.text(), "ae\u{301}");
        c.edit(Edit::Left);
        assert_eq!(c.cursor(), 1);
        c.edit(Edit::Delete);
        assert_eq!(c.text(), "a");
    }

    #[test]
    fn words_and_lines_are_killed_and_come_back() {
        let mut c = Composer::default();
        c.insert("one two three");
        c.edit(Edit::KillWordBefore);
        assert_eq!(c.text(), "one two ");
        c.edit(Edit::Start);
        c.edit(Edit::WordRight);
        c.edit(Edit::KillToEnd);
        assert_eq!(c.text(), "one");
        c.edit(Edit::Yank);
        assert_eq!(c.text(), "one two ");
        c.edit(Edit::KillToStart);
        assert!(c.is_empty());
    }

    #[test]
    fn a_draft_survives_a_look_at_what_was_sent() {
        let mut c = Composer::default();
        for line in ["first", "second"] {
            c.insert(line);
            assert_eq!(c.take(), line);
        }
        c.insert("draft");
        c.older();
        c.older();
        c.older();
        assert_eq!(c.text(), "first");
        c.newer();
        c.newer();
        assert_eq!(c.text(), "draft");
    }

    #[test]
    fn what_was_done_is_undone_word_by_word() {
        let mut c = Composer::default();
        for letter in ["o", "n", "e", " ", "t", "w", "o"] {
            c.insert(letter);
        }
        c.edit(Edit::KillToStart);
        assert!(c.undo());
        assert_eq!(c.text(), "one two");
        assert!(c.undo());
        assert_eq!(c.text(), "one ");
        c.redo();
        assert_eq!(c.text(), "one two");
        c.edit(Edit::Transpose);
        assert_eq!(c.text(), "one tow");
        while c.undo() {}
        assert!(c.is_empty());
    }

    #[test]
    fn the_cursor_moves_between_lines() {
        let mut c = Composer::default();
        c.insert("one\ntwo\nlonger");
        assert!(c.row(true));
        assert_eq!(c.cursor(), 7);
        assert!(c.row(true) && !c.row(true));
        assert_eq!(c.cursor(), 3);
        assert!(c.row(false) && c.row(false) && !c.row(false));
    }

    #[test]
    fn pasted_controls_stay_out() {
        let mut c = Composer::default();
        c.insert("a\x1b[31mb\u{9b}\r\nc\td\u{202e}");
        assert_eq!(c.text(), "a[31mb\nc d");
    }
}

//! Vi keys, for those who want them (`ui.vi`): after Esc, letters move or edit, until `i` or `a`
//! returns to typing. Esc once more enters message mode.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::App;
use crate::composer::Edit;

impl App {
    /// Handles a key while vi keys are on. Returns whether it was one of them.
    pub(super) fn vi_key(&mut self, key: KeyEvent) -> bool {
        if !(key.modifiers - KeyModifiers::SHIFT).is_empty() {
            return false;
        }
        if !self.vi_commands {
            let begins = key.code == KeyCode::Esc && !self.composer.is_empty();
            self.vi_commands = begins;
            if begins {
                self.composer.edit(Edit::Left);
            }
            return begins;
        }
        let KeyCode::Char(c) = key.code else {
            // Enter sends, Esc enters message mode, arrows move: as without vi.
            if matches!(key.code, KeyCode::Enter | KeyCode::Esc) {
                self.vi_commands = false;
            }
            return false;
        };
        // An operator waits for one key only; a key that is no motion of it acts on its own.
        let pending = self.vi_pending.take();
        let edits: &[Edit] = match (pending, c) {
            (Some('d' | 'c'), 'w') => &[Edit::KillWordAfter],
            (Some('d' | 'c'), 'b') => &[Edit::KillWordBefore],
            (Some('d' | 'c'), '$') => &[Edit::KillToEnd],
            (Some('d' | 'c'), '0') => &[Edit::KillToStart],
            (Some('d'), 'd') | (Some('c'), 'c') => &[Edit::Start, Edit::KillToEnd],
            (_, 'd' | 'c') => {
                self.vi_pending = Some(c);
                return true;
            }
            (_, 'h') => &[Edit::Left],
            (_, 'l') => &[Edit::Right],
            (_, 'w' | 'e') => &[Edit::WordRight],
            (_, 'b') => &[Edit::WordLeft],
            (_, '0' | '^' | 'I') => &[Edit::Start],
            (_, '$' | 'A') => &[Edit::End],
            (_, 'a') => &[Edit::Right],
            (_, 'x') => &[Edit::Delete],
            (_, 'X') => &[Edit::Backspace],
            (_, 'D' | 'C') => &[Edit::KillToEnd],
            (_, 'p' | 'P') => &[Edit::Yank],
            _ => &[],
        };
        for edit in edits {
            self.composer.edit(*edit);
        }
        match (pending, c) {
            (Some('c'), _) | (_, 'i' | 'I' | 'a' | 'A' | 'C') => self.vi_commands = false,
            (None, 'u') => {
                self.composer.undo();
            }
            (None, 'k') => self.composer.older(),
            (None, 'j') => self.composer.newer(),
            _ => {}
        }
        self.has_typed();
        true
    }

    /// Returns whether letters are vi commands now.
    pub fn is_in_vi_commands(&self) -> bool {
        self.settings.vi && self.vi_commands
    }
}

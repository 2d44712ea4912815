//! Keys and pastes in overlays: questions, lists, fields.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::keymap::Action;
use super::mode::{Confirmation, Field, List, Mode, Pager, Switcher};
use super::{App, HostCommand};
use crate::clock::Now;

/// Lines that PgUp and PgDn move in a list.
const PAGE: usize = 10;
/// Lines of a paste that are inserted without a question, at most.
const PASTE_LINES: usize = 3;

impl App {
    /// Handles a paste.
    pub fn paste(&mut self, now: impl Into<Now>, text: &str) {
        self.set_time(now);
        self.changed = true;
        self.completion = None;
        // An end-of-paste sequence within the text could make the rest look typed.
        let text = text
            .replace("\x1b[201~", "")
            .replace("\r\n", "\n")
            .replace('\r', "\n");
        if let Mode::Messages(_) = self.mode {
            self.mode = Mode::Compose;
        }
        match &mut self.mode {
            Mode::Secret(form) => form.push(text.trim_end_matches('\n')),
            Mode::Switch(Switcher { query: field, .. })
            | Mode::Find(field)
            | Mode::FindSent(field, _)
            | Mode::React(_, field) => {
                text.chars()
                    .filter(|c| *c != '\n')
                    .for_each(|c| field.push(c));
                if let Mode::Switch(mut switcher) = self.mode.clone() {
                    self.refresh_results(&mut switcher);
                    self.mode = Mode::Switch(switcher);
                }
            }
            Mode::Compose if text.trim_end().split('\n').count() > PASTE_LINES => {
                self.mode = Mode::Paste(text);
            }
            Mode::Compose => {
                self.composer.insert(&text);
                self.has_typed();
                self.look_for_file(&text);
            }
            Mode::Messages(_)
            | Mode::Read(_)
            | Mode::Choose(_)
            | Mode::Pick(_)
            | Mode::Confirm(_)
            | Mode::Paste(_) => {}
        }
    }

    /// Handles a key in an overlay, which closes unless its mode is put back.
    pub(super) fn overlay_key(&mut self, mode: Mode, key: KeyEvent, action: Option<Action>) {
        if let (Mode::Confirm(Confirmation::Settings(_)), Some(Action::Interrupt)) = (&mode, action)
        {
            // Ctrl+C at this question quits without saving.
            return self.quit("");
        }
        // The mode was taken, so returning closes the overlay.
        if key.code == KeyCode::Esc || action == Some(Action::Interrupt) {
            return;
        }
        match mode {
            Mode::Switch(switcher) => self.switcher_key(switcher, key, action),
            Mode::Find(_) | Mode::FindSent(..) => self.find_key(mode, key, action),
            Mode::Read(pager) => self.pager_key(pager, key),
            Mode::Choose(list) => self.list_key(list, key),
            Mode::Pick(menu) => self.pick_key(menu, key),
            Mode::Confirm(question) => match (key.code, question) {
                (KeyCode::Char('y' | 'Y'), Confirmation::Delete(id)) => self.schedule_delete(id),
                (KeyCode::Char('y' | 'Y'), Confirmation::Open(url)) => self.open_link(&url),
                (KeyCode::Char('y' | 'Y'), Confirmation::Upload(pasted)) => {
                    self.upload_pasted(&pasted);
                }
                (KeyCode::Char('y' | 'Y'), Confirmation::Settings(words)) => {
                    self.save_settings();
                    self.quit(&words);
                }
                (KeyCode::Char('n' | 'N'), Confirmation::Settings(words)) => self.quit(&words),
                (KeyCode::Char('y' | 'Y'), Confirmation::Trust(net, server, _, now)) => {
                    self.command(HostCommand::TrustNew(net, server, now));
                }
                // Enter alone does not decide on a certificate.
                (KeyCode::Enter, question @ Confirmation::Trust(..)) => {
                    self.mode = Mode::Confirm(question);
                }
                (KeyCode::Char('n' | 'N' | 'q') | KeyCode::Enter, _) => {}
                // Keys typed before the user saw the question are neither an answer nor text.
                (_, question) => self.mode = Mode::Confirm(question),
            },
            Mode::Paste(text) => match key.code {
                KeyCode::Enter if !self.can_say() => {
                    self.flash("Nobody is here to read it; /join #room joins a room.");
                    self.mode = Mode::Paste(text);
                }
                KeyCode::Enter => self.say(&text, false),
                KeyCode::Char('i') => {
                    self.composer.insert(text.trim_end_matches('\n'));
                    self.has_typed();
                }
                _ => self.mode = Mode::Paste(text),
            },
            Mode::Secret(mut form) => {
                match key.code {
                    KeyCode::Enter => return self.answer_secret(form),
                    KeyCode::Backspace => form.pop(),
                    KeyCode::Char(c) if (key.modifiers - KeyModifiers::SHIFT).is_empty() => {
                        form.push(c.encode_utf8(&mut [0; 4]));
                    }
                    _ if matches!(action, Some(Action::KillOrUp | Action::KillWordBefore)) => {
                        form.clear();
                    }
                    _ => {}
                }
                self.mode = Mode::Secret(form);
            }
            Mode::React(id, mut field) => {
                match key.code {
                    KeyCode::Enter => return self.react(id, &field.text),
                    KeyCode::Tab => {
                        let first = crate::complete::emoji_names(&field.text).next();
                        if let Some(name) = first {
                            field.text = name.to_owned();
                        }
                    }
                    _ => {
                        typed(&mut field, key, action);
                    }
                }
                self.mode = Mode::React(id, field);
            }
            Mode::Compose | Mode::Messages(_) => {}
        }
    }

    fn switcher_key(&mut self, mut switcher: Switcher, key: KeyEvent, action: Option<Action>) {
        let up = key.code == KeyCode::Up || action == Some(Action::PreviousBuffer);
        let down =
            matches!(key.code, KeyCode::Down | KeyCode::Tab) || action == Some(Action::NextBuffer);
        if key.code == KeyCode::Enter {
            return self.switch(&switcher);
        }
        if up || down {
            let count = switcher.finds.len().max(1);
            let step = if up { count - 1 } else { 1 };
            switcher.chosen = (switcher.chosen + step) % count;
        } else if typed(&mut switcher.query, key, action) {
            self.refresh_results(&mut switcher);
        }
        self.mode = Mode::Switch(switcher);
    }

    fn find_key(&mut self, mode: Mode, key: KeyEvent, action: Option<Action>) {
        let (up, down) = (key.code == KeyCode::Up, key.code == KeyCode::Down);
        let enter = key.code == KeyCode::Enter;
        let again = matches!(action, Some(Action::Find | Action::FindSent));
        // Put back before searching, which reads the query from the mode.
        self.mode = mode;
        match &mut self.mode {
            Mode::Find(_) if enter || up || down || again => self.find(!down),
            Mode::Find(field) => {
                let changed = typed(field, key, action);
                if changed {
                    self.restart_find();
                }
            }
            Mode::FindSent(..) if up || again => self.find_sent(true),
            Mode::FindSent(..) if enter => {
                let found = self.found_sent().map(str::to_owned);
                self.mode = Mode::Compose;
                if let Some(found) = found {
                    self.composer.replace(found);
                }
            }
            Mode::FindSent(field, _) => {
                let changed = typed(field, key, action);
                if changed {
                    self.find_sent(false);
                }
            }
            Mode::Compose
            | Mode::Messages(_)
            | Mode::Switch(_)
            | Mode::Read(_)
            | Mode::Choose(_)
            | Mode::Pick(_)
            | Mode::Confirm(_)
            | Mode::Paste(_)
            | Mode::Secret(_)
            | Mode::React(..) => {}
        }
    }

    fn pager_key(&mut self, mut pager: Pager, key: KeyEvent) {
        let page = usize::from(self.shape.height).saturating_sub(4).max(1);
        let most = pager.lines.len().saturating_sub(1);
        pager.top = match key.code {
            KeyCode::Char('q') | KeyCode::Enter => return,
            KeyCode::Up | KeyCode::Char('k') => pager.top.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => (pager.top + 1).min(most),
            KeyCode::PageUp => pager.top.saturating_sub(page),
            KeyCode::PageDown | KeyCode::Char(' ') => (pager.top + page).min(most),
            KeyCode::Home => 0,
            KeyCode::End => most,
            _ => pager.top,
        };
        self.mode = Mode::Read(pager);
    }

    fn list_key(&mut self, mut list: List, key: KeyEvent) {
        let last = list.places.len().saturating_sub(1);
        match key.code {
            KeyCode::Enter => {
                if let Some(place) = list.places.get(list.chosen).cloned() {
                    self.choose(&place);
                }
                return;
            }
            KeyCode::Up | KeyCode::Char('k') => list.chosen = list.chosen.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => list.chosen = (list.chosen + 1).min(last),
            KeyCode::PageUp => list.chosen = list.chosen.saturating_sub(PAGE),
            KeyCode::PageDown => list.chosen = (list.chosen + PAGE).min(last),
            KeyCode::Home => list.chosen = 0,
            KeyCode::End => list.chosen = last,
            _ => {}
        }
        self.mode = Mode::Choose(list);
    }
}

/// Types into a field. Returns whether the text has changed.
fn typed(field: &mut Field, key: KeyEvent, action: Option<Action>) -> bool {
    match (key.code, action) {
        (KeyCode::Backspace, _) | (_, Some(Action::Backspace)) => field.text.pop().is_some(),
        (_, Some(Action::KillOrUp | Action::KillWordBefore)) => {
            let had = !field.text.is_empty();
            field.text.clear();
            had
        }
        (KeyCode::Char(c), _) if (key.modifiers - KeyModifiers::SHIFT).is_empty() => {
            field.push(c);
            true
        }
        _ => false,
    }
}

//! Quitting: messages in flight, and settings to save.

use super::mode::{Confirmation, Mode};
use super::{App, HostCommand};
use crate::model::LineState;

impl App {
    /// Quits, after asking whether to save changed settings.
    pub(crate) fn leave(&mut self, words: &str) {
        if self.changed_settings.is_empty() {
            return self.quit(words);
        }
        self.mode = Mode::Confirm(Confirmation::Settings(words.to_owned()));
        self.changed = true;
    }

    /// Records a setting that the user has changed.
    pub(crate) fn note_setting(&mut self, key: &str, value: &str) {
        self.changed_settings
            .insert(key.to_owned(), value.to_owned());
    }

    /// Returns the changed and unsaved settings with their values, as text.
    pub fn changed_settings(&self) -> String {
        let shown = self.changed_settings.iter();
        let shown: Vec<String> = shown
            .map(|(key, value)| format!("{key} = {value}"))
            .collect();
        shown.join(", ")
    }

    /// Saves the settings that the user has changed.
    pub(crate) fn save_settings(&mut self) {
        if self.changed_settings.is_empty() {
            return self.tell("You have changed no setting; /set key value does.");
        }
        let values = std::mem::take(&mut self.changed_settings);
        self.command(HostCommand::SaveSettings(values.into_iter().collect()));
    }

    /// Returns whether a sent message is not acknowledged yet.
    pub fn has_pending(&self) -> bool {
        let mut lines = self.model.buffers.iter().flat_map(|b| &b.lines);
        lines.any(|line| matches!(line.state, LineState::Pending { .. }))
    }

    /// Returns the number of messages not sent, or perhaps not delivered.
    pub fn unsent(&self) -> usize {
        let lines = self.model.buffers.iter().flat_map(|b| &b.lines);
        lines.filter(|line| !line.state.is_sent()).count()
    }

    /// Quits, with a parting message.
    pub fn quit(&mut self, words: &str) {
        self.typing_done();
        // Deletions that could still be undone go out before QUIT.
        self.delete_now();
        for net in &mut self.nets {
            net.quit(words);
        }
        self.command(HostCommand::Quit);
    }
}

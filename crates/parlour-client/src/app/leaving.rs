//! Leaving: what is still on its way, and what the user may want to keep.

use super::mode::{Confirmation, Mode};
use super::{App, HostCommand};
use crate::model::LineState;

impl App {
    /// Leaves as the user wishes; first they are asked whether the settings that they have changed
    /// are to be kept.
    pub(crate) fn leave(&mut self, words: &str) {
        if self.changed_settings.is_empty() {
            return self.quit(words);
        }
        self.mode = Mode::Confirm(Confirmation::Settings(words.to_owned()));
        self.changed = true;
    }

    /// Remembers that the user has changed a setting.
    pub(crate) fn note_setting(&mut self, key: &str, value: &str) {
        self.changed_settings
            .insert(key.to_owned(), value.to_owned());
    }

    /// Which settings the user has changed and not kept, with their values.
    pub fn changed_settings(&self) -> String {
        let shown = self.changed_settings.iter();
        let shown: Vec<String> = shown
            .map(|(key, value)| format!("{key} = {value}"))
            .collect();
        shown.join(", ")
    }

    /// Keeps the settings that the user has changed.
    pub(crate) fn save_settings(&mut self) {
        if self.changed_settings.is_empty() {
            return self.tell("You have changed no setting; /set key value does.");
        }
        let values = std::mem::take(&mut self.changed_settings);
        self.command(HostCommand::SaveSettings(values.into_iter().collect()));
    }

    /// Whether something is on its way of which the server has said nothing yet.
    pub fn has_pending(&self) -> bool {
        let mut lines = self.model.buffers.iter().flat_map(|b| &b.lines);
        lines.any(|line| matches!(line.state, LineState::Pending { .. }))
    }

    /// How many messages were not sent, or may not have arrived.
    pub fn unsent(&self) -> usize {
        let lines = self.model.buffers.iter().flat_map(|b| &b.lines);
        lines.filter(|line| !line.state.is_sent()).count()
    }

    /// Leaves, with parting words.
    pub fn quit(&mut self, words: &str) {
        self.no_more_typing();
        self.delete_now();
        for net in &mut self.nets {
            net.quit(words);
        }
        self.command(HostCommand::Quit);
    }
}

//! Shell commands, and lines run as if typed.

use super::{App, HostCommand, secret};
use crate::NetworkId;
use crate::commands;
use crate::commands::table::Typed;
use crate::engine::OutgoingMessage;

impl App {
    /// Runs a line as if typed in the shown buffer; a password in it is neither shown nor saved.
    /// Commands are run by `command`.
    pub(crate) fn run_line(&mut self, line: &str, command: fn(&mut App, &str)) {
        let here = self.model.buffer().raw_name.clone();
        if let Some(shown) = secret::masked(line, secret::is_service(&here)) {
            return self.send_secret(line, &shown, &here);
        }
        match commands::table::typed(line) {
            Typed::Command(line) => command(self, line),
            Typed::Text(text) => self.say(text, false),
        }
    }

    /// Runs the configured commands of a network after a connection, as if its server buffer were
    /// shown.
    pub(super) fn run_at_connection(&mut self, net: NetworkId) {
        let lines = self.nets[net].commands.clone();
        if lines.is_empty() {
            return;
        }
        let before = self.model.buffer();
        let before = (before.network, before.kind, before.raw_name.clone());
        // What is being typed belongs to the buffer shown, whatever a command switches to.
        let (typed, shown) = (self.draft(), self.model.current);
        self.model.buffers[shown].draft = typed;
        let own = self.model.server_buffer(net);
        let own_draft = self.model.buffers[own].draft.clone();
        // Set directly, without the effects of showing a buffer, such as a read marker.
        self.model.current = own;
        for line in lines {
            self.run_line(&line, commands::run);
        }
        // A command may have opened or closed buffers: they are looked up again.
        let own = self.model.server_buffer(net);
        let mut buffers = self.model.buffers.iter();
        let before = buffers
            .position(|b| (b.network, b.kind, &b.raw_name) == (before.0, before.1, &before.2));
        if self.model.current == own {
            // The composer still holds what was typed.
            if let Some(before) = before {
                self.model.current = before;
                self.model.buffers[before].draft = String::new();
            }
        } else if before != Some(own) {
            // A command has switched buffers, and the user stays there.
            self.model.buffers[own].draft = own_draft;
        }
    }

    /// Asks the host to run a shell command.
    pub(crate) fn exec(&mut self, command: &str, say: bool) {
        if say && !self.can_say() {
            return self.report_no_recipient();
        }
        let buffer = self.model.buffer();
        let (net, buffer) = (buffer.network, buffer.raw_name.clone());
        let command = command.to_owned();
        self.command(HostCommand::Exec {
            command,
            net,
            buffer,
            say,
        });
    }

    /// Handles the result of a shell command.
    pub fn executed(
        &mut self,
        net: NetworkId,
        buffer: &str,
        say: bool,
        output: Result<String, String>,
    ) {
        let place = self.model.find(net, buffer);
        self.changed = true;
        match (output, place) {
            (Ok(output), Some(index)) if say && !output.trim().is_empty() => {
                let words = OutgoingMessage {
                    text: &output,
                    ..OutgoingMessage::default()
                };
                self.say_in(index, words);
            }
            (Ok(output), _) if output.trim().is_empty() => self.tell("The command wrote nothing."),
            (Ok(output), place) => {
                let index = place.unwrap_or(self.model.current);
                self.model.note(index, self.now, output.trim_end(), false);
            }
            (Err(error), place) => {
                let index = place.unwrap_or(self.model.current);
                self.model.note(index, self.now, &error, true);
            }
        }
    }
}

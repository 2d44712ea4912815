//! Commands of the user's shell, and lines that are run as if they were typed.

use super::{App, HostCommand, secret};
use crate::commands::{self, Typed};
use crate::engine::OutgoingMessage;

impl App {
    /// Runs a line as if it was typed where the user looks. What it holds of passwords is neither
    /// shown nor kept. Commands are run by `command`.
    pub(crate) fn run_line(&mut self, line: &str, command: fn(&mut App, &str)) {
        let here = self.model.buffer().raw_name.clone();
        if let Some(shown) = secret::masked(line, secret::is_service(&here)) {
            return self.send_secret(line, &shown, &here);
        }
        match commands::typed(line) {
            Typed::Command(line) => command(self, line),
            Typed::Text(text) => self.say(text, false),
        }
    }

    /// Runs the lines that the configuration has for each connection to a network, where its own
    /// buffer is looked at.
    pub(super) fn run_at_connection(&mut self, net: usize) {
        let lines = self.nets[net].commands.clone();
        if lines.is_empty() {
            return;
        }
        let before = self.model.current;
        let own = self.model.server_buffer(net);
        self.model.current = own;
        for line in lines {
            self.run_line(&line, commands::run);
        }
        // Whoever was led elsewhere stays there.
        if self.model.current == own {
            self.model.current = before;
        }
    }

    /// Has a command of the shell run.
    pub(crate) fn exec(&mut self, command: &str, say: bool) {
        if say && !self.can_say() {
            return self.complain_of_silence();
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

    /// A command of the shell is done.
    pub fn executed(
        &mut self,
        net: usize,
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

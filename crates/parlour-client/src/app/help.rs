//! Help, generated from the tables of keys and commands.

use super::keymap::ACTIONS;
use super::mode::{Mode, Pager};
use super::{App, messages};
use crate::commands::table::COMMANDS;

impl App {
    /// Shows the help, with the keys or the commands first.
    pub(crate) fn help(&mut self, commands_first: bool) {
        // A narrow screen has no room for columns.
        let narrow = self.shape.width < 60;
        let row = |what: &str, help: &str| match narrow {
            true => format!("  {what}: {help}"),
            false => format!("  {what:<30} {help}"),
        };
        let mut keys = vec![String::from("Keys")];
        for action in ACTIONS {
            let bound = self.keymap().keys_of(action.action);
            if !bound.is_empty() {
                keys.push(row(&bound, action.help));
            }
        }
        keys.push(String::new());
        keys.push("With a message chosen (Esc, or a click)".into());
        keys.extend(messages::KEYS.iter().map(|key| row(key.keys, key.help)));
        let mut commands =
            vec!["Commands, of which a unique beginning is enough; //text sends /text".to_owned()];
        for command in COMMANDS {
            let usage = format!("/{} {}", command.name, command.arguments);
            let also = if command.aliases.is_empty() {
                String::new()
            } else {
                format!(" (also /{})", command.aliases.join(" /"))
            };
            commands.push(row(usage.trim_end(), &format!("{}{also}", command.help)));
        }
        let (mut lines, more) = match commands_first {
            true => (commands, keys),
            false => (keys, commands),
        };
        lines.push(String::new());
        lines.extend(more);
        self.mode = Mode::Read(Pager {
            title: "Help".into(),
            lines,
            top: 0,
        });
    }
}

//! Reference page of keys and commands, generated from their tables.

use crate::app::keymap::{ACTIONS, Keymap};
use crate::app::messages;
use crate::commands::table::COMMANDS;

/// Returns the page in Markdown.
pub fn reference() -> String {
    let keymap = Keymap::default();
    let mut out = String::from(
        "# Keys and commands of the terminal client\n\n\
         This page is generated from the client's tables; do not edit it by hand.\n\n\
         ## Keys\n\n\
         `[keys]` in the configuration binds other keys to an action: `find = [\"ctrl+f\"]`.\n\n\
         | keys | action | what it does |\n|---|---|---|\n",
    );
    for row in ACTIONS {
        let keys = keymap.keys_of(row.action);
        out.push_str(&format!(
            "| {keys} | `{}` | {} |\n",
            row.name,
            cell(row.help)
        ));
    }
    out.push_str("\n## With a message selected\n\nEsc, or a click on a message, selects one.\n\n| keys | what they do |\n|---|---|\n");
    for row in messages::KEYS {
        out.push_str(&format!("| `{}` | {} |\n", row.keys, cell(row.help)));
    }
    out.push_str(
        "\n## Commands\n\nA unique prefix is enough. `//text` sends `/text`; an unknown command is never sent. `n` is the n-th\n\
         message from the bottom, or a message's id.\n\n| command | also | what it does |\n|---|---|---|\n",
    );
    for command in COMMANDS {
        let usage = cell(format!("/{} {}", command.name, command.arguments).trim());
        let also: Vec<String> = command
            .aliases
            .iter()
            .map(|name| format!("`/{name}`"))
            .collect();
        out.push_str(&format!(
            "| `{usage}` | {} | {} |\n",
            also.join(" "),
            cell(command.help)
        ));
    }
    out
}

/// Escapes text for a table cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

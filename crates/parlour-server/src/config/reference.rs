//! Generator of docs/configuration.md, from the definitions of the keys.

use std::fmt::Write;

use super::define::Section;
use super::sections::SECTIONS;

/// Returns all sections and keys with meaning and default, as Markdown.
pub fn reference() -> String {
    let mut out = String::from(
        "# Configuration\n\n\
         This page is generated from the definitions of the keys; do not edit it by hand.\n\n\
         `parlour serve --config FILE` reads one TOML file. Every key has a default, so that an\n\
         empty file will do; an unknown key is an error, whose message gives its line and the nearest\n\
         known key. `parlour check-config FILE` checks a file and shows all of its faults at once.\n\n\
         After a change, send the server SIGHUP, or type REHASH as a server operator: the file is\n\
         read again, and nobody is disconnected. If the file has an error, nothing changes, and the\n\
         reply says why. Keys that need a restart say so.\n",
    );
    for section in SECTIONS {
        write_section(section, &mut out);
    }
    out
}

/// Appends a section with the table of its keys.
fn write_section(section: &Section, out: &mut String) {
    let defaults = (section.defaults)();
    let doc = joined(section.doc);
    // Writing to a String cannot fail.
    let _ = write!(out, "\n## `[{}]`\n\n{doc}\n\n", section.table);
    out.push_str("| key | default | meaning |\n|---|---|---|\n");
    for (key, doc) in section.keys {
        let default = defaults
            .get(*key)
            .map_or_else(|| "none".to_owned(), |value| format!("`{}`", shown(value)));
        let _ = writeln!(out, "| `{key}` | {default} | {} |", joined(doc));
    }
}

/// Returns a value as TOML, escaped for a Markdown table.
fn shown(value: &toml::Value) -> String {
    value.to_string().replace('|', "\\|")
}

/// Joins the lines of a doc comment, escaped for a Markdown table.
fn joined(doc: &[&str]) -> String {
    let lines: Vec<&str> = doc.iter().map(|line| line.trim()).collect();
    lines.join(" ").replace('|', "\\|")
}

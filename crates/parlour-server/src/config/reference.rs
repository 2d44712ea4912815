//! docs/configuration.md, from the definitions.

use std::fmt::Write;

use super::define::Section;
use super::sections::SECTIONS;

/// Every section and key with what it means and its default, as Markdown.
pub fn reference() -> String {
    let mut out = String::from(
        "# Configuration\n\n\
         This page is generated from the definitions of the keys; do not edit it by hand.\n\n\
         `parlour serve --config FILE` reads one TOML file. Every key has a default, so that an\n\
         empty file will do; an unknown key is an error that names its line and the nearest known\n\
         name. `parlour check-config FILE` tells whether a file can be used.\n\n\
         After a change, send the server SIGHUP, or say REHASH as an operator of the network: the\n\
         file is read again, and nobody is disconnected. A file that is not right changes nothing,\n\
         and the answer says why. Keys that are read at the start only say so.\n",
    );
    for section in SECTIONS {
        write_section(section, &mut out);
    }
    out
}

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

fn shown(value: &toml::Value) -> String {
    value.to_string().replace('|', "\\|")
}

fn joined(doc: &[&str]) -> String {
    let lines: Vec<&str> = doc.iter().map(|line| line.trim()).collect();
    lines.join(" ").replace('|', "\\|")
}

//! Generator of docs/irc.md, from the tables of commands, modes, capabilities, tokens and numerics.

use std::fmt::Write;

use irc_wire::modes::Kind;
use irc_wire::numerics;

use super::modes::{FLAGS, LISTS, RANKS, USER_MODES, VALUES};
use super::verbs::VERBS;
use super::{CAPABILITIES, isupport};
use crate::DoorSettings;

/// Returns the reference of the irc door as Markdown.
pub fn reference() -> String {
    let mut out = String::from(
        "# IRC\n\n\
         This page is generated from the tables in the code; do not edit it by hand.\n",
    );
    verbs(&mut out);
    capabilities(&mut out);
    channel_modes(&mut out);
    user_modes(&mut out);
    tokens(&mut out);
    known_numerics(&mut out);
    out
}

/// Appends a row of a table.
fn row(out: &mut String, cells: &[&str]) {
    for cell in cells {
        // Writing to a String cannot fail.
        let _ = write!(out, "| {} ", cell.replace('|', "\\|"));
    }
    out.push_str("|\n");
}

fn table(out: &mut String, title: &str, about: &str, head: &[&str]) {
    let _ = write!(out, "\n## {title}\n\n{about}\n\n");
    row(out, head);
    row(out, &vec!["---"; head.len()]);
}

fn code(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("`{text}`")
    }
}

fn verbs(out: &mut String) {
    table(
        out,
        "Commands",
        "Those marked with ○ are also accepted before registration; METADATA, AWAY and ISUPPORT \
         only from clients that asked for their capabilities. The HELP command shows the same.",
        &["command", "parameters", "what it does", ""],
    );
    for verb in VERBS {
        let early = if verb.is_early() { "○" } else { "" };
        row(
            out,
            &[&code(verb.name), &code(verb.syntax), verb.help, early],
        );
    }
}

fn capabilities(out: &mut String) {
    table(
        out,
        "Capabilities",
        "`irc.without` disables any of them; `sts` is offered where it is configured.",
        &["capability", "a client that asks for it", "specification"],
    );
    for cap in CAPABILITIES {
        row(out, &[&code(cap.name), cap.means, cap.specification]);
    }
}

fn channel_modes(out: &mut String) {
    table(
        out,
        "Channel modes",
        "Lists take a mask, or an extended ban: `a:account`, `m:mask` for those who may join but \
         not speak, or both as `m:a:account`.",
        &["mode", "kind", "meaning"],
    );
    for (letter, _, means) in LISTS {
        row(out, &[&code(&format!("+{letter}")), "list", means]);
    }
    for (letter, kind, means) in VALUES {
        let kind = match kind {
            Kind::Param => "value, always given",
            Kind::List | Kind::ParamWhenSet | Kind::Flag | Kind::Status => "value, given when set",
        };
        row(out, &[&code(&format!("+{letter}")), kind, means]);
    }
    for (letter, _, means) in FLAGS {
        row(out, &[&code(&format!("+{letter}")), "flag", means]);
    }
    for (letter, prefix, rank) in RANKS {
        let means = format!("{rank:?}, shown as {prefix}").to_lowercase();
        row(out, &[&code(&format!("+{letter}")), "rank", &means]);
    }
}

fn user_modes(out: &mut String) {
    table(out, "User modes", "Set on yourself.", &["mode", "the user"]);
    for (letter, _, means) in USER_MODES {
        row(out, &[&code(&format!("+{letter}")), means]);
    }
}

fn tokens(out: &mut String) {
    let _ = write!(
        out,
        "\n## ISUPPORT\n\nThe tokens of 005, as they are by default:\n\n"
    );
    for token in isupport::tokens(&DoorSettings::default()) {
        let _ = writeln!(out, "- `{token}`");
    }
}

fn known_numerics(out: &mut String) {
    table(
        out,
        "Numerics",
        "All that the server may send.",
        &["value", "name"],
    );
    for (value, name) in numerics::ALL {
        row(out, &[value, &code(name)]);
    }
}

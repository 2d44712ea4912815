//! Client: quitting, export, notifications, connections, certificates, shell commands.

use std::path::PathBuf;

use super::{buffer_named, nth, usage};
use crate::app::persist;
use crate::app::{App, HostCommand};
use crate::export::ExportFormat;

pub(super) fn quit(app: &mut App, words: &str) {
    app.leave(words);
}

/// Handles `/exec [-o] command`: shows the output of a shell command, or sends it with `-o`.
pub(super) fn exec(app: &mut App, arguments: &str) {
    let (say, command) = match arguments.split_once(char::is_whitespace) {
        Some(("-o", command)) => (true, command.trim()),
        _ => (false, arguments),
    };
    if command.is_empty() || command == "-o" {
        return usage(app, "exec");
    }
    app.exec(command, say);
}

pub(super) fn export(app: &mut App, arguments: &str) {
    let (first, rest) = arguments
        .split_once(char::is_whitespace)
        .unwrap_or((arguments, ""));
    let (form, file) = match ExportFormat::parse(first) {
        Some(form) => (form, rest.trim()),
        None => (ExportFormat::Text, arguments),
    };
    let buffer = app.model.buffer();
    // The name comes from the server: no path may hide in it.
    let plain = |c: char| c.is_alphanumeric() || "-_".contains(c);
    let stem: String = buffer.raw_name.chars().filter(|c| plain(*c)).collect();
    let file = match file {
        "" => PathBuf::from(format!("{stem}.{}", form.extension())),
        file => PathBuf::from(file),
    };
    let text = crate::export::of_buffer(form, buffer);
    app.command(HostCommand::Export(file, text));
}

pub(super) fn keys(app: &mut App, _: &str) {
    app.help(false);
}

pub(super) fn notify(app: &mut App, arguments: &str) {
    let mut words = arguments.split_whitespace();
    let word = words.next().unwrap_or_default();
    let Some(notify) = persist::notify(word) else {
        return usage(app, "notify");
    };
    if let Some(index) = buffer_named(app, words.next().unwrap_or_default()) {
        let name = app.model.buffers[index].name.clone();
        app.change_at(index, |buffer| buffer.notify = notify);
        app.flash(&format!("Notifications of {name}: {word}."));
    }
}

pub(super) fn highlight(app: &mut App, word: &str) {
    if word.is_empty() {
        let shown = match app.model.highlights.as_slice() {
            [] => "Only your nick counts as a mention; /highlight word adds a word.".to_owned(),
            words => format!("These count as mentions too: {}.", words.join(", ")),
        };
        return app.tell(&shown);
    }
    app.model.highlights.push(word.to_owned());
    app.tell(&format!(
        "{word} counts as a mention until you quit; `highlights` in the configuration keeps it."
    ));
}

pub(super) fn connect(app: &mut App, arguments: &str) {
    let mut words = arguments.split_whitespace().map(str::to_owned);
    match words.next() {
        Some(place) => app.command(HostCommand::Connect(place, words.collect())),
        None => usage(app, "connect"),
    }
}

pub(super) fn disconnect(app: &mut App, _: &str) {
    app.disconnect();
}

pub(super) fn reconnect(app: &mut App, _: &str) {
    app.reconnect();
}

pub(super) fn trust(app: &mut App, arguments: &str) {
    match arguments.split_once(char::is_whitespace) {
        Some(("forget", server)) => app.command(HostCommand::Trust(Some(server.trim().to_owned()))),
        Some(("new", server)) => {
            if !app.ask_for_trust(server.trim()) {
                app.report_error(&format!("{server} has shown no other certificate."));
            }
        }
        None if arguments.is_empty() => app.command(HostCommand::Trust(None)),
        _ => usage(app, "trust"),
    }
}

pub(super) fn reload(app: &mut App, _: &str) {
    app.command(HostCommand::Reload);
}

pub(super) fn debug(app: &mut App, which: &str) {
    let Some((id, _)) = nth(app, which) else {
        return;
    };
    let buffer = app.model.buffer();
    if let Some(at) = buffer.position(id) {
        let line = &buffer.lines[at];
        let text = format!(
            "id {}, time {}, msgid {}, text {:?}",
            line.id.0,
            line.time,
            line.msgid.as_deref().unwrap_or("none"),
            line.text.as_str()
        );
        app.tell(&text);
    }
}

pub(super) fn quote(app: &mut App, line: &str) {
    if line.is_empty() {
        return usage(app, "quote");
    }
    app.send_raw(line);
}

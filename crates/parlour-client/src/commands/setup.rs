//! How the client behaves, where it goes, what it writes.

use std::path::PathBuf;

use super::{buffer_named, nth, usage};
use crate::app::draft;
use crate::app::{App, Wish};
use crate::export::Form;
use crate::settings::CtrlK;
use crate::view::Glyphs;
use crate::view::theme::Shade;

pub(super) fn quit(app: &mut App, words: &str) {
    app.quit(words);
}

pub(super) fn export(app: &mut App, arguments: &str) {
    let (first, rest) = arguments
        .split_once(char::is_whitespace)
        .unwrap_or((arguments, ""));
    let (form, file) = match Form::parse(first) {
        Some(form) => (form, rest.trim()),
        None => (Form::Text, arguments),
    };
    let buffer = app.model.buffer();
    let plain = |c: char| c.is_alphanumeric() || "-_".contains(c);
    let stem: String = buffer.raw_name.chars().filter(|c| plain(*c)).collect();
    let file = match file {
        "" => PathBuf::from(format!("{stem}.{}", form.extension())),
        file => PathBuf::from(file),
    };
    let text = crate::export::of_buffer(form, buffer);
    app.wish(Wish::Export(file, text));
}

pub(super) fn theme(app: &mut App, name: &str) {
    let Some(shade) = Shade::parse(name) else {
        return usage(app, "theme");
    };
    app.settings.theme.choose(shade);
    app.wish(Wish::Redraw);
}

pub(super) fn set(app: &mut App, arguments: &str) {
    let Some((key, value)) = arguments.split_once(char::is_whitespace) else {
        return app.tell(
            "Settings are kept in the configuration file (parlour --config-path tells which); /set key value changes one until \
             you leave: glyphs, mouse, typing, vi, ctrl_k, text_width, joins, title.",
        );
    };
    let value = value.trim();
    let on = match value {
        "on" | "true" | "yes" => Some(true),
        "off" | "false" | "no" => Some(false),
        _ => None,
    };
    let settings = &mut app.settings;
    let width = value
        .parse()
        .ok()
        .filter(|width| (20..=500).contains(width));
    match (key.trim_start_matches("ui."), value, on) {
        ("glyphs", "unicode", _) => settings.glyphs = Glyphs::Unicode,
        ("glyphs", "ascii", _) => settings.glyphs = Glyphs::Ascii,
        ("mouse", _, Some(on)) => {
            settings.mouse = on;
            app.wish(Wish::Mouse(on));
        }
        ("typing", _, Some(on)) => settings.typing = on,
        ("vi", _, Some(on)) => settings.vi = on,
        ("title", _, Some(on)) => settings.title = on,
        ("formatting", _, Some(on)) => settings.formatting = on,
        ("ctrl_k", "auto", _) => settings.ctrl_k = CtrlK::Auto,
        ("ctrl_k", "switch", _) => settings.ctrl_k = CtrlK::Switch,
        ("ctrl_k", "kill", _) => settings.ctrl_k = CtrlK::Kill,
        ("text_width", ..) if width.is_some() => settings.text_width = width.unwrap_or(100),
        ("joins", word, _) => return super::run(app, &format!("filter joins {word}")),
        _ => {
            let text = format!(
                "There is no such setting, or it cannot be {value}; /set alone lists them."
            );
            return app.complain(&text);
        }
    }
    app.wish(Wish::Redraw);
}

pub(super) fn keys(app: &mut App, _: &str) {
    app.help();
}

pub(super) fn notify(app: &mut App, arguments: &str) {
    let mut words = arguments.split_whitespace();
    let word = words.next().unwrap_or_default();
    let Some(notify) = draft::notify(word) else {
        return usage(app, "notify");
    };
    if let Some(index) = buffer_named(app, words.next().unwrap_or_default()) {
        let name = app.model.buffers[index].name.clone();
        app.change_at(index, |buffer| buffer.notify = notify);
        app.flash(&format!("Of {name} you are told: {word}."));
    }
}

pub(super) fn highlight(app: &mut App, word: &str) {
    if word.is_empty() {
        let shown = match app.model.highlights.as_slice() {
            [] => "Only your nick is for you; /highlight word adds a word.".to_owned(),
            words => format!("For you as well: {}.", words.join(", ")),
        };
        return app.tell(&shown);
    }
    app.model.highlights.push(word.to_owned());
    app.tell(&format!(
        "{word} is for you as well, until you leave; `highlights` in the configuration keeps it so."
    ));
}

pub(super) fn format(app: &mut App, word: &str) {
    match word {
        "on" => app.settings.formatting = true,
        "off" => app.settings.formatting = false,
        _ => usage(app, "format"),
    }
}

pub(super) fn connect(app: &mut App, place: &str) {
    if place.is_empty() {
        return usage(app, "connect");
    }
    app.wish(Wish::Connect(place.to_owned()));
}

pub(super) fn reconnect(app: &mut App, _: &str) {
    app.reconnect();
}

pub(super) fn trust(app: &mut App, arguments: &str) {
    match arguments.split_once(char::is_whitespace) {
        Some(("forget", server)) => app.wish(Wish::Trust(Some(server.trim().to_owned()))),
        None if arguments.is_empty() => app.wish(Wish::Trust(None)),
        _ => usage(app, "trust"),
    }
}

pub(super) fn reload(app: &mut App, _: &str) {
    app.wish(Wish::Reload);
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

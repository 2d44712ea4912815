//! How the client behaves, where it goes, what it writes.

use std::path::PathBuf;

use super::{buffer_named, nth, usage};
use crate::app::draft;
use crate::app::{App, Wish};
use crate::export::Form;
use crate::model::Joins;
use crate::settings::{CtrlK, Tell, Up};
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

/// What /set knows.
pub(super) const KEYS: &[&str] = &[
    "ctrl_k",
    "emoji",
    "formatting",
    "glyphs",
    "joins",
    "mouse",
    "notify",
    "text_width",
    "theme",
    "title",
    "typing",
    "up",
    "vi",
];

fn on_off(on: bool) -> String {
    if on { "on" } else { "off" }.into()
}

/// They with what they can be, for completion.
#[rustfmt::skip]
pub(super) const CHOICES: &[&str] = &[
    "ctrl_k auto", "ctrl_k switch", "ctrl_k kill", "emoji glyph", "emoji shortcode", "formatting on", "formatting off",
    "glyphs unicode", "glyphs ascii", "joins on", "joins off", "joins smart", "mouse on", "mouse off", "notify auto",
    "notify bell", "notify off", "text_width 100", "theme auto", "theme dark", "theme light", "title on", "title off",
    "typing on", "typing off", "up history", "up edit-last", "vi on", "vi off",
];

/// How a setting is, and what it can be.
fn setting(app: &App, key: &str) -> Option<(String, &'static str)> {
    let settings = &app.settings;
    Some(match key {
        "ctrl_k" => (
            match settings.ctrl_k {
                CtrlK::Auto => "auto",
                CtrlK::Switch => "switch",
                CtrlK::Kill => "kill",
            }
            .into(),
            "auto, switch, kill",
        ),
        "emoji" => (
            match settings.emoji_names {
                true => "shortcode",
                false => "glyph",
            }
            .into(),
            "glyph, shortcode",
        ),
        "formatting" => (on_off(settings.formatting), "on, off"),
        "glyphs" => (
            match settings.glyphs {
                Glyphs::Unicode => "unicode",
                Glyphs::Ascii => "ascii",
            }
            .into(),
            "unicode, ascii",
        ),
        "joins" => (
            match app.model.joins {
                Joins::On => "on",
                Joins::Off => "off",
                Joins::Smart => "smart",
            }
            .into(),
            "on, off, smart",
        ),
        "mouse" => (on_off(settings.mouse), "on, off"),
        "notify" => (
            match settings.tell {
                Tell::Auto => "auto",
                Tell::Bell => "bell",
                Tell::Off => "off",
            }
            .into(),
            "auto, bell, off",
        ),
        "text_width" => (settings.text_width.to_string(), "20 to 500"),
        "theme" => (settings.theme.shade().name().into(), "auto, dark, light"),
        "title" => (on_off(settings.title), "on, off"),
        "typing" => (on_off(settings.typing), "on, off"),
        "up" => (
            match settings.up {
                Up::History => "history",
                Up::EditLast => "edit-last",
            }
            .into(),
            "history, edit-last",
        ),
        "vi" => (on_off(settings.vi), "on, off"),
        _ => return None,
    })
}

pub(super) fn set(app: &mut App, arguments: &str) {
    let (key, value) = arguments
        .split_once(char::is_whitespace)
        .unwrap_or((arguments, ""));
    let key = key.trim_start_matches("ui.");
    if key.is_empty() {
        let shown = KEYS.iter().filter_map(|key| {
            let (now, all) = setting(app, key)?;
            Some(format!("{key} = {now}   ({all})"))
        });
        let shown: Vec<String> = shown.collect();
        let text = format!(
            "{}\nThe configuration file keeps them (parlour --config-path tells which); /set key value changes one until you leave.",
            shown.join("\n")
        );
        return app.tell(&text);
    }
    let Some((now, all)) = setting(app, key) else {
        let near = crate::nearest::nearest(key, KEYS.iter().copied());
        let hint = near.map(|near| format!(" Did you mean {near}?"));
        let text = format!("There is no setting {key}.{}", hint.unwrap_or_default());
        return app.complain(&text);
    };
    match value.trim() {
        "" => app.tell(&format!("{key} = {now}   ({all})")),
        value if change(app, key, value) => {
            app.flash(&format!("{key} = {value}"));
            app.wish(Wish::Redraw);
        }
        value => app.complain(&format!("{key} cannot be {value}, but {all}.")),
    }
}

/// Changes a setting; false if it cannot be so.
fn change(app: &mut App, key: &str, value: &str) -> bool {
    let on = match value {
        "on" | "true" | "yes" => Some(true),
        "off" | "false" | "no" => Some(false),
        _ => None,
    };
    let width = value.parse().ok();
    let width = width.filter(|width| (20..=500).contains(width));
    let settings = &mut app.settings;
    match (key, value, on) {
        ("glyphs", "unicode", _) => settings.glyphs = Glyphs::Unicode,
        ("glyphs", "ascii", _) => settings.glyphs = Glyphs::Ascii,
        ("emoji", "glyph", _) => settings.emoji_names = false,
        ("emoji", "shortcode", _) => settings.emoji_names = true,
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
        ("up", "history", _) => settings.up = Up::History,
        ("up", "edit-last", _) => settings.up = Up::EditLast,
        ("notify", "auto", _) => settings.tell = Tell::Auto,
        ("notify", "bell", _) => settings.tell = Tell::Bell,
        ("notify", "off", _) => settings.tell = Tell::Off,
        ("joins", "on", _) => app.model.joins = Joins::On,
        ("joins", "off", _) => app.model.joins = Joins::Off,
        ("joins", "smart", _) => app.model.joins = Joins::Smart,
        ("theme", name, _) => match Shade::parse(name) {
            Some(shade) => settings.theme.choose(shade),
            None => return false,
        },
        ("text_width", ..) => match width {
            Some(width) => settings.text_width = width,
            None => return false,
        },
        _ => return false,
    }
    true
}

pub(super) fn keys(app: &mut App, _: &str) {
    app.help(false);
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

pub(super) fn connect(app: &mut App, arguments: &str) {
    let mut words = arguments.split_whitespace().map(str::to_owned);
    match words.next() {
        Some(place) => app.wish(Wish::Connect(place, words.collect())),
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
        Some(("forget", server)) => app.wish(Wish::Trust(Some(server.trim().to_owned()))),
        Some(("new", server)) => {
            if !app.ask_for_trust(server.trim()) {
                app.complain(&format!("{server} has shown no other certificate."));
            }
        }
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

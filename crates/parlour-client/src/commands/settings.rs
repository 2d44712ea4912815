//! Settings that can be changed while the client runs, and saved (`[ui]`).

use super::usage;
use crate::app::{App, HostCommand};
use crate::model::JoinFilter;
use crate::settings::{CtrlK, Tell, Up};
use crate::view::Glyphs;
use crate::view::theme::Background;

/// Keys of /set.
pub(super) const KEYS: &[&str] = &[
    "ctrl_k",
    "emoji",
    "formatting",
    "glyphs",
    "joins",
    "markdown",
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

/// Keys with their possible values, for completion.
#[rustfmt::skip]
pub(super) const CHOICES: &[&str] = &[
    "ctrl_k auto", "ctrl_k switch", "ctrl_k kill", "emoji glyph", "emoji shortcode", "formatting on", "formatting off",
    "glyphs auto", "glyphs unicode", "glyphs ascii", "joins on", "joins off", "joins smart", "markdown on", "markdown off", "mouse on", "mouse off", "notify auto",
    "notify bell", "notify off", "text_width 100", "theme auto", "theme dark", "theme light", "title on", "title off",
    "typing on", "typing off", "up history", "up edit-last", "vi on", "vi off",
];

/// Returns the value of a setting, and its possible values as text.
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
            "auto, unicode, ascii",
        ),
        "joins" => (
            match app.model.joins {
                JoinFilter::On => "on",
                JoinFilter::Off => "off",
                JoinFilter::Smart => "smart",
            }
            .into(),
            "on, off, smart",
        ),
        "markdown" => (on_off(settings.markdown), "on, off"),
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

/// Handles `/set [--save] [key [value]]`.
pub(super) fn set(app: &mut App, arguments: &str) {
    let (save, arguments) = match arguments.strip_prefix("--save") {
        Some(rest) if rest.is_empty() || rest.starts_with(char::is_whitespace) => {
            (true, rest.trim())
        }
        _ => (false, arguments),
    };
    let (key, value) = arguments
        .split_once(char::is_whitespace)
        .unwrap_or((arguments, ""));
    let (key, value) = (key.trim_start_matches("ui."), value.trim());
    if key.is_empty() {
        return if save {
            app.save_settings()
        } else {
            show_all(app)
        };
    }
    let Some((now, all)) = setting(app, key) else {
        let near = crate::suggest::suggest(key, KEYS.iter().copied());
        let hint = near.map(|near| format!(" Did you mean {near}?"));
        let text = format!("There is no setting {key}.{}", hint.unwrap_or_default());
        return app.report_error(&text);
    };
    match value {
        "" if save => {
            // Recorded as changed, so that the present value is saved even if it is not new.
            app.note_setting(key, &now);
            app.save_settings();
        }
        "" => app.tell(&format!("{key} = {now}   ({all})")),
        value => {
            if choose(app, key, value) && save {
                app.save_settings();
            }
        }
    }
}

fn show_all(app: &mut App) {
    let shown = KEYS.iter().filter_map(|key| {
        let (now, all) = setting(app, key)?;
        Some(format!("{key} = {now}   ({all})"))
    });
    let shown: Vec<String> = shown.collect();
    let text = format!(
        "{}\n/set key value changes one until you leave; /set --save keeps what you changed in the configuration.",
        shown.join("\n")
    );
    app.tell(&text);
}

/// Changes a setting, or reports the possible values. Returns whether it was changed.
fn choose(app: &mut App, key: &str, value: &str) -> bool {
    let done = change(app, key, value);
    if done {
        app.note_setting(key, value);
        app.flash(&format!("{key} = {value}"));
        app.command(HostCommand::Redraw);
    } else if let Some((_, all)) = setting(app, key) {
        app.report_error(&format!("{key} cannot be {value}; it can be {all}."));
    }
    done
}

pub(super) fn theme(app: &mut App, name: &str) {
    if Background::parse(name).is_none() {
        return usage(app, "theme");
    }
    choose(app, "theme", name);
}

pub(super) fn format(app: &mut App, word: &str) {
    match word {
        "on" | "off" => {
            choose(app, "formatting", word);
        }
        _ => usage(app, "format"),
    }
}

pub(super) fn filter(app: &mut App, arguments: &str) {
    match arguments.strip_prefix("joins ") {
        Some(which @ ("on" | "off" | "smart")) => {
            choose(app, "joins", which);
        }
        _ => usage(app, "filter"),
    }
}

/// Changes a setting. Returns false if the value is not a possible one.
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
        ("glyphs", "auto", _) => settings.glyphs = Glyphs::from_environment(),
        ("glyphs", "unicode", _) => settings.glyphs = Glyphs::Unicode,
        ("glyphs", "ascii", _) => settings.glyphs = Glyphs::Ascii,
        ("emoji", "glyph", _) => settings.emoji_names = false,
        ("emoji", "shortcode", _) => settings.emoji_names = true,
        ("mouse", _, Some(on)) => {
            settings.mouse = on;
            app.command(HostCommand::Mouse(on));
        }
        ("markdown", _, Some(on)) => settings.markdown = on,
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
        ("joins", "on", _) => app.model.joins = JoinFilter::On,
        ("joins", "off", _) => app.model.joins = JoinFilter::Off,
        ("joins", "smart", _) => app.model.joins = JoinFilter::Smart,
        ("theme", name, _) => match Background::parse(name) {
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

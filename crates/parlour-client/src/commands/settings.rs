//! Settings that can be changed while the client runs, and saved (`[ui]`).

use super::usage;
use crate::app::{App, HostCommand};
use crate::suggest::suggest;
use crate::ui_settings::{self, UiSetting};

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
    let known = ui_settings::changeable();
    let Some(setting) = known.iter().find(|setting| setting.key == key) else {
        let near = suggest(key, known.iter().map(|setting| setting.key));
        let hint = near.map(|near| format!(" Did you mean {near}?"));
        let text = format!("There is no setting {key}.{}", hint.unwrap_or_default());
        return app.report_error(&text);
    };
    let now = setting.value(&app.settings);
    match value {
        "" if save => {
            // Recorded as changed, so that the present value is saved even if it is not new.
            app.note_setting(key, &now);
            app.save_settings();
        }
        "" => app.tell(&format!("{key} = {now}   ({})", setting.values())),
        value => {
            if choose(app, setting, value) && save {
                app.save_settings();
            }
        }
    }
}

fn show_all(app: &mut App) {
    let shown = ui_settings::changeable().into_iter().map(|setting| {
        let now = setting.value(&app.settings);
        format!("{} = {now}   ({})", setting.key, setting.values())
    });
    let shown: Vec<String> = shown.collect();
    let text = format!(
        "{}\n/set key value changes one until you leave; /set --save keeps what you changed in the configuration.",
        shown.join("\n")
    );
    app.tell(&text);
}

/// Changes a setting, or reports the possible values. Returns whether it was changed.
fn choose(app: &mut App, setting: &UiSetting, value: &str) -> bool {
    let key = setting.key;
    if !setting.choose(&mut app.settings, value) {
        let all = setting.values();
        app.report_error(&format!("{key} cannot be {value}; it can be {all}."));
        return false;
    }
    app.model.joins = app.settings.joins;
    if key == "mouse" {
        // Even if it is not new: /plain gives the mouse back without changing the setting.
        app.command(HostCommand::Mouse(app.settings.mouse));
    }
    app.note_setting(key, value);
    app.flash(&format!("{key} = {value}"));
    app.command(HostCommand::Redraw);
    true
}

/// Changes a setting by another command than /set, which has a usage of its own.
fn choose_by(app: &mut App, command: &str, key: &str, value: &str) {
    let setting = ui_settings::find(key);
    // Tried on a copy, so that a wrong value is met with the usage of the command.
    let possible = |setting: &&UiSetting| setting.choose(&mut app.settings.clone(), value);
    match setting.filter(possible) {
        Some(setting) => {
            choose(app, setting, value);
        }
        None => usage(app, command),
    }
}

pub(super) fn theme(app: &mut App, name: &str) {
    choose_by(app, "theme", "theme", name);
}

pub(super) fn format(app: &mut App, word: &str) {
    choose_by(app, "format", "formatting", word);
}

pub(super) fn filter(app: &mut App, arguments: &str) {
    let which = arguments.strip_prefix("joins ").unwrap_or_default();
    choose_by(app, "filter", "joins", which);
}

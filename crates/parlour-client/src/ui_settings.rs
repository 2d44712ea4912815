//! Settings under `[ui]`: one table for the configuration, its template, `/set` and its completion.

use toml_edit::Value;

use crate::model::JoinFilter;
use crate::settings::{CtrlK, Settings, Tell, Up};
use crate::view::Glyphs;
use crate::view::theme::Background;

/// Narrowest and widest text, in columns.
const WIDTHS: std::ops::RangeInclusive<u16> = 20..=500;

/// Word that a setting may have, and how it is set.
type Word = (&'static str, fn(&mut Settings));

/// Kind of a setting's values.
enum Kind {
    /// Boolean: `true` or `false` in the configuration, `on` or `off` in `/set`.
    Switch(fn(&Settings) -> bool, fn(&mut Settings, bool)),
    /// One of some words.
    Words(&'static [Word], fn(&Settings) -> &'static str),
    /// Columns of text.
    Columns(fn(&Settings) -> u16, fn(&mut Settings, u16)),
    /// List of texts, in the configuration only.
    Texts(fn(&mut Settings, Vec<String>)),
}

/// Setting under `[ui]`.
pub(crate) struct UiSetting {
    /// Key.
    pub key: &'static str,
    /// Default, as it stands in the configuration.
    default: &'static str,
    /// Comment in the template of the configuration.
    comment: &'static str,
    kind: Kind,
}

const fn setting(
    key: &'static str,
    default: &'static str,
    comment: &'static str,
    kind: Kind,
) -> UiSetting {
    UiSetting {
        key,
        default,
        comment,
        kind,
    }
}

/// Settings, in the order of the template.
#[rustfmt::skip]
pub(crate) static UI_SETTINGS: &[UiSetting] = &[
    setting("theme", "\"auto\"", "or dark, light", Kind::Words(&[
        ("auto", |s| s.theme.choose(Background::Auto)),
        ("dark", |s| s.theme.choose(Background::Dark)),
        ("light", |s| s.theme.choose(Background::Light)),
    ], |s| s.theme.shade().name())),
    setting("glyphs", "\"auto\"", "or unicode, ascii", Kind::Words(&[
        ("auto", |s| s.glyphs = Glyphs::from_environment()),
        ("unicode", |s| s.glyphs = Glyphs::Unicode),
        ("ascii", |s| s.glyphs = Glyphs::Ascii),
    ], |s| match s.glyphs {
        Glyphs::Unicode => "unicode",
        Glyphs::Ascii => "ascii",
    })),
    setting("text_width", "100", "columns of text at most", Kind::Columns(|s| s.text_width, |s, to| s.text_width = to)),
    setting("mouse", "true", "", Kind::Switch(|s| s.mouse, |s, on| s.mouse = on)),
    setting("typing", "true", "tells others that you type", Kind::Switch(|s| s.typing, |s, on| s.typing = on)),
    setting("formatting", "true", "shows others' colours and formatting", Kind::Switch(|s| s.formatting, |s, on| s.formatting = on)),
    setting("markdown", "true", "sends *bold*, _italic_ and `code` as formatting", Kind::Switch(|s| s.markdown, |s, on| s.markdown = on)),
    setting("ctrl_k", "\"auto\"", "deletes what is after the cursor, else goes to a room; or switch, kill", Kind::Words(&[
        ("auto", |s| s.ctrl_k = CtrlK::Auto),
        ("switch", |s| s.ctrl_k = CtrlK::Switch),
        ("kill", |s| s.ctrl_k = CtrlK::Kill),
    ], |s| match s.ctrl_k {
        CtrlK::Auto => "auto",
        CtrlK::Switch => "switch",
        CtrlK::Kill => "kill",
    })),
    setting("up", "\"history\"", "what was sent before; or edit-last, which edits your last message", Kind::Words(&[
        ("history", |s| s.up = Up::History),
        ("edit-last", |s| s.up = Up::EditLast),
    ], |s| match s.up {
        Up::History => "history",
        Up::EditLast => "edit-last",
    })),
    setting("emoji", "\"glyph\"", "or shortcode, their names", Kind::Words(&[
        ("glyph", |s| s.emoji_names = false),
        ("shortcode", |s| s.emoji_names = true),
    ], |s| if s.emoji_names { "shortcode" } else { "glyph" })),
    setting("vi", "false", "vi's keys", Kind::Switch(|s| s.vi, |s, on| s.vi = on)),
    setting("joins", "\"smart\"", "joins and parts: of those who spoke lately; or on, off", Kind::Words(&[
        ("on", |s| s.joins = JoinFilter::On),
        ("off", |s| s.joins = JoinFilter::Off),
        ("smart", |s| s.joins = JoinFilter::Smart),
    ], |s| match s.joins {
        JoinFilter::On => "on",
        JoinFilter::Off => "off",
        JoinFilter::Smart => "smart",
    })),
    setting("notify", "\"auto\"", "by the terminal while you look elsewhere; or bell, off", Kind::Words(&[
        ("auto", |s| s.tell = Tell::Auto),
        ("bell", |s| s.tell = Tell::Bell),
        ("off", |s| s.tell = Tell::Off),
    ], |s| match s.tell {
        Tell::Auto => "auto",
        Tell::Bell => "bell",
        Tell::Off => "off",
    })),
    setting("title", "true", "the window's title says where you are", Kind::Switch(|s| s.title, |s, on| s.title = on)),
    setting("highlights", "[]", "words that count as a mention, as your nick does", Kind::Texts(|s, texts| s.highlights = texts)),
    setting("ignore", "[]", "nicks, masks and account:NAME that you ignore", Kind::Texts(|s, texts| {
        s.ignored = texts.iter().map(|nick| nick.to_lowercase()).collect();
    })),
];

/// Returns the setting with this key.
pub(crate) fn find(key: &str) -> Option<&'static UiSetting> {
    UI_SETTINGS.iter().find(|setting| setting.key == key)
}

/// Returns the settings that `/set` changes, by key.
pub(crate) fn changeable() -> Vec<&'static UiSetting> {
    let mut found: Vec<&UiSetting> = UI_SETTINGS
        .iter()
        .filter(|setting| !matches!(setting.kind, Kind::Texts(_)))
        .collect();
    found.sort_by_key(|setting| setting.key);
    found
}

/// Returns the keys and possible values, for completion.
pub(crate) fn choices() -> Vec<String> {
    let choices = changeable().into_iter().flat_map(|setting| {
        let values: Vec<&str> = match setting.kind {
            Kind::Switch(..) => vec!["on", "off"],
            Kind::Words(words, _) => words.iter().map(|(word, _)| *word).collect(),
            Kind::Columns(..) => vec![setting.default],
            Kind::Texts(_) => Vec::new(),
        };
        values
            .into_iter()
            .map(|value| format!("{} {value}", setting.key))
    });
    choices.collect()
}

/// Returns the lines of the template: each setting with its default, behind `#`.
pub(crate) fn template() -> String {
    let lines = UI_SETTINGS.iter().map(|setting| {
        let line = format!("# {} = {}", setting.key, setting.default);
        if setting.comment.is_empty() {
            line + "\n"
        } else {
            format!("{line:<25}# {}\n", setting.comment)
        }
    });
    lines.collect()
}

/// Parses a boolean as it is typed.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "on" | "true" | "yes" => Some(true),
        "off" | "false" | "no" => Some(false),
        _ => None,
    }
}

impl UiSetting {
    /// Returns the present value, as `/set` shows it.
    pub fn value(&self, settings: &Settings) -> String {
        match self.kind {
            Kind::Switch(get, _) => if get(settings) { "on" } else { "off" }.into(),
            Kind::Words(_, get) => get(settings).into(),
            Kind::Columns(get, _) => get(settings).to_string(),
            Kind::Texts(_) => String::new(),
        }
    }

    /// Returns the possible values, as text for `/set`.
    pub fn values(&self) -> String {
        match self.kind {
            Kind::Switch(..) => "on, off".into(),
            Kind::Words(words, _) => {
                let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                words.join(", ")
            }
            Kind::Columns(..) => format!("{} to {}", WIDTHS.start(), WIDTHS.end()),
            Kind::Texts(_) => "a list of texts".into(),
        }
    }

    /// Sets it to a value as it is typed. Returns false if the value is not a possible one.
    pub fn choose(&self, settings: &mut Settings, value: &str) -> bool {
        match self.kind {
            Kind::Switch(_, set) => boolean(value).map(|on| set(settings, on)).is_some(),
            Kind::Words(words, _) => {
                let word = words.iter().find(|(word, _)| *word == value);
                word.map(|(_, set)| set(settings)).is_some()
            }
            Kind::Columns(_, set) => {
                let width = value.parse().ok().filter(|width| WIDTHS.contains(width));
                width.map(|width| set(settings, width)).is_some()
            }
            Kind::Texts(_) => false,
        }
    }

    /// Sets it to a value of the configuration.
    ///
    /// # Errors
    /// The value is not a possible one; says which are.
    pub fn configure(&self, settings: &mut Settings, value: &toml::Value) -> Result<(), String> {
        let done = match (&self.kind, value) {
            (Kind::Switch(_, set), toml::Value::Boolean(on)) => {
                set(settings, *on);
                true
            }
            (Kind::Words(..), toml::Value::String(word)) => self.choose(settings, word),
            (Kind::Columns(..), toml::Value::Integer(width)) => {
                self.choose(settings, &width.to_string())
            }
            (Kind::Texts(set), toml::Value::Array(texts)) => {
                let texts = texts.iter().map(|text| text.as_str().map(str::to_owned));
                let texts: Option<Vec<String>> = texts.collect();
                texts.map(|texts| set(settings, texts)).is_some()
            }
            (Kind::Switch(..) | Kind::Words(..) | Kind::Columns(..) | Kind::Texts(_), _) => false,
        };
        if done {
            return Ok(());
        }
        let key = self.key;
        Err(match self.kind {
            Kind::Switch(..) => format!("ui.{key}: {value} is not true or false"),
            Kind::Words(..) => format!("ui.{key}: {value} is not one of {}", self.values()),
            Kind::Columns(..) => format!(
                "ui.{key}: from {} to {} columns",
                WIDTHS.start(),
                WIDTHS.end()
            ),
            Kind::Texts(_) => format!("ui.{key}: {value} is no list of texts"),
        })
    }

    /// Returns a typed value as it stands in the configuration.
    pub fn written(&self, value: &str) -> Value {
        match self.kind {
            Kind::Switch(..) => boolean(value).unwrap_or_default().into(),
            Kind::Words(..) | Kind::Texts(_) => value.into(),
            Kind::Columns(..) => value.parse().map_or_else(|_| value.into(), i64::into),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_can_be_chosen_and_read_back() {
        for choice in choices() {
            let (key, value) = choice.split_once(' ').unwrap();
            let setting = find(key).unwrap();
            let mut settings = Settings::default();
            assert!(setting.choose(&mut settings, value), "{choice}");
            // `auto` becomes what the environment says.
            if choice != "glyphs auto" {
                assert_eq!(setting.value(&settings), value, "{choice}");
            }
            assert!(!setting.choose(&mut settings, "nonsense"), "{choice}");
        }
    }

    #[test]
    fn the_defaults_are_those_of_the_settings() {
        for setting in UI_SETTINGS {
            let text = format!("value = {}", setting.default);
            let table: toml::Table = text.parse().unwrap();
            let mut settings = Settings::default();
            let before = setting.value(&settings);
            setting.configure(&mut settings, &table["value"]).unwrap();
            if setting.key != "glyphs" {
                assert_eq!(setting.value(&settings), before, "{}", setting.key);
            }
        }
    }
}

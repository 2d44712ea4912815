//! Configuration file of the client.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::aliases::{self, Alias};
use crate::proxy::Proxy;
use crate::settings::{CtrlK, Settings, Tell, Up};
use crate::suggest::suggest;
use crate::view::Glyphs;
use crate::view::theme::{Background, Theme};
use crate::{Address, model::JoinFilter};

/// Contents of the file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// `[ui]`.
    pub ui: UiSection,
    /// `[keys]`: key bindings by action.
    pub keys: BTreeMap<String, Keys>,
    /// `[aliases]`: user-defined commands.
    pub aliases: BTreeMap<String, Alias>,
    /// `[[network]]`.
    pub network: Vec<NetworkSection>,
}

/// Keys bound to an action.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Keys {
    /// Single key.
    One(String),
    /// Several keys, or none.
    Several(Vec<String>),
}

/// `[ui]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UiSection {
    /// Background: `auto`, `dark`, `light`.
    pub theme: String,
    /// Characters of the interface: `auto`, `unicode`, `ascii`.
    pub glyphs: String,
    /// Maximum width of text in columns.
    pub text_width: u16,
    /// Set to capture the mouse.
    pub mouse: bool,
    /// Set to send typing notifications.
    pub typing: bool,
    /// Set to show colours and formatting of others.
    pub formatting: bool,
    /// Set to send typed Markdown as formatting.
    pub markdown: bool,
    /// Action of Ctrl+K: `auto`, `switch`, `kill`.
    pub ctrl_k: String,
    /// Action of Up in an empty line: `history`, `edit-last`.
    pub up: String,
    /// Form of emoji on the screen: `glyph`, `shortcode`.
    pub emoji: String,
    /// Set to use vi keys.
    pub vi: bool,
    /// Joins and parts shown: `on`, `off`, `smart`.
    pub joins: String,
    /// Notifications: `auto`, `bell`, `off`.
    pub notify: String,
    /// Set to show the current buffer in the window title.
    pub title: bool,
    /// Words that count as a mention, as the user's nick does.
    pub highlights: Vec<String>,
    /// Nicks, masks and `account:NAME` to ignore.
    pub ignore: Vec<String>,
}

impl Default for UiSection {
    fn default() -> UiSection {
        UiSection {
            theme: "auto".into(),
            glyphs: "auto".into(),
            text_width: 100,
            mouse: true,
            typing: true,
            formatting: true,
            markdown: true,
            ctrl_k: "auto".into(),
            up: "history".into(),
            emoji: "glyph".into(),
            vi: false,
            joins: "smart".into(),
            notify: "auto".into(),
            title: true,
            highlights: Vec::new(),
            ignore: Vec::new(),
        }
    }
}

/// `[[network]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkSection {
    /// Address of the server.
    pub server: String,
    /// Nick of the user.
    pub nick: Option<String>,
    /// Real name of the user.
    pub realname: Option<String>,
    /// Channels to join.
    #[serde(default)]
    pub channels: Vec<String>,
    /// Account to log in to; its password is stored elsewhere.
    pub account: Option<String>,
    /// Client certificate and key (PEM), for SASL EXTERNAL.
    pub certificate: Option<PathBuf>,
    /// Commands run at each connection, as if typed.
    #[serde(default)]
    pub commands: Vec<String>,
    /// SOCKS5 proxy, as `socks5://localhost:9050`.
    pub proxy: Option<Proxy>,
}

impl Config {
    /// Reads the file; returns the defaults if there is none.
    ///
    /// # Errors
    /// The file cannot be read, or is not valid: the message has the line, the fault and a
    /// suggestion.
    pub fn load(file: &Path) -> Result<Config, String> {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Config::default());
            }
            Err(error) => return Err(format!("{} cannot be read: {error}", file.display())),
        };
        Config::parse(&text).map_err(|error| format!("{}: {error}", file.display()))
    }

    /// Parses the text of a file.
    ///
    /// # Errors
    /// As for [`Config::load`].
    pub fn parse(text: &str) -> Result<Config, String> {
        let config: Config = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let line = text[..at.min(text.len())].matches('\n').count() + 1;
            format!("line {line}: {}", explain(error.message()))
        })?;
        config.settings()?;
        for network in &config.network {
            network
                .server
                .parse::<Address>()
                .map_err(|error| format!("network.server: {error}"))?;
        }
        Ok(config)
    }

    /// Returns the settings of the interface.
    ///
    /// # Errors
    /// A value is not valid: the message has its key and the valid values.
    pub fn settings(&self) -> Result<Settings, String> {
        let ui = &self.ui;
        let one_of = |key: &str, value: &str, known: &str| {
            format!("ui.{key}: {value:?} is not one of {known}")
        };
        let mut theme = Theme::from_environment();
        let shade = Background::parse(&ui.theme);
        theme.choose(shade.ok_or_else(|| one_of("theme", &ui.theme, "auto, dark, light"))?);
        let glyphs = match ui.glyphs.as_str() {
            "auto" => Glyphs::from_environment(),
            "unicode" => Glyphs::Unicode,
            "ascii" => Glyphs::Ascii,
            other => return Err(one_of("glyphs", other, "auto, unicode, ascii")),
        };
        let ctrl_k = match ui.ctrl_k.as_str() {
            "auto" => CtrlK::Auto,
            "switch" => CtrlK::Switch,
            "kill" => CtrlK::Kill,
            other => return Err(one_of("ctrl_k", other, "auto, switch, kill")),
        };
        let up = match ui.up.as_str() {
            "history" => Up::History,
            "edit-last" => Up::EditLast,
            other => return Err(one_of("up", other, "history, edit-last")),
        };
        let emoji_names = match ui.emoji.as_str() {
            "glyph" => false,
            "shortcode" => true,
            other => return Err(one_of("emoji", other, "glyph, shortcode")),
        };
        let joins = match ui.joins.as_str() {
            "on" => JoinFilter::On,
            "off" => JoinFilter::Off,
            "smart" => JoinFilter::Smart,
            other => return Err(one_of("joins", other, "on, off, smart")),
        };
        let tell = match ui.notify.as_str() {
            "auto" => Tell::Auto,
            "bell" => Tell::Bell,
            "off" => Tell::Off,
            other => return Err(one_of("notify", other, "auto, bell, off")),
        };
        if !(20..=500).contains(&ui.text_width) {
            return Err("ui.text_width: from 20 to 500 columns".into());
        }
        let mut settings = Settings {
            theme,
            glyphs,
            text_width: ui.text_width,
            mouse: ui.mouse,
            typing: ui.typing,
            formatting: ui.formatting,
            markdown: ui.markdown,
            ctrl_k,
            up,
            emoji_names,
            vi: ui.vi,
            joins,
            highlights: ui.highlights.clone(),
            ignored: ui.ignore.iter().map(|nick| nick.to_lowercase()).collect(),
            tell,
            title: ui.title,
            ..Settings::default()
        };
        for (action, keys) in &self.keys {
            let keys = match keys {
                Keys::One(key) => std::slice::from_ref(key),
                Keys::Several(keys) => keys,
            };
            settings
                .keymap
                .bind(action, keys)
                .map_err(|error| format!("keys.{action}: {error}"))?;
        }
        for (name, alias) in &self.aliases {
            aliases::check(name, alias).map_err(|error| format!("aliases.{name}: {error}"))?;
        }
        settings.aliases = self.aliases.clone();
        Ok(settings)
    }
}

/// Returns an error of the parser, with the nearest known name for an unknown one.
fn explain(message: &str) -> String {
    let message = message.trim_end();
    let Some((head, expected)) = message.split_once(", expected ") else {
        return message.to_owned();
    };
    let mut quoted = head.split('`');
    let Some(written) = quoted.nth(1).filter(|_| head.starts_with("unknown field")) else {
        return message.to_owned();
    };
    let names: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    match suggest(written, names.iter().copied()) {
        Some(near) => format!("there is no {written}; did you mean {near}?"),
        None => format!("there is no {written}; there are {}", names.join(", ")),
    }
}

/// Returns the text of a new file for the first network, with all options explained.
pub fn written_for(server: &str, nick: &str, account: Option<&str>) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let account = match account {
        Some(account) => format!("account = {}\n", quoted(account)),
        None => String::from(
            "# account = \"me\"       # to log into one; parlour asks for its password once\n",
        ),
    };
    format!(
        "# parlour's terminal client. What stands behind # is the default. /reload reads this again.

[[network]]              # once for each network
server = {server}
nick = {nick}
channels = [\"#lobby\"]     # rooms to go into
{account}# commands = [\"/msg NickServ help\"] # run at each connection, as if you typed them
# proxy = \"socks5://localhost:9050\"
# certificate = \"me.pem\" # your own certificate and key, for SASL EXTERNAL

[ui]
# theme = \"auto\"         # or dark, light
# glyphs = \"auto\"        # or unicode, ascii
# text_width = 100       # columns of text at most
# mouse = true
# typing = true          # tells others that you type
# formatting = true      # shows others' colours and formatting
# markdown = true        # sends *bold*, _italic_ and `code` as formatting
# ctrl_k = \"auto\"        # deletes what is after the cursor, else goes to a room; or switch, kill
# up = \"history\"         # what was sent before; or edit-last, which edits your last message
# emoji = \"glyph\"        # or shortcode, their names
# vi = false             # vi's keys
# joins = \"smart\"        # joins and parts: of those who spoke lately; or on, off
# notify = \"auto\"        # by the terminal while you look elsewhere; or bell, off
# title = true           # the window's title says where you are
# highlights = []        # words that count as a mention, as your nick does
# ignore = []            # nicks, masks and account:NAME that you ignore

[aliases]                # commands of your own; $1 to $9 and $* are the words behind them
# hi = \"/me waves at $*\"

[keys]                   # F1 shows all actions
# find = [\"ctrl+f\", \"ctrl+s\"]
",
        server = quoted(server),
        nick = quoted(nick),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_with_its_line_and_what_may_be_meant() {
        for (text, says) in [
            (
                "[ui]\nthem = \"dark\"",
                "line 2: there is no them; did you mean theme?",
            ),
            (
                "[ui]\ntheme = \"drak\"",
                "ui.theme: \"drak\" is not one of auto, dark, light",
            ),
            (
                "\n[keys]\nfnid = \"ctrl+f\"",
                "keys.fnid: there is no action fnid; did you mean find?",
            ),
            ("[keys]\nfind = \"ctl+f\"", "keys.find: ctl+f is no key"),
            ("[[network]]\nnick = \"x\"", "missing field `server`"),
            ("[ui]\nmouse = 3", "line 2: invalid type"),
            ("[ui", "line 1:"),
        ] {
            let error = Config::parse(text).unwrap_err();
            assert!(error.contains(says), "{text:?}: {error}");
        }
    }

    #[test]
    fn the_file_that_is_written_can_be_read_as_it_is_and_without_its_comments() {
        let text = written_for("chat.example:6697", "m\"e", Some("me"));
        let config = Config::parse(&text).unwrap();
        assert_eq!(config.network[0].nick.as_deref(), Some("m\"e"));
        let bare = text.replace("# theme", "theme");
        let all: String = bare
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest) if rest.contains(" = ") && !rest.starts_with("parlour") => {
                    format!("{rest}\n")
                }
                _ => format!("{line}\n"),
            })
            .collect();
        let config = Config::parse(&all).unwrap();
        assert_eq!(config.ui.joins, "smart");
        assert_eq!(config.keys.len(), 1);
    }
}

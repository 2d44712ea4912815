//! Configuration file of the client.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::Address;
use crate::aliases::{self, Alias};
use crate::proxy::Proxy;
use crate::settings::Settings;
use crate::suggest::suggest;
use crate::ui_settings::{self, UI_SETTINGS};
use crate::view::Glyphs;
use crate::view::theme::Theme;

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

/// Keys and values of `[ui]`, with their places in the file.
pub type UiSection = BTreeMap<Spanned<String>, Spanned<toml::Value>>;

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
            format!("line {}: {}", line_of(text, at), explain(error.message()))
        })?;
        for (key, value) in &config.ui {
            let at = line_of(text, key.span().start);
            let found = ui_settings::find(key.get_ref());
            let setting = found.ok_or_else(|| format!("line {at}: {}", unknown(key.get_ref())))?;
            setting
                .configure(&mut Settings::default(), value.get_ref())
                .map_err(|error| format!("line {at}: {error}"))?;
        }
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
        let mut settings = Settings {
            theme: Theme::from_environment(),
            glyphs: Glyphs::from_environment(),
            ..Settings::default()
        };
        for (key, value) in &self.ui {
            let setting = ui_settings::find(key.get_ref());
            let setting = setting.ok_or_else(|| unknown(key.get_ref()))?;
            setting.configure(&mut settings, value.get_ref())?;
        }
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

/// Returns the number of the line at a byte.
fn line_of(text: &str, at: usize) -> usize {
    text[..at.min(text.len())].matches('\n').count() + 1
}

/// Returns the message about a key of `[ui]` that does not exist.
fn unknown(key: &str) -> String {
    let known = UI_SETTINGS.iter().map(|setting| setting.key);
    match suggest(key, known.clone()) {
        Some(near) => format!("there is no {key}; did you mean {near}?"),
        None => {
            let known: Vec<&str> = known.collect();
            format!("there is no {key}; there are {}", known.join(", "))
        }
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
{ui}
[aliases]                # commands of your own; $1 to $9 and $* are the words behind them
# hi = \"/me waves at $*\"

[keys]                   # F1 shows all actions
# find = [\"ctrl+f\", \"ctrl+s\"]
",
        server = quoted(server),
        nick = quoted(nick),
        ui = ui_settings::template(),
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
            (
                "[ui]\nmouse = 3",
                "line 2: ui.mouse: 3 is not true or false",
            ),
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
        assert_eq!(config.ui.len(), UI_SETTINGS.len());
        assert_eq!(config.keys.len(), 1);
    }
}

//! The configuration file: TOML, every key with a default.

pub mod address;
mod define;
mod nearest;
pub mod reference;
pub mod sections;
pub(crate) mod settings;
pub mod values;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;

use parlour_core::names;
use parlour_doors::irc;

pub use sections::Config;

use crate::ServerError;

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// A sentence with file, line, key and, for an unknown key, the nearest known one.
    pub fn read(path: &Path) -> Result<Config, ServerError> {
        let shown = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            ServerError::Config(format!("the configuration {shown} cannot be read: {error}"))
        })?;
        Config::parse(&text).map_err(|why| {
            ServerError::Config(format!("the configuration {shown} is not right: {why}"))
        })
    }

    /// Checks what the configuration names besides: the certificate and its key.
    ///
    /// # Errors
    /// One of them cannot be used.
    pub fn check_files(&self) -> Result<(), ServerError> {
        if self.tls.certificate.is_some() {
            crate::tls::Identity::load(self, Path::new(""))?;
        }
        Ok(())
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// What is wrong, with its line.
    pub fn parse(text: &str) -> Result<Config, String> {
        let config: Config = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(0, |span| {
                text[..span.start.min(text.len())].matches('\n').count() + 1
            });
            let message = error.message();
            let hint = nearest::nearest_known(message)
                .map(|name| format!("; did you mean `{name}`?"))
                .unwrap_or_default();
            format!("line {line}: {message}{hint}")
        })?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        self.check_server()?;
        self.check_limits()?;
        self.check_retention()?;
        self.mailer().map_err(|error| error.to_string())?;
        self.check_irc()?;
        self.check_listeners()?;
        self.check_people()
    }

    fn check_server(&self) -> Result<(), String> {
        let s = &self.server;
        if !names::is_channel(&s.lobby, self.limits.channel) {
            return Err(format!(
                "server.lobby: {:?} cannot be a channel; it is # and a name",
                s.lobby
            ));
        }
        let host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '_');
        let starts = |c: char| c.is_ascii_alphanumeric();
        if !s.name.starts_with(starts) || s.name.len() > 63 || !s.name.chars().all(host) {
            return Err(format!(
                "server.name: {:?} cannot be a server's name; use a host name",
                s.name
            ));
        }
        if !s.name.contains(['.', ':']) {
            return Err(format!(
                "server.name: {:?} could be somebody's nick; a host name with a dot could not",
                s.name
            ));
        }
        if self.tls.certificate.is_some() != self.tls.key.is_some() {
            return Err("tls: certificate and key belong together; name both or none".into());
        }
        let lines = [("network", &s.network), ("description", &s.description)];
        let admin = s.admin.iter().map(|line| ("admin", line));
        for (key, text) in lines.into_iter().chain(admin) {
            if text.is_empty() || text.len() > 200 || text.chars().any(char::is_control) {
                return Err(format!("server.{key}: one line of at most 200 bytes"));
            }
        }
        if s.admin.len() > 3 {
            return Err("server.admin: three lines at most".into());
        }
        let bad = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
        if s.motd.chars().any(bad) || s.motd.lines().any(|line| line.len() > 400) {
            return Err(
                "server.motd: lines of at most 400 bytes, without control characters".into(),
            );
        }
        if s.network.contains(' ') {
            return Err("server.network: one word".into());
        }
        if let Some(password) = &s.password {
            check_password("server.password", password)?;
        }
        Ok(())
    }

    fn check_limits(&self) -> Result<(), String> {
        let l = &self.limits;
        let most = parlour_core::settings::Limits::default();
        for (key, value, most) in [
            ("nick", l.nick, most.nick),
            ("channel", l.channel, most.channel),
            ("topic", l.topic, most.topic),
            ("reason", l.reason, most.reason),
            ("targets", l.targets, parlour_core::limits::TARGETS_MOST),
            ("metadata_value", l.metadata_value, most.metadata_value),
            ("multiline_bytes", l.multiline_bytes, 65_536),
            ("multiline_lines", l.multiline_lines, 512),
            ("history_page", l.history_page, most.history_page),
            ("channels_per_user", l.channels_per_user, 10_000),
            ("list_entries", l.list_entries, 10_000),
            ("monitor", l.monitor, 10_000),
            ("metadata_keys", l.metadata_keys, 1_000),
            ("answers", l.answers, 100_000),
        ] {
            if value == 0 || value > most {
                return Err(format!("limits.{key}: a number from 1 to {most}"));
            }
        }
        /// A day in milliseconds; nobody waits longer.
        const DAY: u64 = 24 * 3600 * 1000;
        for (key, value) in [
            ("registration_timeout", l.registration_timeout),
            ("ping_after", l.ping_after),
            ("ping_timeout", l.ping_timeout),
        ] {
            if !(1_000..=DAY).contains(&value) {
                return Err(format!("limits.{key}: milliseconds, from 1000 to {DAY}"));
            }
        }
        let most = parlour_core::limits::PASSWORD_CHARS_MOST;
        if !(1..=most).contains(&self.accounts.password_min) {
            return Err(format!("accounts.password_min: a number from 1 to {most}"));
        }
        if l.messages_at_once == 0 || l.messages_at_once > 10_000 {
            return Err("limits.messages_at_once: a number from 1 to 10000".into());
        }
        if l.messages_per_second > 1000 {
            return Err("limits.messages_per_second: a number from 0 to 1000".into());
        }
        if !(65_536..=1 << 30).contains(&l.send_queue) {
            return Err("limits.send_queue: bytes, from 65536 to 1073741824".into());
        }
        if self.chat.redact_within > 100 * 365 * 24 * 3600 {
            return Err("chat.redact_within: seconds, at most a hundred years".into());
        }
        if l.nick < 9 {
            return Err("limits.nick: at least the 9 characters of RFC 1459".into());
        }
        Ok(())
    }

    fn check_retention(&self) -> Result<(), String> {
        for own in &self.retention {
            if !names::is_channel(&own.channel, self.limits.channel) {
                return Err(format!(
                    "retention.channel: {:?} cannot be the name of a channel",
                    own.channel
                ));
            }
        }
        let days = self.retention.iter().map(|own| own.keep_days);
        if days
            .chain([self.history.keep_days])
            .any(|days| days > 36_500)
        {
            return Err("keep_days: a number from 0 to 36500".into());
        }
        Ok(())
    }

    fn check_irc(&self) -> Result<(), String> {
        for name in &self.irc.without {
            if !irc::CAPABILITIES.iter().any(|row| row.name == name) {
                return Err(format!(
                    "irc.without: there is no capability {name:?}; docs/irc.md lists them"
                ));
            }
        }
        let tag = |tag: &String| {
            let name = tag.strip_prefix('-').unwrap_or(tag);
            let plain = |c: char| c.is_ascii_alphanumeric() || "-./:".contains(c);
            !name.is_empty() && (name == "*" || name.chars().all(plain))
        };
        if let Some(bad) = self.irc.deny_tags.iter().find(|denied| !tag(denied)) {
            return Err(format!("irc.deny_tags: {bad:?} cannot be a tag's name"));
        }
        let user_modes = irc::USER_MODES.iter().map(|(letter, _, _)| *letter);
        let user_modes: String = user_modes.filter(|&letter| letter != 'o').collect();
        if let Some(letter) = self
            .chat
            .user_modes
            .chars()
            .find(|&c| !user_modes.contains(c))
        {
            return Err(format!(
                "chat.user_modes: there is no mode {letter:?} to begin with; there are {user_modes}"
            ));
        }
        for letter in self.chat.channel_modes.chars() {
            if !irc::FLAGS.iter().any(|(known, _, _)| *known == letter) {
                let known: String = irc::FLAGS.iter().map(|(known, _, _)| known).collect();
                return Err(format!(
                    "chat.channel_modes: there is no flag {letter:?}; there are {known}"
                ));
            }
        }
        Ok(())
    }

    fn check_listeners(&self) -> Result<(), String> {
        let mut addresses = BTreeSet::new();
        for listener in &self.listen {
            let any_port = listener.address.tcp().is_some_and(|own| own.port() == 0);
            if !any_port && !addresses.insert(&listener.address) {
                return Err(format!("listen: {} stands there twice", listener.address));
            }
            let taken = |other: &SocketAddr| {
                let covers = |own: SocketAddr| {
                    own.port() != 0
                        && own.port() == other.port()
                        && own != *other
                        && (own.ip() == std::net::Ipv6Addr::UNSPECIFIED
                            || own.ip() == std::net::Ipv4Addr::UNSPECIFIED && other.is_ipv4())
                };
                listener.address.tcp().is_some_and(covers)
            };
            let mut others = self.listen.iter().filter_map(|other| other.address.tcp());
            if let Some(other) = others.find(taken) {
                return Err(format!(
                    "listen: {} listens on {other} as well; name one of them only",
                    listener.address
                ));
            }
        }
        if let Some(listener) = self.listen.iter().find(|l| l.doors.is_empty()) {
            return Err(format!(
                "listen.doors: no door is open at {}; name some of irc, plain and web",
                listener.address
            ));
        }
        for origin in &self.websocket.origins {
            let host = origin.split_once("://").map(|(_, host)| host);
            if origin != "*" && host.is_none_or(|host| host.is_empty() || host.contains('/')) {
                return Err(format!(
                    "websocket.origins: {origin:?} is no origin; one is like https://chat.example"
                ));
            }
        }
        Ok(())
    }

    fn check_people(&self) -> Result<(), String> {
        let mut classes = BTreeSet::from(["all"]);
        for class in &self.class {
            let plain = !class.name.chars().any(char::is_control) && class.name.len() <= 64;
            if class.name.is_empty() || !plain || !classes.insert(&class.name) {
                return Err(format!(
                    "class: {:?} cannot be a class's name, or is one already",
                    class.name
                ));
            }
        }
        let mut names = BTreeSet::new();
        for oper in &self.oper {
            let word = |c: char| !c.is_whitespace() && !c.is_control();
            if oper.name.is_empty()
                || oper.name.starts_with(':')
                || !oper.name.chars().all(word)
                || !names.insert(&oper.name)
            {
                return Err(format!(
                    "oper: {:?} cannot be an operator's name, or is one already",
                    oper.name
                ));
            }
            if !classes.contains(oper.class.as_str()) {
                return Err(format!(
                    "oper {}: there is no class {:?}; name it in a [[class]]",
                    oper.name, oper.class
                ));
            }
            check_password(&format!("oper {}: password", oper.name), &oper.password)?;
            let host = |c: char| c.is_ascii_alphanumeric() || "-._:/".contains(c);
            if oper.host.as_ref().is_some_and(|given| {
                given.is_empty()
                    || given.len() > parlour_core::limits::HOST_BYTES
                    || given.starts_with(':')
                    || !given.chars().all(host)
            }) {
                return Err(format!("oper {}: host is a host name", oper.name));
            }
        }
        for gateway in &self.gateway {
            let given = gateway.password.secret();
            let word = !given.reveal().starts_with(':') && !given.reveal().contains(' ');
            if gateway.password.is_empty()
                || gateway.password.is_hash()
                || gateway.from.is_empty()
                || !word
            {
                return Err(
                    "gateway: it needs a plain password of one word, and networks in from".into(),
                );
            }
        }
        Ok(())
    }
}

fn check_password(key: &str, password: &values::Password) -> Result<(), String> {
    if password.is_empty() {
        return Err(format!("{key}: it cannot be empty"));
    }
    if password.secret().reveal().starts_with("$2") {
        return Err(format!(
            "{key}: it looks like a bcrypt hash, which is not read here; parlour hash-password makes one"
        ));
    }
    if password.is_hash() && !password.is_usable_hash() {
        return Err(format!(
            "{key}: it looks like a hash and is none; parlour hash-password makes one"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_all_defaults() {
        let config = Config::parse("").unwrap();
        assert_eq!(config.addresses()[0].tcp().map(|a| a.port()), Some(25000));
        assert_eq!(config.history.durability, values::DurabilityKey::Disk);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, want) in [
            ("[server]\nnam = \"x\"", "line 2: unknown field `nam`"),
            ("[server]\nnam = \"x\"", "did you mean `name`?"),
            ("[sever]", "did you mean `server`?"),
            ("[[listen]]\n\naddress = \"x\"", "line 3"),
            ("[history]\ndurability = \"dsk\"", "did you mean `disk`?"),
            ("[server]\nlobby = \"x\"", "server.lobby"),
            ("[server]\nname = \"a b\"", "server.name"),
            ("[tls]\nkey = \"k\"", "belong together"),
            ("[chat]\nchannel_modes = \"nx\"", "no flag 'x'"),
            ("[irc]\nwithout = [\"x\"]", "no capability"),
            ("[limits]\nnick = 5", "9 characters"),
            ("[limits]\nnick = 500", "from 1 to 32"),
            ("[limits]\nping_after = 0", "from 1000"),
            ("[limits]\nsend_queue = 0", "from 65536"),
            ("[server]\nname = \"bob\"", "somebody's nick"),
            ("[server]\nname = \":\"", "server.name"),
            ("[chat]\nuser_modes = \"o\"", "no mode 'o'"),
            ("[websocket]\norigins = [\"x.example\"]", "is no origin"),
            (
                "[[listen]]\naddress = \"127.0.0.1:1\"\n[[listen]]\naddress = \"127.0.0.1:1\"",
                "stands there twice",
            ),
            (
                "[[listen]]\naddress = \"127.0.0.1:1\"\n[[listen]]\naddress = \"0.0.0.0:1\"",
                "0.0.0.0:1 listens on 127.0.0.1:1 as well",
            ),
            (
                "[[listen]]\naddress = \"[::]:1\"\n[[listen]]\naddress = \"0.0.0.0:1\"",
                "[::]:1 listens on 0.0.0.0:1 as well",
            ),
            ("[server]\npassword = \"$2b$10$x\"", "bcrypt"),
            ("[[oper]]\nname = \"a\"", "cannot be empty"),
            (
                "[[oper]]\nname = \"a\"\npassword = \"$argon2id$x\"",
                "looks like a hash",
            ),
            (
                "[[oper]]\nname = \"a\"\npassword = \"p\"\nclass = \"c\"",
                "no class",
            ),
            ("[[gateway]]\npassword = \"p\"", "gateway"),
            ("=", "line 1"),
        ] {
            let error = Config::parse(text).unwrap_err();
            assert!(error.contains(want), "{text:?}: {error}");
        }
    }

    #[test]
    fn no_password_is_shown() {
        let config = Config::parse("[[oper]]\nname = \"a\"\npassword = \"hunter2\"").unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}

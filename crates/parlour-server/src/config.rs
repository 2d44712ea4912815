//! The configuration file: TOML, every key with a default.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use parlour_doors::DoorSettings;
use parlour_store::Durability;
use serde::Deserialize;

use crate::ServerError;

/// What an operator can choose.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `[server]`
    pub server: ServerSection,
    /// `[history]`
    pub history: HistorySection,
    /// `[limits]`
    pub limits: LimitsSection,
    /// `[tls]`
    pub tls: TlsSection,
}

/// `[server]`: who it is and where it is reached.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerSection {
    /// The server's name on IRC; a host name.
    pub name: String,
    /// The network's name: one word.
    pub network: String,
    /// One sentence about the server.
    pub description: String,
    /// The message of the day.
    pub motd: String,
    /// Where it listens.
    pub listen: Vec<SocketAddr>,
    /// Where everything it writes is.
    pub data: Option<PathBuf>,
    /// The channel that is always there, and that plain clients are led to.
    pub lobby: String,
    /// Threads that own connections; 0: one a processor.
    pub shards: usize,
}

impl Default for ServerSection {
    fn default() -> Self {
        ServerSection {
            name: "parlour.localhost".into(),
            network: "parlour".into(),
            description: "a parlour server".into(),
            motd: String::new(),
            listen: vec![SocketAddr::from(([0; 16], 25000))],
            data: None,
            lobby: "#lobby".into(),
            shards: 0,
        }
    }
}

/// `[history]`: what is kept.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HistorySection {
    /// When a message counts as kept: `disk` (the default) or `os`.
    pub durability: DurabilityKey,
}

/// The values of `history.durability`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DurabilityKey {
    /// Synced to the disk: survives a crash of the machine.
    #[default]
    Disk,
    /// Handed to the operating system: survives a crash of the server.
    Os,
}

impl From<DurabilityKey> for Durability {
    fn from(key: DurabilityKey) -> Durability {
        match key {
            DurabilityKey::Disk => Durability::Disk,
            DurabilityKey::Os => Durability::System,
        }
    }
}

/// `[limits]`: how patient the server is. Times are in milliseconds, sizes in bytes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsSection {
    /// What may wait for a slow reader.
    pub send_queue: usize,
    /// What a connection may take to become a session.
    pub registration_timeout: u64,
    /// Silence after which an IRC client is asked whether it is there.
    pub ping_after: u64,
    /// What it then has to answer.
    pub ping_timeout: u64,
}

impl Default for LimitsSection {
    fn default() -> Self {
        let doors = DoorSettings::default();
        LimitsSection {
            send_queue: doors.send_queue,
            registration_timeout: doors.registration_timeout,
            ping_after: doors.ping_after,
            ping_timeout: doors.ping_timeout,
        }
    }
}

/// `[tls]`: the certificate; made by the server itself if none is named.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TlsSection {
    /// The certificate with its chain, PEM.
    pub certificate: Option<PathBuf>,
    /// Its key, PEM.
    pub key: Option<PathBuf>,
}

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
            let hint = nearest_known(message)
                .map(|name| format!("; did you mean `{name}`?"))
                .unwrap_or_default();
            format!("line {line}: {message}{hint}")
        })?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        let s = &self.server;
        if !parlour_core::names::is_channel(&s.lobby) {
            return Err(format!(
                "server.lobby: {:?} cannot be a channel; it is # and a name",
                s.lobby
            ));
        }
        let host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '_');
        if s.name.is_empty() || s.name.len() > 63 || !s.name.chars().all(host) {
            return Err(format!(
                "server.name: {:?} cannot be a server's name; use a host name",
                s.name
            ));
        }
        if s.listen.is_empty() {
            return Err("server.listen: name at least one address".into());
        }
        if self.tls.certificate.is_some() != self.tls.key.is_some() {
            return Err("tls: certificate and key belong together; name both or none".into());
        }
        for (key, text) in [("network", &s.network), ("description", &s.description)] {
            if text.is_empty() || text.len() > 200 || text.chars().any(char::is_control) {
                return Err(format!("server.{key}: one line of at most 200 bytes"));
            }
        }
        if s.motd
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\t'))
            || s.motd.lines().any(|line| line.len() > 400)
        {
            return Err(
                "server.motd: lines of at most 400 bytes, without control characters".into(),
            );
        }
        if s.network.contains(' ') {
            return Err("server.network: one word".into());
        }
        Ok(())
    }

    /// The doors' part of it.
    pub(crate) fn doors(&self) -> DoorSettings {
        let (s, l) = (&self.server, &self.limits);
        DoorSettings {
            server_name: s.name.as_str().into(),
            network: s.network.as_str().into(),
            description: s.description.as_str().into(),
            motd: s.motd.lines().map(str::to_owned).collect(),
            started: crate::clock::now(),
            lobby: s.lobby.as_str().into(),
            send_queue: l.send_queue,
            registration_timeout: l.registration_timeout,
            ping_after: l.ping_after,
            ping_timeout: l.ping_timeout,
            ..DoorSettings::default()
        }
    }
}

/// The known name nearest to the unknown one of serde's message, if one is near.
fn nearest_known(message: &str) -> Option<String> {
    let mut names = message.split('`').skip(1).step_by(2);
    let unknown = message.starts_with("unknown").then(|| names.next())??;
    names
        .map(|known| (distance(unknown, known), known))
        .filter(|(distance, known)| *distance <= known.len().div_ceil(3))
        .min()
        .map(|(_, known)| known.to_owned())
}

/// The Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = corner + usize::from(x != *y);
            corner = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_all_defaults() {
        let config = Config::parse("").unwrap();
        assert_eq!(config.server.listen[0].port(), 25000);
        assert_eq!(config.history.durability, DurabilityKey::Disk);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, want) in [
            ("[server]\nnam = \"x\"", "line 2: unknown field `nam`"),
            ("[server]\nnam = \"x\"", "did you mean `name`?"),
            ("[sever]", "did you mean `server`?"),
            ("[server]\n\nlisten = [\"x\"]", "line 3"),
            ("[history]\ndurability = \"dsk\"", "did you mean `disk`?"),
            ("[server]\nlobby = \"x\"", "server.lobby"),
            ("[server]\nname = \"a b\"", "server.name"),
            ("[tls]\nkey = \"k\"", "belong together"),
            ("=", "line 1"),
        ] {
            let error = Config::parse(text).unwrap_err();
            assert!(error.contains(want), "{text:?}: {error}");
        }
    }
}

//! What the server says it can (005), as far as the client cares.

use irc_wire::Casemap;

use super::Point;

/// The server's announcements, with RFC 1459's as a start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Isupport {
    /// Which letters are the same.
    pub casemap: Casemap,
    /// What channels begin with.
    pub channel_types: String,
    /// The prefixes of members, highest first.
    pub prefixes: String,
    /// The letters of the modes that those prefixes stand for, in their order.
    pub prefix_modes: String,
    /// The prefix and the letters of extended bans.
    pub extended_bans: Option<(String, String)>,
    /// Messages in one CHATHISTORY answer; 0: no limit is told.
    pub history: usize,
    /// Whether CHATHISTORY can be asked for what stands around an id (MSGREFTYPES).
    pub ids: bool,
    /// The network's name.
    pub network: Option<String>,
    /// Whether WHO can be asked for what one wants to know (WHOX).
    pub whox: bool,
}

impl Default for Isupport {
    fn default() -> Self {
        Isupport {
            casemap: Casemap::Rfc1459,
            channel_types: "#&".into(),
            prefixes: "@+".into(),
            prefix_modes: "ov".into(),
            extended_bans: None,
            history: 0,
            ids: true,
            network: None,
            whox: false,
        }
    }
}

impl Isupport {
    /// The prefixes of ranks in front of a channel that something is said in (STATUSMSG), and the
    /// target without them.
    pub fn split_ranks<'t>(&self, target: &'t str) -> (&'t str, &'t str) {
        let bare = target.trim_start_matches(|c| self.prefixes.contains(c));
        match self.is_channel(bare) {
            true => target.split_at(target.len() - bare.len()),
            false => ("", target),
        }
    }

    /// Takes one token.
    pub fn take(&mut self, token: &str) {
        let (name, value) = token.split_once('=').unwrap_or((token, ""));
        match name {
            "CASEMAPPING" => self.casemap = Casemap::from_isupport(value),
            "CHANTYPES" => self.channel_types = value.into(),
            "CHATHISTORY" => self.history = value.parse().unwrap_or(0),
            "EXTBAN" => {
                let parts = value.split_once(',');
                self.extended_bans = parts.map(|(sign, letters)| (sign.into(), letters.into()));
            }
            "MSGREFTYPES" => self.ids = value.split(',').any(|way| way == "msgid"),
            "NETWORK" => self.network = Some(value.into()),
            "PREFIX" => {
                if let Some((modes, prefixes)) = value.split_once(')') {
                    let graphic = |c: &char| c.is_ascii_punctuation();
                    self.prefixes = prefixes.chars().filter(graphic).collect();
                    self.prefix_modes = modes.trim_start_matches('(').into();
                }
            }
            "WHOX" => self.whox = true,
            _ => {}
        }
    }

    /// What a ban begins with that only keeps from speaking.
    pub fn mute_ban(&self) -> Option<String> {
        let (sign, letters) = self.extended_bans.as_ref()?;
        letters.contains('m').then(|| format!("{sign}m:"))
    }

    /// How CHATHISTORY names a place; none where it cannot.
    pub fn reference(&self, point: &Point) -> Option<String> {
        match (&point.msgid, point.time) {
            (Some(id), _) if self.ids => Some(format!("msgid={id}")),
            (_, Some(time)) => Some(format!("timestamp={}", irc_wire::time::format(time))),
            _ => None,
        }
    }

    /// Whether `name` is a channel.
    pub fn is_channel(&self, name: &str) -> bool {
        name.starts_with(|c| self.channel_types.contains(c))
    }
}

//! Server features announced in ISUPPORT (005), as far as the client uses them.

use irc_wire::Casemap;

use super::MessageRef;

/// Features of the server, initialised with the defaults of RFC 1459.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Isupport {
    /// Case mapping of nicks and channels (CASEMAPPING).
    pub casemap: Casemap,
    /// Prefixes of channel names (CHANTYPES).
    pub channel_types: String,
    /// Status prefixes of members, highest first (PREFIX).
    pub prefixes: String,
    /// Mode letters of those prefixes, in the same order.
    pub prefix_modes: String,
    /// Letters of channel modes with a parameter, and of those that have one only when set
    /// (CHANMODES types A and B, and C).
    pub parameter_modes: (String, String),
    /// Prefix and letters of extended bans (EXTBAN).
    pub extended_bans: Option<(String, String)>,
    /// Maximum messages of one CHATHISTORY answer; 0 if no limit is announced.
    pub history: usize,
    /// True if CHATHISTORY accepts message ids as references (MSGREFTYPES).
    pub msgid_references: bool,
    /// Name of the network (NETWORK).
    pub network: Option<String>,
    /// True if WHO takes a list of fields (WHOX).
    pub whox: bool,
    /// Address that takes uploads (FILEHOST).
    pub filehost: Option<String>,
}

impl Default for Isupport {
    fn default() -> Self {
        Isupport {
            casemap: Casemap::Rfc1459,
            channel_types: "#&".into(),
            prefixes: "@+".into(),
            prefix_modes: "ov".into(),
            parameter_modes: ("beIkq".into(), "l".into()),
            extended_bans: None,
            history: 0,
            msgid_references: true,
            network: None,
            whox: false,
            filehost: None,
        }
    }
}

impl Isupport {
    /// Splits a target into the status prefixes of a STATUSMSG and the target without them.
    pub fn split_ranks<'t>(&self, target: &'t str) -> (&'t str, &'t str) {
        let bare = target.trim_start_matches(|c| self.prefixes.contains(c));
        match self.is_channel(bare) {
            true => target.split_at(target.len() - bare.len()),
            false => ("", target),
        }
    }

    /// Applies one token.
    pub fn take(&mut self, token: &str) {
        let (name, value) = token.split_once('=').unwrap_or((token, ""));
        match name {
            "CASEMAPPING" => self.casemap = Casemap::from_isupport(value),
            "CHANMODES" => {
                let mut kinds = value.split(',');
                let mut next = || kinds.next().unwrap_or_default();
                let (lists, always, when_set) = (next(), next(), next());
                self.parameter_modes = (format!("{lists}{always}"), when_set.into());
            }
            "CHANTYPES" => self.channel_types = value.into(),
            "CHATHISTORY" => self.history = value.parse().unwrap_or(0),
            "EXTBAN" => {
                let parts = value.split_once(',');
                self.extended_bans = parts.map(|(sign, letters)| (sign.into(), letters.into()));
            }
            "FILEHOST" | "draft/FILEHOST" | "soju.im/FILEHOST" => {
                self.filehost = Some(value.into())
            }
            "MSGREFTYPES" => self.msgid_references = value.split(',').any(|way| way == "msgid"),
            "NETWORK" => self.network = Some(value.into()),
            "PREFIX" => {
                if let Some((modes, prefixes)) = value.split_once(')') {
                    // A letter taken for a prefix would eat into the nicks of NAMES.
                    let graphic = |c: &char| c.is_ascii_punctuation();
                    self.prefixes = prefixes.chars().filter(graphic).collect();
                    self.prefix_modes = modes.trim_start_matches('(').into();
                }
            }
            "WHOX" => self.whox = true,
            _ => {}
        }
    }

    /// Returns the prefix of a ban that only mutes, if the server has extended ban `m`.
    pub fn mute_ban(&self) -> Option<String> {
        let (sign, letters) = self.extended_bans.as_ref()?;
        letters.contains('m').then(|| format!("{sign}m:"))
    }

    /// Returns the reference by which CHATHISTORY names a message; none if it cannot.
    pub fn reference(&self, point: &MessageRef) -> Option<String> {
        match (&point.msgid, point.time) {
            (Some(id), _) if self.msgid_references => Some(format!("msgid={id}")),
            (_, Some(time)) => Some(format!("timestamp={}", irc_wire::time::format(time))),
            _ => None,
        }
    }

    /// Returns whether a channel mode that is no rank has a parameter, when set or when unset.
    pub fn has_parameter(&self, letter: char, set: bool) -> bool {
        let (always, when_set) = &self.parameter_modes;
        always.contains(letter) || (set && when_set.contains(letter))
    }

    /// Returns whether `name` is the name of a channel.
    pub fn is_channel(&self, name: &str) -> bool {
        name.starts_with(|c| self.channel_types.contains(c))
    }
}

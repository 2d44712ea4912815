//! The values of some keys.

use std::fmt;

use parlour_core::Secret;
use parlour_core::names::Casemapping;
use parlour_core::state::{PRIVILEGES, Privilege};
use parlour_store::Durability;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The values of `history.durability`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
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

/// The values of `chat.casemapping`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CasemappingKey {
    /// A to Z are a to z.
    Ascii,
    /// As `ascii`, and `[]\~` are `{}|^`.
    Rfc1459,
    /// Letters of every script.
    Precis,
}

impl From<CasemappingKey> for Casemapping {
    fn from(key: CasemappingKey) -> Casemapping {
        match key {
            CasemappingKey::Ascii => Casemapping::Ascii,
            CasemappingKey::Rfc1459 => Casemapping::Rfc1459,
            CasemappingKey::Precis => Casemapping::Precis,
        }
    }
}

/// The values of `listen.tls`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ListenerTls {
    /// With and without.
    Both,
    /// With TLS only.
    Only,
    /// Without TLS only.
    Off,
}

/// One of the values of `listen.doors`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DoorKey {
    /// For IRC clients.
    Irc,
    /// For people who type.
    Plain,
    /// For web pages.
    Web,
}

impl DoorKey {
    /// All doors.
    pub const ALL: [DoorKey; 3] = [DoorKey::Irc, DoorKey::Plain, DoorKey::Web];
}

/// Encryption of mail on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MailSecurity {
    /// With TLS, after a word without it.
    #[default]
    Starttls,
    /// With TLS from the beginning.
    Tls,
    /// Without.
    Off,
}

/// One of the values of `class.privileges`: a name of [`PRIVILEGES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrivilegeKey(pub Privilege);

impl Serialize for PrivilegeKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let known = PRIVILEGES
            .iter()
            .find(|(_, privilege)| *privilege == self.0);
        serializer.serialize_str(known.map_or("", |(name, _)| name))
    }
}

impl<'de> Deserialize<'de> for PrivilegeKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const NAMES: [&str; PRIVILEGES.len()] = {
            let mut names = [""; PRIVILEGES.len()];
            let mut index = 0;
            while index < names.len() {
                names[index] = PRIVILEGES[index].0;
                index += 1;
            }
            names
        };
        let given = String::deserialize(deserializer)?;
        let known = PRIVILEGES.iter().find(|(name, _)| *name == given);
        let known = known.ok_or_else(|| D::Error::unknown_variant(&given, &NAMES));
        known.map(|(_, privilege)| PrivilegeKey(*privilege))
    }
}

/// The permissions of a socket of the file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketMode(pub u32);

impl Default for SocketMode {
    fn default() -> Self {
        SocketMode(0o660)
    }
}

impl Serialize for SocketMode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:03o}", self.0))
    }
}

impl<'de> Deserialize<'de> for SocketMode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = String::deserialize(deserializer)?;
        match u32::from_str_radix(&digits, 8) {
            Ok(mode) if mode <= 0o777 => Ok(SocketMode(mode)),
            _ => Err(D::Error::custom(format!(
                "{digits:?} are no permissions; they are three octal digits, as \"660\""
            ))),
        }
    }
}

/// A password; it is shown nowhere.
#[derive(Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Password(String);

impl Password {
    /// Returns whether no password was given.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns it as it is written in the configuration.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// For those who compare it.
    pub fn secret(&self) -> Secret {
        Secret::new(&self.0)
    }

    /// Returns whether it looks like a hash.
    pub(crate) fn is_hash(&self) -> bool {
        crate::password::is_hash(&self.0)
    }

    /// Returns whether it is a valid hash.
    pub(crate) fn is_usable_hash(&self) -> bool {
        crate::password::is_usable_hash(&self.0)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

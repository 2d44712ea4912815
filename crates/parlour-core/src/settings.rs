//! Settings of the core.

use serde::{Deserialize, Serialize};

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::names::{Casemapping, Folded};
use crate::secret::Secret;
use crate::state::{ChannelFlag, Privilege, UserFlag};
use crate::{Name, limits};

/// Settings of the core. The server fills them from its configuration and may replace them while it
/// runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Server name, the source of the server's own events.
    pub server_name: Name,
    /// Lobby: a permanent channel that nobody owns.
    pub lobby: Name,
    /// Casemapping of names; constant while the server runs.
    pub casemapping: Casemapping,
    /// True if nicks that look like another one are refused.
    pub refuse_confusables: bool,
    /// Reserved nicks, in addition to those of services; names that look like them are refused too.
    pub reserved_names: Vec<Name>,
    /// Modes of a new user.
    pub user_modes: Vec<UserFlag>,
    /// Mode flags of a new channel.
    pub channel_modes: Vec<ChannelFlag>,
    /// Password required to connect (PASS).
    pub password: Option<Secret>,
    /// True if passwords are accepted from other machines without TLS.
    pub plaintext_passwords: bool,
    /// Server operators and their privileges.
    pub opers: Vec<OperBlock>,
    /// True if channel operators may relay messages into their channels (RELAYMSG).
    pub relay: bool,
    /// Milliseconds within which users may delete their own messages (REDACT); none: no limit.
    pub redact_within: Option<u64>,
    /// True if joins, modes and the like are stored with the messages.
    pub keep_events: bool,
    /// True if members may read messages from before they joined.
    pub before_join: bool,
    /// Account settings.
    pub accounts: AccountSettings,
    /// True if channel operators may register their channels.
    pub register_channels: bool,
    /// True if users with an account are shown with a host derived from it, not from their address.
    pub account_hosts: bool,
    /// Configurable limits.
    pub limits: Limits,
}

/// Default reserved nicks: names that could pass for the server or its administrators.
pub const RESERVED_NAMES: [&str; 6] = ["server", "admin", "root", "system", "parlour", "playback"];

/// Account settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSettings {
    /// True if anybody may register an account.
    pub registration: bool,
    /// True if that is allowed before connection registration is complete
    /// (draft/account-registration, `before-connect`).
    pub before_connect: bool,
    /// True if the account name may differ from the nick (`custom-account-name`).
    pub custom_names: bool,
    /// True if a nick that is an account name is reserved for that account.
    pub nick_reservation: bool,
    /// True if several connections may share one user.
    pub multiclient: bool,
    /// True if users may be always-on.
    pub always_on: bool,
    /// True if new accounts have to be verified by e-mail.
    pub mail: bool,
    /// Minimum length of a new password, in characters.
    pub password_min: usize,
}

impl Default for AccountSettings {
    fn default() -> Self {
        AccountSettings {
            registration: true,
            before_connect: true,
            custom_names: false,
            nick_reservation: true,
            multiclient: true,
            always_on: true,
            mail: false,
            password_min: limits::PASSWORD_CHARS,
        }
    }
}

/// Oper block: a server operator and their class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperBlock {
    /// Name given to OPER.
    pub name: Name,
    /// Password.
    pub password: Secret,
    /// Name of the operator class, as WHOIS shows it.
    pub class: Name,
    /// Privileges of the class.
    pub privileges: Vec<Privilege>,
    /// Masks of `user@address`, one of which has to match; empty: any.
    pub from: Vec<Name>,
    /// Host that the server operator is shown with.
    pub host: Option<Name>,
}

/// Configurable limits. None exceeds its constant in [`limits`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Characters of a nick.
    pub nick: usize,
    /// Bytes of a channel name.
    pub channel: usize,
    /// Bytes of a topic.
    pub topic: usize,
    /// Bytes of a part, quit, kick or away message.
    pub reason: usize,
    /// Channels that one user may be in.
    pub channels_per_user: usize,
    /// Entries of each list mode of a channel.
    pub list_entries: usize,
    /// Targets per command.
    pub targets: usize,
    /// Nicks on one session's monitor list or one user's accept list.
    pub monitor: usize,
    /// Metadata keys of one target, and subscriptions of one session.
    pub metadata_keys: usize,
    /// Bytes of a metadata value.
    pub metadata_value: usize,
    /// Bytes of a multiline message.
    pub multiline_bytes: usize,
    /// Lines of a multiline message.
    pub multiline_lines: usize,
    /// Users in one WHO reply, channels in one LIST reply.
    pub answers: usize,
    /// Messages in one history reply.
    pub history_page: usize,
    /// Messages replayed per channel or conversation.
    pub replay: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            nick: limits::NICK_CHARS,
            channel: limits::CHANNEL_BYTES,
            topic: limits::TOPIC_BYTES,
            reason: limits::REASON_BYTES,
            channels_per_user: limits::CHANNELS_PER_USER,
            list_entries: limits::LIST_ENTRIES,
            targets: limits::TARGETS,
            monitor: limits::MONITOR_ENTRIES,
            metadata_keys: limits::METADATA_KEYS,
            metadata_value: limits::METADATA_VALUE_BYTES,
            multiline_bytes: limits::MULTILINE_BYTES,
            multiline_lines: limits::MULTILINE_LINES,
            answers: limits::ANSWER_ENTRIES,
            history_page: limits::HISTORY_PAGE,
            replay: limits::REPLAY,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            server_name: "parlour.localhost".into(),
            lobby: "#lobby".into(),
            casemapping: Casemapping::default(),
            refuse_confusables: true,
            reserved_names: RESERVED_NAMES.iter().map(|name| (*name).into()).collect(),
            user_modes: Vec::new(),
            channel_modes: [ChannelFlag::NoExternal, ChannelFlag::TopicLocked].into(),
            password: None,
            plaintext_passwords: false,
            opers: Vec::new(),
            relay: true,
            redact_within: None,
            keep_events: true,
            before_join: true,
            register_channels: true,
            accounts: AccountSettings::default(),
            account_hosts: false,
            limits: Limits::default(),
        }
    }
}

impl Settings {
    /// Returns the folded name, for comparison.
    pub fn fold(&self, name: &str) -> Folded {
        self.casemapping.fold(name)
    }

    /// Returns the oper block of this name.
    pub(crate) fn oper(&self, name: &str) -> Option<&OperBlock> {
        self.opers.iter().find(|oper| &*oper.name == name)
    }
}

/// Settings shared by several owners.
pub type SharedSettings = Arc<Settings>;

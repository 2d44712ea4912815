//! What an operator can choose about the chat itself.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::names::{Casemapping, Folded};
use crate::secret::Secret;
use crate::state::{ChannelFlag, Privilege, UserFlag};
use crate::{Name, limits};

/// Settings of the core; the server fills them from its configuration, and may put others
/// in their place while it runs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The server's name, where the server itself is the one who does something.
    pub server_name: Name,
    /// The channel that is always there and that nobody owns.
    pub lobby: Name,
    /// When two names are the same; never changed while the server runs.
    pub casemapping: Casemapping,
    /// Whether a nick that looks like another one's is refused.
    pub refuse_confusables: bool,
    /// Names that nobody goes by, nor by what looks like them, besides those of services.
    pub reserved_names: Vec<Name>,
    /// The modes of a new user.
    pub user_modes: Vec<UserFlag>,
    /// The flags of a new channel.
    pub channel_modes: Vec<ChannelFlag>,
    /// What a connection has to know to register.
    pub password: Option<Secret>,
    /// Whether passwords are taken over connections without TLS from other machines.
    pub plaintext_passwords: bool,
    /// Who may become an operator of the network, and with which privileges.
    pub opers: Vec<OperBlock>,
    /// Whether operators of a channel may relay messages of others into it (RELAYMSG).
    pub relay: bool,
    /// Milliseconds after which one's own message cannot be taken back; none: always.
    pub redact_within: Option<u64>,
    /// Whether joins, modes and the like are kept with what is said.
    pub keep_events: bool,
    /// Whether members may read what was said before they joined.
    pub before_join: bool,
    /// What accounts there may be and what they are good for.
    pub accounts: AccountSettings,
    /// Whether whoever runs a channel may have it for their account.
    pub register_channels: bool,
    /// Whether users of an account are shown with a host of the account's, wherever they come from.
    pub account_hosts: bool,
    /// How much of everything.
    pub limits: Limits,
}

/// Names that pass for the server itself or for whoever runs it.
pub const RESERVED_NAMES: [&str; 6] = ["server", "admin", "root", "system", "parlour", "playback"];

/// What accounts there may be and what they are good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSettings {
    /// Whether anybody may make one.
    pub registration: bool,
    /// Whether also before they are welcomed.
    pub before_connect: bool,
    /// Whether an account may be called otherwise than its maker's nick.
    pub custom_names: bool,
    /// Whether a nick that is an account's name is that account's alone.
    pub nick_reservation: bool,
    /// Whether several connections may be one user.
    pub multiclient: bool,
    /// Whether users may stay when their last connection ends.
    pub always_on: bool,
    /// Whether a code that is sent by mail has to come back first.
    pub mail: bool,
    /// Characters that a new password has at least.
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

/// Somebody who may become an operator of the network.
#[derive(Clone, Debug)]
pub struct OperBlock {
    /// The name that OPER asks for.
    pub name: Name,
    /// The password.
    pub password: Secret,
    /// What the class of the operator is called, as WHOIS shows it.
    pub class: Name,
    /// What the class may do.
    pub privileges: Vec<Privilege>,
    /// Masks over user and address, of which one has to match; any, if there is none.
    pub from: Vec<Name>,
    /// The host that the operator is shown with.
    pub host: Option<Name>,
}

/// How much of everything. None is above its constant in [`limits`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Characters of a nick.
    pub nick: usize,
    /// Bytes of a channel's name.
    pub channel: usize,
    /// Bytes of a topic.
    pub topic: usize,
    /// Bytes of a reason for leaving, kicking or being away.
    pub reason: usize,
    /// Channels that one user may be in at once.
    pub channels_per_user: usize,
    /// Entries of each list of a channel.
    pub list_entries: usize,
    /// Targets of one command.
    pub targets: usize,
    /// Nicks that one session may monitor, and nicks that one user may accept.
    pub monitor: usize,
    /// Metadata keys of one target, and keys that one session may subscribe to.
    pub metadata_keys: usize,
    /// Bytes of a metadata value.
    pub metadata_value: usize,
    /// Bytes of a message of several lines.
    pub multiline_bytes: usize,
    /// Lines of such a message.
    pub multiline_lines: usize,
    /// Users in one answer to WHO, channels in one answer to LIST.
    pub answers: usize,
    /// Messages in one answer to a question about history.
    pub history_page: usize,
    /// Messages of one channel or conversation that somebody is shown who has missed them.
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
    /// A name as it is compared here.
    pub fn fold(&self, name: &str) -> Folded {
        self.casemapping.fold(name)
    }

    /// Who may become an operator under this name.
    pub(crate) fn oper(&self, name: &str) -> Option<&OperBlock> {
        self.opers.iter().find(|oper| &*oper.name == name)
    }
}

/// Settings that many hold.
pub type SharedSettings = Arc<Settings>;

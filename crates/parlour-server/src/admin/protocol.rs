//! Protocol of the admin socket: one request, and answers, as lines of JSON.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// File name of the socket in the data directory.
const SOCKET: &str = "admin.sock";

/// Returns the path of the socket of a data directory.
pub fn socket(data: &Path) -> PathBuf {
    data.join(SOCKET)
}

/// Request of an administrator.
#[derive(Clone, Deserialize, Serialize)]
pub enum AdminRequest {
    /// Create an account.
    AccountAdd {
        /// Name of the account.
        name: String,
        /// Password of the account.
        password: String,
    },
    /// List all accounts.
    AccountList,
    /// Set another password of an account and end its sessions.
    AccountReset {
        /// Name of the account.
        name: String,
        /// New password.
        password: String,
    },
    /// Delete an account and all of its messages.
    AccountErase {
        /// Name of the account.
        name: String,
    },
    /// Export all messages of an account.
    AccountExport {
        /// Name of the account.
        name: String,
    },
    /// List all channels.
    ChannelList,
    /// End the registration of a channel.
    ChannelDrop {
        /// Name of the channel.
        name: String,
    },
    /// Change the modes of a channel.
    ChannelMode {
        /// Name of the channel.
        name: String,
        /// Mode letters, then their parameters, as in `+o bob`.
        modes: Vec<String>,
    },
    /// Kick a user from a channel.
    ChannelKick {
        /// Name of the channel.
        name: String,
        /// Nick of the kicked user.
        nick: String,
        /// Reason, shown to the channel.
        reason: String,
    },
    /// Add a server ban.
    BanAdd {
        /// Account, address, network or mask.
        target: String,
        /// True if users are muted rather than banned.
        mute: bool,
        /// Duration in milliseconds; `None` for a permanent ban.
        duration: Option<u64>,
        /// Reason, shown to the banned user.
        reason: String,
    },
    /// List the server bans.
    BanList,
    /// Remove a server ban.
    BanRemove {
        /// Target of the ban.
        target: String,
    },
    /// Make a hook.
    HookAdd {
        /// Name, under which its messages appear.
        name: String,
        /// Its channel.
        channel: String,
        /// True if it reads the channel rather than posts there.
        read: bool,
    },
    /// List the hooks.
    HookList,
    /// Remove a hook.
    HookRemove {
        /// Its name.
        name: String,
    },
    /// List the connected users.
    Who,
    /// Send a message in the server's name.
    Say {
        /// Channel, nick, or `*` for all users.
        target: String,
        /// Text of the message.
        text: String,
    },
    /// Show the latest entries of the audit log.
    Audit {
        /// Number of entries.
        limit: usize,
    },
    /// Write a backup of the database.
    Backup {
        /// Path of the backup, as the server sees it.
        file: PathBuf,
    },
    /// Show the nodes of the cluster.
    Cluster,
    /// Take the server out of service: say that it is not ready, then stop it.
    Drain {
        /// Seconds between the two.
        seconds: u64,
    },
    /// Stop the server.
    Stop,
}

/// Line of an answer.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub enum AdminAnswer {
    /// Row of several: names and values.
    Row(serde_json::Map<String, serde_json::Value>),
    /// Success, with a sentence about it; may be empty.
    Done(String),
    /// Failure, with the reason.
    Failed(String),
}

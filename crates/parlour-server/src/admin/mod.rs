//! Administration over a socket in the data directory: whoever may open that may do everything.
//!
//! A request is one line of JSON ([`Request`]); what comes back is lines of JSON ([`Answer`]), the
//! last of which is [`Answer::Done`] or [`Answer::Failed`].

mod ask;
mod sentences;
mod serve;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use ask::ask;
pub(crate) use serve::Admin;

/// The socket's name in the data directory.
const SOCKET: &str = "admin.sock";

/// Where the socket of a data directory is.
pub fn socket(data: &Path) -> PathBuf {
    data.join(SOCKET)
}

/// What can be asked for.
#[derive(Clone, Deserialize, Serialize)]
pub enum AdminRequest {
    /// A new account.
    AccountAdd {
        /// Its name.
        name: String,
        /// Its password.
        password: String,
    },
    /// Every account.
    AccountList,
    /// Another password for an account, whose sessions end.
    AccountReset {
        /// Its name.
        name: String,
        /// The new password.
        password: String,
    },
    /// The end of an account, and of all that was said in it.
    AccountErase {
        /// Its name.
        name: String,
    },
    /// All that was said in an account.
    AccountExport {
        /// Its name.
        name: String,
    },
    /// Every channel.
    ChannelList,
    /// That a channel is no account's any more.
    ChannelDrop {
        /// Its name.
        name: String,
    },
    /// Modes of a channel: the letters, and what belongs to them.
    ChannelMode {
        /// Its name.
        name: String,
        /// As `+o bob` is written.
        modes: Vec<String>,
    },
    /// Somebody out of a channel.
    ChannelKick {
        /// Its name.
        name: String,
        /// Whom.
        nick: String,
        /// Why.
        reason: String,
    },
    /// That somebody is kept out.
    BanAdd {
        /// An account, an address, a network or a mask.
        target: String,
        /// Whether they are only muted.
        mute: bool,
        /// For how many milliseconds.
        duration: Option<u64>,
        /// Why.
        reason: String,
    },
    /// Who is kept out.
    BanList,
    /// That somebody is kept out no more.
    BanRemove {
        /// The ban's target.
        target: String,
    },
    /// Who is here.
    Who,
    /// Something to say in the server's name.
    Say {
        /// A channel, a nick, or `*` for everybody.
        target: String,
        /// What.
        text: String,
    },
    /// The last things that operators have done.
    Audit {
        /// How many.
        limit: usize,
    },
    /// A copy of the database.
    Backup {
        /// Where to, as the server sees it.
        file: PathBuf,
    },
    /// The end of the server.
    Stop,
}

/// What comes back.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub enum AdminAnswer {
    /// One of several: names and values.
    Row(serde_json::Map<String, serde_json::Value>),
    /// It is done; what there is to say of it.
    Done(String),
    /// It is not; why.
    Failed(String),
}

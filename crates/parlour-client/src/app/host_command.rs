//! Commands to the host, the code around the client core.

use super::UploadOrder;
use crate::NetworkId;
use crate::model::Alert;
use crate::pins::Pin;

/// Secret text, masked in `Debug` output.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(pub String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("•••")
    }
}

/// Command to the host, the code around the client core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostCommand {
    /// Quit the client.
    Quit,
    /// Suspend to the shell until the user returns.
    Suspend,
    /// Redraw the whole screen.
    Redraw,
    /// Edit a text in the user's editor.
    Edit(String),
    /// Copy a text to the terminal's clipboard.
    Copy(String),
    /// Open a URL.
    Open(String),
    /// Notify the user, who may be looking elsewhere.
    Notify(Alert),
    /// Turn mouse capture on or off.
    Mouse(bool),
    /// Connect a network now.
    Reconnect(NetworkId),
    /// Stop reconnecting a network until the user asks for it.
    Hold(NetworkId),
    /// Disconnect a network, and stay disconnected until the user asks for it.
    Leave(NetworkId),
    /// Connect to a server the user has just named (`host:port`), and join these channels there.
    Connect(String, Vec<String>),
    /// Store a password that a server has accepted.
    KeepPassword {
        /// Network.
        net: NetworkId,
        /// Account on that network.
        account: String,
        /// Password.
        password: Hidden,
    },
    /// Forget the pinned certificate of a server; without one, list all pins.
    Trust(Option<String>),
    /// Pin the certificate that a server shows now: network, name it is pinned under, new pin.
    TrustNew(NetworkId, String, Pin),
    /// Export a buffer's text to a file.
    Export(std::path::PathBuf, String),
    /// Upload a file.
    Upload(UploadOrder),
    /// Stop all uploads.
    CancelUploads,
    /// Offer to upload the file that a pasted text is the path of, if there is one.
    LookForFile(String),
    /// Reload the configuration.
    Reload,
    /// Save settings to the configuration: keys of `[ui]` with their values.
    SaveSettings(Vec<(String, String)>),
    /// Run a shell command for a buffer; its output is sent there, or only shown.
    Exec {
        /// Shell command.
        command: String,
        /// Network.
        net: NetworkId,
        /// Name of the buffer.
        buffer: String,
        /// True if the output is sent as a message.
        say: bool,
    },
}

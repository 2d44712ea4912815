//! The table of capabilities (IRCv3 capability negotiation), and which are on.

use parlour_core::limits;

use crate::DoorSettings;

/// A capability that this door knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cap {
    /// `batch`
    Batch,
    /// `cap-notify`
    Notify,
    /// `draft/chathistory`
    ChatHistory,
    /// `echo-message`
    EchoMessage,
    /// `labeled-response`
    LabeledResponse,
    /// `message-tags`
    MessageTags,
    /// `multi-prefix`
    MultiPrefix,
    /// `server-time`
    ServerTime,
    /// `standard-replies`
    StandardReplies,
    /// `userhost-in-names`
    UserhostInNames,
}

/// One row of the table.
#[derive(Debug)]
pub struct Capability {
    /// What it switches.
    pub cap: Cap,
    /// Its name on the wire.
    pub name: &'static str,
    /// Its value for those who speak version 302.
    pub value: fn(&DoorSettings) -> Option<String>,
    /// Where it is described, in the IRCv3 specifications.
    pub specification: &'static str,
}

fn none(_: &DoorSettings) -> Option<String> {
    None
}

const fn row(cap: Cap, name: &'static str, specification: &'static str) -> Capability {
    Capability {
        cap,
        name,
        value: none,
        specification,
    }
}

/// All capabilities, by name.
pub const CAPABILITIES: &[Capability] = &[
    row(Cap::Batch, "batch", "batch"),
    row(Cap::Notify, "cap-notify", "capability-negotiation"),
    row(Cap::ChatHistory, "draft/chathistory", "chathistory"),
    row(Cap::EchoMessage, "echo-message", "echo-message"),
    row(Cap::LabeledResponse, "labeled-response", "labeled-response"),
    row(Cap::MessageTags, "message-tags", "message-tags"),
    row(Cap::MultiPrefix, "multi-prefix", "multi-prefix"),
    row(Cap::ServerTime, "server-time", "server-time"),
    row(Cap::StandardReplies, "standard-replies", "standard-replies"),
    row(
        Cap::UserhostInNames,
        "userhost-in-names",
        "userhost-in-names",
    ),
];

/// Messages in one answer to CHATHISTORY, as ISUPPORT announces it.
pub(super) const HISTORY_LIMIT: usize = limits::HISTORY_PAGE;

/// The capabilities of one connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Caps(u32);

impl Caps {
    pub fn has(self, cap: Cap) -> bool {
        self.0 & (1 << cap as u32) != 0
    }

    pub fn set(&mut self, cap: Cap, on: bool) {
        if on {
            self.0 |= 1 << cap as u32;
        } else {
            self.0 &= !(1 << cap as u32);
        }
    }
}

/// Finds a capability by name.
pub(super) fn find(name: &str) -> Option<&'static Capability> {
    CAPABILITIES.iter().find(|row| row.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_each_capability_once_in_order() {
        assert!(
            CAPABILITIES
                .windows(2)
                .all(|w| w[0].cap as u32 + 1 == w[1].cap as u32)
        );
    }
}

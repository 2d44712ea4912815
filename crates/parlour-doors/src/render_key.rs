//! Render keys: what makes two readers see the same bytes.

/// Render key: format in which a reader gets events. Readers with the same key share the bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct RenderKey(pub u32);

impl RenderKey {
    /// Key of a reader of no events.
    pub const NONE: RenderKey = RenderKey(0);
    /// IRC client.
    pub const IRC: RenderKey = RenderKey(1);
    /// `time` tags (server-time).
    pub const TIME: RenderKey = RenderKey(2);
    /// All tags, and TAGMSG (message-tags).
    pub const TAGS: RenderKey = RenderKey(4);
    /// Plain client.
    pub const PLAIN: RenderKey = RenderKey(8);
    /// Output without line ends, each message in a write of its own.
    pub const UNFRAMED: RenderKey = RenderKey(16);
    /// Event of the reader's current channel; set per event.
    pub const CURRENT: RenderKey = RenderKey(32);
    /// `account` tags (account-tag).
    pub const ACCOUNT: RenderKey = RenderKey(1 << 6);
    /// Account and real name with a JOIN (extended-join).
    pub const EXTENDED_JOIN: RenderKey = RenderKey(1 << 7);
    /// AWAY of others (away-notify).
    pub const AWAY: RenderKey = RenderKey(1 << 8);
    /// ACCOUNT of others (account-notify).
    pub const LOGINS: RenderKey = RenderKey(1 << 9);
    /// CHGHOST of others (chghost).
    pub const HOSTS: RenderKey = RenderKey(1 << 10);
    /// SETNAME of others (setname).
    pub const REALNAMES: RenderKey = RenderKey(1 << 11);
    /// Invitations of other users (invite-notify).
    pub const INVITES: RenderKey = RenderKey(1 << 12);
    /// REDACT (message-redaction).
    pub const REDACT: RenderKey = RenderKey(1 << 13);
    /// RENAME (channel-rename).
    pub const RENAME: RenderKey = RenderKey(1 << 14);
    /// Multiline messages as batches (multiline).
    pub const MULTILINE: RenderKey = RenderKey(1 << 15);
    /// Nick of the relaying user with relayed messages.
    pub const RELAYED: RenderKey = RenderKey(1 << 16);
    /// Events of monitored users (extended-monitor).
    pub const MONITOR: RenderKey = RenderKey(1 << 17);

    /// Reader for whom rendering panics.
    #[cfg(test)]
    pub const PANICS: RenderKey = RenderKey(1 << 31);

    /// Returns whether all bits of `other` are set.
    pub fn has(self, other: RenderKey) -> bool {
        self.0 & other.0 == other.0
    }

    /// Returns whether each message to the reader must be a write of its own.
    pub fn is_unframed(self) -> bool {
        self.has(RenderKey::UNFRAMED)
    }

    /// Returns the key with the bits of `other` added.
    pub fn with(self, other: RenderKey) -> RenderKey {
        RenderKey(self.0 | other.0)
    }

    /// Returns the bits that both keys have.
    pub fn and(self, other: RenderKey) -> RenderKey {
        RenderKey(self.0 & other.0)
    }
}

//! Features that a server may have, beyond plain IRC.

/// Feature of a server, by the capability that stands for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// Away states are sent as they change (away-notify).
    AwayNotify,
    /// Own messages come back (echo-message).
    Echo,
    /// Stored messages can be requested (draft/chathistory).
    History,
    /// Channels take messages from users who could join them (parlour/outside).
    Outside,
    /// Read markers are shared by a user's clients (draft/read-marker).
    ReadMarkers,
    /// Messages can be deleted (draft/message-redaction).
    Redaction,
    /// Stored messages can be searched (soju.im/search).
    Search,
    /// Replies, reactions and typing notifications are passed on (message-tags).
    Tags,
}

impl Feature {
    /// Returns the name of its capability.
    pub fn capability(self) -> &'static str {
        match self {
            Feature::AwayNotify => "away-notify",
            Feature::Echo => "echo-message",
            Feature::History => "draft/chathistory",
            Feature::Outside => "parlour/outside",
            Feature::ReadMarkers => "draft/read-marker",
            Feature::Redaction => "draft/message-redaction",
            Feature::Search => "soju.im/search",
            Feature::Tags => "message-tags",
        }
    }
}

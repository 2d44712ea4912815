//! What an operator can choose about the chat itself.

use crate::Name;

/// Settings of the core; the server fills them from its configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The channel that is always there and that nobody owns.
    pub lobby: Name,
    /// Channels that one user may be in at once.
    pub channels_per_user: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            lobby: "#lobby".into(),
            channels_per_user: crate::limits::CHANNELS_PER_USER,
        }
    }
}

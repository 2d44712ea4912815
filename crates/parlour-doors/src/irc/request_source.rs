//! Requests of an account whose answers have a form of their own.

use super::service::Service;

/// Command or message that made a request whose answer has a form of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequestSource {
    /// AUTHENTICATE.
    Sasl,
    /// PASS with an account.
    Pass,
    /// REGISTER (draft/account-registration).
    Register,
    /// VERIFY.
    Verify,
    /// Message to a service.
    Service(Service),
    /// LIST, sent to `*playback`.
    Playback,
}

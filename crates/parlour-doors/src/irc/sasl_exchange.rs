//! State of a SASL exchange, and the mechanisms offered.

/// SASL mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mechanism {
    External,
    Plain,
    Scram,
}

/// All mechanisms with their names.
pub(super) const MECHANISMS: [(Mechanism, &str); 3] = [
    (Mechanism::External, "EXTERNAL"),
    (Mechanism::Plain, "PLAIN"),
    (Mechanism::Scram, "SCRAM-SHA-256"),
];

/// Returns the names of the mechanisms offered to this client, as in CAP LS: EXTERNAL with a
/// certificate, PLAIN where nobody can read the password.
pub(super) fn mechanisms(
    settings: &crate::DoorSettings,
    peer: &crate::connections::Peer,
) -> String {
    let may = |mechanism| match mechanism {
        Mechanism::External => peer.certificate.is_some(),
        Mechanism::Plain => peer.is_private() || settings.chat.plaintext_passwords,
        // SCRAM does not transmit the password, so it needs no TLS.
        Mechanism::Scram => true,
    };
    let names = MECHANISMS.iter().filter(|(mechanism, _)| may(*mechanism));
    names.map(|(_, name)| *name).collect::<Vec<_>>().join(",")
}

/// SASL exchange in progress.
#[derive(Debug)]
pub(super) struct Exchange {
    pub mechanism: Mechanism,
    /// Base64 of the current message so far.
    pub gathered: String,
    pub scram: Scram,
}

/// State of a SCRAM exchange.
#[derive(Debug)]
pub(super) enum Scram {
    /// Before the first message of the client.
    Beginning,
    /// Challenge requested from the core.
    Asked(ClientFirst),
    /// Challenge sent to the client.
    Challenged { first: ClientFirst, server: String },
    /// Signature of the server sent; the client must acknowledge it.
    Signed,
}

/// First message of the client (RFC 5802 §7, client-first-message).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ClientFirst {
    /// GS2 header, repeated by the client as the channel binding.
    pub gs2: String,
    /// Message without the GS2 header, which is part of the signed text.
    pub bare: String,
    pub account: String,
    pub acting_as: Option<String>,
    pub nonce: String,
}

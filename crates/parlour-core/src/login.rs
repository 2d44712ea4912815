//! Who one says one is, and what shows it.

use crate::Name;
use crate::request::Origin;
use crate::secret::Secret;
use crate::state::{ScramKeys, Verifier};

/// A wish to be logged into an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The account whose secret is known; none, where a certificate tells.
    pub account: Option<Name>,
    /// The account that one wants to act as, if it was named: only the same is possible.
    pub acting_as: Option<Name>,
    /// What shows it.
    pub proof: Proof,
    /// Where it comes from.
    pub origin: Origin,
}

/// What shows that one may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The password.
    Password(Secret),
    /// A certificate that the connection has shown: its SHA-256 fingerprint in small
    /// hexadecimal.
    Certificate(Name),
    /// A proof of SCRAM-SHA-256: the messages that it is about, and itself in base64.
    Scram {
        /// `AuthMessage` (RFC 5802 §3).
        messages: Name,
        /// `ClientProof`.
        proof: Name,
    },
    /// It was checked, and is right.
    Given {
        /// The account that it was checked for: another one of the same name is not meant.
        verifier: Option<Verifier>,
        /// What shows the client that the server knows the password too (SCRAM's
        /// `ServerSignature` in base64).
        signature: Option<Name>,
    },
}

/// The server's part of SCRAM's first exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// The server's part of the nonce.
    pub nonce: Name,
    /// The salt, in base64; for a name without an account, one that always looks the same.
    pub salt: Name,
    /// How often to hash.
    pub iterations: u32,
}

/// Something to do with secrets; it takes long on purpose, or needs chance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretsTask {
    /// To hold a password that was given against the one that is wanted; without one, it is held
    /// against nothing for as long.
    Compare {
        /// What was given.
        given: Secret,
        /// The right one, or its hash.
        wanted: Option<Secret>,
    },
    /// To make what a new password is held against later.
    Hash(Secret),
    /// To begin SCRAM for an account, or for a name that has none.
    Challenge {
        /// The name, folded.
        name: Name,
        /// Its salt and iterations.
        known: Option<(Name, u32)>,
    },
    /// To check a proof of SCRAM.
    Scram {
        /// What it is held against; without an account, nothing fits.
        keys: Option<ScramKeys>,
        /// What it is about.
        messages: Name,
        /// The proof in base64.
        proof: Name,
    },
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretsResult {
    /// It is right; for SCRAM, with the server's signature in base64.
    Right(Option<Name>),
    /// It is not.
    Wrong,
    /// It was not looked at: too many others wait.
    Busy,
    /// A new password is held against this later; and something that nobody can guess.
    Hashed(Verifier, Secret),
    /// SCRAM begins with this.
    Challenge(Challenge),
}

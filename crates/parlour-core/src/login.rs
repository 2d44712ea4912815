//! Authentication: login requests, proofs and secrets tasks.

use serde::{Deserialize, Serialize};

use crate::Name;
use crate::names::AccountName;
use crate::secret::Secret;
use crate::state::{ScramKeys, Verifier};

/// Origin of a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Address of the client.
    pub address: Name,
    /// True if the connection could not be read by others.
    pub secure: bool,
}

/// Request to log into an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// Account (authentication identity); none for a certificate, which identifies it.
    pub account: Option<AccountName>,
    /// Authorization identity, if one was given; it has to be the same account.
    pub acting_as: Option<Name>,
    /// Proof of identity.
    pub proof: Proof,
    /// Origin of the proof.
    pub origin: Origin,
}

/// Proof of identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Proof {
    /// Password.
    Password(Secret),
    /// TLS client certificate of the connection, by its SHA-256 fingerprint in lower-case
    /// hexadecimal.
    Certificate(Name),
    /// SCRAM-SHA-256 proof, with the messages it covers.
    Scram {
        /// `AuthMessage` (RFC 5802 §3).
        messages: Name,
        /// `ClientProof` in base64.
        proof: Name,
    },
    /// Proof that was checked and is right.
    Given {
        /// Verifier it was checked against: if the account's differs by now, the login fails.
        verifier: Option<Verifier>,
        /// SCRAM `ServerSignature` in base64, which proves to the client that the server knows the
        /// password's keys.
        signature: Option<Name>,
    },
}

/// Challenge: the server's part of the first SCRAM exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Server part of the nonce.
    pub nonce: Name,
    /// Salt in base64; for an unknown account, a fake one that stays the same.
    pub salt: Name,
    /// Iteration count.
    pub iterations: u32,
}

/// Task with secrets: slow by design, or in need of randomness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretsTask {
    /// Comparison of passwords; without `wanted`, a dummy one of the same duration.
    Compare {
        /// Password given.
        given: Secret,
        /// Right password, or its hash.
        wanted: Option<Secret>,
    },
    /// Computation of the verifier of a new password.
    Hash(Secret),
    /// Start of SCRAM for an account or an unknown name.
    Challenge {
        /// Account name, folded.
        name: Name,
        /// Salt and iteration count of the account.
        known: Option<(Name, u32)>,
    },
    /// Check of a SCRAM proof.
    Scram {
        /// Keys to check against; without them the check fails.
        keys: Option<ScramKeys>,
        /// `AuthMessage` that the proof covers.
        messages: Name,
        /// `ClientProof` in base64.
        proof: Name,
    },
}

/// Result of a secrets task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretsResult {
    /// Right; for SCRAM, with the server signature in base64.
    Right(Option<Name>),
    /// Wrong.
    Wrong,
    /// Not checked, since too many tasks wait.
    Busy,
    /// Verifier of a new password, and a random secret for a verification code.
    Hashed(Verifier, Secret),
    /// SCRAM challenge.
    Challenge(Challenge),
}

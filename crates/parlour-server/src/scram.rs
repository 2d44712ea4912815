//! Server side of SCRAM-SHA-256 (RFC 5802, RFC 7677).

use std::num::NonZeroU32;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use parlour_core::login::Challenge;
use parlour_core::state::ScramKeys;
use parlour_core::{Name, Secret};
use ring::rand::{SecureRandom, SystemRandom};
use ring::{digest, hmac, pbkdf2};
use subtle::ConstantTimeEq;

use crate::ServerError;
use crate::secret_file::SecretFile;

/// Key of the salts in the data directory.
pub(crate) const FILE: &str = "salt-key";

/// Iterations of PBKDF2. RFC 7677 asks for at least 4,096; the client computes them as well.
const ITERATIONS: u32 = 10_000;
/// Bytes of a salt.
const SALT_BYTES: usize = 16;
/// Bytes of the server's nonce.
const NONCE_BYTES: usize = 18;
/// Bytes of a SHA-256 digest.
const DIGEST_BYTES: usize = 32;

/// Derives the keys of a password, with a random salt.
///
/// # Errors
/// The system gives no randomness.
pub(crate) fn keys(password: &str) -> Result<ScramKeys, String> {
    let salt: [u8; SALT_BYTES] = random().ok_or("the system gives no randomness")?;
    Ok(keys_with(password, &salt, ITERATIONS))
}

/// Derives the keys of a password with the given salt (RFC 5802 §3).
fn keys_with(password: &str, salt: &[u8], iterations: u32) -> ScramKeys {
    let mut salted = [0; DIGEST_BYTES];
    let rounds = NonZeroU32::new(iterations).unwrap_or(NonZeroU32::MIN);
    let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
    pbkdf2::derive(algorithm, rounds, salt, password.as_bytes(), &mut salted);
    let client_key = mac(&salted, b"Client Key");
    let stored_key = digest::digest(&digest::SHA256, &client_key);
    let server_key = mac(&salted, b"Server Key");
    ScramKeys {
        salt: BASE64.encode(salt).into(),
        iterations,
        stored_key: Secret::new(&BASE64.encode(stored_key)),
        server_key: Secret::new(&BASE64.encode(server_key)),
    }
}

/// Returns an HMAC-SHA-256.
fn mac(key: &[u8], message: &[u8]) -> [u8; DIGEST_BYTES] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message);
    let mut bytes = [0; DIGEST_BYTES];
    bytes.copy_from_slice(tag.as_ref());
    bytes
}

/// Returns random bytes; `None` if the system gives no randomness.
pub(crate) fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(bytes)
}

/// Returns a random code of eight digits, to be sent by mail and confirmed.
///
/// # Errors
/// The system gives no randomness.
pub(crate) fn code() -> Result<Secret, String> {
    let bytes: [u8; 8] = random().ok_or("the system gives no randomness")?;
    let code = u64::from_le_bytes(bytes) % 100_000_000;
    Ok(Secret::new(&format!("{code:08}")))
}

/// Checks a client's proof. Returns the server's signature if it is right; without keys no proof
/// is.
pub(crate) fn check(keys: Option<&ScramKeys>, messages: &str, proof: &str) -> Option<String> {
    let decode = |secret: &Secret| BASE64.decode(secret.reveal()).ok();
    let keys = keys?;
    let (stored_key, server_key) = (decode(&keys.stored_key)?, decode(&keys.server_key)?);
    let proof = BASE64.decode(proof).ok()?;
    if proof.len() != DIGEST_BYTES {
        return None;
    }
    let signature = mac(&stored_key, messages.as_bytes());
    // ClientKey = ClientProof XOR ClientSignature; its hash must be the StoredKey.
    let client_key: Vec<u8> = proof.iter().zip(signature).map(|(p, s)| p ^ s).collect();
    let hashed = digest::digest(&digest::SHA256, &client_key);
    let right: bool = hashed.as_ref().ct_eq(&stored_key).into();
    right.then(|| BASE64.encode(mac(&server_key, messages.as_bytes())))
}

/// Source of salts for names without an account: always the same salt for a name, even after a
/// restart, so that a salt does not reveal whether there is an account.
pub(crate) struct Salts(hmac::Key);

impl Salts {
    /// Reads the key from the data directory, or creates it.
    ///
    /// # Errors
    /// The key can be neither read nor written.
    pub fn open(data: &Path) -> Result<Salts, ServerError> {
        Ok(Salts(SecretFile::open(data, FILE)?.key()))
    }

    /// Returns the challenge for a name, with the salt of its account if there is one.
    pub fn challenge(&self, name: &str, known: Option<(Name, u32)>) -> Option<Challenge> {
        let nonce: [u8; NONCE_BYTES] = random()?;
        let (salt, iterations) = known.unwrap_or_else(|| {
            let made = hmac::sign(&self.0, name.as_bytes());
            let salt = BASE64.encode(&made.as_ref()[..SALT_BYTES]);
            (salt.into(), ITERATIONS)
        });
        Some(Challenge {
            nonce: BASE64.encode(nonce).into(),
            salt,
            iterations,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the example of RFC 7677 §3.
    #[test]
    fn the_exchange_of_the_rfc() {
        let salt = BASE64.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let keys = keys_with("pencil", &salt, 4096);
        let nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        let messages = format!(
            "n=user,r=rOprNGfwEbeRWgbNEkqO,r={nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r={nonce}"
        );
        let proof = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
        let signature = check(Some(&keys), &messages, proof);
        assert_eq!(
            signature.as_deref(),
            Some("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
        );
        assert_eq!(check(Some(&keys), &messages, "AAAA"), None);
        assert_eq!(check(Some(&keys), "other", proof), None);
        assert_eq!(check(None, &messages, proof), None);
    }

    #[test]
    fn a_name_without_an_account_always_has_the_same_salt() {
        let dir = tempfile::tempdir().unwrap();
        let salt = |name: &str| {
            let salts = Salts::open(dir.path()).unwrap();
            salts.challenge(name, None).unwrap().salt
        };
        assert_eq!(salt("nobody"), salt("nobody"));
        assert_ne!(salt("nobody"), salt("somebody"));
        let own = Salts::open(dir.path()).unwrap();
        let known = Some(("c2FsdA==".into(), 4096));
        let challenge = own.challenge("x", known).unwrap();
        assert_eq!((&*challenge.salt, challenge.iterations), ("c2FsdA==", 4096));
    }
}

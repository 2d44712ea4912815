//! Identity of the server towards push services (VAPID, RFC 8292).

use ring::error::{KeyRejected, Unspecified};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::json;

use super::base64url::encode;

/// Key of the server.
pub struct Vapid {
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl Vapid {
    /// Makes a key, as PKCS #8. With another key, all subscriptions end.
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn generate() -> Result<Vec<u8>, Unspecified> {
        let random = SystemRandom::new();
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)?;
        Ok(made.as_ref().to_vec())
    }

    /// Reads a key.
    ///
    /// # Errors
    /// It is none.
    pub fn read(pkcs8: &[u8]) -> Result<Vapid, KeyRejected> {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8, &random)?;
        Ok(Vapid { pair, random })
    }

    /// Returns the public key as clients give it to their push service.
    pub fn public(&self) -> String {
        encode(self.pair.public_key())
    }

    /// Returns the `Authorization` for a push service: its origin, an address of who runs the server,
    /// and the time until when it is valid, in seconds since 1970 (at most a day ahead).
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn authorization(
        &self,
        audience: &str,
        subject: &str,
        until: u64,
    ) -> Result<String, Unspecified> {
        let claims = json!({ "aud": audience, "exp": until, "sub": subject }).to_string();
        let head = encode(r#"{"typ":"JWT","alg":"ES256"}"#);
        let signed = format!("{head}.{}", encode(claims));
        let signature = self.pair.sign(&self.random, signed.as_bytes())?;
        let token = format!("{signed}.{}", encode(signature));
        Ok(format!("vapid t={token}, k={}", self.public()))
    }
}

//! Tokens of hooks: made at random, kept as a hash only.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parlour_core::state::HookKey;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};

/// Random bytes of a token.
const BYTES: usize = 24;

/// Makes a token.
///
/// # Errors
/// The system has no randomness.
pub(crate) fn generate() -> Result<String, String> {
    let mut bytes = [0; BYTES];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| "the system has no random numbers".to_owned())?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Returns whether a text can be a token.
pub(crate) fn is_one(text: &str) -> bool {
    URL_SAFE_NO_PAD
        .decode(text)
        .is_ok_and(|bytes| bytes.len() == BYTES)
}

/// Returns the hash that is kept of a token.
pub(crate) fn key(token: &str) -> HookKey {
    let hash = digest(&SHA256, token.as_bytes());
    let mut key = HookKey::default();
    // Both have 32 bytes.
    key.copy_from_slice(hash.as_ref());
    key
}

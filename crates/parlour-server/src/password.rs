//! Passwords: plain or Argon2id, compared off every busy thread.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordVerifier};
use subtle::ConstantTimeEq;

/// What a hash begins with (PHC string format).
const HASH_PREFIX: &str = "$argon2";

/// Whether a configured password is a hash rather than plain.
pub(crate) fn is_hash(wanted: &str) -> bool {
    wanted.starts_with(HASH_PREFIX)
}

/// Whether it is a hash that can be used.
pub(crate) fn is_usable_hash(wanted: &str) -> bool {
    PasswordHash::new(wanted).is_ok()
}

/// Whether the given password is the wanted one.
pub(crate) fn is_right(given: &str, wanted: &str) -> bool {
    if is_hash(wanted) {
        return PasswordHash::new(wanted).is_ok_and(|hash| {
            Argon2::default()
                .verify_password(given.as_bytes(), &hash)
                .is_ok()
        });
    }
    given.as_bytes().ct_eq(wanted.as_bytes()).into()
}

/// A hash for the configuration, with a new salt.
///
/// # Errors
/// The system gives no randomness.
pub fn hash(password: &str) -> Result<String, String> {
    use argon2::PasswordHasher;
    let hashed = Argon2::default().hash_password(password.as_bytes());
    hashed
        .map(|hash| hash.to_string())
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_and_hashed_passwords_are_compared() {
        assert!(is_right("secret", "secret"));
        assert!(!is_right("secre", "secret") && !is_right("secret!", "secret"));
        let hashed = hash("sécret").unwrap();
        assert!(is_hash(&hashed) && is_usable_hash(&hashed));
        assert!(is_right("sécret", &hashed) && !is_right("secret", &hashed));
        assert!(!is_right(&hashed, &hashed));
        assert!(!is_right("x", "$argon2id$rubbish"));
    }
}

//! Password hashing and comparison, plain or Argon2id, on the password worker's thread.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use parlour_core::Secret;
use parlour_core::state::Verifier;
use subtle::ConstantTimeEq;

use crate::scram;

/// Hash that no password has, at the same cost as all others: Argon2id with 19 MiB and two passes.
pub(crate) const DUMMY_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Bytes of a salt.
const SALT_BYTES: usize = 16;

/// Prefix of a hash (PHC string format).
const HASH_PREFIX: &str = "$argon2";

/// Returns whether a configured password is a hash rather than plain text.
pub(crate) fn is_hash(wanted: &str) -> bool {
    wanted.starts_with(HASH_PREFIX)
}

/// Returns whether a configured hash can be used.
pub(crate) fn is_usable_hash(wanted: &str) -> bool {
    PasswordHash::new(wanted).is_ok()
}

/// Hasher that works on one password at a time, always in the same memory: if each allocated and
/// freed 19 MiB, the allocator would retain a multiple of that.
#[derive(Default)]
pub(crate) struct Checker {
    memory: Vec<Block>,
}

impl Checker {
    /// Returns whether the given password is the wanted one, in constant time for plain ones.
    pub fn is_right(&mut self, given: &str, wanted: &str) -> bool {
        if is_hash(wanted) {
            return PasswordHash::new(wanted)
                .ok()
                .and_then(|hash| self.matches(given, &hash))
                .unwrap_or(false);
        }
        given.as_bytes().ct_eq(wanted.as_bytes()).into()
    }

    /// Compares a password with a hash; `None` if the hash cannot be used.
    fn matches(&mut self, given: &str, hash: &PasswordHash) -> Option<bool> {
        let (salt, wanted) = (hash.salt.as_ref()?, hash.hash.as_ref()?);
        let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
        let version = match hash.version {
            Some(version) => Version::try_from(version).ok()?,
            None => Version::default(),
        };
        let params = Params::try_from(hash).ok()?;
        let mut found = vec![0; wanted.len()];
        let argon2 = Argon2::new(algorithm, version, params);
        self.fill(&argon2, given, salt.as_ref(), &mut found)?;
        Some(found.as_slice().ct_eq(wanted.as_bytes()).into())
    }

    /// Computes the Argon2 hash in the shared memory.
    fn fill(
        &mut self,
        argon2: &Argon2<'_>,
        given: &str,
        salt: &[u8],
        out: &mut [u8],
    ) -> Option<()> {
        let blocks = argon2.params().block_count();
        // Grows only: a configured hash may need more memory than the default one.
        self.memory
            .resize(self.memory.len().max(blocks), Block::default());
        argon2
            .hash_password_into_with_memory(given.as_bytes(), salt, out, &mut self.memory)
            .ok()
    }

    /// Returns the verifier of an account's new password; an error if the system gives no
    /// randomness.
    pub fn verifier(&mut self, password: &str) -> Result<Verifier, String> {
        Ok(Verifier {
            hash: Secret::new(&self.hash(password)?),
            scram: scram::keys(password)?,
        })
    }

    /// Hashes a password with a new salt (PHC string format).
    fn hash(&mut self, password: &str) -> Result<String, String> {
        let salt: [u8; SALT_BYTES] = scram::random().ok_or("the system gives no randomness")?;
        let argon2 = Argon2::default();
        let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
        self.fill(&argon2, password, &salt, &mut out)
            .ok_or("the password cannot be hashed")?;
        let parts = || -> argon2::password_hash::Result<PasswordHash> {
            Ok(PasswordHash {
                algorithm: Algorithm::default().ident(),
                version: Some(Version::default().into()),
                params: ParamsString::try_from(argon2.params())?,
                salt: Some(Salt::new(&salt)?),
                hash: Some(Output::new(&out)?),
            })
        };
        parts()
            .map(|hash| hash.to_string())
            .map_err(|error| error.to_string())
    }
}

/// Hashes a password for the configuration, with a new salt.
///
/// # Errors
/// The system gives no randomness.
pub fn hash(password: &str) -> Result<String, String> {
    Checker::default().hash(password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_and_hashed_passwords_are_compared() {
        let mut checker = Checker::default();
        let mut is_right = |given: &str, wanted: &str| checker.is_right(given, wanted);
        assert!(is_right("secret", "secret"));
        assert!(!is_right("secre", "secret") && !is_right("secret!", "secret"));
        let hashed = hash("sécret").unwrap();
        assert!(is_hash(&hashed) && is_usable_hash(&hashed));
        assert!(is_right("sécret", &hashed) && !is_right("secret", &hashed));
        assert!(!is_right(&hashed, &hashed));
        assert!(!is_right("x", "$argon2id$rubbish"));
        // The hash for unknown accounts costs as much as a real one.
        let cost = |hash: &str| hash.split('$').nth(3).map(str::to_owned);
        assert!(is_usable_hash(DUMMY_HASH) && cost(DUMMY_HASH) == cost(&hashed));
    }
}

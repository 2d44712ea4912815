//! Keys by which clients come back to their users.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use alloc::collections::BTreeMap;

use crate::UserId;

/// SHA-256 of a secret that a client has drawn. Who knows the secret is the same client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ResumeKey(pub [u8; 32]);

impl ResumeKey {
    /// Returns the key of a secret.
    pub fn of(secret: &str) -> ResumeKey {
        ResumeKey(Sha256::digest(secret).into())
    }
}

/// Keys of users: each has at most one, and each is of one user.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Resumes {
    users: BTreeMap<ResumeKey, UserId>,
    keys: BTreeMap<UserId, ResumeKey>,
}

impl Resumes {
    /// Returns the user of a key.
    pub fn user(&self, key: ResumeKey) -> Option<UserId> {
        self.users.get(&key).copied()
    }

    /// Notes the key of a user; it is no other's from here on.
    pub fn set(&mut self, user: UserId, key: ResumeKey) {
        if let Some(before) = self.users.insert(key, user) {
            self.keys.remove(&before);
        }
        if let Some(before) = self.keys.insert(user, key)
            && before != key
        {
            self.users.remove(&before);
        }
    }

    /// Forgets the key of a user.
    pub fn forget(&mut self, user: UserId) {
        if let Some(key) = self.keys.remove(&user) {
            self.users.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_user_has_one_key_and_each_key_one_user() {
        let (one, two) = (ResumeKey([1; 32]), ResumeKey([2; 32]));
        let mut resumes = Resumes::default();
        resumes.set(UserId(1), one);
        resumes.set(UserId(1), one);
        assert_eq!(resumes.user(one), Some(UserId(1)));
        resumes.set(UserId(2), one);
        resumes.set(UserId(2), two);
        assert_eq!(
            (resumes.user(one), resumes.user(two)),
            (None, Some(UserId(2)))
        );
        resumes.forget(UserId(1));
        resumes.forget(UserId(2));
        assert_eq!(resumes, Resumes::default());
    }
}

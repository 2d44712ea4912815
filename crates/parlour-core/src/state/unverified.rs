//! Accounts that wait for e-mail verification.

use serde::{Deserialize, Serialize};

use alloc::collections::BTreeMap;

use super::Account;
use crate::names::Folded;
use crate::secret::Secret;
use crate::{Instant, limits};

/// Account that waits for its code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct PendingAccount {
    account: Account,
    code: Secret,
    until: Instant,
    tries: u32,
}

/// Unverified accounts. They are not stored: after a restart, the user has to register again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Unverified {
    list: BTreeMap<Folded, PendingAccount>,
}

/// Result of a verification code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CodeCheck {
    /// Right code, with the account it verifies.
    Right(Account),
    /// Wrong code, or no such account waiting.
    Wrong,
}

impl Unverified {
    /// Returns whether an account of this name is waiting.
    pub fn has(&self, name: &Folded, now: Instant) -> bool {
        self.list
            .get(name)
            .is_some_and(|waiting| now < waiting.until)
    }

    /// Returns whether another account may wait.
    pub fn has_room(&self, now: Instant) -> bool {
        let waiting = self.list.values().filter(|waiting| now < waiting.until);
        // Counting is linear: it is needed only when expired accounts fill the list.
        self.list.len() < limits::UNVERIFIED || waiting.count() < limits::UNVERIFIED
    }

    /// Adds an account that waits for its code.
    pub fn put(&mut self, account: Account, code: Secret, now: Instant) {
        if self.list.len() >= limits::UNVERIFIED {
            self.list.retain(|_, waiting| now < waiting.until);
        }
        let waiting = PendingAccount {
            code,
            until: now.plus(limits::UNVERIFIED_WITHIN),
            tries: 0,
            account,
        };
        self.list.insert(waiting.account.folded.clone(), waiting);
    }

    /// Checks a code; the account is removed on success, on expiry or after too many attempts.
    pub fn verify(&mut self, name: &Folded, code: &str, now: Instant) -> CodeCheck {
        let Some(waiting) = self.list.get_mut(name) else {
            return CodeCheck::Wrong;
        };
        // Every attempt counts, so that the code cannot be guessed.
        waiting.tries += 1;
        let is_right = waiting.code.reveal() == code && now < waiting.until;
        if is_right || waiting.tries >= limits::UNVERIFIED_TRIES || now >= waiting.until {
            let waiting = self.list.remove(name);
            return match waiting.filter(|_| is_right) {
                Some(waiting) => CodeCheck::Right(waiting.account),
                None => CodeCheck::Wrong,
            };
        }
        CodeCheck::Wrong
    }
}

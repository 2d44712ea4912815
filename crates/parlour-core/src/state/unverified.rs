//! Accounts that wait for what was sent by mail to come back.

use alloc::collections::BTreeMap;

use super::Account;
use crate::names::Folded;
use crate::secret::Secret;
use crate::{Instant, limits};

/// One of them.
#[derive(Debug)]
struct PendingAccount {
    account: Account,
    code: Secret,
    until: Instant,
    tries: u32,
}

/// All of them. They are kept nowhere: whoever is not verified before a restart registers again.
#[derive(Debug, Default)]
pub(crate) struct Unverified {
    list: BTreeMap<Folded, PendingAccount>,
}

/// What came of a code.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum CodeCheck {
    /// It is right: the account that it was for.
    Right(Account),
    /// It is not, or nothing waits under that name any more.
    Wrong,
}

impl Unverified {
    /// Whether a name is taken by one that waits.
    pub fn has(&self, name: &Folded, now: Instant) -> bool {
        self.list
            .get(name)
            .is_some_and(|waiting| now < waiting.until)
    }

    /// Whether there is room for one more.
    pub fn has_room(&self, now: Instant) -> bool {
        let waiting = self.list.values().filter(|waiting| now < waiting.until);
        self.list.len() < limits::UNVERIFIED || waiting.count() < limits::UNVERIFIED
    }

    /// Has an account wait for its code.
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

    /// Takes a code; after too many wrong ones the account waits no more.
    pub fn verify(&mut self, name: &Folded, code: &str, now: Instant) -> CodeCheck {
        let Some(waiting) = self.list.get_mut(name) else {
            return CodeCheck::Wrong;
        };
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

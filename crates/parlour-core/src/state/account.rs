//! Accounts: identities independent of nicks.

use serde::{Deserialize, Serialize};

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use crate::history::Party;
use crate::names::AccountName;
use crate::names::{self, Folded, Skeleton, SkeletonIndex};
use crate::node::place;
use crate::secret::Secret;
use crate::state::Metadata;
use crate::{Name, Time, limits};

/// Verifier of a password: its hashes, never the password itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verifier {
    /// Argon2id hash (PHC string format).
    pub hash: Secret,
    /// Keys for SCRAM-SHA-256.
    pub scram: ScramKeys,
}

/// SCRAM-SHA-256 keys of a password (RFC 5802 §3, RFC 7677); binary parts in base64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScramKeys {
    /// Salt.
    pub salt: Name,
    /// Iteration count.
    pub iterations: u32,
    /// `StoredKey`.
    pub stored_key: Secret,
    /// `ServerKey`.
    pub server_key: Secret,
}

/// Account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Name, as registered.
    pub name: AccountName,
    /// Folded name.
    pub folded: Folded,
    /// Time of registration.
    pub created: Time,
    /// Password verifier; none if the account uses certificates only.
    pub verifier: Option<Verifier>,
    /// Certificates, by SHA-256 fingerprint in lower-case hexadecimal.
    pub certificates: BTreeSet<Name>,
    /// True if its user is always-on.
    pub always_on: bool,
    /// True if several connections may share one user.
    pub multiclient: bool,
    /// Metadata of its user.
    pub metadata: Metadata,
    /// Addresses (of IPv6: /64 networks) of earlier logins, the most recent last.
    pub places: Vec<Name>,
}

impl Account {
    /// Returns the account's party in private conversations.
    pub(crate) fn party(&self) -> Party {
        Party::Account(self.folded.clone(), self.created)
    }

    /// Returns whether the owner has logged in from the address before.
    pub(crate) fn knows(&self, address: &str) -> bool {
        self.places.contains(&place(address))
    }

    /// Records a login from an address; returns false if nothing changed.
    pub(crate) fn note_place(&mut self, address: &str) -> bool {
        let place = place(address);
        if self.places.last() == Some(&place) {
            return false;
        }
        let known = self.places.iter().position(|other| *other == place);
        if let Some(at) = known {
            self.places.remove(at);
        } else if self.places.len() >= limits::KNOWN_PLACES {
            self.places.remove(0);
        }
        // Pushed last even if known before: the list is in order of last use.
        self.places.push(place);
        true
    }
}

/// All accounts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Accounts {
    list: BTreeMap<Folded, Account>,
    certificates: BTreeMap<Name, Folded>,
    /// Account names, by how they look (confusables).
    looks: SkeletonIndex<Folded>,
}

impl Accounts {
    /// Returns whether the looks are those of an account other than `own`.
    pub fn looks_like_another(&self, looks: &Skeleton, own: Option<&Folded>) -> bool {
        self.looks.has_alike(looks, |owner| Some(owner) != own)
    }

    /// Returns all accounts, by folded name.
    pub fn all(&self) -> impl Iterator<Item = &Account> {
        self.list.values()
    }

    /// Returns the account of this name.
    pub fn get(&self, name: &Folded) -> Option<&Account> {
        self.list.get(name)
    }

    /// Returns the account of a certificate.
    pub fn by_certificate(&self, fingerprint: &str) -> Option<&Account> {
        self.list.get(self.certificates.get(fingerprint)?)
    }

    /// Adds an account, replacing an earlier one of the same name.
    pub fn put(&mut self, account: Account) {
        // The earlier one is removed first: it may have certificates that the new one lacks.
        self.remove(&account.folded);
        for fingerprint in &account.certificates {
            let owner = account.folded.clone();
            self.certificates.insert(fingerprint.clone(), owner);
        }
        self.looks
            .insert(&names::looks(&account.name), &account.folded);
        self.list.insert(account.folded.clone(), account);
    }

    /// Removes an account.
    pub fn remove(&mut self, name: &Folded) -> Option<Account> {
        let account = self.list.remove(name)?;
        for fingerprint in &account.certificates {
            self.certificates.remove(fingerprint);
        }
        self.looks
            .remove(&names::looks(&account.name), &account.folded);
        Some(account)
    }
}

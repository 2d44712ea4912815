//! Accounts: who one is, whatever the nick.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use crate::history::Party;
use crate::names::{self, Folded, Skeleton, SkeletonIndex};
use crate::secret::Secret;
use crate::state::Metadata;
use crate::state::auth_throttle::place;
use crate::{Name, Time, limits};

/// What a password is held against: never the password itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    /// Its Argon2id hash (PHC string format).
    pub hash: Secret,
    /// What SCRAM-SHA-256 needs of it.
    pub scram: ScramKeys,
}

/// A password as SCRAM-SHA-256 knows it (RFC 5802 §3, RFC 7677); binary parts in base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScramKeys {
    /// The salt.
    pub salt: Name,
    /// How often it was hashed.
    pub iterations: u32,
    /// `StoredKey`.
    pub stored_key: Secret,
    /// `ServerKey`.
    pub server_key: Secret,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its name, as it was registered.
    pub name: Name,
    /// Its name as it is compared.
    pub folded: Folded,
    /// When it was registered.
    pub created: Time,
    /// What its password is held against; none, if certificates alone stand for it.
    pub verifier: Option<Verifier>,
    /// Certificates that stand for it: SHA-256 fingerprints in small hexadecimal.
    pub certificates: BTreeSet<Name>,
    /// Whether its user stays when their last connection ends.
    pub always_on: bool,
    /// Whether several connections may be one user.
    pub multiclient: bool,
    /// What is known about whoever is logged into it.
    pub metadata: Metadata,
    /// Addresses (of IPv6: networks of 64 bits) that its owner has logged in from, the one that was
    /// used last behind.
    pub places: Vec<Name>,
}

impl Account {
    /// Its side of a private conversation.
    pub(crate) fn party(&self) -> Party {
        Party::Account(self.folded.clone(), self.created)
    }

    /// Whether its owner has logged in from there before.
    pub(crate) fn knows(&self, address: &str) -> bool {
        self.places.contains(&place(address))
    }

    /// Notes that its owner has logged in from there; false if that is nothing new.
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
        self.places.push(place);
        true
    }
}

/// All accounts.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    list: BTreeMap<Folded, Account>,
    certificates: BTreeMap<Name, Folded>,
    /// What their names look like.
    looks: SkeletonIndex<Folded>,
}

impl Accounts {
    /// Whether a name looks like that of another account than `own`.
    pub fn looks_like_another(&self, looks: &Skeleton, own: Option<&Folded>) -> bool {
        self.looks.has_alike(looks, |owner| Some(owner) != own)
    }

    /// Every account, by name.
    pub fn all(&self) -> impl Iterator<Item = &Account> {
        self.list.values()
    }

    /// The account of this name.
    pub fn get(&self, name: &Folded) -> Option<&Account> {
        self.list.get(name)
    }

    /// The account that a certificate stands for.
    pub fn by_certificate(&self, fingerprint: &str) -> Option<&Account> {
        self.list.get(self.certificates.get(fingerprint)?)
    }

    /// Puts an account in place of what there was under its name.
    pub fn put(&mut self, account: Account) {
        self.remove(&account.folded);
        for fingerprint in &account.certificates {
            let owner = account.folded.clone();
            self.certificates.insert(fingerprint.clone(), owner);
        }
        self.looks
            .insert(&names::looks(&account.name), &account.folded);
        self.list.insert(account.folded.clone(), account);
    }

    /// Takes an account away.
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

//! Subscriptions to push messages (draft/webpush), by account.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::names::Folded;
use crate::{Name, Time, limits};

/// Subscription of one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushSubscription {
    /// Address of the push service for this device.
    pub endpoint: Name,
    /// Public key of the device (P-256), in base64url.
    pub key: Name,
    /// Secret that the device shares with the server, in base64url.
    pub auth: Name,
    /// Time at which the device registered it last.
    pub renewed: Time,
}

/// All subscriptions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pushes(BTreeMap<Folded, Vec<PushSubscription>>);

impl Pushes {
    /// Adds a subscription. An endpoint is one device's: it belongs to the account that registered it
    /// last. Returns the endpoints that went for it: of too many, the one renewed the longest ago.
    pub fn put(&mut self, account: Folded, subscription: PushSubscription) -> Vec<Name> {
        self.remove(&subscription.endpoint);
        let own = self.0.entry(account).or_default();
        own.push(subscription);
        let mut gone = Vec::new();
        while own.len() > limits::PUSHES {
            let oldest = own
                .iter()
                .enumerate()
                .min_by_key(|(_, known)| known.renewed);
            let Some((at, _)) = oldest else { break };
            gone.push(own.remove(at).endpoint);
        }
        gone
    }

    /// Removes a subscription; returns false if there is none.
    pub fn remove(&mut self, endpoint: &str) -> bool {
        let mut found = false;
        self.0.retain(|_, own| {
            let before = own.len();
            own.retain(|known| *known.endpoint != *endpoint);
            found |= own.len() < before;
            !own.is_empty()
        });
        found
    }

    /// Removes a subscription of an account; returns false if it has none such.
    pub fn remove_own(&mut self, account: &Folded, endpoint: &str) -> bool {
        let own = self.0.get(account);
        own.is_some_and(|own| own.iter().any(|known| *known.endpoint == *endpoint))
            && self.remove(endpoint)
    }

    /// Removes all subscriptions of an account.
    pub fn forget(&mut self, account: &Folded) {
        self.0.remove(account);
    }

    /// Returns the subscriptions of an account.
    pub fn of(&self, account: &Folded) -> &[PushSubscription] {
        self.0.get(account).map_or(&[], Vec::as_slice)
    }

    /// Returns whether there are none at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

//! Metadata of a user or channel (draft/metadata-2).

use serde::{Deserialize, Serialize};

use alloc::collections::BTreeMap;

use crate::{Name, limits};

/// Keys and values, by key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata(BTreeMap<Name, Name>);

impl Metadata {
    /// Returns the value of a key.
    pub fn get(&self, key: &str) -> Option<&Name> {
        self.0.get(key)
    }

    /// Sets a value.
    pub fn set(&mut self, key: Name, value: Name) {
        self.0.insert(key, value);
    }

    /// Removes a key; returns false if it was not set.
    pub fn remove(&mut self, key: &str) -> bool {
        self.0.remove(key).is_some()
    }

    /// Returns keys and values, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&Name, &Name)> {
        self.0.iter()
    }

    /// Returns the number of keys.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Returns the key if it is valid: lower-case letters, digits and `_./-`.
pub fn metadata_key(given: &str) -> Option<Name> {
    let may = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_./-".contains(&b);
    let fits = (1..=limits::METADATA_KEY_BYTES).contains(&given.len());
    (fits && given.bytes().all(may)).then(|| given.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_words_of_small_letters() {
        for good in ["display-name", "example.org/x_y-1", &"k".repeat(40)] {
            assert_eq!(metadata_key(good).as_deref(), Some(good));
        }
        for bad in [
            "",
            ":a",
            "a:b",
            "a b",
            "Avatar",
            "ключ",
            "$a",
            &"k".repeat(41),
        ] {
            assert_eq!(metadata_key(bad), None, "{bad}");
        }
    }
}

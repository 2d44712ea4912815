//! Keys and values about a user or a channel (IRCv3 metadata).

use alloc::collections::BTreeMap;
use alloc::string::String;

use crate::{Name, limits};

/// Keys with their values, by key. Keys are compared without case and kept in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata(BTreeMap<Name, Name>);

impl Metadata {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Name> {
        self.0.get(key)
    }

    /// Sets a value.
    pub fn set(&mut self, key: Name, value: Name) {
        self.0.insert(key, value);
    }

    /// Removes a key; false if it was not set.
    pub fn remove(&mut self, key: &str) -> bool {
        self.0.remove(key).is_some()
    }

    /// Keys and values, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&Name, &Name)> {
        self.0.iter()
    }

    /// How many keys are set.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A key as it is kept, if it can be one: letters, digits and `_.:/-`, not beginning with a
/// colon.
pub fn metadata_key(given: &str) -> Option<Name> {
    let fits = !given.is_empty()
        && given.len() <= limits::METADATA_KEY_BYTES
        && !given.starts_with(':')
        && given
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_.:/-".contains(&b));
    fits.then(|| {
        let lower: String = given.to_ascii_lowercase();
        lower.into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_words_without_case() {
        assert_eq!(
            metadata_key("Display-Name").as_deref(),
            Some("display-name")
        );
        assert_eq!(
            metadata_key("example.org/x_y:1").as_deref(),
            Some("example.org/x_y:1")
        );
        for bad in ["", ":a", "a b", "ключ", "$a", &"k".repeat(41)] {
            assert_eq!(metadata_key(bad), None, "{bad}");
        }
    }
}

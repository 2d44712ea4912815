//! Secrets, which no log or debug output reveals.

use serde::{Deserialize, Serialize};

use core::fmt;

use crate::Name;

/// Password, in plain text or hashed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret(Name);

impl Secret {
    /// Wraps a password.
    pub fn new(password: &str) -> Secret {
        Secret(password.into())
    }

    /// Returns the password, for code that has to compare or store it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn debug_output_shows_no_password() {
        assert!(!format!("{:?}", Secret::new("hunter2")).contains("hunter2"));
    }
}

//! Passwords, which no log and no debug output shows.

use core::fmt;

use crate::Name;

/// A password, plain or as a hash.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Name);

impl Secret {
    /// Takes a password.
    pub fn new(password: &str) -> Secret {
        Secret(password.into())
    }

    /// The password itself, for who has to compare it.
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

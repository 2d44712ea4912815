//! Kinds of names and texts, as they were written. Two are the same name if their folded forms are
//! equal ([`super::Folded`]), which depends on the casemapping.

use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::ops::Deref;

use serde::{Deserialize, Serialize};

use super::Name;

macro_rules! kind {
    ($(#[$doc:meta])* $kind:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $kind(Name);

        impl Deref for $kind {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl Default for $kind {
            fn default() -> Self {
                $kind(Arc::from(""))
            }
        }

        impl AsRef<str> for $kind {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl From<Name> for $kind {
            fn from(name: Name) -> Self {
                $kind(name)
            }
        }

        impl From<&str> for $kind {
            fn from(name: &str) -> Self {
                $kind(Arc::from(name))
            }
        }

        impl From<String> for $kind {
            fn from(name: String) -> Self {
                $kind(Arc::from(name))
            }
        }

        impl From<$kind> for Name {
            fn from(name: $kind) -> Self {
                name.0
            }
        }

        impl From<&$kind> for Name {
            fn from(name: &$kind) -> Self {
                name.0.clone()
            }
        }
    };
}

kind! {
    /// Nick of a user.
    Nick
}

kind! {
    /// Name of a channel.
    ChannelName
}

kind! {
    /// Name of an account.
    AccountName
}

kind! {
    /// Mask with the wildcards `*` and `?`, or an extended ban.
    Mask
}

kind! {
    /// Text that a user wrote: a message, topic, reason, real name or away message.
    Text
}

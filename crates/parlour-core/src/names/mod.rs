//! Names of users and channels: validity, normalization and comparison.

mod casemapping;
mod channel;
mod confusable;
mod host;
mod invisible;
mod kinds;
mod name;
mod nick;
mod precis;

use alloc::string::String;

use crate::limits;

pub use casemapping::{Casemapping, Folded};
pub use channel::{is_channel, prepare_channel};
pub(crate) use confusable::{Skeleton, SkeletonIndex, looks};
pub(crate) use host::of_account as host_of_account;
pub(crate) use invisible::is_invisible;
pub use kinds::{AccountName, ChannelName, Mask, Nick, Text};
pub use name::Name;
pub use nick::{NickError, check_nick, prepare_nick};

/// Separator in the nick of a relayed sender, which no nick can hold.
pub const RELAY_SEPARATOR: char = '/';

/// Makes a user name (ident) of the one that a client gave: drops all but letters, digits and
/// `-_.`, and puts `~` before it, since nobody vouches for it.
pub fn user_name(given: &str) -> String {
    let kept = given
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        .take(limits::USER_BYTES - 1);
    let mut name = String::from("~");
    name.extend(kept);
    if name.len() == 1 {
        name.push_str("user");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_names_lose_what_could_break_a_mask() {
        assert_eq!(user_name("bob"), "~bob");
        assert_eq!(user_name("b o!b@*"), "~bob");
        assert_eq!(user_name("***"), "~user");
        assert_eq!(user_name(&"x".repeat(99)).len(), limits::USER_BYTES);
    }
}

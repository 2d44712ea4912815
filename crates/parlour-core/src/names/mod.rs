//! Names of users and channels: validity, normalization and comparison.

mod casemapping;
mod channel;
mod confusable;
mod host;
mod nick;
mod precis;

use alloc::string::String;
use alloc::sync::Arc;

use crate::limits;

pub use casemapping::{Casemapping, Folded};
pub use channel::{is_channel, prepare_channel};
pub(crate) use confusable::{Skeleton, SkeletonIndex, looks};
pub(crate) use host::of_account as host_of_account;
pub use nick::{NickError, check_nick, prepare_nick};

/// Separator in the nick of a relayed sender, which no nick can hold.
pub const RELAY_SEPARATOR: char = '/';

/// Name as it is shown: shared, never changed.
pub type Name = Arc<str>;

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

/// Returns whether a character shows as nothing, or changes how others are shown.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}'
            | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
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

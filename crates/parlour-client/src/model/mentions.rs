//! Mentions of the user, and their recognition in text.

use super::LineId;
use crate::NetworkId;
use crate::{SafeText, links};

/// Message that mentions the user or was sent to them alone, or an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Number of the network.
    pub network: NetworkId,
    /// Name of the buffer as the server sent it.
    pub buffer: String,
    /// Id of the line.
    pub line: LineId,
    /// Message id.
    pub msgid: Option<String>,
    /// Nick of the sender.
    pub from: SafeText,
    /// Text of the message.
    pub text: SafeText,
    /// Time in milliseconds since 1970.
    pub time: u64,
}

/// Returns whether `text` contains `name` as a word of its own, outside links.
pub(super) fn names(text: &str, name: &str) -> bool {
    if name.is_empty() {
        return false;
    }
    let (text, name) = (text.to_lowercase(), name.to_lowercase());
    let in_nick = |c: char| c.is_alphanumeric() || "-_[]\\`^{}|".contains(c);
    // An apostrophe between letters is a part of the word.
    let in_word = |near: Option<char>, far: Option<char>| match near {
        Some('\'' | '\u{2019}') => far.is_some_and(char::is_alphanumeric),
        near => near.is_some_and(in_nick),
    };
    let links: Vec<_> = links::find(&text).collect();
    text.match_indices(&name).any(|(at, found)| {
        let end = at + found.len();
        let mut before = text[..at].chars().rev();
        let mut after = text[end..].chars();
        let begins = !in_word(before.next(), before.next());
        let ends = match (after.next(), after.next()) {
            // A possessive mentions its owner.
            (Some('\'' | '\u{2019}'), Some('s')) => !after.next().is_some_and(in_nick),
            (near, far) => !in_word(near, far),
        };
        begins && ends && !links.iter().any(|link| link.start < end && at < link.end)
    })
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_name_is_a_word_of_its_own() {
        for (text, name, is_named) in [
            ("hi m", "m", true),
            ("m: hi", "M", true),
            ("(m)", "m", true),
            ("m's turn", "m", true),
            ("m\u{2019}s turn", "m", true),
            ("i'm here", "m", false),
            ("I\u{2019}m here", "m", false),
            ("'m' is a letter", "m", true),
            ("see https://m.example/m now", "m", false),
            ("see https://m.example/m now, m", "m", true),
            ("rock'n'roll", "n", false),
            ("m_ and am", "m", false),
            ("@m", "m", true),
            ("", "m", false),
            ("x", "", false),
        ] {
            assert_eq!(names(text, name), is_named, "{name} in {text}");
        }
    }
}

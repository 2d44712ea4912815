//! What is for the user.

use super::LineId;
use crate::SafeText;

/// A message that names the user, or was sent to them alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// On which network.
    pub network: usize,
    /// The buffer's name as the server has it.
    pub buffer: String,
    /// Which line.
    pub line: LineId,
    /// The message's id.
    pub msgid: Option<String>,
    /// Who.
    pub from: SafeText,
    /// What they said.
    pub text: SafeText,
    /// When, in milliseconds since 1970.
    pub time: u64,
}

/// Whether `text` has `name` as a word of its own.
pub(super) fn names(text: &str, name: &str) -> bool {
    if name.is_empty() {
        return false;
    }
    let (text, name) = (text.to_lowercase(), name.to_lowercase());
    let in_nick = |c: char| c.is_alphanumeric() || "-_[]\\`^{}|".contains(c);
    text.match_indices(&name).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let after = text[at + found.len()..].chars().next();
        !before.is_some_and(in_nick) && !after.is_some_and(in_nick)
    })
}

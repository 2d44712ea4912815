//! Requests to the server: one method for each thing that a user or the client asks of it.

use super::Session;

/// Direction of a history request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryRange {
    /// Newest messages.
    Latest,
    /// Messages before a reference point.
    Before,
    /// Messages after a reference point.
    After,
    /// Messages on both sides of a reference point.
    Around,
}

impl HistoryRange {
    /// Returns the subcommand of CHATHISTORY.
    fn subcommand(self) -> &'static str {
        match self {
            HistoryRange::Latest => "LATEST",
            HistoryRange::Before => "BEFORE",
            HistoryRange::After => "AFTER",
            HistoryRange::Around => "AROUND",
        }
    }
}

/// Nick of the service for accounts.
const NICKSERV: &str = "NickServ";

/// Channels.
impl Session {
    /// Joins channels; both lists are comma-separated, and keys belong to the first channels.
    pub fn join(&mut self, channels: &str, keys: &str) {
        self.send_optional(&["JOIN", channels], keys);
    }

    /// Parts from a channel; the reason may be empty.
    pub fn part(&mut self, channel: &str, reason: &str) {
        self.send_optional(&["PART", channel], reason);
    }

    /// Lists the channels that meet all conditions: masks, and those of ELIST.
    pub fn list_channels(&mut self, conditions: &[&str]) {
        self.send(&[&["LIST"], conditions].concat());
    }

    /// Queries the members of a channel.
    pub fn query_members(&mut self, channel: &str) {
        self.send(&["NAMES", channel]);
    }

    /// Sets the topic of a channel.
    pub fn set_topic(&mut self, channel: &str, topic: &str) {
        self.send(&["TOPIC", channel, topic]);
    }

    /// Invites a user into a channel.
    pub fn invite(&mut self, nick: &str, channel: &str) {
        self.send(&["INVITE", nick, channel]);
    }

    /// Kicks a member; the reason may be empty.
    pub fn kick(&mut self, channel: &str, nick: &str, reason: &str) {
        self.send_optional(&["KICK", channel, nick], reason);
    }

    /// Changes modes of a channel, or queries a list: a mode string and its parameters.
    pub fn set_modes(&mut self, channel: &str, modes: &[&str]) {
        self.send(&[&["MODE", channel], modes].concat());
    }
}

/// Users.
impl Session {
    /// Requests another nick.
    pub fn change_nick(&mut self, nick: &str) {
        self.send(&["NICK", nick]);
    }

    /// Sets the away message, or none for a user who is back.
    pub fn set_away(&mut self, message: Option<&str>) {
        self.send_optional(&["AWAY"], message.unwrap_or_default());
    }

    /// Sets the status that others see, or none.
    pub fn set_status(&mut self, status: Option<&str>) {
        self.send_optional(
            &["METADATA", "*", "SET", "status"],
            status.unwrap_or_default(),
        );
    }

    /// Queries who is online.
    pub fn query_users(&mut self) {
        self.send(&["WHO", "*"]);
    }

    /// Queries what is known of a user.
    pub fn query_user(&mut self, nick: &str) {
        // The nick given twice asks the server of that user, which knows the idle time.
        self.send(&["WHOIS", nick, nick]);
    }

    /// Tells the service for accounts something.
    pub fn tell_nickserv(&mut self, text: &str) {
        self.send(&["PRIVMSG", NICKSERV, text]);
    }

    /// Confirms a new account with the code that was sent by mail.
    pub fn verify_account(&mut self, account: &str, code: &str) {
        self.send(&["VERIFY", account, code]);
    }
}

/// Messages and history.
impl Session {
    /// Sends a message of which nothing is kept here: it has no label and no line.
    pub fn send_unrecorded(&mut self, target: &str, text: &str) {
        self.send(&["PRIVMSG", target, text]);
    }

    /// Sends a notice.
    pub fn send_notice(&mut self, target: &str, text: &str) {
        self.send(&["NOTICE", target, text]);
    }

    /// Deletes a message.
    pub fn redact(&mut self, target: &str, msgid: &str) {
        self.send(&["REDACT", target, msgid]);
    }

    /// Requests stored messages of a channel or conversation; the reference point is `*`, or comes
    /// from [`super::super::Isupport::reference`].
    pub fn fetch_history(&mut self, target: &str, range: HistoryRange, point: &str, limit: usize) {
        let limit = limit.to_string();
        self.send(&["CHATHISTORY", range.subcommand(), target, point, &limit]);
    }

    /// Requests the names of conversations with messages until a time, in milliseconds since 1970.
    pub fn fetch_conversations(&mut self, until: u64, most: usize) {
        let from = "timestamp=1970-01-01T00:00:00.000Z";
        let until = format!("timestamp={}", irc_wire::time::format(until));
        self.send(&["CHATHISTORY", "TARGETS", &until, from, &most.to_string()]);
    }

    /// Requests the read marker of a conversation.
    pub fn fetch_read_marker(&mut self, target: &str) {
        self.send(&["MARKREAD", target]);
    }

    /// Sets the read marker to a time in milliseconds since 1970.
    pub fn mark_read(&mut self, target: &str, time: u64) {
        let time = format!("timestamp={}", irc_wire::time::format(time));
        self.send(&["MARKREAD", target, &time]);
    }

    /// Searches stored messages by attributes of soju.im/search.
    pub fn search(&mut self, attributes: &[(&str, &str)]) {
        let attributes: Vec<String> = attributes
            .iter()
            .map(|(name, value)| format!("{name}={}", escape(value)))
            .collect();
        self.send(&["SEARCH", &attributes.join(";")]);
    }
}

/// The connection.
impl Session {
    /// Asks for a PONG with this token.
    pub fn ping(&mut self, token: &str) {
        self.send(&["PING", token]);
    }

    /// Leaves the server; the reason may be empty.
    pub fn quit(&mut self, reason: &str) {
        self.send_optional(&["QUIT"], reason);
    }

    /// Sends a command, with a last parameter unless it is empty.
    fn send_optional(&mut self, words: &[&str], last: &str) {
        if last.is_empty() {
            self.send(words);
        } else {
            self.send(&[words, &[last]].concat());
        }
    }
}

/// Returns a value escaped as in message tags.
fn escape(value: &str) -> String {
    let mut out = String::new();
    for c in value.chars() {
        match c {
            ';' => out.push_str("\\:"),
            ' ' => out.push_str("\\s"),
            '\\' => out.push_str("\\\\"),
            '\r' | '\n' | '\0' => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped_as_tags_are() {
        assert_eq!(escape("a b;c\\d\r\ne"), "a\\sb\\:c\\\\de");
    }
}

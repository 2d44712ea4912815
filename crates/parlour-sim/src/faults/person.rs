//! Person of a random run: one connection at a time, and what came over it.

use irc_wire::Message;

use crate::{Client, Node};

/// Capabilities that each person asks for: all hear their own words.
const CAPS: &str = "echo-message message-tags batch draft/chathistory draft/message-redaction \
                    draft/account-registration soju.im/search";

/// Channels that everybody is in.
pub(super) const CHANNELS: [&str; 3] = ["#lobby", "#a", "#b"];

/// Line that a person was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// Message with its id, to a channel or a nick.
    Message {
        to: String,
        text: String,
        id: String,
    },
    /// Redaction of the message with this id.
    Redaction { id: String },
    /// New topic of a channel.
    Topic { topic: usize },
    /// New ban of a channel.
    Ban { mask: String },
    /// Account that was registered.
    Account { name: String },
    /// Any other reply: its command and parameters.
    Reply {
        command: String,
        params: Vec<String>,
    },
}

/// Person, and their connection.
pub(super) struct Person {
    pub nick: String,
    pub has_account: bool,
    pub client: Client,
    partial: Vec<u8>,
    /// Set once the nick was refused: it belongs to the last connection, whose end is not kept yet.
    pub is_refused: bool,
    /// Set while the person's socket takes nothing.
    pub is_stalled: bool,
}

impl Person {
    /// Connects a person, who joins all channels.
    pub fn connect(node: &mut Node, shard: usize, nick: &str, has_account: bool) -> Person {
        let client = node.connect(shard);
        let pass = if has_account {
            format!("PASS {nick}:{}\r\n", crate::node::PASSWORD)
        } else {
            String::new()
        };
        let channels = CHANNELS.join(",");
        let lines = format!(
            "CAP REQ :{CAPS}\r\n{pass}NICK {nick}\r\nUSER {nick} 0 * :r\r\nCAP END\r\nJOIN {channels}\r\n"
        );
        node.send(client, lines.as_bytes());
        Person {
            nick: nick.to_owned(),
            has_account,
            client,
            partial: Vec::new(),
            is_refused: false,
            is_stalled: false,
        }
    }

    /// Sends a line.
    pub fn send(&self, node: &mut Node, line: &str) {
        node.send(self.client, format!("{line}\r\n").as_bytes());
    }

    /// Returns what the person was shown since; answers pings.
    pub fn read(&mut self, node: &mut Node) -> Vec<Shown> {
        let mut shown = Vec::new();
        loop {
            self.partial.extend(node.output(self.client));
            let Some(end) = self.partial.iter().rposition(|byte| *byte == b'\n') else {
                return shown;
            };
            let bytes: Vec<u8> = self.partial.drain(..=end).collect();
            let text = String::from_utf8_lossy(&bytes);
            for line in text.lines() {
                match Message::parse(line) {
                    Ok(message) if message.command == "PING" => {
                        let token = message.params.get(0).unwrap_or_default();
                        node.send(self.client, format!("PONG :{token}\r\n").as_bytes());
                    }
                    Ok(message) if message.command == "433" => self.is_refused = true,
                    Ok(message) => shown.push(read_line(&message)),
                    Err(error) => panic!("{}: {error:?} in {line:?}", self.nick),
                }
            }
        }
    }
}

fn read_line(message: &Message) -> Shown {
    let params = message.params.as_slice();
    let owned = |text: &&str| (*text).to_owned();
    let id = message.tags.get("msgid").map(|id| id.into_owned());
    match (message.command, params) {
        ("PRIVMSG", [to, text]) => Shown::Message {
            to: owned(to),
            text: owned(text),
            id: id.unwrap_or_default(),
        },
        ("REDACT", [_, id, ..]) => Shown::Redaction { id: owned(id) },
        ("TOPIC", [_, topic]) => Shown::Topic {
            topic: topic.parse().unwrap_or_default(),
        },
        ("MODE", [_, "+b", mask]) => Shown::Ban { mask: owned(mask) },
        ("REGISTER", ["SUCCESS", name, ..]) => Shown::Account { name: owned(name) },
        (command, params) => Shown::Reply {
            command: command.to_owned(),
            params: params.iter().map(owned).collect(),
        },
    }
}

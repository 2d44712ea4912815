//! What is wrong with a line, and how lines and complaints ride through the core.

use super::services::Service;
use irc_wire::message::ParseError;
use irc_wire::{Line, numerics as n, text};

/// A numeric or standard reply that says what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ErrorReply {
    /// The numeric, `FAIL` or `WARN`.
    code: String,
    /// Parameters between nick and text.
    params: Vec<String>,
    text: String,
}

const FAIL: &str = "FAIL";
const WARN: &str = "WARN";
/// Bytes of a client's parameter that are shown again, so that the words behind it stay.
pub(super) const ECHOED: usize = 200;

impl ErrorReply {
    /// A numeric with its parameters behind the nick.
    pub fn numeric(code: &str, params: &[&str], text: &str) -> ErrorReply {
        ErrorReply {
            code: code.into(),
            params: params.iter().map(|p| as_word(p)).collect(),
            text: text.into(),
        }
    }

    /// `FAIL command code context… :text` (standard-replies).
    pub fn fail(command: &str, code: &str, context: &[&str], text: &str) -> ErrorReply {
        let params = [command, code].into_iter().chain(context.iter().copied());
        ErrorReply {
            code: FAIL.into(),
            params: params.map(as_word).collect(),
            text: text.into(),
        }
    }

    /// The same as a warning: what else was asked for is done.
    pub fn warn(command: &str, code: &str, context: &[&str], text: &str) -> ErrorReply {
        ErrorReply {
            code: WARN.into(),
            ..ErrorReply::fail(command, code, context, text)
        }
    }

    /// A parameter of a client's, as one word.
    pub fn word(param: &str) -> String {
        as_word(param)
    }

    /// What is wrong, for a person.
    pub fn sentence(&self) -> String {
        let words = self.params.iter().map(String::as_str);
        words
            .chain([self.text.as_str()])
            .collect::<Vec<_>>()
            .join(" ")
    }

    pub fn too_long() -> ErrorReply {
        ErrorReply::numeric(n::ERR_INPUTTOOLONG, &[], "Input line was too long")
    }

    /// UTF8ONLY: the command is named as far as it can be read.
    pub fn not_utf8(line: &[u8]) -> ErrorReply {
        let text = String::from_utf8_lossy(line);
        let mut words = text.split(' ').filter(|word| !word.starts_with(['@', ':']));
        let command = words
            .next()
            .filter(|word| word.bytes().all(|b| b.is_ascii_alphanumeric()))
            .unwrap_or("*");
        ErrorReply::fail(
            &command.to_ascii_uppercase(),
            "INVALID_UTF8",
            &[],
            "Message rejected: this server takes UTF-8 only",
        )
    }

    pub fn unreadable(fault: ParseError) -> ErrorReply {
        let (code, text) = match fault {
            ParseError::ForbiddenByte => (
                n::ERR_UNKNOWNERROR,
                "A line may hold neither NUL nor a bare carriage return; nothing was done",
            ),
            ParseError::Empty | ParseError::NoCommand => (n::ERR_UNKNOWNCOMMAND, "Unknown command"),
        };
        ErrorReply::numeric(code, &["*"], text)
    }

    pub fn write(&self, out: &mut Vec<u8>, server: &str, nick: &str) {
        let mut line = Line::new(out).from(server, &self.code);
        if self.code != FAIL && self.code != WARN {
            line = line.word(nick);
        }
        for param in &self.params {
            line = line.word(param);
        }
        line.trailing(&self.text).end();
    }

    /// As bytes for [`Relayed::read`].
    pub fn relay(&self) -> Box<[u8]> {
        let mut bytes = vec![KIND_COMPLAINT];
        bytes.extend_from_slice(self.code.as_bytes());
        for param in &self.params {
            bytes.push(0);
            bytes.extend_from_slice(param.as_bytes());
        }
        bytes.push(0);
        bytes.extend_from_slice(self.text.as_bytes());
        bytes.into()
    }
}

/// A parameter that came from a client, as one word that cannot be taken for the last.
fn as_word(param: &str) -> String {
    if param.is_empty() || param.starts_with(':') || param.contains(' ') {
        "*".into()
    } else {
        text::cut(param, ECHOED).into()
    }
}

const KIND_COMPLAINT: u8 = b'N';
const KIND_LINE: u8 = b'L';
const KIND_SERVICE: u8 = b'S';
const KIND_OWN: u8 = b'E';

/// What came back from a relay.
pub(super) enum PlacedReply<'a> {
    /// Nothing: only the place in the order counted.
    Nothing,
    /// Something to say.
    Complaint(ErrorReply),
    /// A line to answer now.
    Line(&'a str),
    /// Lines that a service says now.
    Service(Service, Vec<String>),
    /// The client's own words to this target, heard back (echo-message).
    Own(&'a str, &'a str),
}

impl<'a> PlacedReply<'a> {
    pub fn nothing() -> Box<[u8]> {
        [].into()
    }

    pub fn line(text: &str) -> Box<[u8]> {
        [&[KIND_LINE], text.as_bytes()].concat().into()
    }

    pub fn service(service: Service, lines: &[String]) -> Box<[u8]> {
        let said = format!("{}\n{}", service.name(), lines.join("\n"));
        [&[KIND_SERVICE], said.as_bytes()].concat().into()
    }

    pub fn own(target: &str, words: &str) -> Box<[u8]> {
        let said = format!("{target}\n{words}");
        [&[KIND_OWN], said.as_bytes()].concat().into()
    }

    /// Whether these are a client's own words.
    pub fn is_own(bytes: &[u8]) -> bool {
        bytes.first() == Some(&KIND_OWN)
    }

    pub fn read(bytes: &'a [u8]) -> PlacedReply<'a> {
        let Some((kind, rest)) = bytes.split_first() else {
            return PlacedReply::Nothing;
        };
        let Ok(text) = std::str::from_utf8(rest) else {
            return PlacedReply::Nothing;
        };
        match *kind {
            KIND_LINE => PlacedReply::Line(text),
            KIND_OWN => match text.split_once('\n') {
                Some((target, words)) => PlacedReply::Own(target, words),
                None => PlacedReply::Nothing,
            },
            KIND_SERVICE => {
                let mut lines = text.split('\n').map(str::to_owned);
                match lines.next().as_deref().and_then(Service::named) {
                    Some(service) => PlacedReply::Service(service, lines.collect()),
                    None => PlacedReply::Nothing,
                }
            }
            _ => {
                let mut fields = text.split('\0').map(str::to_owned);
                let code = fields.next().unwrap_or_default();
                let mut params: Vec<String> = fields.collect();
                let text = params.pop().unwrap_or_default();
                PlacedReply::Complaint(ErrorReply { code, params, text })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_come_back_from_a_relay_as_they_went() {
        let complaint = ErrorReply::numeric("472", &["x", ""], "is unknown");
        let bytes = complaint.relay();
        assert!(matches!(PlacedReply::read(&bytes), PlacedReply::Complaint(c) if c == complaint));
        let mut out = vec![];
        complaint.write(&mut out, "srv", "bob");
        assert_eq!(out, b":srv 472 bob x * :is unknown\r\n".to_vec());
    }

    #[test]
    fn a_fail_names_no_nick() {
        let mut out = vec![];
        ErrorReply::not_utf8(b"@a=b PRIVMSG #c :\xff").write(&mut out, "srv", "bob");
        assert!(out.starts_with(b":srv FAIL PRIVMSG INVALID_UTF8 :"));
    }
}

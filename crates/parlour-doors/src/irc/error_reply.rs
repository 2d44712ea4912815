//! Error replies to a line, and the encoding of lines and replies that pass through the core to
//! keep their order.

use super::services::Service;
use irc_wire::message::ParseError;
use irc_wire::{Line, numerics as n, text};

/// Numeric or standard reply that reports an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ErrorReply {
    /// Numeric, `FAIL` or `WARN`.
    code: String,
    /// Parameters between nick and text.
    params: Vec<String>,
    text: String,
}

const FAIL: &str = "FAIL";
const WARN: &str = "WARN";
/// Bytes of a client's parameter that are repeated to it; the rest of the line remains for the
/// text.
pub(super) const ECHOED: usize = 200;

impl ErrorReply {
    /// Returns a numeric with its parameters after the nick.
    pub fn numeric(code: &str, params: &[&str], text: &str) -> ErrorReply {
        ErrorReply {
            code: code.into(),
            params: params.iter().map(|p| as_word(p)).collect(),
            text: text.into(),
        }
    }

    /// Returns `FAIL command code context… :text` (standard-replies).
    pub fn fail(command: &str, code: &str, context: &[&str], text: &str) -> ErrorReply {
        let params = [command, code].into_iter().chain(context.iter().copied());
        ErrorReply {
            code: FAIL.into(),
            params: params.map(as_word).collect(),
            text: text.into(),
        }
    }

    /// Returns the same as `WARN`: the rest of the command is executed.
    pub fn warn(command: &str, code: &str, context: &[&str], text: &str) -> ErrorReply {
        ErrorReply {
            code: WARN.into(),
            ..ErrorReply::fail(command, code, context, text)
        }
    }

    /// Returns a parameter of a client as one word.
    pub fn word(param: &str) -> String {
        as_word(param)
    }

    /// Returns the error as a sentence for a person.
    pub fn sentence(&self) -> String {
        let words = self.params.iter().map(String::as_str);
        words
            .chain([self.text.as_str()])
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Returns the refusal of a line that is too long.
    pub fn too_long() -> ErrorReply {
        ErrorReply::numeric(n::ERR_INPUTTOOLONG, &[], "Input line was too long")
    }

    /// Returns the refusal of a line that is not UTF-8 (UTF8ONLY), with its command if that is
    /// readable.
    pub fn not_utf8(line: &[u8]) -> ErrorReply {
        let text = String::from_utf8_lossy(line);
        // Tags and the source precede the command.
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

    /// Returns the refusal of a line that is no message.
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

    /// Writes the reply as a line; `nick` is a parameter of numerics only.
    pub fn write(&self, out: &mut Vec<u8>, server: &str, nick: &str) {
        let mut line = Line::new(out).from(server, &self.code);
        // Standard replies have no nick.
        if self.code != FAIL && self.code != WARN {
            line = line.word(nick);
        }
        for param in &self.params {
            line = line.word(param);
        }
        line.trailing(&self.text).end();
    }

    /// Encodes the reply for [`PlacedReply::read`].
    pub fn encode(&self) -> Box<[u8]> {
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

/// Returns a parameter that came from a client as one word that cannot pass for the trailing
/// parameter; `*` if it is none.
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

/// Reply that the core has returned in order.
pub(super) enum PlacedReply<'a> {
    /// Nothing: only the order counts.
    Nothing,
    /// Error to write.
    Error(ErrorReply),
    /// Line to answer now.
    Line(&'a str),
    /// Lines for a service to send now.
    Service(Service, Vec<String>),
    /// Message of the client, with its target first, to echo (echo-message).
    Own(&'a str, &'a str),
}

impl<'a> PlacedReply<'a> {
    /// Encodes [`PlacedReply::Nothing`].
    pub fn nothing() -> Box<[u8]> {
        [].into()
    }

    /// Encodes [`PlacedReply::Line`].
    pub fn line(text: &str) -> Box<[u8]> {
        [&[KIND_LINE], text.as_bytes()].concat().into()
    }

    /// Encodes [`PlacedReply::Service`].
    pub fn service(service: Service, lines: &[String]) -> Box<[u8]> {
        let said = format!("{}\n{}", service.name(), lines.join("\n"));
        [&[KIND_SERVICE], said.as_bytes()].concat().into()
    }

    /// Encodes [`PlacedReply::Own`].
    pub fn own(target: &str, words: &str) -> Box<[u8]> {
        let said = format!("{target}\n{words}");
        [&[KIND_OWN], said.as_bytes()].concat().into()
    }

    /// Returns whether these bytes are the echo of the client's own message.
    pub fn is_own(bytes: &[u8]) -> bool {
        bytes.first() == Some(&KIND_OWN)
    }

    /// Decodes the bytes that the core has returned.
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
                // NUL separates the fields: no line that was read contains one.
                let mut fields = text.split('\0').map(str::to_owned);
                let code = fields.next().unwrap_or_default();
                let mut params: Vec<String> = fields.collect();
                let text = params.pop().unwrap_or_default();
                PlacedReply::Error(ErrorReply { code, params, text })
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
        let bytes = complaint.encode();
        assert!(matches!(PlacedReply::read(&bytes), PlacedReply::Error(c) if c == complaint));
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

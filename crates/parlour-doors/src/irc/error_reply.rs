//! Error replies to a line.

use irc_wire::message::ParseError;
use irc_wire::{Line, numerics as n, text};
use parlour_core::names::NickError;

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

/// Returns the refusal of a command with too few parameters.
pub(super) fn need_more(command: &str) -> ErrorReply {
    let name = command.to_ascii_uppercase();
    ErrorReply::numeric(n::ERR_NEEDMOREPARAMS, &[&name], "Not enough parameters")
}

/// Returns the warning about a text that was cut.
pub(super) fn cut_short(command: &str, most: usize, what: &str) -> ErrorReply {
    let command = command.to_ascii_uppercase();
    let text = format!("The {what} was cut: it may have {most} bytes");
    ErrorReply::warn(&command, "TEXT_TOO_LONG", &[], &text)
}

/// Returns the refusal of an unknown command.
pub(super) fn unknown(command: &str) -> ErrorReply {
    ErrorReply::numeric(
        n::ERR_UNKNOWNCOMMAND,
        &[text::cut(command, 50)],
        "Unknown command",
    )
}

/// Returns the refusal of an invalid nick.
pub(super) fn bad_nick(nick: &str, why: NickError) -> ErrorReply {
    let reason = match why {
        NickError::Empty => {
            return ErrorReply::numeric(n::ERR_NONICKNAMEGIVEN, &[], "No nickname given");
        }
        NickError::TooLong => "Erroneous nickname: it is too long",
        NickError::BadStart => "Erroneous nickname: it may not begin with a digit or a hyphen",
        NickError::BadCharacter => {
            "Erroneous nickname: it may hold letters, digits and -_[]\\`^{}| only"
        }
        NickError::Reserved => "Erroneous nickname: it is kept for the server itself",
    };
    ErrorReply::numeric(n::ERR_ERRONEUSNICKNAME, &[text::cut(nick, 64)], reason)
}

/// Returns the numeric for a nick that is reserved by an account.
pub(super) fn nick_reserved(nick: &str) -> ErrorReply {
    ErrorReply::numeric(
        n::ERR_NICKNAMEINUSE,
        &[nick],
        "Nickname is reserved by an account; log into it first",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_sent_is_repeated_as_one_word() {
        let complaint = ErrorReply::numeric("472", &["x", "", ":y"], "is unknown");
        let mut out = vec![];
        complaint.write(&mut out, "srv", "bob");
        assert_eq!(out, b":srv 472 bob x * * :is unknown\r\n".to_vec());
    }

    #[test]
    fn a_fail_names_no_nick() {
        let mut out = vec![];
        ErrorReply::not_utf8(b"@a=b PRIVMSG #c :\xff").write(&mut out, "srv", "bob");
        assert!(out.starts_with(b":srv FAIL PRIVMSG INVALID_UTF8 :"));
    }
}

//! Detection of the protocol by the first bytes of a connection.

use crate::irc::verbs::VERBS;

/// Time to wait for more bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// Wait for the silence that ends a plain message; no protocol begins like this.
    Unframed,
    /// Short wait: possibly the beginning of a protocol, but in an unusual case of letters.
    Short,
    /// Long wait: beginning of a protocol as programs write it, which the network may have split.
    Long,
}

/// Protocol that the first bytes belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sniffed {
    /// Too few bytes to decide. If nothing follows, it is a plain client.
    Undecided(Wait),
    /// IRC client.
    Irc,
    /// Plain client: a person who types, or a program that ends its lines.
    Plain,
    /// HTTP client.
    Http,
    /// SSH client.
    Ssh,
    /// Proxy that sends a PROXY header, though none is expected here.
    Proxy,
}

/// IRC commands that may come first; with a parameter they cannot be a nick.
const IRC_WORDS: &[&str] = &[
    "CAP ",
    "NICK ",
    "USER ",
    "PASS ",
    "PING ",
    "WEBIRC ",
    "AUTHENTICATE ",
    "REGISTER ",
];

/// HTTP methods, with the space after them.
const HTTP_WORDS: &[&str] = &[
    "GET ", "POST ", "HEAD ", "PUT ", "OPTIONS ", "DELETE ", "PATCH ", "CONNECT ", "PRI ",
];

const SSH_WORD: &str = "SSH-";

/// Signature of PROXY protocol version 2.
const PROXY_SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// Number of bytes of the signature that tell it from blank lines.
const SIGNED: usize = 5;
/// Beginnings of PROXY protocol version 1.
const PROXY_WORDS: &[&str] = &["PROXY TCP4 ", "PROXY TCP6 ", "PROXY UNKNOWN"];
/// Commands that may be alone in the first line.
const LONE_WORDS: &[&str] = &["CAP", "QUIT", "STARTTLS"];

/// Detects the protocol by the first bytes of a connection, of which there is at least one.
pub(crate) fn judge(bytes: &[u8]) -> Sniffed {
    // First of all: the signature begins with blank lines, which are skipped below.
    let signed = bytes.len().min(PROXY_SIGNATURE.len());
    if signed >= SIGNED && bytes.starts_with(&PROXY_SIGNATURE[..signed])
        || PROXY_WORDS
            .iter()
            .any(|word| bytes.starts_with(word.as_bytes()))
    {
        return Sniffed::Proxy;
    }
    // Blank lines mean nothing to IRC; a person who only presses Enter is asked once more.
    let blank = bytes
        .iter()
        .take_while(|b| matches!(b, b'\r' | b'\n'))
        .count();
    let bytes = if blank < bytes.len() {
        &bytes[blank..]
    } else {
        bytes
    };
    if matches!(bytes.first(), Some(b'@' | b':')) {
        return Sniffed::Irc;
    }
    if bytes.starts_with(SSH_WORD.as_bytes()) {
        return Sniffed::Ssh;
    }
    if HTTP_WORDS
        .iter()
        .any(|word| bytes.starts_with(word.as_bytes()))
    {
        return Sniffed::Http;
    }
    // Up to here case matters: programs write these words in capitals, a person may type "Get
    // rich".
    let line_end = bytes.iter().position(|&b| b == b'\n');
    let line = bytes[..line_end.unwrap_or(bytes.len())].trim_ascii_end();
    // A nick holds no space, so a command with a parameter cannot be one. Alone, only a few words
    // are more likely to be commands than nicks.
    let is_verb = |word: &[u8]| VERBS.iter().any(|verb| verb.name.as_bytes() == word);
    let mut words = bytes.splitn(2, |&b| b == b' ');
    let first = words.next().unwrap_or_default();
    if IRC_WORDS.iter().any(|word| starts_like(bytes, word))
        || (words.next().is_some() && is_verb(first))
        || (line_end.is_some() && LONE_WORDS.iter().any(|word| word.as_bytes() == line))
    {
        return Sniffed::Irc;
    }
    if line_end.is_some() {
        return Sniffed::Plain;
    }
    let mut words = IRC_WORDS.iter().chain(HTTP_WORDS).chain([&SSH_WORD]);
    let alone = LONE_WORDS.iter().chain(PROXY_WORDS).copied();
    let verbs = VERBS.iter().map(|verb| verb.name);
    // A whole command may still lack its space or line end.
    let mut programs = words.clone().copied().chain(alone).chain(verbs);
    Sniffed::Undecided(if programs.any(|word| word.as_bytes().starts_with(bytes)) {
        Wait::Long
    } else if words.any(|word| word.len() > bytes.len() && starts_like(word.as_bytes(), bytes)) {
        Wait::Short
    } else {
        Wait::Unframed
    })
}

/// Returns whether `text` starts with `word`, regardless of case.
fn starts_like(text: &[u8], word: impl AsRef<[u8]>) -> bool {
    let word = word.as_ref();
    text.get(..word.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_client_is_told() {
        for (bytes, want) in [
            (&b"CAP LS 302\r\n"[..], Sniffed::Irc),
            (b"cap ls", Sniffed::Irc),
            (b"NICK bob\r\n", Sniffed::Irc),
            (b"PASS x\r\n", Sniffed::Irc),
            (b"USER a 0 * :b\r\n", Sniffed::Irc),
            (b"@label=1 NICK bob", Sniffed::Irc),
            (b":x NICK bob", Sniffed::Irc),
            (b"CAP\r\n", Sniffed::Irc),
            (b"\r\n\r\nCAP LS 302\r\n", Sniffed::Irc),
            (b"\r\n", Sniffed::Plain),
            (b"STARTTLS\r\n", Sniffed::Irc),
            (b"REGISTER a b c\r\n", Sniffed::Irc),
            (b"QUIT\r\n", Sniffed::Irc),
            (b"JOIN #a\r\n", Sniffed::Irc),
            (b"join us\r\n", Sniffed::Plain),
            (b"TIME\r\n", Sniffed::Plain),
            (b"GET / HTTP/1.1\r\n", Sniffed::Http),
            (b"POST /", Sniffed::Http),
            (b"SSH-2.0-OpenSSH_9.2\r\n", Sniffed::Ssh),
            (b"bob\n", Sniffed::Plain),
            (b"Get rich\n", Sniffed::Plain),
            (b"nick\r\n", Sniffed::Plain),
            (b"\n", Sniffed::Plain),
            (b"bob", Sniffed::Undecided(Wait::Unframed)),
            (b"NI", Sniffed::Undecided(Wait::Long)),
            (b"us", Sniffed::Undecided(Wait::Short)),
            (b"SS", Sniffed::Undecided(Wait::Long)),
            (b"STARTT", Sniffed::Undecided(Wait::Long)),
            (b"STARTTLS", Sniffed::Undecided(Wait::Long)),
            (b"JO", Sniffed::Undecided(Wait::Long)),
            (b"JOIN", Sniffed::Undecided(Wait::Long)),
            (b"PROXY TC", Sniffed::Undecided(Wait::Long)),
            (b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", Sniffed::Proxy),
            (b"PROXY UNKNOWN\r\n", Sniffed::Proxy),
            (b"proxy tcp4 is a nick?\n", Sniffed::Plain),
            (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", Sniffed::Proxy),
            (b"\r\n\r\n\0\r\n", Sniffed::Proxy),
            (b"\r\n\r\nbob\n", Sniffed::Plain),
            (b"\xff\xfd", Sniffed::Undecided(Wait::Unframed)),
        ] {
            assert_eq!(judge(bytes), want, "{}", String::from_utf8_lossy(bytes));
        }
    }
}

//! Server addresses: `host`, `host:port`, `irc://host:port`, `ircs://host`, `[::1]:25000`.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

/// Default port of a parlour server.
const DEFAULT_PORT: u16 = 25000;
/// Port on which IRC servers speak TLS from the first byte.
const TLS_PORT: u16 = 6697;
/// Port on which IRC servers speak plain text.
const PLAIN_PORT: u16 = 6667;

/// Encryption policy of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS only.
    Tls,
    /// TLS if the server speaks it, plain text otherwise.
    Offered,
    /// Plain text only.
    Plain,
}

/// Address of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Host name or IP address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Encryption policy.
    pub security: Security,
    /// Channels named in the URL (`irc://host/#room`).
    pub rooms: Vec<String>,
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Address, String> {
        let (rest, scheme) = match text.split_once("://") {
            // `irc://` asks for plain text explicitly.
            Some(("irc", rest)) => (rest, Some(Security::Plain)),
            Some(("ircs", rest)) => (rest, Some(Security::Tls)),
            Some((other, _)) => {
                return Err(format!(
                    "{other}:// is not known; use irc:// or ircs://, or HOST:PORT"
                ));
            }
            None => (text, None),
        };
        let (rest, rooms) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = split_port(rest)?;
        if host.is_empty() {
            return Err("there is no host in it; use HOST or HOST:PORT".into());
        }
        let port = port.unwrap_or(match scheme {
            Some(Security::Tls) => TLS_PORT,
            Some(_) => PLAIN_PORT,
            None => DEFAULT_PORT,
        });
        let security = match (scheme, port) {
            (Some(Security::Tls), _) | (None, TLS_PORT) => Security::Tls,
            (Some(Security::Plain), _) | (None, PLAIN_PORT) => Security::Plain,
            _ => Security::Offered,
        };
        Ok(Address {
            host: host.to_owned(),
            port,
            security,
            rooms: rooms_of(rooms),
        })
    }
}

/// Returns the channels in the path of a URL: `#a,#b`, `%23a`, or `a` alone
/// (draft-butcher-irc-url). Ignores the part after `?` and flags after a comma.
fn rooms_of(path: &str) -> Vec<String> {
    let path = path.split('?').next().unwrap_or_default();
    let names = path
        .split(',')
        .map(|name| unescaped(name.trim_matches('/')));
    let names = names.filter(|name| !name.is_empty() && !is_flag(name));
    names
        .map(|name| match name.starts_with(['#', '&']) {
            true => name,
            false => format!("#{name}"),
        })
        .collect()
}

/// Returns whether a word after a comma is a flag of the URL scheme, not a channel.
fn is_flag(word: &str) -> bool {
    matches!(
        word,
        "ischannel" | "isnick" | "isuser" | "isserver" | "needkey" | "needpass"
    )
}

/// Decodes percent-encoding (RFC 3986 §2.1); invalid sequences stay as they are.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let hex = behind.get(..2).filter(|_| first == b'%');
        let hex = hex.and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            None => {
                bytes.push(first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn split_port(text: &str) -> Result<(&str, Option<u16>), String> {
    let bad = |port: &str| format!("{port:?} is no port; it is a number from 1 to 65535");
    let parse = |port: &str| {
        port.parse::<u16>()
            .ok()
            .filter(|&p| p > 0)
            .ok_or_else(|| bad(port))
    };
    if let Some(bracketed) = text.strip_prefix('[') {
        let (host, rest) = bracketed
            .split_once(']')
            .ok_or("the ] of the IPv6 address is missing")?;
        return match rest.strip_prefix(':') {
            Some(port) => Ok((host, Some(parse(port)?))),
            None => Ok((host, None)),
        };
    }
    match text.rsplit_once(':') {
        // Several colons without brackets are an IPv6 address without a port.
        Some((host, _)) if host.contains(':') => match text.parse::<Ipv6Addr>() {
            Ok(_) => Ok((text, None)),
            Err(_) => Err("there are too many : in it; use HOST:PORT, or [IPv6]:PORT".into()),
        },
        Some((host, port)) => Ok((host, Some(parse(port)?))),
        None => Ok((text, None)),
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_every_spelling() {
        for (text, shown, security) in [
            ("localhost", "localhost:25000", Security::Offered),
            ("chat.lab:7000", "chat.lab:7000", Security::Offered),
            ("irc://a:6667/#x", "a:6667", Security::Plain),
            ("irc://a:7000", "a:7000", Security::Plain),
            ("irc://a", "a:6667", Security::Plain),
            ("ircs://a", "a:6697", Security::Tls),
            ("a:6697", "a:6697", Security::Tls),
            ("[::1]:9", "[::1]:9", Security::Offered),
            ("::1", "[::1]:25000", Security::Offered),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(
                (address.to_string().as_str(), address.security),
                (shown, security),
                "{text}"
            );
        }
        for (text, rooms) in [
            ("irc://a/#room", &["#room"][..]),
            ("ircs://a:7000/%23one,%23two", &["#one", "#two"]),
            ("irc://a/room", &["#room"]),
            ("irc://a/room,ischannel?key", &["#room"]),
            ("irc://a/", &[]),
            ("irc://a", &[]),
            ("a:1", &[]),
        ] {
            assert_eq!(text.parse::<Address>().unwrap().rooms, rooms, "{text}");
        }
        for bad in ["", ":25000", "a:0", "a:x", "http://a", "[::1", "a:1:2"] {
            assert!(bad.parse::<Address>().is_err(), "{bad}");
        }
    }
}

//! Lines that a server sends while a connection is set up, and those that matter later.

/// Meaning of a line of IRC.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ServerLine<'a> {
    /// PING, with its parameter.
    Ping(&'a [u8]),
    /// Welcome (001).
    Welcome,
    /// End of NAMES (366): the join is complete.
    Joined,
    /// ERROR, or a numeric that refuses something.
    Error(&'a [u8]),
    /// Anything else.
    Other,
}

impl ServerLine<'_> {
    /// Parses a line without its line end.
    pub fn parse(line: &[u8]) -> ServerLine<'_> {
        let line = without_prefixes(line.strip_suffix(b"\r").unwrap_or(line));
        let end = memchr::memchr(b' ', line).unwrap_or(line.len());
        let (command, rest) = (&line[..end], line.get(end + 1..).unwrap_or_default());
        match command {
            b"PING" => ServerLine::Ping(rest),
            b"001" => ServerLine::Welcome,
            b"366" => ServerLine::Joined,
            b"ERROR" => ServerLine::Error(line),
            // There is no MOTD; and a server that checks something first.
            b"422" | b"451" => ServerLine::Other,
            [b'4' | b'5', _, _] => ServerLine::Error(line),
            _ => ServerLine::Other,
        }
    }
}

/// Returns a line without its tags and its source.
fn without_prefixes(mut line: &[u8]) -> &[u8] {
    for sign in [b'@', b':'] {
        if line.first() == Some(&sign) {
            let end = memchr::memchr(b' ', line).map_or(line.len(), |at| at + 1);
            line = &line[end..];
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_apart_whatever_stands_before_them() {
        for (line, meaning) in [
            (&b"PING :x\r"[..], ServerLine::Ping(b":x")),
            (b":srv 001 a :Welcome", ServerLine::Welcome),
            (b"@time=1 :srv 366 a #b :End", ServerLine::Joined),
            (b":srv 433 a b :taken", ServerLine::Error(b"433 a b :taken")),
            (b":srv 422 a :no MOTD", ServerLine::Other),
            (b"ERROR :bye", ServerLine::Error(b"ERROR :bye")),
            (b":a!b@c PRIVMSG #d :001", ServerLine::Other),
            (b"", ServerLine::Other),
        ] {
            assert_eq!(ServerLine::parse(line), meaning);
        }
    }
}

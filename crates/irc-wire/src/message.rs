//! Parser of an IRC message, which borrows from its line.

use crate::{MAX_PARAMS, tags::Tags};

/// Reason why a line is not a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// Empty line, or only spaces: to be ignored (RFC 1459 §2.3.1).
    Empty,
    /// NUL, CR or LF within the line.
    ForbiddenByte,
    /// Tags or a source without a command.
    NoCommand,
}

/// Parameters of a message: at most [`MAX_PARAMS`], the last of which may hold spaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Params<'a> {
    items: [&'a str; MAX_PARAMS],
    len: usize,
}

impl<'a> Params<'a> {
    /// Returns all parameters, in order.
    pub fn as_slice(&self) -> &[&'a str] {
        &self.items[..self.len]
    }

    /// Returns the parameter at `index`, if there is one; it may be empty.
    pub fn get(&self, index: usize) -> Option<&'a str> {
        self.as_slice().get(index).copied()
    }

    /// Returns the parameter at `index`, if there is one and it is not empty.
    pub fn non_empty(&self, index: usize) -> Option<&'a str> {
        self.get(index).filter(|p| !p.is_empty())
    }

    /// Returns the number of parameters.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns whether there are no parameters.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn push(&mut self, param: &'a str) {
        self.items[self.len] = param;
        self.len += 1;
    }
}

/// Parsed message: `[@tags] [:source] COMMAND params`, without its line end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// Tags, still escaped.
    pub tags: Tags<'a>,
    /// Source without its colon.
    pub source: Option<&'a str>,
    /// Command as it was written; it may be any word. To be compared without case.
    pub command: &'a str,
    /// Parameters after the command.
    pub params: Params<'a>,
}

impl<'a> Message<'a> {
    /// Parses one line without its CR LF.
    ///
    /// # Errors
    /// [`ParseError`] says why the line is not a message.
    pub fn parse(line: &'a str) -> Result<Self, ParseError> {
        if line.bytes().any(|b| matches!(b, 0 | b'\r' | b'\n')) {
            return Err(ParseError::ForbiddenByte);
        }
        let mut rest = line.trim_start_matches(' ');
        if rest.is_empty() {
            return Err(ParseError::Empty);
        }
        let mut tags = Tags::default();
        if let Some(tagged) = rest.strip_prefix('@') {
            let (data, after) = split_word(tagged);
            tags = Tags::new(data);
            rest = after;
        }
        let mut source = None;
        if let Some(sourced) = rest.strip_prefix(':') {
            let (word, after) = split_word(sourced);
            source = Some(word);
            rest = after;
        }
        let (command, rest) = split_word(rest);
        if command.is_empty() {
            return Err(ParseError::NoCommand);
        }
        Ok(Message {
            tags,
            source,
            command,
            params: parse_params(rest),
        })
    }
}

fn parse_params(mut rest: &str) -> Params<'_> {
    let mut params = Params::default();
    while !rest.is_empty() {
        if let Some(trailing) = rest.strip_prefix(':') {
            params.push(trailing);
            break;
        }
        // The last parameter takes the rest, with or without a colon (RFC 2812 §2.3.1).
        if params.len() == MAX_PARAMS - 1 {
            params.push(rest);
            break;
        }
        let (word, after) = split_word(rest);
        params.push(word);
        rest = after;
    }
    params
}

/// Returns the text up to the first space, and the text after the spaces.
fn split_word(text: &str) -> (&str, &str) {
    match text.split_once(' ') {
        Some((word, rest)) => (word, rest.trim_start_matches(' ')),
        None => (text, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_message_falls_into_its_parts() {
        let message = Message::parse("@a=1;+b :nick!u@h PRIVMSG  #c  :hello  there").unwrap();
        assert_eq!(message.tags.get("a").as_deref(), Some("1"));
        assert_eq!(message.source, Some("nick!u@h"));
        assert_eq!(message.command, "PRIVMSG");
        assert_eq!(message.params.as_slice(), ["#c", "hello  there"]);
    }

    #[test]
    fn the_fifteenth_parameter_takes_the_rest() {
        let message = Message::parse("X 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16").unwrap();
        assert_eq!(message.params.len(), 15);
        assert_eq!(message.params.get(14), Some("15 16"));
    }

    #[test]
    fn an_empty_trailing_parameter_is_a_parameter() {
        let message = Message::parse("TOPIC #c :").unwrap();
        assert_eq!(message.params.as_slice(), ["#c", ""]);
        assert_eq!(message.params.non_empty(1), None);
    }

    #[test]
    fn what_is_no_message_is_named() {
        assert_eq!(Message::parse("   "), Err(ParseError::Empty));
        assert_eq!(Message::parse("@a=b"), Err(ParseError::NoCommand));
        assert_eq!(Message::parse(":src "), Err(ParseError::NoCommand));
        assert_eq!(Message::parse("A\rB"), Err(ParseError::ForbiddenByte));
        assert_eq!(Message::parse("A\0B"), Err(ParseError::ForbiddenByte));
    }
}

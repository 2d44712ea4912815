//! Writing messages: `Line` appends one to a buffer and keeps it within its limit.

use alloc::vec::Vec;

use crate::{MAX_LINE, text};

/// A message being written to the end of a buffer.
///
/// Tags come first, then the source, then command and parameters. What would make the
/// line (tags not counted) longer than [`MAX_LINE`] is cut from its last parameter, on
/// a character's boundary.
pub struct Line<'a> {
    out: &'a mut Vec<u8>,
    /// Where the part that is limited to 512 bytes begins.
    body: usize,
    has_tags: bool,
}

impl<'a> Line<'a> {
    /// Begins a line at the end of `out`.
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        let body = out.len();
        Line {
            out,
            body,
            has_tags: false,
        }
    }

    /// Adds a tag; `value` is escaped. Only before the source.
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tag_separator();
        self.out.extend_from_slice(key.as_bytes());
        if !value.is_empty() {
            self.out.push(b'=');
            crate::tags::escape_into(value, self.out);
        }
        self
    }

    /// Adds tags that are already written as `key=value;key`. Nothing, if empty.
    pub fn raw_tags(mut self, tags: &str) -> Self {
        if !tags.is_empty() {
            self.tag_separator();
            self.out.extend_from_slice(tags.as_bytes());
        }
        self
    }

    fn tag_separator(&mut self) {
        self.out.push(if self.has_tags { b';' } else { b'@' });
        self.has_tags = true;
    }

    /// Ends the tags and writes `:source COMMAND`.
    pub fn from(self, source: &str, command: &str) -> Self {
        let line = self.end_tags();
        line.out.push(b':');
        line.out.extend_from_slice(source.as_bytes());
        line.out.push(b' ');
        line.out.extend_from_slice(command.as_bytes());
        line
    }

    /// Ends the tags and writes the command alone, as clients send it.
    pub fn command(self, command: &str) -> Self {
        let line = self.end_tags();
        line.out.extend_from_slice(command.as_bytes());
        line
    }

    fn end_tags(mut self) -> Self {
        if self.has_tags {
            self.out.push(b' ');
        }
        self.body = self.out.len();
        self
    }

    /// Adds a parameter that is one word.
    pub fn word(self, param: &str) -> Self {
        self.out.push(b' ');
        self.out.extend_from_slice(param.as_bytes());
        self
    }

    /// Adds a parameter that came from a client, which is no last one: as it is if it is one
    /// word, else `*`.
    pub fn last_but(self, param: &str) -> Self {
        if param.is_empty() || param.starts_with(':') || param.contains(' ') {
            self.word("*")
        } else {
            self.word(param)
        }
    }

    /// Adds the last parameter, with its colon.
    pub fn trailing(self, param: &str) -> Self {
        self.out.extend_from_slice(b" :");
        self.out.extend_from_slice(param.as_bytes());
        self
    }

    /// Adds a last parameter that needs its colon only if it is empty, begins with one
    /// or holds a space.
    pub fn last(self, param: &str) -> Self {
        if param.is_empty() || param.starts_with(':') || param.contains(' ') {
            self.trailing(param)
        } else {
            self.word(param)
        }
    }

    /// Adds text as it is, without a separator.
    pub fn raw(self, text: &str) -> Self {
        self.out.extend_from_slice(text.as_bytes());
        self
    }

    /// How many more bytes the line can hold before its CR LF.
    pub fn room(&self) -> usize {
        (MAX_LINE - 2).saturating_sub(self.out.len() - self.body)
    }

    /// Ends the line, cut to what it may hold.
    pub fn end(self) {
        let limit = self.body + MAX_LINE - 2;
        if self.out.len() > limit {
            let cut = text::floor_boundary(self.out, limit);
            self.out.truncate(cut);
        }
        self.out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{string::String, vec, vec::Vec};

    #[test]
    fn tags_source_and_parameters_in_their_order() {
        let mut out = vec![];
        Line::new(&mut out)
            .tag("time", "now;")
            .raw_tags("+x=1")
            .from("a!b@c", "PRIVMSG")
            .word("#c")
            .trailing("hi there")
            .end();
        assert_eq!(
            out,
            b"@time=now\\:;+x=1 :a!b@c PRIVMSG #c :hi there\r\n".to_vec()
        );
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let mut out = Vec::new();
        let long: String = core::iter::repeat_n('é', 600).collect();
        Line::new(&mut out)
            .tag("t", &long)
            .from("s", "NOTICE")
            .word("x")
            .trailing(&long)
            .end();
        let text = core::str::from_utf8(&out).expect("cut between characters");
        let body = text.split_once(' ').unwrap().1;
        assert!(body.len() <= MAX_LINE && body.len() >= MAX_LINE - 1);
    }
}

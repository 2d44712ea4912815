//! Serialisation of messages: [`Line`] appends one to a buffer and keeps it within its limit.

use alloc::vec::Vec;

use crate::{MAX_LINE, text};

/// Message being written to the end of a buffer.
///
/// Tags come first, then the source, then command and parameters. Bytes beyond [`MAX_LINE`] (tags
/// not counted) are cut off the end of the line at [`Line::end`], on a character boundary.
pub struct Line<'a> {
    out: &'a mut Vec<u8>,
    /// Offset in `out` of the part that is limited to 512 bytes.
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

    /// Appends a tag and escapes `value`. Valid only before the source or command.
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tag_separator();
        self.out.extend_from_slice(key.as_bytes());
        if !value.is_empty() {
            self.out.push(b'=');
            crate::tags::escape_into(value, self.out);
        }
        self
    }

    /// Appends tags that are serialised already as `key=value;key`, unless `tags` is empty.
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

    /// Ends the tags and appends `:source COMMAND`.
    pub fn from(self, source: &str, command: &str) -> Self {
        let line = self.end_tags();
        line.out.push(b':');
        line.out.extend_from_slice(source.as_bytes());
        line.out.push(b' ');
        line.out.extend_from_slice(command.as_bytes());
        line
    }

    /// Ends the tags and appends the command alone, as clients send it.
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

    /// Appends a parameter that is one word; the caller guarantees that it is.
    pub fn word(self, param: &str) -> Self {
        self.out.push(b' ');
        self.out.extend_from_slice(param.as_bytes());
        self
    }

    /// Appends a parameter that came from a client and is not the last one: as it is if it is one
    /// word, else `*`.
    pub fn middle(self, param: &str) -> Self {
        // Any of these would shift the parameters after it, or end them.
        if param.is_empty() || param.starts_with(':') || param.contains(' ') {
            self.word("*")
        } else {
            self.word(param)
        }
    }

    /// Appends the last parameter, with its colon.
    pub fn trailing(self, param: &str) -> Self {
        self.out.extend_from_slice(b" :");
        self.out.extend_from_slice(param.as_bytes());
        self
    }

    /// Appends the last parameter, with a colon only if it is empty, begins with one or holds a
    /// space.
    pub fn last(self, param: &str) -> Self {
        if param.is_empty() || param.starts_with(':') || param.contains(' ') {
            self.trailing(param)
        } else {
            self.word(param)
        }
    }

    /// Appends text as it is, without a separator.
    pub fn raw(self, text: &str) -> Self {
        self.out.extend_from_slice(text.as_bytes());
        self
    }

    /// Returns the number of bytes that the line can still hold before its CR LF.
    pub fn room(&self) -> usize {
        (MAX_LINE - 2).saturating_sub(self.out.len() - self.body)
    }

    /// Ends the line with CR LF, after cutting it to its limit.
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

//! Message tags (IRCv3 message-tags): keys, escaped values, client-only tags.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// Tag section of a message, without `@` and the space after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tags<'a> {
    data: &'a str,
}

impl<'a> Tags<'a> {
    /// Wraps the bytes between `@` and the space.
    pub fn new(data: &'a str) -> Self {
        Tags { data }
    }

    /// Returns whether there are no tags.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// Returns each tag as (key, escaped value); the value is empty if the tag has none.
    pub fn raw(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.data
            .split(';')
            .filter(|tag| !tag.is_empty())
            .map(|tag| tag.split_once('=').unwrap_or((tag, "")))
    }

    /// Returns the value of `key`, unescaped. If the key is repeated, the last value counts
    /// (message-tags).
    pub fn get(&self, key: &str) -> Option<Cow<'a, str>> {
        self.raw()
            .filter(|(k, _)| *k == key)
            .last()
            .map(|(_, v)| unescape(v))
    }

    /// Returns whether `key` is present, with or without a value.
    pub fn has(&self, key: &str) -> bool {
        self.raw().any(|(k, _)| k == key)
    }

    /// Returns the client-only tags (`+key`) whose names, without the `+`, pass `relayed`: still
    /// escaped, each key once with its last value, joined by `;`. Empty if there are none.
    pub fn client_only(&self, relayed: impl Fn(&str) -> bool) -> String {
        let mut kept: Vec<(&str, &str)> = Vec::new();
        let wanted = |(key, _): &(&str, &str)| {
            key.strip_prefix('+')
                .is_some_and(|name| !name.is_empty() && relayed(name))
        };
        for (key, value) in self.raw().filter(wanted) {
            kept.retain(|(k, _)| *k != key);
            kept.push((key, value));
        }
        let mut out = String::new();
        for (key, value) in kept {
            if !out.is_empty() {
                out.push(';');
            }
            out.push_str(key);
            if !value.is_empty() {
                out.push('=');
                out.push_str(value);
            }
        }
        out
    }
}

/// Unescapes a tag value. A lone `\` at the end is dropped (message-tags).
pub fn unescape(value: &str) -> Cow<'_, str> {
    if !value.contains('\\') {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some(':') => out.push(';'),
            Some('s') => out.push(' '),
            Some('r') => out.push('\r'),
            Some('n') => out.push('\n'),
            // An invalid escape loses its backslash only (message-tags).
            Some(other) => out.push(other),
            None => {}
        }
    }
    Cow::Owned(out)
}

/// Appends `value` to `out`, escaped as a tag value.
pub fn escape_into(value: &str, out: &mut Vec<u8>) {
    for byte in value.bytes() {
        match byte {
            b';' => out.extend_from_slice(b"\\:"),
            b' ' => out.extend_from_slice(b"\\s"),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\n' => out.extend_from_slice(b"\\n"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn values_survive_escaping() {
        let value = "raw+:=,escaped; \\ \r\n";
        let mut out = vec![];
        escape_into(value, &mut out);
        let escaped = core::str::from_utf8(&out).unwrap();
        assert_eq!(escaped, "raw+:=,escaped\\:\\s\\\\\\s\\r\\n");
        assert_eq!(unescape(escaped), value);
        assert_eq!(unescape("test\\"), "test");
        assert_eq!(unescape("\\b"), "b");
    }

    #[test]
    fn only_client_tags_are_relayed_each_once() {
        let tags = Tags::new("label=1;+a=1;b;+a=2;+c;+;+x.org/y;+sp_ace=1;+no");
        assert_eq!(
            tags.client_only(|name| name != "no"),
            "+a=2;+c;+x.org/y;+sp_ace=1"
        );
        assert_eq!(tags.get("+a").as_deref(), Some("2"));
        assert!(tags.has("b") && !tags.has("c"));
    }
}

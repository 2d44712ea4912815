//! Text of a post: plain, a field of JSON or of a form, or what Slack-style senders send.

use serde_json::Value;

use super::slack;
use crate::percent::decode;

/// Reason why a post has no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PayloadError {
    /// JSON or a form that cannot be read.
    Invalid,
    /// Nothing to say.
    NoText,
    /// More bytes than a message may have.
    TooLong(usize),
}

/// Returns the text of a post of at most `most` bytes.
///
/// A body that begins like an object is JSON whatever its type says: `curl -d` calls it a form.
pub(super) fn read(kind: &str, body: &[u8], most: usize) -> Result<String, PayloadError> {
    let body = std::str::from_utf8(body).map_err(|_| PayloadError::Invalid)?;
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let text = if body.trim_start().starts_with('{') {
        reduced(body)?
    } else if kind.eq_ignore_ascii_case("application/json") {
        return Err(PayloadError::Invalid);
    } else if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
        && let Some(field) = form_field(body, "payload").or_else(|| form_field(body, "text"))
    {
        match field.trim_start().starts_with('{') {
            true => reduced(&field)?,
            false => field,
        }
    } else {
        body.to_owned()
    };
    let text = clean(&text);
    if text.is_empty() {
        return Err(PayloadError::NoText);
    }
    if text.len() > most {
        return Err(PayloadError::TooLong(most));
    }
    Ok(text)
}

fn reduced(json: &str) -> Result<String, PayloadError> {
    let value: Value = serde_json::from_str(json).map_err(|_| PayloadError::Invalid)?;
    Ok(slack::reduce(&value))
}

/// Returns a field of a form (application/x-www-form-urlencoded).
fn form_field(form: &str, wanted: &str) -> Option<String> {
    let fields = form.split('&').filter_map(|field| field.split_once('='));
    let mut values = fields.filter(|(name, _)| *name == wanted);
    let (_, value) = values.next()?;
    decode(&value.replace('+', " "))
}

/// Removes control characters, and blank lines at both ends. A message of IRC holds no NUL and no
/// carriage return; nothing that controls a terminal has to come from a program.
fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let kept = text
        .chars()
        .filter(|c| matches!(c, '\n' | '\t') || !c.is_control());
    let kept: String = kept.collect();
    let lines: Vec<&str> = kept.lines().map(str::trim_end).collect();
    let first = lines
        .iter()
        .position(|line| !line.is_empty())
        .unwrap_or(lines.len());
    let last = lines
        .iter()
        .rposition(|line| !line.is_empty())
        .map_or(first, |last| last + 1);
    lines[first..last].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 1000;

    #[test]
    fn text_comes_in_many_forms() {
        let form = "application/x-www-form-urlencoded";
        for (kind, body, want) in [
            ("text/plain", "build\r\nfailed\n", "build\nfailed"),
            ("", "hello", "hello"),
            (form, "hello world", "hello world"),
            ("application/json", r#"{"text": "deployed"}"#, "deployed"),
            (form, r#"{"text": "by curl -d"}"#, "by curl -d"),
            (form, "payload=%7B%22text%22%3A%22a+b%22%7D", "a b"),
            (form, "text=gr%C3%BCezi", "grüezi"),
            ("text/plain", "a\u{1b}[31mb\0c", "a[31mbc"),
        ] {
            assert_eq!(
                read(kind, body.as_bytes(), MOST).as_deref(),
                Ok(want),
                "{body}"
            );
        }
    }

    #[test]
    fn what_says_nothing_is_told() {
        for (kind, body, want) in [
            ("application/json", "[1]", PayloadError::Invalid),
            ("application/json", "{", PayloadError::Invalid),
            ("application/json", "{}", PayloadError::NoText),
            ("text/plain", " \n\t", PayloadError::NoText),
            ("text/plain", "12345678901", PayloadError::TooLong(10)),
        ] {
            assert_eq!(read(kind, body.as_bytes(), 10), Err(want), "{body}");
        }
        assert_eq!(
            read("text/plain", b"\xff", MOST),
            Err(PayloadError::Invalid)
        );
    }
}

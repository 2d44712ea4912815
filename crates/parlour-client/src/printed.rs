//! Messages as lines for scripts.

use std::io::{self, ErrorKind, Write};

use chrono::{DateTime, Local, Utc};
use serde_json::json;

use crate::SafeText;
use crate::engine::{Said, SaidKind};
use crate::export::{self, Piece};
use crate::rich::Rich;
use crate::tui::now;

/// How they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For people who follow: the time of day.
    Lines,
    /// For people who look back: the date, and where it was said.
    Dated,
    /// JSON, one object a line.
    Json,
    /// A file for keeping.
    Kept(export::Form),
}

/// Writes a message to stdout; false if nobody reads any more.
///
/// # Errors
/// stdout cannot be written.
pub(crate) fn print(said: &Said, form: Form) -> Result<bool, String> {
    let line = match form {
        Form::Lines => format!("[{}] {}", local(said).format("%H:%M:%S"), words(said)),
        Form::Dated => {
            let at = local(said).format("%Y-%m-%d %H:%M:%S");
            let buffer = SafeText::new(&said.buffer);
            format!("[{at}] [{buffer}] {}", words(said))
        }
        Form::Json => json_line(said),
        Form::Kept(form) => return keep(form, "", std::slice::from_ref(said)),
    };
    write(&(line + "\n"))
}

/// Writes messages to stdout in a form for keeping; false if nobody reads any more.
///
/// # Errors
/// stdout cannot be written.
pub(crate) fn keep(form: export::Form, title: &str, said: &[Said]) -> Result<bool, String> {
    let id = |said: &Said| said.msgid.as_deref().map(SafeText::new);
    let safe: Vec<(SafeText, Rich, Option<SafeText>)> = said
        .iter()
        .map(|said| (SafeText::name(&said.from), Rich::new(&said.text), id(said)))
        .collect();
    let pieces = said
        .iter()
        .zip(&safe)
        .map(|(said, (from, text, id))| Piece {
            time: said.time.unwrap_or_else(now),
            from: from.as_str(),
            kind: said.kind,
            text: text.as_str(),
            msgid: id.as_ref().map(SafeText::as_str),
        });
    write(&export::write(form, SafeText::new(title).as_str(), pieces))
}

/// Writes to stdout; false if nobody reads any more.
///
/// # Errors
/// stdout cannot be written.
pub(crate) fn write(text: &str) -> Result<bool, String> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(format!("stdout cannot be written: {error}")),
    }
}

fn local(said: &Said) -> DateTime<Local> {
    let ms = said.time.unwrap_or_else(now);
    let ms = i64::try_from(ms).unwrap_or(0);
    let utc = DateTime::<Utc>::from_timestamp_millis(ms).unwrap_or_default();
    utc.with_timezone(&Local)
}

fn words(said: &Said) -> String {
    let (from, text) = (SafeText::new(&said.from), SafeText::new(&said.text));
    match said.kind {
        SaidKind::Message => format!("{from}: {text}"),
        SaidKind::Action => format!("* {from} {text}"),
        SaidKind::Notice => format!("-{from}- {text}"),
    }
}

fn json_line(said: &Said) -> String {
    let kind = match said.kind {
        SaidKind::Message => "message",
        SaidKind::Action => "action",
        SaidKind::Notice => "notice",
    };
    json!({
        "time": irc_wire::time::format(said.time.unwrap_or_else(now)),
        "target": SafeText::new(&said.buffer).as_str(),
        "from": SafeText::new(&said.from).as_str(),
        "kind": kind,
        "text": SafeText::of_lines(&said.text).as_str(),
        "msgid": said.msgid.as_deref().map(SafeText::new).as_ref().map(SafeText::as_str),
    })
    .to_string()
}

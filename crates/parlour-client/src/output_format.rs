//! Messages as lines for scripts.

use std::io::{self, ErrorKind, Write};

use chrono::{DateTime, Local, Utc};
use serde_json::json;

use crate::SafeText;
use crate::clock;
use crate::engine::{ChatMessage, MessageKind};
use crate::export::{self, Piece};
use crate::formatting::FormattedText;

/// Format of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputFormat {
    /// Text for a reader who follows: time of day.
    Lines,
    /// Text for a reader who looks back: date and buffer.
    Dated,
    /// JSON, one object per line.
    Json,
    /// Format of an export file.
    Export(export::ExportFormat),
}

/// Prints a message to stdout; returns false if the reader has gone.
///
/// # Errors
/// stdout cannot be written.
pub(crate) fn print(said: &ChatMessage, form: OutputFormat) -> Result<bool, String> {
    let line = match form {
        OutputFormat::Lines => format!("[{}] {}", local(said).format("%H:%M:%S"), words(said)),
        OutputFormat::Dated => {
            let at = local(said).format("%Y-%m-%d %H:%M:%S");
            let buffer = SafeText::new(&said.buffer);
            format!("[{at}] [{buffer}] {}", words(said))
        }
        OutputFormat::Json => json_line(said),
        OutputFormat::Export(form) => return write(&export_line(form, said)),
    };
    write(&(line + "\n"))
}

/// Returns a message in a format of export files.
pub(crate) fn export_line(form: export::ExportFormat, said: &ChatMessage) -> String {
    let (from, text) = (SafeText::name(&said.from), FormattedText::new(&said.text));
    let id = said.msgid.as_deref().map(SafeText::new);
    let piece = Piece {
        time: said.time.unwrap_or_else(clock::wall),
        from: from.as_str(),
        kind: said.kind,
        text: text.as_str(),
        msgid: id.as_ref().map(SafeText::as_str),
    };
    export::line(form, &piece)
}

/// Writes to stdout; returns false if the reader has gone.
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

fn local(said: &ChatMessage) -> DateTime<Local> {
    let ms = said.time.unwrap_or_else(clock::wall);
    let ms = i64::try_from(ms).unwrap_or(0);
    let utc = DateTime::<Utc>::from_timestamp_millis(ms).unwrap_or_default();
    utc.with_timezone(&Local)
}

fn words(said: &ChatMessage) -> String {
    let (from, text) = (SafeText::new(&said.from), SafeText::new(&said.text));
    match said.kind {
        MessageKind::Message => format!("{from}: {text}"),
        MessageKind::Action => format!("* {from} {text}"),
        MessageKind::Notice => format!("-{from}- {text}"),
    }
}

fn json_line(said: &ChatMessage) -> String {
    let kind = match said.kind {
        MessageKind::Message => "message",
        MessageKind::Action => "action",
        MessageKind::Notice => "notice",
    };
    json!({
        "time": irc_wire::time::format(said.time.unwrap_or_else(clock::wall)),
        "target": SafeText::new(&said.buffer).as_str(),
        "from": SafeText::new(&said.from).as_str(),
        "kind": kind,
        "text": SafeText::of_lines(&said.text).as_str(),
        "msgid": said.msgid.as_deref().map(SafeText::new).as_ref().map(SafeText::as_str),
    })
    .to_string()
}

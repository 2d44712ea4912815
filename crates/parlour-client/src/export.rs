//! Export of messages to a file.

use irc_wire::time;
use serde_json::json;

use crate::SafeText;
use crate::engine::MessageKind;
use crate::model::{Buffer, LineKind};

/// Format of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// Plain text.
    Text,
    /// JSON, one object per line.
    Json,
    /// HTML page.
    Html,
}

impl ExportFormat {
    /// Parses the name of a format.
    pub fn parse(name: &str) -> Option<ExportFormat> {
        Some(match name {
            "txt" | "text" => ExportFormat::Text,
            "json" => ExportFormat::Json,
            "html" => ExportFormat::Html,
            _ => return None,
        })
    }

    /// Returns the extension of the file name.
    pub fn extension(self) -> &'static str {
        match self {
            ExportFormat::Text => "txt",
            ExportFormat::Json => "json",
            ExportFormat::Html => "html",
        }
    }
}

/// Message to export; all of it is safe to display.
pub(crate) struct Piece<'a> {
    /// Time in milliseconds since 1970.
    pub time: u64,
    pub from: &'a str,
    pub kind: MessageKind,
    pub text: &'a str,
    pub msgid: Option<&'a str>,
}

/// Exports the loaded messages of a buffer.
pub(crate) fn of_buffer(form: ExportFormat, buffer: &Buffer) -> String {
    let said = buffer.lines.iter().filter(|line| line.is_message());
    let ids = said
        .clone()
        .map(|line| line.msgid.as_deref().map(SafeText::new));
    let ids: Vec<Option<SafeText>> = ids.collect();
    let pieces = said.zip(&ids).map(|(line, id)| Piece {
        time: line.time,
        from: line.from.as_str(),
        kind: match line.kind {
            LineKind::Action => MessageKind::Action,
            LineKind::Notice => MessageKind::Notice,
            LineKind::Message
            | LineKind::Moves
            | LineKind::Event
            | LineKind::System
            | LineKind::Error
            | LineKind::Gap => MessageKind::Message,
        },
        text: line.text.as_str(),
        msgid: id.as_ref().map(SafeText::as_str),
    });
    write(form, buffer.name.as_str(), pieces)
}

/// Returns a whole file with a title and these messages.
pub(crate) fn write<'a>(
    form: ExportFormat,
    title: &str,
    said: impl Iterator<Item = Piece<'a>>,
) -> String {
    let lines = said.map(|piece| line(form, &piece)).collect::<String>();
    begin(form, title) + &lines + end(form)
}

/// Returns the part before the first message.
pub(crate) fn begin(form: ExportFormat, title: &str) -> String {
    match form {
        ExportFormat::Text | ExportFormat::Json => String::new(),
        ExportFormat::Html => {
            let title = escape(title);
            format!(
                "<!doctype html>\n<html><head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
                 <body><h1>{title}</h1>\n<table>\n"
            )
        }
    }
}

/// Returns one message.
pub(crate) fn line(form: ExportFormat, piece: &Piece) -> String {
    match form {
        ExportFormat::Text => text(piece),
        ExportFormat::Json => object(piece) + "\n",
        ExportFormat::Html => row(piece),
    }
}

/// Returns the part after the last message.
pub(crate) fn end(form: ExportFormat) -> &'static str {
    match form {
        ExportFormat::Text | ExportFormat::Json => "",
        ExportFormat::Html => "</table></body></html>\n",
    }
}

fn text(piece: &Piece) -> String {
    let at = time::format(piece.time);
    // Indented, so that a line of a message cannot pass for another message.
    let said = piece.text.replace('\n', "\n    ");
    match piece.kind {
        MessageKind::Action => format!("{at} * {} {said}\n", piece.from),
        MessageKind::Notice => format!("{at} -{}- {said}\n", piece.from),
        MessageKind::Message => format!("{at} {}: {said}\n", piece.from),
    }
}

fn object(piece: &Piece) -> String {
    let kind = match piece.kind {
        MessageKind::Action => "action",
        MessageKind::Notice => "notice",
        MessageKind::Message => "message",
    };
    json!({
        "time": time::format(piece.time),
        "msgid": piece.msgid,
        "from": piece.from,
        "kind": kind,
        "text": piece.text,
    })
    .to_string()
}

fn row(piece: &Piece) -> String {
    let from = escape(piece.from);
    let said = escape(piece.text).replace('\n', "<br>");
    let at = time::format(piece.time);
    format!("<tr><td>{at}</td><th>{from}</th><td>{said}</td></tr>\n")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_was_said_is_markup() {
        let said = || {
            std::iter::once(Piece {
                time: 0,
                from: "<b>",
                kind: MessageKind::Message,
                text: "a & \"b\"\n<script>",
                msgid: Some("i"),
            })
        };
        let page = write(ExportFormat::Html, "#<i>", said());
        assert!(
            page.contains("<th>&lt;b&gt;</th><td>a &amp; &quot;b&quot;<br>&lt;script&gt;</td>")
        );
        assert!(page.contains("<title>#&lt;i&gt;</title>"));
        let text = write(ExportFormat::Text, "", said());
        assert_eq!(
            text,
            "1970-01-01T00:00:00.000Z <b>: a & \"b\"\n    <script>\n"
        );
        let json = write(ExportFormat::Json, "", said());
        assert!(
            json.ends_with("\"text\":\"a & \\\"b\\\"\\n<script>\"}\n"),
            "{json}"
        );
    }
}

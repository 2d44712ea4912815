//! What is here of a buffer, written to a file.

use irc_wire::time;
use serde_json::json;

use crate::model::{Buffer, Line, LineKind};

/// The form of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Lines to be read.
    Text,
    /// One JSON object a line.
    Json,
    /// A page.
    Html,
}

impl Form {
    /// Reads its name.
    pub fn parse(name: &str) -> Option<Form> {
        Some(match name {
            "txt" | "text" => Form::Text,
            "json" => Form::Json,
            "html" => Form::Html,
            _ => return None,
        })
    }

    /// How its files' names end.
    pub fn extension(self) -> &'static str {
        match self {
            Form::Text => "txt",
            Form::Json => "json",
            Form::Html => "html",
        }
    }
}

/// What was said in a buffer, as far as it is here.
pub(crate) fn write(form: Form, buffer: &Buffer) -> String {
    let said = buffer.lines.iter().filter(|line| line.is_said());
    match form {
        Form::Text => said.map(text).collect(),
        Form::Json => said.map(|line| object(line) + "\n").collect(),
        Form::Html => {
            let title = escape(buffer.name.as_str());
            let lines: String = said.map(row).collect();
            format!(
                "<!doctype html>\n<html><head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
                 <body><h1>{title}</h1>\n<table>\n{lines}</table></body></html>\n"
            )
        }
    }
}

fn text(line: &Line) -> String {
    let at = time::format(line.time);
    let said = line.text.as_str().replace('\n', "\n    ");
    match line.kind {
        LineKind::Action => format!("{at} * {} {said}\n", line.from),
        LineKind::Notice => format!("{at} -{}- {said}\n", line.from),
        _ => format!("{at} {}: {said}\n", line.from),
    }
}

fn object(line: &Line) -> String {
    let kind = match line.kind {
        LineKind::Action => "action",
        LineKind::Notice => "notice",
        _ => "message",
    };
    json!({
        "time": time::format(line.time),
        "id": line.msgid,
        "from": line.from.as_str(),
        "kind": kind,
        "text": line.text.as_str(),
    })
    .to_string()
}

fn row(line: &Line) -> String {
    let from = escape(line.from.as_str());
    let said = escape(line.text.as_str()).replace('\n', "<br>");
    let at = time::format(line.time);
    format!("<tr><td>{at}</td><th>{from}</th><td>{said}</td></tr>\n")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

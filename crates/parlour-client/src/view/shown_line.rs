//! Line as it is shown: emoji by name if that is set, links to files in short, and all links found.

use std::borrow::Cow;
use std::ops::Range;

use super::file_link;
use crate::formatting::FormattedText;
use crate::links;
use crate::model::Line;
use crate::settings::Settings;

/// Link in a shown text.
pub(super) struct Link {
    /// Bytes of the text that lead there.
    pub range: Range<usize>,
    /// Address, safe to be written to the terminal.
    pub url: String,
}

/// Line as it is shown.
pub(super) struct ShownLine<'a> {
    /// Line with its shown text.
    pub line: Cow<'a, Line>,
    /// Links in the text, in order.
    pub links: Vec<Link>,
}

impl<'a> ShownLine<'a> {
    /// Returns a line as it is shown.
    pub fn new(line: &'a Line, settings: &Settings) -> ShownLine<'a> {
        let line = named(line, settings);
        if !line.is_message() {
            let links = Vec::new();
            return ShownLine { line, links };
        }
        let text = line.text.as_str();
        let links = links::find(text).map(|range| Link {
            url: links::safe(&text[range.clone()]),
            range,
        });
        let links = links.collect();
        shortened(&line, &links, settings).unwrap_or(ShownLine { line, links })
    }

    /// Returns the line alone, for which not every line is searched for links.
    pub fn text(line: &'a Line, settings: &Settings) -> Cow<'a, Line> {
        match file_link::may_be_in(line.text.as_str()) {
            true => ShownLine::new(line, settings).line,
            false => named(line, settings),
        }
    }
}

/// Returns the line with links to files in short; none if it has no such link.
fn shortened<'a>(line: &Line, links: &Vec<Link>, settings: &Settings) -> Option<ShownLine<'a>> {
    if !file_link::may_be_in(line.text.as_str()) {
        return None;
    }
    let mut parts = Vec::new();
    let mut moved = Vec::new();
    // Bytes that were taken out before a link, and put in.
    let (mut taken, mut put) = (0, 0);
    for Link { range, url } in links {
        let start = range.start - taken + put;
        let mut length = range.len();
        if let Some(text) = file_link::short(url, settings.glyphs) {
            let text = format!("{} {text}", mark(settings));
            length = text.len();
            taken += range.len();
            put += length;
            parts.push((range.clone(), text));
        }
        moved.push(Link {
            range: start..start + length,
            url: url.clone(),
        });
    }
    if parts.is_empty() {
        return None;
    }
    let text = line.text.with_replaced(&parts)?;
    let line = Line {
        text,
        ..line.clone()
    };
    Some(ShownLine {
        line: Cow::Owned(line),
        links: moved,
    })
}

/// Returns the mark of a file.
fn mark(settings: &Settings) -> String {
    match settings.emoji_names {
        true => "file".to_owned(),
        false => settings.glyphs.of("📎"),
    }
}

/// Returns the line with emoji replaced by their names, if that is set.
fn named<'a>(line: &'a Line, settings: &Settings) -> Cow<'a, Line> {
    // The common case borrows: lines are cloned only if a name may be inserted.
    if !settings.emoji_names || line.text.as_str().is_ascii() && line.reactions.is_empty() {
        return Cow::Borrowed(line);
    }
    let mut line = line.clone();
    line.text = line.text.with_names();
    for reaction in &mut line.reactions {
        reaction.text = FormattedText::plain(reaction.text.as_str())
            .with_names()
            .text;
    }
    Cow::Owned(line)
}

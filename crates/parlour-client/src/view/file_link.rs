//! Links to uploaded files, shown as one short piece of text: name, size of a picture, host.

use percent_encoding::percent_decode_str;
use url::Url;

use super::{Glyphs, wrap};
use crate::SafeText;

/// Folder of uploaded files in their addresses.
const FOLDER: &str = "/files/";
/// Bytes of an id, which cannot be guessed.
const ID: std::ops::RangeInclusive<usize> = 16..=64;
/// Cells of a name; a longer one is cut.
const NAME: usize = 40;

/// Returns whether a text may have links to uploaded files.
pub(super) fn may_be_in(text: &str) -> bool {
    text.contains(FOLDER)
}

/// Returns the text that stands for a link to an uploaded file; none for any other link. The host is
/// part of it: anybody can name a file as they like.
pub(super) fn short(link: &str, glyphs: Glyphs) -> Option<String> {
    let url: Url = link.parse().ok()?;
    let (_, rest) = url.path().split_once(FOLDER)?;
    let (id, name) = rest.split_once('/')?;
    if url.query().is_some() || url.fragment().is_some() || name.is_empty() || name.contains('/') {
        return None;
    }
    let (id, size) = match id.split_once('.') {
        Some((id, size)) => (id, Some(size_of(size)?)),
        None => (id, None),
    };
    let is_id = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-');
    if !ID.contains(&id.len()) || !id.bytes().all(is_id) {
        return None;
    }
    let name = percent_decode_str(name).decode_utf8_lossy();
    let name = SafeText::new(&name);
    let name = wrap::fit(name.as_str(), NAME);
    let size = size.map(|(width, height)| format!(" {width}x{height}"));
    let (size, host) = (size.unwrap_or_default(), url.authority());
    Some(format!("{name}{size}{}{host}", glyphs.of(" · ")))
}

/// Parses the size of a picture.
fn size_of(text: &str) -> Option<(u16, u16)> {
    let (width, height) = text.split_once('x')?;
    Some((width.parse().ok()?, height.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_files_are_short_and_say_where_they_lead() {
        let id = "AbCdEf0123456789_-ghij";
        for (link, want) in [
            (
                format!("https://chat.org/files/{id}/notes.txt"),
                "notes.txt · chat.org",
            ),
            (
                format!("http://127.0.0.1:25000/files/{id}.640x480/a%20b.png"),
                "a b.png 640x480 · 127.0.0.1:25000",
            ),
            (
                format!("https://x.org/chat/files/{id}/%E2%80%AEgnp.exe"),
                "gnp.exe · x.org",
            ),
            (format!("https://x.org/files/{id}/a%0Ab"), "a␊b · x.org"),
        ] {
            assert_eq!(
                short(&link, Glyphs::Unicode).as_deref(),
                Some(want),
                "{link}"
            );
        }
        for link in [
            format!("https://x.org/files/{id}"),
            format!("https://x.org/files/{id}/"),
            format!("https://x.org/files/{id}/a/b"),
            format!("https://x.org/files/{id}/a?b=c"),
            format!("https://x.org/files/{id}.640/a"),
            "https://x.org/files/short/a".to_owned(),
            "https://x.org/other".to_owned(),
            "no link".to_owned(),
        ] {
            assert_eq!(short(&link, Glyphs::Unicode), None, "{link}");
        }
        let long = format!("https://x.org/files/{id}/{}", "n".repeat(200));
        let long = short(&long, Glyphs::Unicode).unwrap();
        assert!(wrap::width(&long) < 60, "{long}");
    }
}

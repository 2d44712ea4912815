//! What must hold for any input. The fuzz targets run these, and so does a test over the corpus
//! (`crates/parlour-client/tests/corpus.rs`).

use irc_wire::{Framed, Framer, Message, terminal};
use parlour_client::SafeText;
use parlour_client::formatting::FormattedText;
use parlour_client::input::{Decoder, Input};
use parlour_client::view::wrap;
use unicode_segmentation::UnicodeSegmentation;

fn is_tame(text: &str) -> bool {
    !text.chars().any(|c| c != '\n' && terminal::is_hostile(c))
}

/// Any bytes are lines or none, and a line that is read can be written and read again.
pub fn message(data: &[u8]) {
    let mut framer = Framer::new(8_703);
    framer.push(data);
    while let Some(framed) = framer.next_line() {
        let Framed::Line(line) = framed else { continue };
        let text = String::from_utf8_lossy(line);
        if let Ok(message) = Message::parse(&text) {
            assert!(!message.command.is_empty());
            assert!(message.params.len() <= irc_wire::MAX_PARAMS);
            for name in ["time", "msgid", "label", "+draft/reply"] {
                let _ = message.tags.get(name);
            }
        }
    }
}

/// Whatever it was, what may be shown acts on no terminal, and making it safe again changes nothing.
pub fn safe_text(data: &[u8]) {
    let raw = String::from_utf8_lossy(data);
    for safe in [
        SafeText::new(&raw),
        SafeText::name(&raw),
        SafeText::topic(&raw),
        SafeText::of_lines(&raw),
    ] {
        assert!(is_tame(safe.as_str()), "{safe:?}");
        assert_eq!(SafeText::of_lines(safe.as_str()).as_str(), safe.as_str());
    }
}

/// Formatting codes become looks, at boundaries of the text, in order.
pub fn formats(data: &[u8]) {
    let raw = String::from_utf8_lossy(data);
    let formatted = FormattedText::new(&raw);
    assert!(is_tame(formatted.as_str()), "{formatted:?}");
    let mut before = 0;
    for (at, _) in &formatted.looks {
        assert!(formatted.as_str().is_char_boundary(*at) && *at >= before);
        before = *at;
    }
}

/// Text in rows: none too wide, nothing lost but the spaces at which it was broken.
pub fn rows(data: &[u8]) {
    let Some((width, data)) = data.split_first() else {
        return;
    };
    let width = usize::from(*width).max(1);
    let text = SafeText::of_lines(&String::from_utf8_lossy(data));
    let text = text.as_str();
    let mut at = 0;
    for row in wrap::rows(text, width) {
        assert!(row.start - at <= 1 && text[at..row.start].trim().is_empty());
        let shown = &text[row.clone()];
        assert!(
            wrap::width(shown) <= width || shown.graphemes(true).count() == 1,
            "{shown:?}"
        );
        at = row.end;
    }
    assert_eq!(at, text.len());
    assert!(wrap::width(&wrap::fit(text, width)) <= width);
}

/// Bytes of a terminal, however they are cut: the same inputs, and no control among what is typed.
pub fn keys(data: &[u8]) {
    let all = |cut: usize| {
        let mut decoder = Decoder::default();
        let mut out = decoder.feed(&data[..cut]);
        out.extend(decoder.feed(&data[cut..]));
        out.extend(decoder.expire());
        out
    };
    let whole = all(0);
    assert_eq!(whole, all(data.len() / 2));
    for input in whole {
        if let Input::Key(key) = input
            && let Some(c) = key.code.as_char()
        {
            assert!(!c.is_control());
        }
    }
}

//! Prompt: a question or the typed text, cut to the width of the terminal.

use crate::SafeText;
use crate::app::App;
use crate::app::mode::{ComposeContext, Confirmation, Mode};
use crate::links;
use crate::view::wrap;

/// Returns the prompt.
pub(super) fn of(app: &App) -> String {
    let composer = app.composer.text().replace('\n', "⏎");
    let buffer = app.model.buffer();
    let name = &buffer.name;
    match (&app.mode, &app.context) {
        (Mode::Confirm(Confirmation::Open(url)), _) => {
            format!("Open {}? y/n ", links::safe(url))
        }
        (Mode::Confirm(Confirmation::Upload(path)), _) => {
            format!("Upload {}? y/n ", SafeText::new(path.trim()))
        }
        (Mode::Confirm(Confirmation::Settings(_)), _) => {
            format!("Keep {}? y/n ", app.changed_settings())
        }
        (Mode::Confirm(Confirmation::Trust(_, server, ..)), _) => {
            format!(
                "Trust the new certificate of {}? y/n ",
                SafeText::new(server)
            )
        }
        (Mode::Confirm(Confirmation::Delete(id)), _) => {
            let line = buffer.position(*id).map(|at| &buffer.lines[at]);
            let text = line.map(|line| line.text.as_str().replace('\n', " / "));
            format!(
                "Delete \"{}\"? y/n ",
                SafeText::new(&text.unwrap_or_default())
            )
        }
        (Mode::Secret(form), _) => {
            let wrong = form.wrong.map(|wrong| format!(" ({wrong})"));
            let wrong = wrong.unwrap_or_default();
            format!("{}{wrong}: {}", form.question(), form.shown())
        }
        (Mode::Pick(picker), _) => format!("{} Its key, or Esc: ", picker.title),
        (Mode::Paste(text), _) => format!(
            "{} lines pasted: Enter sends, i puts them in, Ctrl+C discards them ",
            text.trim_end().split('\n').count()
        ),
        (_, Some(ComposeContext::Reply { from, .. })) => format!("[{name}, to {from}] {composer}"),
        (_, Some(ComposeContext::Edit { .. })) => format!("[{name}, editing] {composer}"),
        (_, None) => format!("[{name}] {composer}"),
    }
}

/// Cuts a line to `room` cells around the cursor. Returns the text shown, and the number of cells
/// from the cursor to its end.
pub(super) fn window(line: &str, cursor: usize, room: usize) -> (String, usize) {
    let (before, behind) = line.split_at(cursor);
    // A third of the room for the text after the cursor; the rest shows what was typed last.
    let few = wrap::width(behind).min(room / 3);
    let before = wrap::end(before, room - few);
    let mut shown = before.to_owned();
    let mut left = room - wrap::width(before);
    let mut back = 0;
    for grapheme in wrap::graphemes(behind) {
        let width = wrap::width(grapheme);
        if width > left {
            break;
        }
        left -= width;
        back += width;
        shown.push_str(grapheme);
    }
    (shown, back)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_cursor_is_seen_wherever_it_stands() {
        assert_eq!(window("[#a] hello", 10, 20), ("[#a] hello".into(), 0));
        assert_eq!(window("[#a] hello", 5, 20), ("[#a] hello".into(), 5));
        assert_eq!(window("[#a] 0123456789", 15, 8), ("23456789".into(), 0));
        assert_eq!(window("[#a] 0123456789", 5, 9), ("[#a] 0123".into(), 4));
        assert_eq!(window("日本語", 0, 4), ("日本".into(), 4));
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide(text in "\\PC{0,60}", at in 0usize..60, room in 1usize..40) {
            let cursor = text.char_indices().map(|(at, _)| at).nth(at).unwrap_or(text.len());
            let (shown, back) = window(&text, cursor, room);
            prop_assert!(wrap::width(&shown) <= room + 1);
            prop_assert!(back <= room);
        }
    }
}

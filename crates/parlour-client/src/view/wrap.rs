//! Breaking of text into rows. Wrapping, cutting and the cursor use the same measure of width.

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Returns the width of a text in cells: the sum of its graphemes, as they are drawn one by one.
/// (The width of the whole differs in scripts that join letters.)
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.width();
    }
    text.graphemes(true).map(cells).sum()
}

/// Returns the width of a grapheme in cells, as measured by ratatui.
fn cells(grapheme: &str) -> usize {
    if grapheme.is_ascii() {
        grapheme.width()
    } else {
        usize::from(grapheme.cell_width())
    }
}

/// Splits a text into graphemes.
pub fn graphemes(text: &str) -> impl Iterator<Item = &str> {
    text.graphemes(true)
}

/// Returns the byte ranges of the rows of `text` at `width` cells: broken between words if
/// possible, else between graphemes. A line end ends a row; it and the space at a break belong to
/// no row.
pub fn rows(text: &str, width: usize) -> Vec<std::ops::Range<usize>> {
    rows_after(text, width, 0)
}

/// Breaks as [`rows`], with `taken` cells of the first row occupied already.
pub fn rows_after(text: &str, width: usize, taken: usize) -> Vec<std::ops::Range<usize>> {
    let width = width.max(1);
    let mut rows = Vec::new();
    let mut start = 0;
    let mut used = taken;
    // Last space of the row: its byte index, and the row's width up to and including it.
    let mut space: Option<(usize, usize)> = None;
    for (at, grapheme) in text.grapheme_indices(true) {
        if grapheme == "\n" || grapheme == "\r\n" {
            rows.push(start..at);
            (start, used, space) = (at + grapheme.len(), 0, None);
            continue;
        }
        let cells = cells(grapheme);
        if used + cells > width && at > start {
            match space.take() {
                _ if grapheme == " " => {
                    rows.push(start..at);
                    (start, used) = (at + 1, 0);
                    continue;
                }
                Some((from, behind)) if from > start => {
                    rows.push(start..from);
                    start = from + 1;
                    used -= behind;
                }
                _ => {}
            }
            // No usable space, or the word does not fit on the new row either.
            if used + cells > width && at > start {
                rows.push(start..at);
                (start, used) = (at, 0);
            }
        }
        used += cells;
        if grapheme == " " {
            space = Some((at, used));
        }
    }
    rows.push(start..text.len());
    rows
}

/// Cuts `text` to `width` cells and ends it with `…` if something is missing.
pub fn fit(text: &str, width: usize) -> String {
    if self::width(text) <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let cells = cells(grapheme);
        if used + cells + 1 > width {
            break;
        }
        used += cells;
        out.push_str(grapheme);
    }
    if width > 0 {
        out.push('…');
    }
    out
}

/// Returns the longest end of `text` of at most `width` cells.
pub fn end(text: &str, width: usize) -> &str {
    let mut from = text.len();
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        used += cells(grapheme);
        if used > width {
            break;
        }
        from = at;
    }
    &text[from..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    fn split(text: &str, width: usize) -> Vec<&str> {
        rows(text, width)
            .into_iter()
            .map(|range| &text[range])
            .collect()
    }

    #[test]
    fn words_stay_whole_where_they_fit() {
        assert_eq!(split("one two three", 8), ["one two", "three"]);
        assert_eq!(split("one two three", 7), ["one two", "three"]);
        assert_eq!(split("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(split("日本語", 4), ["日本", "語"]);
        assert_eq!(split("a\nb", 9), ["a", "b"]);
        // One grapheme, three cells.
        assert_eq!(split("a bbb👀𑩗", 5), ["a", "bbb", "👀𑩗"]);
        assert_eq!(split("", 9), [""]);
        assert_eq!(fit("hello", 4), "hel…");
        assert_eq!(fit("日本語", 5), "日本…");
    }

    #[test]
    fn the_width_of_a_text_is_that_of_what_is_drawn() {
        // Found by fuzzing: a vowel sign counted differently in the width of the whole text, and
        // halfwidth voiced marks, which the renderer gives a cell of their own.
        for text in ["👀𑩗👀𑩗", "लि", "👩\u{200d}👩\u{200d}👧!", "ｶﾞｷﾞ", "ﾞ"]
        {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 40, 1));
            let (end, _) = buffer.set_stringn(0, 0, text, 40, Style::new());
            assert_eq!(width(text), usize::from(end), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_row_is_too_wide_and_nothing_is_lost(text in "\\PC*", width in 1usize..40) {
            let all = rows(&text, width);
            let mut at = 0;
            for range in &all {
                // Between rows there is at most the space or line end of the break.
                prop_assert!(range.start - at <= 1 && text[at..range.start].trim().is_empty());
                let row = &text[range.clone()];
                prop_assert!(super::width(row) <= width || row.graphemes(true).count() == 1, "{:?}", row);
                at = range.end;
            }
            prop_assert_eq!(at, text.len());
            prop_assert!(super::width(&fit(&text, width)) <= width);
        }
    }
}

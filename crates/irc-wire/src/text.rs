//! Cutting of text at character boundaries.

/// Returns the largest index at or below `limit` that is a UTF-8 character boundary of `bytes`. For
/// bytes that are not UTF-8, the index is at most three bytes below `limit`.
pub fn floor_boundary(bytes: &[u8], limit: usize) -> usize {
    if limit >= bytes.len() {
        return bytes.len();
    }
    let lowest = limit.saturating_sub(3);
    (lowest..=limit)
        .rev()
        .find(|&i| !is_continuation(bytes[i]))
        .unwrap_or(limit)
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// Returns the longest prefix of `text` of at most `max` bytes, cut between characters.
pub fn cut(text: &str, max: usize) -> &str {
    &text[..floor_boundary(text.as_bytes(), max)]
}

/// Splits `text` into pieces of at most `max` bytes: at a space if one is near the end, else
/// between characters. The joined pieces are `text` without the spaces at which it was split. `max`
/// must be at least 4.
pub fn pieces(text: &str, max: usize) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let text = rest?;
        if text.len() <= max {
            rest = None;
            return Some(text);
        }
        let whole = cut(text, max);
        // A space in the first three quarters would leave the piece too short.
        let near = whole.len() - whole.len() / 4;
        match whole.rfind(' ').filter(|&at| at >= near) {
            Some(at) => {
                rest = Some(&text[at + 1..]);
                Some(&text[..at])
            }
            None => {
                rest = Some(&text[whole.len()..]);
                Some(whole)
            }
        }
    })
}

/// Returns the number of bytes at the end of `bytes` that begin an incomplete character: 0 to 3.
pub fn incomplete_tail(bytes: &[u8]) -> usize {
    let from = bytes.len().saturating_sub(3);
    for start in (from..bytes.len()).rev() {
        let byte = bytes[start];
        if is_continuation(byte) {
            continue;
        }
        let want = match byte {
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            _ => 1,
        };
        let have = bytes.len() - start;
        return if have < want { have } else { 0 };
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn cuts_never_split_a_character() {
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(cut("aé", 3), "aé");
        assert_eq!(cut("日本", 5), "日");
        assert_eq!(cut("", 5), "");
    }

    #[test]
    fn pieces_lose_nothing_but_the_split_spaces() {
        let parts: Vec<_> = pieces("one two three", 8).collect();
        assert_eq!(parts, ["one two", "three"]);
        let parts: Vec<_> = pieces("日本語日本語", 7).collect();
        assert_eq!(parts, ["日本", "語日", "本語"]);
        assert_eq!(pieces("", 8).collect::<Vec<_>>(), [""]);
    }

    #[test]
    fn an_unfinished_character_is_counted() {
        assert_eq!(incomplete_tail("é".as_bytes()), 0);
        assert_eq!(incomplete_tail(&"é".as_bytes()[..1]), 1);
        assert_eq!(incomplete_tail(&"😀".as_bytes()[..3]), 3);
        assert_eq!(incomplete_tail(b"abc\xff"), 0);
        assert_eq!(incomplete_tail(b""), 0);
    }
}

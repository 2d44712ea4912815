//! Masks with `*` and `?`, matched case-insensitively.

/// Returns whether the whole `text` matches `mask`: `*` is any run of characters, `?` any one
/// character, `\` escapes the next; ASCII letters match without regard to case.
///
/// Takes at most time proportional to the product of both lengths, and no memory: only the last `*`
/// is ever retried.
pub fn matches(mask: &str, text: &str) -> bool {
    matches_by(mask, text, |a, b| a.eq_ignore_ascii_case(&b))
}

/// Returns whether `text` matches `mask`, comparing bytes with `same`.
pub(crate) fn matches_by(mask: &str, text: &str, same: impl Fn(u8, u8) -> bool) -> bool {
    let (mask, text) = (mask.as_bytes(), text.as_bytes());
    let (mut m, mut t) = (0, 0);
    // State to resume from at the last `*`: the mask behind it, the text position tried last, and
    // the least number of bytes that the rest of the mask takes.
    let mut retry: Option<(usize, usize, usize)> = None;
    while t < text.len() {
        let step = match mask.get(m) {
            Some(b'*') => {
                // A rest too short for the mask cannot match at any position: fail at once.
                let least = shortest(&mask[m + 1..]);
                if least > text.len() - t {
                    return false;
                }
                retry = Some((m + 1, t, least));
                m += 1;
                continue;
            }
            // A `?` takes a whole UTF-8 character, not a byte.
            Some(b'?') => Some((1, char_len(text[t]))),
            Some(b'\\') if m + 1 < mask.len() => same(mask[m + 1], text[t]).then_some((2, 1)),
            Some(&byte) => same(byte, text[t]).then_some((1, 1)),
            None => None,
        };
        match (step, retry) {
            (Some((dm, dt)), _) => {
                m += dm;
                t += dt;
            }
            (None, Some((after_star, tried, least))) => {
                // Earlier stars need no retry: whatever they could take, the last one can take as
                // well.
                m = after_star;
                t = tried + 1;
                if least > text.len() - t {
                    return false;
                }
                retry = Some((after_star, t, least));
            }
            (None, None) => return false,
        }
    }
    t == text.len() && mask[m..].iter().all(|&b| b == b'*')
}

/// Returns the least number of bytes that a mask matches.
fn shortest(mask: &[u8]) -> usize {
    let mut bytes = mask.iter();
    let mut count = 0;
    while let Some(byte) = bytes.next() {
        if *byte == b'\\' {
            bytes.next();
        }
        count += usize::from(*byte != b'*');
    }
    count
}

fn char_len(first: u8) -> usize {
    match first {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xFF => 4,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    #[test]
    fn stars_and_question_marks() {
        for (mask, text, want) in [
            ("*", "", true),
            ("*!*@*.org", "a!b@c.org", true),
            ("*!*@*.org", "a!b@c.net", false),
            ("a?c", "aBc", true),
            ("a?c", "aéc", true),
            ("a?c", "ac", false),
            ("a\\*c", "a*c", true),
            ("a\\*c", "abc", false),
            ("*a*b", "aab", true),
            ("", "", true),
            ("", "a", false),
            ("a**", "a", true),
        ] {
            assert_eq!(matches(mask, text), want, "{mask} on {text}");
        }
    }

    #[test]
    fn many_stars_do_not_explode() {
        let text: String = core::iter::repeat_n('a', 5000).collect();
        let mask: String = core::iter::repeat_n("*a", 2000).collect::<String>() + "b";
        assert!(!matches(&mask, &text));
    }
}

//! The parts of PRECIS that names share (RFC 8264, RFC 8265).

use alloc::string::String;

use unicode_bidi::{BidiClass, bidi_class};
use unicode_normalization::UnicodeNormalization;

/// Maps full-width and half-width letters to the common ones, and composes (RFC 8265 §3.4.1: width
/// mapping, normalization form C).
pub(super) fn normalize(name: &str) -> String {
    if name.is_ascii() {
        return name.into();
    }
    let mut mapped = String::with_capacity(name.len());
    for c in name.chars() {
        // NFKC of this block is the width mapping; of other characters it would change more.
        if matches!(c, '\u{ff01}'..='\u{ffef}') {
            mapped.extend(core::iter::once(c).nfkc());
        } else {
            mapped.push(c);
        }
    }
    mapped.nfc().collect()
}

/// Returns whether a character stands only for another one: PRECIS' HasCompat (RFC 8264 §9.17).
pub(super) fn has_compat(c: char) -> bool {
    !core::iter::once(c).nfkc().eq(core::iter::once(c).nfc())
}

/// Checks the Bidi Rule (RFC 5893 §2): a name with right-to-left letters is right-to-left as a
/// whole, so that it cannot be shown as another one.
pub(super) fn keeps_direction(name: &str) -> bool {
    use BidiClass as B;
    let class = bidi_class;
    if !name
        .chars()
        .any(|c| matches!(class(c), B::R | B::AL | B::AN))
    {
        return true;
    }
    let starts = name.chars().next().map(class);
    let ends = name.chars().rev().map(class).find(|class| *class != B::NSM);
    let inside = |c| {
        matches!(
            class(c),
            B::R | B::AL | B::AN | B::EN | B::ES | B::CS | B::ET | B::ON | B::BN | B::NSM
        )
    };
    let both_digits =
        name.chars().any(|c| class(c) == B::EN) && name.chars().any(|c| class(c) == B::AN);
    matches!(starts, Some(B::R | B::AL))
        && matches!(ends, Some(B::R | B::AL | B::EN | B::AN))
        && name.chars().all(inside)
        && !both_digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_composed_and_of_common_width() {
        assert_eq!(normalize("Jose\u{301}"), "José");
        assert_eq!(normalize("ｂｏｂ"), "bob");
        assert!(has_compat('ﬁ') && has_compat('²') && !has_compat('é') && !has_compat('日'));
    }

    #[test]
    fn a_name_runs_in_one_direction() {
        for good in ["bob", "שלום", "סבבה1", "日本"] {
            assert!(keeps_direction(good), "{good}");
        }
        for bad in ["bobשלום", "שלוםbob", "1שלום"] {
            assert!(!keeps_direction(bad), "{bad}");
        }
    }
}

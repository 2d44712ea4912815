//! Names that look the same (UTS #39).

use alloc::string::String;

use unicode_security::confusable_detection::skeleton as unicode_skeleton;

/// What a name looks like: two names with one skeleton could be taken for one another.
///
/// ASCII letters stand for themselves, whatever their case. Unicode's table would also make
/// `rn` of `m` and `l` of `1`, which would forbid too many honest names.
pub(crate) fn skeleton(name: &str) -> String {
    let mut shown = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_ascii() {
            shown.push(c.to_ascii_lowercase());
        } else {
            let mut buffer = [0; 4];
            for seen in unicode_skeleton(c.encode_utf8(&mut buffer)) {
                shown.extend(seen.to_lowercase());
            }
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_other_scripts_that_look_alike_are_one() {
        // Cyrillic Е, е, а and о.
        assert_eq!(skeleton("\u{435}van"), skeleton("Evan"));
        assert_eq!(skeleton("r\u{43e}\u{43e}t"), skeleton("root"));
        assert_ne!(skeleton("Иван"), skeleton("Evan"));
        assert_ne!(skeleton("bi11"), skeleton("bill"));
        assert_ne!(skeleton("José"), skeleton("Jose"));
    }
}

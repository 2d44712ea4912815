//! CTCP: messages between clients, in a text that begins with U+0001.

use parlour_core::request::Splits;

/// Returns whether a line of `text`, also as divided by `splits`, is a CTCP message other than
/// ACTION.
pub(crate) fn is_ctcp(text: &str, splits: &Splits) -> bool {
    let parts = splits.iter().flat_map(|splits| splits.iter());
    let mut parts = parts.filter_map(|&at| text.get(at as usize..));
    // Readers without draft/multiline get each part as a line of its own.
    text.split('\n').any(begins_ctcp) || parts.any(begins_ctcp)
}

fn begins_ctcp(text: &str) -> bool {
    text.strip_prefix('\u{1}')
        .is_some_and(|body| body != "ACTION" && !body.starts_with("ACTION "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_actions_are_ctcp_wherever_a_line_begins() {
        let at = |places: &[u32]| Some(places.into());
        for (text, splits, want) in [
            ("\u{1}VERSION\u{1}", None, true),
            ("\u{1}ACTION waves\u{1}", None, false),
            ("\u{1}ACTION", None, false),
            ("\u{1}ACTIONS\u{1}", None, true),
            ("hi\n\u{1}PING 1", None, true),
            ("hi\u{1}PING 1", None, false),
            ("hi\u{1}PING 1", at(&[2]), true),
            ("hi \u{1}PING 1", at(&[2]), false),
        ] {
            assert_eq!(is_ctcp(text, &splits), want, "{text:?}");
        }
    }
}

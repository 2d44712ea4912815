//! WHO (RFC 2812 §3.6.1) and WHOX: `WHO mask [flags%fields[,token]]`.

use irc_wire::{Message, text};
use parlour_core::Question;
use parlour_core::request::WhoQuestion;

use crate::irc::plan::Plan;

/// Fields of WHOX, in the order of the reply.
pub(in crate::irc) const FIELDS: &str = "tcuihsnfdlaor";
/// Flags that choose what the mask is matched against.
const BY: &str = "nuhira";
/// Digits of a token, at most.
const TOKEN_LEN: usize = 3;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let mask = message.params.non_empty(0).unwrap_or("*");
    let options = message.params.get(1).unwrap_or_default();
    let (flags, format) = match options.split_once('%') {
        Some((flags, format)) => (flags, Some(format)),
        None => (options, None),
    };
    let by: String = flags.chars().filter(|c| BY.contains(*c)).collect();
    plan.ask(Question::Who(WhoQuestion {
        mask: mask.into(),
        opers: flags.contains('o'),
        by: by.as_str().into(),
        echo: format.map(echo_token).unwrap_or_default().into(),
    }));
}

/// Returns the requested fields, each once and in order, and the token after a comma; never empty.
fn echo_token(format: &str) -> String {
    let (fields, token) = format.split_once(',').unwrap_or((format, ""));
    let digits = token.bytes().all(|b| b.is_ascii_digit());
    let token = if digits {
        text::cut(token, TOKEN_LEN)
    } else {
        ""
    };
    let wanted: String = FIELDS
        .chars()
        .filter(|field| fields.contains(*field))
        .collect();
    format!("{wanted},{token}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_in_their_order() {
        assert_eq!(echo_token("afnt,42"), "tnfa,42");
        assert_eq!(echo_token("zn,12345"), "n,123");
        assert_eq!(echo_token("rdo"), "dor,");
        assert_eq!(echo_token(",x"), ",");
    }
}

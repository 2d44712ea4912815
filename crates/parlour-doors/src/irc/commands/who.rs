//! WHO (RFC 2812 §3.6.1) and WHOX: `WHO mask [flags%fields[,token]]`.

use irc_wire::{Message, text};
use parlour_core::Question;
use parlour_core::request::{WhoField, WhoQuestion};

use crate::irc::plan::Plan;

/// Fields of WHOX, in the order of the reply.
pub(in crate::irc) const FIELDS: &str = "tcuihsnfdlaor";
/// Flags that choose what the mask is matched against.
const BY: [(char, WhoField); 6] = [
    ('n', WhoField::Nick),
    ('u', WhoField::User),
    ('h', WhoField::Host),
    ('i', WhoField::Address),
    ('r', WhoField::Realname),
    ('a', WhoField::Account),
];
/// Digits of a token, at most.
const TOKEN_LEN: usize = 3;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let mask = message.params.non_empty(0).unwrap_or("*");
    let options = message.params.get(1).unwrap_or_default();
    let (flags, format) = match options.split_once('%') {
        Some((flags, format)) => (flags, Some(format)),
        None => (options, None),
    };
    let by = BY.iter().filter(|(letter, _)| flags.contains(*letter));
    plan.ask(Question::Who(WhoQuestion {
        // `0` is the old form of `*` (RFC 2812 §3.6.1).
        mask: (!matches!(mask, "*" | "0")).then(|| mask.into()),
        opers: flags.contains('o'),
        by: by.map(|(_, field)| *field).collect(),
        echo: echo(mask, format).into(),
    }));
}

/// Returns the data for [`echoed`]: mask, and what was asked for in WHOX's form.
fn echo(mask: &str, format: Option<&str>) -> String {
    format!("{mask} {}", format.map(echo_token).unwrap_or_default())
}

/// Returns the mask of the request, and its fields and token if it was in WHOX's form.
pub(in crate::irc) fn echoed(echo: &str) -> (&str, Option<(&str, &str)>) {
    // The mask may hold a space, what follows does not.
    let (mask, format) = echo.rsplit_once(' ').unwrap_or((echo, ""));
    (mask, format.split_once(','))
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

    #[test]
    fn an_echo_comes_back_in_its_parts() {
        assert_eq!(echoed(&echo("a b", None)), ("a b", None));
        assert_eq!(echoed(&echo("#a", Some("nt,7"))), ("#a", Some(("tn", "7"))));
        assert_eq!(echoed(&echo("*", Some(""))), ("*", Some(("", ""))));
    }
}

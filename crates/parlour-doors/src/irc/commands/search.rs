//! SEARCH (soju.im/search).

use irc_wire::tags::Tags;
use irc_wire::{Message, time};
use parlour_core::request::SearchQuestion;
use parlour_core::{Name, Question, Time};

use crate::irc::caps::Cap;
use crate::irc::error_reply::ErrorReply;
use crate::irc::plan::Plan;

/// Default limit of messages.
const LIMIT: usize = 100;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    if !plan.caps.has(Cap::Search) {
        return plan.complain(crate::irc::error_reply::unknown(message.command));
    }
    let [attributes] = message.params.as_slice() else {
        let text = "The attributes are one word; a space is written \\s";
        return plan.complain(invalid("*", text));
    };
    match read(attributes) {
        Ok(question) => plan.ask(Question::Search(question)),
        Err(complaint) => plan.complain(complaint),
    }
}

/// Parses the attributes, written as message tags. Unknown ones are ignored.
fn read(attributes: &str) -> Result<SearchQuestion, ErrorReply> {
    let tags = Tags::new(attributes);
    let given = |key: &str| tags.get(key).filter(|value| !value.is_empty());
    let name = |key: &str| given(key).map(|value| Name::from(&*value));
    let moment = |key: &str| -> Result<Option<Time>, ErrorReply> {
        let Some(value) = given(key) else {
            return Ok(None);
        };
        match time::parse(&value) {
            Some(ms) => Ok(Some(Time(ms))),
            None => Err(invalid(key, "A time looks like 2026-01-31T12:00:00.000Z")),
        }
    };
    let limit = match given("limit") {
        None => LIMIT,
        Some(value) => {
            let limit = value.parse().ok().filter(|limit| *limit > 0);
            limit.ok_or_else(|| invalid("limit", "The limit is a number above 0"))?
        }
    };
    let question = SearchQuestion {
        within: name("in"),
        from: name("from"),
        after: moment("after")?,
        before: moment("before")?,
        text: name("text").unwrap_or_else(|| "".into()).into(),
        limit,
    };
    let says_nothing = SearchQuestion {
        limit,
        ..SearchQuestion::default()
    };
    if question == says_nothing {
        return Err(invalid(
            "*",
            "Say what to look for: text, in, from, after or before",
        ));
    }
    Ok(question)
}

fn invalid(key: &str, text: &str) -> ErrorReply {
    ErrorReply::fail("SEARCH", "INVALID_PARAMS", &[key], text)
}

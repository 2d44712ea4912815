//! CHATHISTORY (draft/chathistory): LATEST, BEFORE, AFTER, AROUND, BETWEEN, TARGETS.

use irc_wire::{Message, time};
use parlour_core::history::{Point, Selector};
use parlour_core::request::HistoryQuestion;
use parlour_core::{MsgId, Question, Time};

use crate::irc::caps::Cap;
use crate::irc::error_reply::ErrorReply;
use crate::irc::plan::Plan;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let sub = message.params.get(0).unwrap_or_default();
    let question = if sub.eq_ignore_ascii_case("TARGETS") {
        targets(message)
    } else {
        read(message, plan.caps.has(Cap::EventPlayback)).map(Question::History)
    };
    match question {
        Ok(question) => plan.ask(question),
        Err(complaint) => plan.complain(complaint),
    }
}

/// Parses TARGETS: two timestamps and a limit.
fn targets(message: &Message) -> Result<Question, ErrorReply> {
    let invalid = |text| ErrorReply::fail("CHATHISTORY", "INVALID_PARAMS", &["TARGETS"], text);
    let (from, to, limit) = match message.params.as_slice() {
        [_, from, to, limit] => (from, to, limit),
        few if few.len() < 4 => return Err(invalid("Insufficient parameters")),
        _ => return Err(invalid("Too many parameters")),
    };
    let moment = |text: &str| match point(text) {
        Ok(Point::At(at)) => Ok(Point::At(at)),
        Ok(Point::Id(_)) | Err(PointFault::Kind(_)) => Err(ErrorReply::fail(
            "CHATHISTORY",
            "INVALID_MSGREFTYPE",
            &["TARGETS", "*", text],
            "Use timestamp=",
        )),
        Err(PointFault::Value) => Err(invalid("That is no timestamp")),
    };
    let between = (moment(from)?, moment(to)?);
    let limit = number(limit).ok_or_else(|| invalid("The limit is a number above 0"))?;
    Ok(Question::Conversations(between, limit))
}

/// Parses a limit: a number above 0.
fn number(text: &str) -> Option<usize> {
    text.parse().ok().filter(|&limit| limit > 0)
}

/// Parses all other subcommands.
fn read(message: &Message, events: bool) -> Result<HistoryQuestion, ErrorReply> {
    let params = message.params.as_slice();
    let sub = params
        .first()
        .copied()
        .unwrap_or_default()
        .to_ascii_uppercase();
    let invalid = |text| ErrorReply::fail("CHATHISTORY", "INVALID_PARAMS", &[sub.as_str()], text);
    let points = match sub.as_str() {
        "LATEST" | "BEFORE" | "AFTER" | "AROUND" => 1,
        "BETWEEN" => 2,
        _ => {
            return Err(invalid(
                "Unknown subcommand; there are LATEST, BEFORE, AFTER, AROUND, BETWEEN and TARGETS",
            ));
        }
    };
    if params.len() < points + 3 {
        return Err(invalid("Insufficient parameters"));
    }
    if params.len() > points + 3 {
        return Err(invalid("Too many parameters"));
    }
    let Some(limit) = number(params[points + 2]) else {
        return Err(invalid("The limit is a number above 0"));
    };
    let point = |index: usize| -> Result<Point, ErrorReply> {
        point(params[index]).map_err(|fault| match fault {
            PointFault::Kind(kind) => ErrorReply::fail(
                "CHATHISTORY",
                "INVALID_MSGREFTYPE",
                &[&sub, params[1], kind],
                "Use msgid= or timestamp=",
            ),
            PointFault::Value => invalid("That is no message id or timestamp of this server"),
        })
    };
    let selector = match sub.as_str() {
        "LATEST" if params[2] == "*" => Selector::Latest(None),
        "LATEST" => Selector::Latest(Some(point(2)?)),
        "BEFORE" => Selector::Before(point(2)?),
        "AFTER" => Selector::After(point(2)?),
        "AROUND" => Selector::Around(point(2)?),
        _ => Selector::Between(point(2)?, point(3)?),
    };
    Ok(HistoryQuestion {
        target: params[1].into(),
        selector,
        limit,
        events,
    })
}

/// Error in a message reference.
enum PointFault<'a> {
    /// Unknown type of reference.
    Kind(&'a str),
    /// Unreadable value.
    Value,
}

/// Parses `msgid=` or `timestamp=`.
fn point(text: &str) -> Result<Point, PointFault<'_>> {
    // `*` is valid for LATEST only, which is handled by the caller.
    if text == "*" {
        return Err(PointFault::Value);
    }
    let (kind, value) = text.split_once('=').ok_or(PointFault::Kind(text))?;
    match kind {
        "msgid" => MsgId::parse(value).map(Point::Id),
        "timestamp" => time::parse(value).map(|ms| Point::At(Time(ms))),
        _ => return Err(PointFault::Kind(text)),
    }
    .ok_or(PointFault::Value)
}

//! UBAN: bans and mutes of the server, for server operators.

use irc_wire::{Message, text};
use parlour_core::request::BanRequest;
use parlour_core::state::BanAction;
use parlour_core::{Change, Question};

use crate::duration;
use crate::irc::error_reply::ErrorReply;
use crate::irc::error_reply::{cut_short, need_more};
use crate::irc::plan::Plan;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let params = message.params.as_slice();
    let words: Vec<&str> = params
        .iter()
        .flat_map(|param| param.split(' '))
        .filter(|word| !word.is_empty())
        .collect();
    let (sub, words) = words.split_first().map_or(("", &[][..]), |(s, w)| (*s, w));
    match (sub.to_ascii_uppercase().as_str(), words) {
        ("LIST", []) => plan.ask(Question::Bans),
        ("DEL" | "REMOVE", [target]) => plan.change(Change::Unban((*target).into())),
        ("ADD", [target, rest @ ..]) => add((target, BanAction::Refuse), rest, plan),
        ("MUTE", [target, rest @ ..]) => add((target, BanAction::Mute), rest, plan),
        _ => plan.complain(need_more("UBAN")),
    }
}

/// Plans a ban: target, duration and reason. The words DURATION and REASON may precede theirs.
fn add((target, action): (&str, BanAction), words: &[&str], plan: &mut Plan) {
    let skip = |words: &[&str], word: &str| {
        usize::from(words.first().is_some_and(|w| w.eq_ignore_ascii_case(word)))
    };
    let named = skip(words, "DURATION");
    let words = &words[named..];
    let duration = words.first().and_then(|word| duration::parse(word));
    if named == 1 && duration.is_none() {
        let given = words.first().copied().unwrap_or("*");
        let text = "That is no duration; write it as 30m, 12h, 2d or 1w";
        return plan.complain(ErrorReply::fail("UBAN", "INVALID_PARAMS", &[given], text));
    }
    let words = &words[usize::from(duration.is_some())..];
    let words = &words[skip(words, "REASON")..];
    let reason = words.join(" ");
    let most = plan.limits().reason;
    if reason.len() > most {
        plan.complain(cut_short("UBAN", most, "reason"));
    }
    plan.change(Change::Ban(BanRequest {
        target: target.into(),
        action,
        duration,
        reason: text::cut(&reason, most).into(),
    }));
}

//! `*playback`, as ZNC's module of that name: replay of messages, requested by a message.

use irc_wire::{Line, Message, numerics as n, text};
use parlour_core::history::Point;
use parlour_core::reply::HistoryReply;
use parlour_core::request::ReplayQuestion;
use parlour_core::{Question, Reply, Time};

use crate::context::Context;
use crate::irc::door::IrcDoor;
use crate::irc::plan::Plan;
use crate::irc::request_source::RequestSource;

/// Nick of the module.
const NAME: &str = "*playback";

/// Largest timestamp that a message id can have, in milliseconds.
const LAST_MOMENT: u64 = (1 << 47) - 1;

/// Returns whether a target is `*playback`.
pub(super) fn is_playback(target: &str) -> bool {
    target.eq_ignore_ascii_case(NAME)
}

/// Plans PLAY, with `*` or targets, then from and to in seconds since 1970; LIST; or CLEAR.
pub(super) fn said(text: &str, plan: &mut Plan) {
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let question = match words.as_slice() {
        [command, ..] if command.eq_ignore_ascii_case("LIST") => {
            plan.asked = Some(RequestSource::Playback);
            let ever = (Point::At(Time(0)), Point::At(Time(LAST_MOMENT)));
            return plan.ask(Question::Conversations(ever, plan.limits().history_page));
        }
        // The history is shared by all users: CLEAR deletes nothing.
        [command, ..] if command.eq_ignore_ascii_case("CLEAR") => return,
        [command, rest @ ..] if command.eq_ignore_ascii_case("PLAY") => read(rest),
        _ => None,
    };
    match question {
        Some(question) => plan.ask(Question::Replay(question)),
        None => plan.say(
            n::ERR_UNKNOWNERROR,
            &["PLAY"],
            "Usage: PLAY *|target[,target] [from [to]], in seconds since 1970; or LIST",
        ),
    }
}

/// Plans ZNC: the text is for a module, and `*playback` is the only one.
pub(in crate::irc) fn znc(message: &Message, plan: &mut Plan) {
    let (module, words) = message
        .params
        .as_slice()
        .split_first()
        .unwrap_or((&"", &[]));
    if is_playback(module) || is_playback(&format!("*{module}")) {
        return said(&words.join(" "), plan);
    }
    let shown = text::cut(module, 64);
    plan.say(
        n::ERR_NOSUCHNICK,
        &[shown],
        "No such module; there is *playback",
    );
}

/// Lists conversations, with the times of their first and last messages. The first is not known: 0
/// precedes it in any case.
pub(in crate::irc) fn list(door: &IrcDoor, cx: &mut Context, reply: &Reply) {
    let Reply::History(HistoryReply::Conversations(found)) = reply else {
        return;
    };
    let source = format!("{NAME}!playback@{}", cx.settings.server_name());
    for (target, last) in found {
        let (seconds, ms) = (last.0 / 1000, last.0 % 1000);
        Line::new(&mut cx.out)
            .from(&source, "PRIVMSG")
            .word(door.shown_nick())
            .trailing(&format!("{target} 0 {seconds}.{ms:03}"))
            .end();
    }
}

/// Parses the targets and the interval of PLAY.
fn read(words: &[&str]) -> Option<ReplayQuestion> {
    let (targets, moments) = words.split_first()?;
    if moments.len() > 2 {
        return None;
    }
    let mut moments = moments.iter().map(|word| moment(word));
    let (after, before) = (moments.next(), moments.next());
    let targets = match *targets {
        "*" => Vec::new(),
        list => crate::irc::plan::split_list(list).map(Into::into).collect(),
    };
    Some(ReplayQuestion {
        targets,
        // A missing time is no bound; an unreadable one refuses the command.
        after: after.map_or(Some(None), |after| after.map(Some))?,
        before: before.map_or(Some(None), |before| before.map(Some))?,
    })
}

/// Parses seconds since 1970, with or without a fraction, to the millisecond.
fn moment(text: &str) -> Option<Time> {
    let seconds: f64 = text.parse().ok()?;
    let ms = (seconds * 1000.0).round();
    // Up to the year 5138; a double holds milliseconds exactly up to there.
    (0.0..1e14).contains(&ms).then_some(Time(ms as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_to_the_millisecond() {
        assert_eq!(moment("1558338348.123"), Some(Time(1_558_338_348_123)));
        assert_eq!(moment("1558338348"), Some(Time(1_558_338_348_000)));
        for bad in ["", "x", "-1", "1e300", "nan", "inf"] {
            assert_eq!(moment(bad), None, "{bad}");
        }
    }
}

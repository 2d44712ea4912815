//! `*playback`, as ZNC's module of that name: what was said, asked for by a message.

use irc_wire::numerics as n;
use parlour_core::request::ReplayQuestion;
use parlour_core::{Question, Time};

use super::Plan;

/// Whom the message is sent to.
const NAME: &str = "*playback";

/// Whether a message is for it.
pub(super) fn is_meant(target: &str) -> bool {
    target.eq_ignore_ascii_case(NAME)
}

/// PLAY and `*` or targets, then from and to in seconds since 1970.
pub(super) fn said(text: &str, plan: &mut Plan) {
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let question = match words.as_slice() {
        // What is kept here is kept for all: it is not cleared by one of them.
        [command, ..] if command.eq_ignore_ascii_case("CLEAR") => return,
        [command, rest @ ..] if command.eq_ignore_ascii_case("PLAY") => read(rest),
        _ => None,
    };
    match question {
        Some(question) => plan.ask(Question::Replay(question)),
        None => plan.say(
            n::ERR_UNKNOWNERROR,
            &["PLAY"],
            "It goes like this: PLAY *|target[,target] [from [to]], in seconds since 1970",
        ),
    }
}

fn read(words: &[&str]) -> Option<ReplayQuestion> {
    let (targets, moments) = words.split_first()?;
    if moments.len() > 2 {
        return None;
    }
    let mut moments = moments.iter().map(|word| moment(word));
    let (after, before) = (moments.next(), moments.next());
    let targets = match *targets {
        "*" => Vec::new(),
        list => super::split_list(list).map(Into::into).collect(),
    };
    Some(ReplayQuestion {
        targets,
        after: after.map_or(Some(None), |after| after.map(Some))?,
        before: before.map_or(Some(None), |before| before.map(Some))?,
    })
}

/// Seconds since 1970, with a fraction or without, as milliseconds.
fn moment(text: &str) -> Option<Time> {
    let seconds: f64 = text.parse().ok()?;
    let ms = (seconds * 1000.0).round();
    // Up to the year 5138, as exact as a time here is.
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

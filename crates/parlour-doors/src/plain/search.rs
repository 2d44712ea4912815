//! Parser of `/search`: words and filters.

use irc_wire::time;
use parlour_core::names::ChannelName;
use parlour_core::request::SearchQuestion;
use parlour_core::{Name, Time};

/// Maximum number of messages that one search shows.
const MOST: usize = 50;

/// Parses a search, by default of the channel `room`. The error is a sentence for the user.
pub(super) fn read(given: &str, room: Option<ChannelName>) -> Result<SearchQuestion, String> {
    let mut question = SearchQuestion {
        within: room.map(Name::from),
        limit: MOST,
        ..SearchQuestion::default()
    };
    let mut words: Vec<&str> = Vec::new();
    for word in given.split_whitespace() {
        match word.split_once(':') {
            Some(("from", nick)) => question.from = Some(nick.into()),
            Some(("in", "*")) => question.within = None,
            Some(("in", place)) => question.within = Some(place.into()),
            Some(("after", date)) => question.after = Some(moment(date, "T00:00:00.000Z")?),
            Some(("before", date)) => question.before = Some(moment(date, "T23:59:59.999Z")?),
            _ => words.push(word),
        }
    }
    question.text = words.join(" ").into();
    Ok(question)
}

/// Parses a date, or a date with a time; a date alone is completed by `rest_of_day`.
fn moment(text: &str, rest_of_day: &str) -> Result<Time, String> {
    let whole = format!("{text}{rest_of_day}");
    let ms = time::parse(text).or_else(|| time::parse(&whole));
    ms.map(Time).ok_or_else(|| {
        let shown = irc_wire::terminal::neutralise(irc_wire::text::cut(text, 40));
        format!("{shown} is no date; write it as 2026-01-31.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_stand_among_the_words() {
        let room = || Some("#lobby".into());
        let question = read("lost from:bob key: after:2026-01-31 in:*", room()).unwrap_or_default();
        assert_eq!(&*question.text, "lost key:");
        assert_eq!(question.from.as_deref(), Some("bob"));
        assert_eq!(question.within, None);
        assert_eq!(question.after, Some(Time(1_769_817_600_000)));
        let question = read("x before:1970-01-01", room()).unwrap_or_default();
        assert_eq!(question.before, Some(Time(86_399_999)));
        assert_eq!(question.within.as_deref(), room().as_deref());
        assert!(read("x before:yesterday", None).is_err());
    }
}

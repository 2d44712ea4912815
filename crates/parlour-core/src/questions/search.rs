//! Message search over all that a user may read.

use crate::error::HistoryError;
use crate::reply::HistoryReply;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::history::{Log, SearchQuery, View};
use crate::replica::Replica;
use crate::request::SearchQuestion;
use crate::state::User;
use crate::{Event, MsgId, Refusal, Reply, limits, rules, search};

/// Returns the query that answers a question, in one place or in all that the requester may read.
pub(crate) fn plan(
    replica: &Replica,
    asker: &User,
    question: &SearchQuestion,
) -> Result<SearchQuery, Refusal> {
    let end = MsgId(replica.last.0 + 1);
    let view = |channel| rules::history::view(replica, channel, &asker.profile);
    let bad = |name: &crate::Name| Refusal::History(HistoryError::NoSearch(name.clone()));
    let (channels, with) = match &question.within {
        None => {
            let there = asker
                .channels
                .keys()
                .filter_map(|id| replica.channels.get(id));
            (there.filter_map(view).collect(), None)
        }
        Some(name) if name.starts_with('#') => {
            let channel = replica.channel_by_name(name).map_err(|_| bad(name))?;
            let view: View = view(channel).ok_or_else(|| bad(name))?;
            ([view].into(), Some(Vec::new()))
        }
        Some(nick) => {
            let other = super::history::other_party(replica, nick).ok_or_else(|| bad(nick))?;
            (Vec::new(), Some([other].into()))
        }
    };
    let wanted = SearchQuery {
        channels,
        party: replica.party(&asker.profile),
        with,
        from: question.from.as_ref().map(|nick| replica.nick_key(nick)),
        after: question.after.map_or(MsgId::default(), |after| {
            MsgId(MsgId::first_of(after).0.saturating_sub(1))
        }),
        before: question.before.map_or(end, |before| {
            MsgId(MsgId::last_of(before).0.saturating_add(1)).min(end)
        }),
        // With a start given, the oldest matches come first, so that the client can read on from
        // there.
        newest: question.after.is_none(),
        terms: search::terms(&question.text),
        limit: question.limit.min(replica.settings.limits.history_page),
    };
    if wanted.terms.len() > limits::SEARCH_TERMS {
        return Err(Refusal::History(HistoryError::TooManyTerms));
    }
    if wanted.terms.is_empty() && !question.text.is_empty() {
        return Err(Refusal::History(HistoryError::NothingToSearch));
    }
    Ok(wanted)
}

/// Returns the reply with the messages that were found, under the current names of their channels.
pub(crate) fn answer(replica: &Replica, found: Vec<(Log, Arc<Event>)>) -> Reply {
    // A redaction may have been applied while the query was running.
    let there = found
        .into_iter()
        .filter(|(_, m)| !replica.redacted.has(m.id));
    let shown = there.filter_map(|(log, message)| match log {
        Log::Channel(folded) => {
            let channel = replica.channel_by_name(folded.as_str()).ok()?;
            Some(message.with_channel_name(&channel.name))
        }
        Log::Private(..) => Some(message),
    });
    let shown: Vec<Arc<Event>> = shown.collect();
    Reply::History(HistoryReply::Found(shown))
}

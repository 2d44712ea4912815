//! Queries for message history (draft/chathistory).

use crate::error::HistoryError;
use crate::hidden::Hidden;
use crate::history::{HistoryQuery, Log, Party, ranges};
use crate::replica::Replica;
use crate::request::HistoryQuestion;
use crate::state::User;
use crate::{MsgId, Refusal, rules};

/// Returns the query that answers a question, if the requester may read the target.
///
/// It ends at the question's own place in the order: messages sent while the query runs reach the
/// requester live.
pub(crate) fn plan(
    replica: &Replica,
    asker: &User,
    question: &HistoryQuestion,
) -> Result<HistoryQuery, Refusal> {
    let bad = || {
        Refusal::History(HistoryError::NoHistory(
            question.selector,
            question.target.clone(),
        ))
    };
    let (log, from, hidden) = if question.target.starts_with('#') {
        let channel = replica.channel_by_name(&question.target);
        let channel = channel.map_err(|_| bad())?;
        let view = rules::history::view(replica, channel, &asker.profile).ok_or_else(bad)?;
        (Log::Channel(view.channel), view.from, view.hidden)
    } else {
        let other = other_party(replica, &question.target).ok_or_else(bad)?;
        let own = replica.party(&asker.profile);
        (
            Log::private(own, other),
            MsgId::default(),
            Hidden::default(),
        )
    };
    // Exclusive: the last entry that was applied is included.
    let to = MsgId(replica.last.0 + 1);
    let limit = question.limit.min(replica.settings.limits.history_page);
    Ok(HistoryQuery {
        log,
        ranges: ranges(question.selector, from, to, limit),
        events: question.events,
        hidden,
    })
}

/// Returns the party that a nick means in a conversation: the user who goes by it, or else the
/// account that it belongs to.
pub(crate) fn other_party(replica: &Replica, nick: &str) -> Option<Party> {
    if let Ok(user) = replica.user_by_nick(nick) {
        return Some(replica.party(&user.profile));
    }
    let account = replica.accounts.get(&replica.nick_key(nick))?;
    Some(account.party())
}

/// Returns the query of a server operator who may redact messages in channels that they are not in.
pub(crate) fn plan_any(
    replica: &Replica,
    asker: &User,
    question: &HistoryQuestion,
) -> Option<HistoryQuery> {
    let channel = replica.channel_by_name(&question.target).ok()?;
    let to = MsgId(replica.last.0 + 1);
    rules::redact::may_look_anywhere(asker).then(|| HistoryQuery {
        log: Log::Channel(channel.folded.clone()),
        ranges: ranges(question.selector, channel.history_from, to, question.limit),
        events: question.events,
        hidden: Hidden::default(),
    })
}

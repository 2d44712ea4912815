//! Where to look for what was said.

use crate::hidden::Hidden;
use crate::history::{HistoryQuery, Log, Party, ranges};
use crate::request::HistoryQuestion;
use crate::state::User;
use crate::{Core, MsgId, Refusal, rules};

/// What answers a question, if the asker may read it.
///
/// Nothing after the question's own place in the order is shown: what is said while
/// the store looks reaches the asker as it is said.
pub(super) fn plan(
    core: &Core,
    asker: &User,
    question: &HistoryQuestion,
) -> Result<HistoryQuery, Refusal> {
    let bad = || Refusal::NoHistory(question.selector, question.target.clone());
    let (log, from, hidden) = if question.target.starts_with('#') {
        let channel = core.channel_by_name(&question.target);
        let channel = channel.map_err(|_| bad())?;
        let view = rules::history::view(core, channel, &asker.profile).ok_or_else(bad)?;
        (Log::Channel(view.channel), view.from, view.hidden)
    } else {
        let other = other_party(core, &question.target).ok_or_else(bad)?;
        let own = core.party(&asker.profile);
        (
            Log::private(own, other),
            MsgId::default(),
            Hidden::default(),
        )
    };
    let to = MsgId(core.last.0 + 1);
    let limit = question.limit.min(core.settings.limits.history_page);
    Ok(HistoryQuery {
        log,
        ranges: ranges(question.selector, from, to, limit),
        events: question.events,
        hidden,
    })
}

/// Whom a nick means in a conversation: who goes by it, or else the account that it belongs to.
pub(super) fn other_party(core: &Core, nick: &str) -> Option<Party> {
    if let Ok(user) = core.user_by_nick(nick) {
        return Some(core.party(&user.profile));
    }
    let account = core.accounts.get(&core.nick_key(nick))?;
    Some(account.party())
}

/// The same for an operator of the network who may take back what others said in a channel
/// that they are not in.
pub(super) fn plan_any(
    core: &Core,
    asker: &User,
    question: &HistoryQuestion,
) -> Option<HistoryQuery> {
    let channel = core.channel_by_name(&question.target).ok()?;
    let to = MsgId(core.last.0 + 1);
    rules::redact::may_look_anywhere(asker).then(|| HistoryQuery {
        log: Log::Channel(channel.folded.clone()),
        ranges: ranges(question.selector, channel.history_from, to, question.limit),
        events: question.events,
        hidden: Hidden::default(),
    })
}

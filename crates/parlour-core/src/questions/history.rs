//! Where to look for what was said.

use alloc::vec::Vec;

use crate::history::{Log, Range, ranges};
use crate::request::HistoryQuestion;
use crate::state::User;
use crate::{Core, MsgId, Refusal, rules};

/// The log and the runs of it that answer a question, if the asker may read them.
///
/// Nothing after the question's own place in the order is shown: what is said while
/// the store looks reaches the asker as it is said.
pub(super) fn plan(
    core: &Core,
    asker: &User,
    question: &HistoryQuestion,
) -> Result<(Log, Vec<Range>), Refusal> {
    let bad = || Refusal::NoHistory(question.selector, question.target.clone());
    let (log, from) = if question.target.starts_with('#') {
        let channel = core.channel_by_name(&question.target);
        let channel = channel.map_err(|_| bad())?;
        let from = rules::history::channel_from(channel, &asker.profile).ok_or_else(bad)?;
        (Log::Channel(channel.folded.clone()), from)
    } else {
        // Without an account, a conversation lasts as long as both have their sessions:
        // whoever takes the nick later is somebody else.
        let other = core
            .user_by_nick(&question.target)
            .map(|user| user.profile.id);
        let other = other.map_err(|_| bad())?;
        (Log::private(asker.profile.id, other), MsgId::default())
    };
    let to = MsgId(core.last.0 + 1);
    let limit = question.limit.min(core.settings.limits.history_page);
    Ok((log, ranges(question.selector, from, to, limit)))
}

/// The same for an operator of the network who may take back what others said in a channel
/// that they are not in.
pub(super) fn plan_any(
    core: &Core,
    asker: &User,
    question: &HistoryQuestion,
) -> Option<(Log, Vec<Range>)> {
    let channel = core.channel_by_name(&question.target).ok()?;
    let to = MsgId(core.last.0 + 1);
    rules::redact::may_look_anywhere(asker).then(|| {
        let runs = ranges(question.selector, channel.history_from, to, question.limit);
        (Log::Channel(channel.folded.clone()), runs)
    })
}

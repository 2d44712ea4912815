//! Messages of several logs at once: a backlog, or a replay on request.

use crate::names::Nick;
use crate::reply::HistoryReply;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{conversations, history};
use crate::history::{Log, LogPart, Party, ReplayQuery};
use crate::replica::Replica;
use crate::request::ReplayQuestion;
use crate::state::{Backlog, User};
use crate::{Body, Event, MsgId, Name, Reply, rules};

/// Returns the query that answers a question.
pub(crate) fn plan(replica: &Replica, asker: &User, question: &ReplayQuestion) -> ReplayQuery {
    let end = MsgId(replica.last.0 + 1);
    let before = question.before.map_or(end, MsgId::first_of).min(end);
    // Both ends are exclusive, but a message at the very start is wanted.
    let after = question.after.map_or(MsgId::default(), |after| {
        MsgId(MsgId::first_of(after).0.saturating_sub(1))
    });
    let meant = |name: &str| {
        let folded = replica.settings.fold(name);
        let mut targets = question.targets.iter();
        question.targets.is_empty() || targets.any(|target| replica.settings.fold(target) == folded)
    };
    let nicks = question
        .targets
        .iter()
        .filter(|name| !name.starts_with('#'));
    let with = nicks.filter_map(|nick| history::other_party(replica, nick));
    ReplayQuery {
        with: (!question.targets.is_empty()).then(|| with.collect()),
        ..everything(replica, asker, meant, after, before)
    }
}

fn everything(
    replica: &Replica,
    asker: &User,
    meant: impl Fn(&str) -> bool,
    after: MsgId,
    before: MsgId,
) -> ReplayQuery {
    let channels = asker
        .channels
        .keys()
        .filter_map(|id| replica.channels.get(id));
    let channels = channels.filter(|channel| meant(&channel.name));
    let views = channels.filter_map(|c| rules::history::view(replica, c, &asker.profile));
    ReplayQuery {
        channels: views.collect(),
        party: replica.party(&asker.profile),
        with: None,
        after,
        before,
        private_before: before,
        limit: replica.settings.limits.replay,
    }
}

/// Returns the query for the backlog of a user's session.
pub(crate) fn backlog(replica: &Replica, user: &User, missed: &Backlog) -> ReplayQuery {
    // Private messages reach the session as of `attached`, those of channels as of `entered`.
    ReplayQuery {
        private_before: missed.attached,
        ..everything(replica, user, |_| true, missed.since, missed.entered)
    }
}

/// Returns the reply with the messages that were found, under the current names of their places.
pub(crate) fn answer(
    replica: &Replica,
    own: &Party,
    besides: &[Name],
    found: Vec<LogPart>,
) -> Reply {
    let named = found.into_iter().filter_map(|(log, messages)| {
        // A redaction may have been applied while the query was running.
        let there = messages.into_iter().filter(|m| !replica.redacted.has(m.id));
        let messages: Vec<Arc<Event>> = there.collect();
        let name: Name = match log {
            Log::Channel(folded) => (&replica.channel_by_name(folded.as_str()).ok()?.name).into(),
            Log::Private(a, b) => {
                let other = if a == *own { b } else { a };
                // A user who has gone since goes by the nick of then.
                let nick = conversations::nick_of(replica, other);
                nick.or_else(|| nick_then(replica, own, &messages))?.into()
            }
        };
        let shown = messages.into_iter().map(|m| m.with_channel_name(&name));
        let shown: Vec<Arc<Event>> = shown.collect();
        let is_wanted = !besides
            .iter()
            .any(|b| replica.settings.casemapping.same(b, &name));
        (is_wanted && !shown.is_empty()).then_some((name, shown))
    });
    Reply::History(HistoryReply::Replay(named.collect()))
}

/// Returns the nick that the other side of a conversation had in these messages.
fn nick_then(replica: &Replica, own: &Party, messages: &[Arc<Event>]) -> Option<Nick> {
    let is_own = |event: &Event| match own {
        Party::Account(folded, _) => {
            let account = event.from.account.as_ref();
            account.is_some_and(|account| replica.nick_key(account) == *folded)
        }
        Party::Guest(id) => event.from.id == *id,
    };
    let mut theirs = messages.iter().filter(|event| !is_own(event));
    let said = |event: &Arc<Event>| matches!(event.body, Body::Message { .. });
    theirs
        .find(|event| said(event))
        .map(|event| event.from.nick.clone())
}

//! Messages of several logs at once: a backlog, or a replay on request.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{conversations, history};
use crate::chat::Parked;
use crate::history::{Log, Party, ReplayQuery, ReplayResult};
use crate::request::ReplayQuestion;
use crate::state::{Continuation, User};
use crate::{Body, Cause, Core, Effect, Effects, Event, MsgId, Name, Refusal, Reply, Task, rules};

/// Returns the query that answers a question, with its continuation.
pub(super) fn plan(
    core: &Core,
    asker: &User,
    question: &ReplayQuestion,
) -> (Continuation, ReplayQuery) {
    let end = MsgId(core.last.0 + 1);
    let before = question.before.map_or(end, MsgId::first_of).min(end);
    // Both ends are exclusive, but a message at the very start is wanted.
    let after = question.after.map_or(MsgId::default(), |after| {
        MsgId(MsgId::first_of(after).0.saturating_sub(1))
    });
    let meant = |name: &Name| {
        let folded = core.settings.fold(name);
        let mut targets = question.targets.iter();
        question.targets.is_empty() || targets.any(|target| core.settings.fold(target) == folded)
    };
    let nicks = question
        .targets
        .iter()
        .filter(|name| !name.starts_with('#'));
    let with = nicks.filter_map(|nick| history::other_party(core, nick));
    let wanted = ReplayQuery {
        with: (!question.targets.is_empty()).then(|| with.collect()),
        ..everything(core, asker, meant, after, before)
    };
    (
        Continuation::Replay(wanted.party.clone(), Vec::new()),
        wanted,
    )
}

fn everything(
    core: &Core,
    asker: &User,
    meant: impl Fn(&Name) -> bool,
    after: MsgId,
    before: MsgId,
) -> ReplayQuery {
    let channels = asker.channels.keys().filter_map(|id| core.channels.get(id));
    let channels = channels.filter(|channel| meant(&channel.name));
    let views = channels.filter_map(|c| rules::history::view(core, c, &asker.profile));
    ReplayQuery {
        channels: views.collect(),
        party: core.party(&asker.profile),
        with: None,
        after,
        before,
        private_before: before,
        limit: core.settings.limits.replay,
    }
}

/// Looks up the backlog of a session, without these places; it is given once. Returns false if the
/// session is parked until then.
pub(super) fn backlog(
    core: &mut Core,
    cause: Cause,
    done: bool,
    besides: Vec<Name>,
    out: &mut Effects,
) -> bool {
    let session = core.sessions.get_mut(&cause.session);
    // Taken out: a second question gets nothing.
    let missed = session.and_then(|session| session.backlog.take());
    let user = core.user_of(cause.session);
    let (Some(missed), Some(user)) = (missed, user) else {
        let nothing = Reply::Replay(Vec::new());
        out.out.push(Effect::Reply(cause, nothing));
        return true;
    };
    // Private messages reach the session as of `attached`, those of channels as of `entered`.
    let wanted = ReplayQuery {
        private_before: missed.attached,
        ..everything(core, user, |_| true, missed.since, missed.entered)
    };
    let waiting = Continuation::Replay(wanted.party.clone(), besides);
    core.park(cause, done, waiting, Task::Replay(wanted), out);
    false
}

/// Returns the reply with the messages that were found, under the current names of their places.
pub(crate) fn answer(core: &Core, parked: &Parked, found: ReplayResult) -> Reply {
    let (Continuation::Replay(own, besides), Ok(found)) = (&parked.waiting, found) else {
        return Reply::Refused(Refusal::ReplayFailed);
    };
    let named = found.into_iter().filter_map(|(log, messages)| {
        // A redaction may have been applied while the query was running.
        let there = messages.into_iter().filter(|m| !core.redacted.has(m.id));
        let messages: Vec<Arc<Event>> = there.collect();
        let name = match log {
            Log::Channel(folded) => core.channel_by_name(folded.as_str()).ok()?.name.clone(),
            Log::Private(a, b) => {
                let other = if a == *own { b } else { a };
                // A user who has gone since goes by the nick of then.
                let nick = conversations::nick_of(core, other);
                nick.or_else(|| nick_then(core, own, &messages))?
            }
        };
        let shown = messages
            .into_iter()
            .map(|m| crate::chat::with_channel_name(&name, m));
        let shown: Vec<Arc<Event>> = shown.collect();
        let is_wanted = !besides
            .iter()
            .any(|b| core.settings.casemapping.same(b, &name));
        (is_wanted && !shown.is_empty()).then_some((name, shown))
    });
    Reply::Replay(named.collect())
}

/// Returns the nick that the other side of a conversation had in these messages.
fn nick_then(core: &Core, own: &Party, messages: &[Arc<Event>]) -> Option<Name> {
    let is_own = |event: &Event| match own {
        Party::Account(folded, _) => {
            let account = event.from.account.as_ref();
            account.is_some_and(|account| core.nick_key(account) == *folded)
        }
        Party::Guest(id) => event.from.id == *id,
    };
    let mut theirs = messages.iter().filter(|event| !is_own(event));
    let said = |event: &Arc<Event>| matches!(event.body, Body::Message { .. });
    theirs
        .find(|event| said(event))
        .map(|event| event.from.nick.clone())
}

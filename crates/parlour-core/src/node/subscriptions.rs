//! Changes of what a session is told: monitored nicks and metadata subscriptions.

use crate::error::MetadataError;
use crate::reply::MetadataReply;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::{Core, monitor};
use crate::request::{Registration, SessionChange};
use crate::state::metadata_key;
use crate::{Cause, Effect, Effects, Name, Refusal, Reply, SessionId, questions};
use questions::metadata::ALL;

/// Applies a change to a session; nothing if it is not registered.
pub(super) fn set(core: &mut Core, cause: Cause, change: SessionChange, out: &mut Effects) {
    if core.replica.user_of(cause.session).is_none() {
        return;
    }
    match change {
        SessionChange::Monitor(change) => monitor::monitor(core, cause, change, out),
        SessionChange::ReadMetadata(reads) => core.interests.read_metadata(cause.session, reads),
        SessionChange::Subscribe(keys) => subscribe(core, cause, &keys, out),
        SessionChange::Unsubscribe(keys) => unsubscribe(core, cause, &keys, out),
    }
}

/// Takes the interests of a session from its registration, before that is applied: what the
/// session is told with it depends on them.
pub(super) fn begin(core: &mut Core, session: SessionId, registration: &Registration) {
    let most = core.replica.settings.limits.metadata_keys;
    core.interests
        .read_metadata(session, registration.reads_metadata);
    let keys = registration.keys.iter().filter_map(|key| metadata_key(key));
    *core.interests.keys_mut(session) = keys.take(most).collect();
}

fn subscribe(core: &mut Core, cause: Cause, keys: &[Name], out: &mut Effects) {
    let most = core.replica.settings.limits.metadata_keys;
    let (mut done, mut faults) = (Vec::new(), Vec::new());
    let mut new = BTreeSet::new();
    let subscribed = core.interests.keys_mut(cause.session);
    for given in keys {
        let Some(key) = metadata_key(given) else {
            faults.push(Refusal::Metadata(MetadataError::BadSubscription(
                given.clone(),
            )));
            continue;
        };
        if subscribed.len() >= most && !subscribed.contains(&key) {
            faults.push(Refusal::Metadata(MetadataError::TooManySubscriptions(
                key, most,
            )));
            break;
        }
        if subscribed.insert(key.clone()) {
            new.insert(key.clone());
        }
        done.push(key);
    }
    if !done.is_empty() {
        let reply = Reply::Metadata(MetadataReply::Subscribed(done, true));
        out.out.push(Effect::Reply(cause, reply));
    }
    for refusal in faults {
        out.out.push(Effect::Reply(cause, Reply::Refused(refusal)));
    }
    if !new.is_empty() {
        show_current(core, cause, &new, out);
    }
}

/// Sends the current values of newly subscribed keys, of all targets that the session is notified
/// about. Without any it sends [`Reply::SyncLater`], which completes the request as well.
fn show_current(core: &Core, cause: Cause, keys: &BTreeSet<Name>, out: &mut Effects) {
    let interest = core.interests.of(cause.session);
    let reads = interest.is_some_and(|interest| interest.reads_metadata);
    let user = core.replica.user_of(cause.session);
    let Some(user) = user.filter(|_| reads) else {
        return;
    };
    let values = questions::metadata::of_all(&core.replica, interest, user, keys);
    let reply = if values.is_empty() {
        Reply::Metadata(MetadataReply::SyncLater(ALL.into(), 0))
    } else {
        questions::metadata::sync_reply(ALL.into(), values)
    };
    out.out.push(Effect::Reply(cause, reply));
}

fn unsubscribe(core: &mut Core, cause: Cause, keys: &[Name], out: &mut Effects) {
    let mut done = Vec::new();
    for given in keys {
        let Some(key) = metadata_key(given) else {
            let refusal = Refusal::Metadata(MetadataError::BadSubscription(given.clone()));
            out.out.push(Effect::Reply(cause, Reply::Refused(refusal)));
            continue;
        };
        core.interests.keys_mut(cause.session).remove(&key);
        done.push(key);
    }
    if !done.is_empty() {
        let reply = Reply::Metadata(MetadataReply::Subscribed(done, false));
        out.out.push(Effect::Reply(cause, reply));
    }
}

//! Subscriptions to push messages (draft/webpush).

use super::context::ActionContext;
use crate::names::Folded;
use crate::replica::{Outcome, Replica};
use crate::reply::SessionReply;
use crate::request::PushCommand;
use crate::state::PushSubscription;
use crate::{Effect, Name, Record, Refusal, Reply, rules};

pub(super) fn push(
    replica: &mut Replica,
    cx: &ActionContext,
    command: PushCommand,
    out: &mut Outcome<'_>,
) -> Result<(), Refusal> {
    let account = rules::account::own(replica, cx.cause.session)?
        .folded
        .clone();
    let reply = match command {
        PushCommand::Register {
            endpoint,
            key,
            auth,
        } => {
            let subscription = PushSubscription {
                endpoint: endpoint.clone(),
                key,
                auth,
                renewed: cx.at.time(),
            };
            put(replica, account, subscription, out);
            SessionReply::PushRegistered(endpoint)
        }
        PushCommand::Unregister(endpoint) => {
            if replica.pushes.remove_own(&account, &endpoint) {
                out.records.push(Record::PushGone(endpoint.clone()));
            }
            SessionReply::PushUnregistered(endpoint)
        }
    };
    out.effects
        .push(Effect::Reply(cx.cause, Reply::Session(reply)));
    Ok(())
}

fn put(
    replica: &mut Replica,
    account: Folded,
    subscription: PushSubscription,
    out: &mut Outcome<'_>,
) {
    let record = Record::Push(account.clone(), subscription.clone());
    for endpoint in replica.pushes.put(account, subscription) {
        out.records.push(Record::PushGone(endpoint));
    }
    out.records.push(record);
}

/// Drops a subscription that its push service does not know any more.
pub(super) fn drop_endpoint(replica: &mut Replica, endpoint: Name, out: &mut Outcome<'_>) {
    if replica.pushes.remove(&endpoint) {
        out.records.push(Record::PushGone(endpoint));
    }
}

//! Loss of a node of the cluster: its sessions end, and its users have a while to come back elsewhere.

use alloc::vec::Vec;

use super::context::ActionContext;
use super::{always_on, away, quit};
use crate::names::Text;
use crate::replica::{Outcome, Replica};
use crate::{Effect, MsgId, NodeId, SessionId, UserId};

/// Quit message of those who did not come back.
const REASON: &str = "Node lost";
/// Last words to a connection of a node that was lost and is there again.
const FAREWELL: &str = "This server was cut off for too long; connect again";

/// Ends all sessions of a node. Users without another one stay, until [`grace_over`].
pub(super) fn lost(replica: &mut Replica, at: MsgId, node: NodeId, out: &mut Outcome<'_>) {
    let first = SessionId(u64::from(node.0) << SessionId::OWN_BITS);
    let last = SessionId(first.0 | ((1 << SessionId::OWN_BITS) - 1));
    let sessions: Vec<SessionId> = replica
        .sessions
        .range(first..=last)
        .map(|(id, _)| *id)
        .collect();
    for session in sessions {
        end_session(replica, at, session, out);
    }
}

/// Ends a session of a lost node.
fn end_session(replica: &mut Replica, at: MsgId, session: SessionId, out: &mut Outcome<'_>) {
    let id = replica.sessions.get(&session).and_then(|known| known.user);
    replica.forget_session(session, out);
    // For the node itself, if it comes back: its connections are of no session any more.
    out.effects.push(Effect::Close(session, FAREWELL.into()));
    let Some(user) = id.and_then(|id| replica.users.get_mut(&id)) else {
        return;
    };
    user.sessions.retain(|&other| other != session);
    let (profile, remaining) = (user.profile.clone(), user.sessions.first().copied());
    let (id, is_always_on) = (profile.id, user.always_on.is_some());
    let cx = ActionContext::without_request(profile, at);
    match remaining {
        Some(remaining) => {
            away::review(replica, &cx, out);
            always_on::adopt_address(replica, id, remaining, at, out);
        }
        None if is_always_on => always_on::disconnected(replica, &cx, out),
        None => {
            user.left = Some(at);
            replica.adrift.insert(id, at);
        }
    }
}

/// Ends the users who have not come back since the entry `lost`.
pub(super) fn grace_over(replica: &mut Replica, at: MsgId, lost: MsgId, out: &mut Outcome<'_>) {
    let adrift = replica.adrift.iter().filter(|(_, since)| **since == lost);
    let adrift: Vec<UserId> = adrift.map(|(id, _)| *id).collect();
    for id in adrift {
        replica.adrift.remove(&id);
        let user = replica.users.get(&id);
        if let Some(user) = user.filter(|user| user.sessions.is_empty() && user.always_on.is_none())
        {
            let profile = user.profile.clone();
            quit::end_user(replica, at, &profile, &Text::from(REASON), out);
        }
    }
}

//! Conversations and channels with messages between two points (draft/chathistory, TARGETS).

use crate::names::Nick;
use crate::reply::HistoryReply;
use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::history::{ConversationsQuery, Log, Party, Point, Selector, ranges};
use crate::replica::Replica;
use crate::state::User;
use crate::{MsgId, Name, Reply, rules};

/// Returns the query for the channels whose history the requester may read, and for their private
/// conversations; with the most that are replied, and true if the newest of them.
pub(crate) fn plan(
    replica: &Replica,
    asker: &User,
    (from, to): (Point, Point),
    limit: usize,
) -> (ConversationsQuery, usize, bool) {
    let end = MsgId(replica.last.0 + 1);
    let run = ranges(Selector::Between(from, to), MsgId::default(), end, limit);
    let (after, before, newest) = run
        .first()
        .map_or((end, end, false), |run| (run.after, run.before, run.newest));
    let channels = asker.channels.keys().filter_map(|id| {
        let channel = replica.channels.get(id)?;
        rules::history::view(replica, channel, &asker.profile)
    });
    let wanted = ConversationsQuery {
        party: replica.party(&asker.profile),
        channels: channels.collect(),
        after,
        before,
    };
    let limit = limit.min(replica.settings.limits.history_page);
    (wanted, limit, newest)
}

/// Returns the reply with the conversations that were found, under their current names.
pub(crate) fn answer(
    replica: &Replica,
    own: &Party,
    (limit, newest): (usize, bool),
    found: Vec<(Log, MsgId)>,
) -> Reply {
    let named = found.into_iter().filter_map(|(log, last)| {
        let name = match log {
            Log::Channel(folded) => (&replica.channel_by_name(folded.as_str()).ok()?.name).into(),
            Log::Private(a, b) => nick_of(replica, if a == *own { b } else { a })?.into(),
        };
        Some((name, last.time()))
    });
    let mut named: Vec<(Name, _)> = named.collect();
    // The query itself has no limit: what exceeds it is cut off at the end not asked for.
    if newest {
        named.drain(..named.len().saturating_sub(limit));
    } else {
        named.truncate(limit);
    }
    Reply::History(HistoryReply::Conversations(named))
}

/// Returns the nick by which a client asks for this very conversation, if there is one.
pub(crate) fn nick_of(replica: &Replica, party: Party) -> Option<Nick> {
    let nick = match &party {
        Party::Guest(id) => replica.users.get(id)?.profile.nick.clone(),
        Party::Account(folded, _) => {
            let account = replica.accounts.get(folded)?;
            let here = |user: &&User| user.profile.account.as_ref() == Some(&account.name);
            let by_name = replica.nicks.get(folded).and_then(|id| replica.user(*id));
            let user = by_name
                .filter(here)
                .or_else(|| replica.users.values().map(Box::as_ref).find(here));
            match user {
                Some(user) => user.profile.nick.clone(),
                None => (&*account.name).into(),
            }
        }
    };
    // The nick may belong to another user by now, whose conversation this is not.
    (super::history::other_party(replica, &nick)? == party).then_some(nick)
}

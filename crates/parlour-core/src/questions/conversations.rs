//! Conversations and channels with messages between two points (draft/chathistory, TARGETS).

use alloc::vec::Vec;

use crate::chat::Parked;
use crate::history::{
    ConversationsQuery, ConversationsResult, Log, Party, Point, Selector, ranges,
};
use crate::state::{Continuation, User};
use crate::{Core, MsgId, Name, Refusal, Reply, rules};

/// Returns the query for the channels whose history the requester may read, and for their private
/// conversations.
pub(super) fn plan(
    core: &Core,
    asker: &User,
    (from, to): (Point, Point),
    limit: usize,
) -> (Continuation, ConversationsQuery) {
    let end = MsgId(core.last.0 + 1);
    let run = ranges(Selector::Between(from, to), MsgId::default(), end, limit);
    let (after, before, newest) = run
        .first()
        .map_or((end, end, false), |run| (run.after, run.before, run.newest));
    let channels = asker.channels.keys().filter_map(|id| {
        let channel = core.channels.get(id)?;
        rules::history::view(core, channel, &asker.profile)
    });
    let wanted = ConversationsQuery {
        party: core.party(&asker.profile),
        channels: channels.collect(),
        after,
        before,
    };
    let limit = limit.min(core.settings.limits.history_page);
    let waiting = Continuation::Conversations(wanted.party.clone(), limit, newest);
    (waiting, wanted)
}

/// Returns the reply with the conversations that were found, under their current names.
pub(crate) fn answer(core: &Core, parked: &Parked, found: ConversationsResult) -> Reply {
    let (Continuation::Conversations(own, limit, newest), Ok(found)) = (&parked.waiting, found)
    else {
        return Reply::Refused(Refusal::ConversationsFailed);
    };
    let named = found.into_iter().filter_map(|(log, last)| {
        let name = match log {
            Log::Channel(folded) => core.channel_by_name(folded.as_str()).ok()?.name.clone(),
            Log::Private(a, b) => nick_of(core, if a == *own { b } else { a })?,
        };
        Some((name, last.time()))
    });
    let mut named: Vec<(Name, _)> = named.collect();
    // The query itself has no limit: what exceeds it is cut off at the end not asked for.
    if *newest {
        named.drain(..named.len().saturating_sub(*limit));
    } else {
        named.truncate(*limit);
    }
    Reply::Conversations(named)
}

/// Returns the nick by which a client asks for this very conversation, if there is one.
pub(super) fn nick_of(core: &Core, party: Party) -> Option<Name> {
    let nick = match &party {
        Party::Guest(id) => core.users.get(id)?.profile.nick.clone(),
        Party::Account(folded, _) => {
            let account = core.accounts.get(folded)?;
            let here = |user: &&User| user.profile.account.as_ref() == Some(&account.name);
            let by_name = core.nicks.get(folded).and_then(|id| core.users.get(id));
            let user = by_name
                .filter(here)
                .or_else(|| core.users.values().find(here));
            user.map_or(&account.name, |user| &user.profile.nick)
                .clone()
        }
    };
    // The nick may belong to another user by now, whose conversation this is not.
    (super::history::other_party(core, &nick)? == party).then_some(nick)
}

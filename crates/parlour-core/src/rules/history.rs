//! Rules for reading message history.

use crate::MsgId;
use crate::hidden::{Hidden, LogReader, Span};
use crate::history::View;
use crate::record::LiftedBan;
use crate::replica::Replica;
use crate::rules::lists;
use crate::state::{Channel, ListKind, Profile};

/// Returns the part of a channel's history that `who` may read, none if they may read nothing.
/// Members may, unless they are banned, but not messages sent during a ban of theirs, to ranks that
/// they lack, or, depending on the settings, before they joined.
pub(crate) fn view(replica: &Replica, channel: &Channel, who: &Profile) -> Option<View> {
    let member = channel.members.get(&who.id)?;
    if lists::is_banned(channel, who) {
        return None;
    }
    let joined = Some(member.joined).filter(|_| !replica.settings.before_join);
    let bans = channel.lifted.iter();
    let bans = bans.filter(|ban| was_banned(channel, ban, who));
    Some(View {
        channel: channel.folded.clone(),
        from: channel.history_from.max(joined.unwrap_or_default()),
        hidden: Hidden {
            // Bans that cover the user by the present nick, and those that did by an earlier one.
            spans: bans
                .map(span)
                .chain(member.hidden.iter().copied())
                .collect(),
            reader: Some(LogReader {
                ranks: member.ranks,
                user: who.id,
                account: who.account.clone(),
            }),
        },
    })
}

/// Returns whether a lifted ban covered a user. An exception counts only if it was set before the
/// ban was lifted.
pub(crate) fn was_banned(channel: &Channel, ban: &LiftedBan, who: &Profile) -> bool {
    let exceptions = channel.list(ListKind::Exceptions).iter();
    let mut exceptions = exceptions.filter(|entry| entry.at < ban.until);
    let matches = |mask: &str| lists::matches(channel.casemapping, mask, who);
    matches(&ban.mask) && !exceptions.any(|entry| matches(&entry.mask))
}

/// Returns the span of messages sent while a ban was set.
pub(crate) fn span(ban: &LiftedBan) -> Span {
    Span {
        from: MsgId::first_of(ban.from),
        to: MsgId::last_of(ban.until),
    }
}

//! Who may read what was said.

use crate::hidden::{Hidden, LogReader, Span};
use crate::history::View;
use crate::record::LiftedBan;
use crate::rules::lists;
use crate::state::{Channel, ListKind, Profile};
use crate::{Core, MsgId};

/// The part of a channel's past that `who` may read: members may, unless they are banned, but not
/// what was said while they were, nor to ranks that they have not, nor, where that is so, before they joined; none, if they may
/// read nothing.
pub(crate) fn view(core: &Core, channel: &Channel, who: &Profile) -> Option<View> {
    let member = channel.members.get(&who.id)?;
    if lists::is_banned(channel, who) {
        return None;
    }
    let joined = Some(member.joined).filter(|_| !core.settings.before_join);
    let bans = channel.lifted.iter();
    let bans = bans.filter(|ban| was_banned(channel, ban, who));
    Some(View {
        channel: channel.folded.clone(),
        from: channel.history_from.max(joined.unwrap_or_default()),
        hidden: Hidden {
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

/// Whether a ban that was lifted kept somebody out: unless an exception that was there then helped
/// them. One that was made later opens nothing of that time.
pub(crate) fn was_banned(channel: &Channel, ban: &LiftedBan, who: &Profile) -> bool {
    let exceptions = channel.list(ListKind::Exceptions).iter();
    let mut exceptions = exceptions.filter(|entry| entry.at < ban.until);
    let matches = |mask: &str| lists::matches(channel.casemapping, mask, who);
    matches(&ban.mask) && !exceptions.any(|entry| matches(&entry.mask))
}

/// What was said while a ban was there.
pub(crate) fn span(ban: &LiftedBan) -> Span {
    Span {
        from: MsgId::first_of(ban.from),
        to: MsgId::last_of(ban.until),
    }
}

//! Who may read what was said.

use crate::history::{Span, View};
use crate::record::LiftedBan;
use crate::rules::lists;
use crate::state::{Channel, ListKind, Profile};
use crate::{Core, MsgId};

/// The part of a channel's past that `who` may read: members may, unless they are banned, but not
/// what was said while they were, nor, where that is so, before they joined; none, if they may
/// read nothing.
pub(crate) fn view(core: &Core, channel: &Channel, who: &Profile) -> Option<View> {
    let member = channel.members.get(&who.id)?;
    if lists::is_banned(channel, who) {
        return None;
    }
    let joined = Some(member.joined).filter(|_| !core.settings.before_join);
    let excepted = lists::covers(channel, ListKind::Exceptions, who);
    let bans = channel.lifted.iter().filter(|_| !excepted);
    let bans = bans.filter(|ban| lists::matches(channel.casemapping, &ban.mask, who));
    Some(View {
        channel: channel.folded.clone(),
        from: channel.history_from.max(joined.unwrap_or_default()),
        hidden: bans.map(span).collect(),
    })
}

/// What was said while a ban was there.
fn span(ban: &LiftedBan) -> Span {
    Span {
        from: MsgId::first_of(ban.from),
        to: MsgId::last_of(ban.until),
    }
}

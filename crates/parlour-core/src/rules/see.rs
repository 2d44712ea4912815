//! Rules for the visibility of channels, members and users.

use crate::UserId;
use crate::names::Casemapping;
use crate::replica::Replica;
use crate::request::{WhoField, WhoQuestion};
use crate::state::{Channel, ChannelFlag, Privilege, Rank, User};

/// Returns whether `asker` may know that the channel exists and who is in it.
pub(crate) fn channel(channel: &Channel, asker: &User) -> bool {
    !channel.flags.has(ChannelFlag::Secret)
        || channel.members.contains_key(&asker.profile.id)
        || asker.may(Privilege::See)
}

/// Returns whether `viewer` may know that `of` is in the channel: themselves, and members they see.
pub(crate) fn member(channel: &Channel, viewer: UserId, of: UserId) -> bool {
    viewer == of || listed(channel, viewer, of)
}

/// Returns whether `viewer` sees `of` among the members. In an auditorium only operators see all;
/// other members see operators and the voiced.
pub(crate) fn listed(channel: &Channel, viewer: UserId, of: UserId) -> bool {
    all_members(channel, viewer) || is_open(channel, of)
}

/// Returns whether `viewer` sees every member.
pub(crate) fn all_members(channel: &Channel, viewer: UserId) -> bool {
    !channel.flags.has(ChannelFlag::Auditorium)
        || channel
            .ranks(viewer)
            .is_some_and(|ranks| ranks.at_least(Rank::Operator))
}

/// Returns whether all members may know that `of` is in the channel.
pub(crate) fn is_open(channel: &Channel, of: UserId) -> bool {
    !channel.flags.has(ChannelFlag::Auditorium)
        || channel
            .ranks(of)
            .is_some_and(|ranks| ranks.at_least(Rank::Voice))
}

/// Returns whether `asker` sees `user` without naming them: a user who is not invisible, or whom
/// they see in a channel that they share.
pub(crate) fn user(replica: &Replica, user: &User, asker: &User) -> bool {
    let (viewer, of) = (asker.profile.id, user.profile.id);
    !user.flags.has(crate::state::UserFlag::Invisible)
        || of == viewer
        || asker.may(Privilege::See)
        || user
            .channels
            .keys()
            .filter(|id| asker.channels.contains_key(id))
            .filter_map(|id| replica.channels.get(id))
            .any(|channel| member(channel, viewer, of))
}

/// Returns whether `asker` may see the address and the modes of `user`.
pub(crate) fn private(user: &User, asker: &User) -> bool {
    user.profile.id == asker.profile.id || asker.may(Privilege::See)
}

/// Returns whether a WHO mask matches `user`, by the fields that the question names.
pub(crate) fn is_meant(
    casemapping: Casemapping,
    question: &WhoQuestion,
    user: &User,
    asker: &User,
) -> bool {
    let Some(mask) = &question.mask else {
        return true;
    };
    let p = &user.profile;
    let fits = |field: &str| casemapping.matches(mask, field);
    if question.by.is_empty() {
        return [&*p.nick, &p.user, &p.host, &p.realname, &p.source]
            .into_iter()
            .any(&fits);
    }
    question.by.iter().any(|field| match field {
        WhoField::Nick => fits(&p.nick),
        WhoField::User => fits(&p.user),
        WhoField::Host => fits(&p.host),
        // Only by those who may see addresses: a mask would reveal them bit by bit.
        WhoField::Address => private(user, asker) && fits(&p.address),
        WhoField::Realname => fits(&p.realname),
        WhoField::Account => p.account.as_deref().is_some_and(fits),
    })
}

//! Rules for registered channels, and for access rights of accounts in them.

use crate::error::{AccountError, AuthError, ChannelError, OwnershipError};
use crate::names::AccountName;
use crate::names::Folded;
use crate::replica::Replica;
use crate::state::{Channel, Privilege, Registered, Right, Rights, User};
use crate::{Refusal, limits};

/// Checks whether `who` may register the channel for their account, and returns the account: they
/// must be its operator, and it must not be registered yet.
pub(crate) fn may_register(
    replica: &Replica,
    channel: &Channel,
    who: &User,
) -> Result<Folded, Refusal> {
    if !replica.settings.register_channels && !who.may(Privilege::Channels) {
        return Err(Refusal::Ownership(OwnershipError::ChannelsClosed));
    }
    let account = account_of(replica, who)?;
    if channel.permanent {
        return Err(Refusal::Ownership(OwnershipError::CannotOwn(
            channel.name.clone(),
        )));
    }
    if channel.registered.is_some() {
        return Err(Refusal::Ownership(
            OwnershipError::ChannelAlreadyRegistered(channel.name.clone()),
        ));
    }
    super::require_operator(channel, &who.profile)?;
    has_room(replica, &account)?;
    Ok(account)
}

/// Checks that an account may have one more channel.
fn has_room(replica: &Replica, account: &Folded) -> Result<(), Refusal> {
    let owned = |channel: &&Channel| {
        let registered = channel.registered.as_ref();
        registered.is_some_and(|registered| registered.founder == *account)
    };
    if replica.channels.values().filter(owned).count() >= limits::CHANNELS_PER_ACCOUNT {
        return Err(Refusal::Ownership(OwnershipError::TooManyOwned));
    }
    Ok(())
}

fn account_of(replica: &Replica, who: &User) -> Result<Folded, Refusal> {
    let account = who
        .profile
        .account
        .as_ref()
        .ok_or(Refusal::Auth(AuthError::NotLoggedIn))?;
    Ok(replica.settings.fold(account))
}

/// Returns the channel's registration.
pub(crate) fn registered(channel: &Channel) -> Result<&Registered, Refusal> {
    let registered = channel.registered.as_ref();
    registered.ok_or_else(|| {
        Refusal::Ownership(OwnershipError::ChannelNotRegistered(channel.name.clone()))
    })
}

/// Checks whether `who` may transfer, drop or rename the channel: its founder, and server operators
/// who look after channels.
pub(crate) fn may_dispose(replica: &Replica, channel: &Channel, who: &User) -> Result<(), Refusal> {
    let registered = registered(channel)?;
    if who.may(Privilege::Channels) || account_of(replica, who)? == registered.founder {
        return Ok(());
    }
    Err(Refusal::Ownership(OwnershipError::NotFounder(
        channel.name.clone(),
    )))
}

/// Returns whether the channel belongs to this user's account.
pub(crate) fn is_founder(replica: &Replica, channel: &Channel, who: &User) -> bool {
    let account = account_of(replica, who).ok();
    let registered = channel.registered.as_ref();
    registered.is_some_and(|registered| account.as_ref() == Some(&registered.founder))
}

/// Checks whether the channel may be transferred to this account, and returns the account.
pub(crate) fn may_be_given(replica: &Replica, to: &AccountName) -> Result<Folded, Refusal> {
    let account = replica.accounts.get(&replica.nick_key(to));
    let account =
        account.ok_or_else(|| Refusal::Account(AccountError::NoSuchAccount(to.clone())))?;
    has_room(replica, &account.folded)?;
    Ok(account.folded.clone())
}

/// Checks whether `who` may change the access rights of an account from `before` to `after`. Only
/// the founder may give and take the right to change access.
pub(crate) fn may_change_access(
    replica: &Replica,
    channel: &Channel,
    who: &User,
    before: Rights,
    after: Rights,
) -> Result<(), Refusal> {
    let registered = registered(channel)?;
    if may_dispose(replica, channel, who).is_ok() {
        return Ok(());
    }
    let touches_access = before.has(Right::Access) || after.has(Right::Access);
    let own = account_of(replica, who)?;
    // Nobody gives a right that they do not have.
    let mut given = after.iter().filter(|right| !before.has(*right));
    let has_all = given.all(|right| registered.may(&own, right));
    if registered.may(&own, Right::Access) && !touches_access && has_all {
        return Ok(());
    }
    Err(Refusal::Ownership(OwnershipError::NotFounder(
        channel.name.clone(),
    )))
}

/// Checks whether `who` may make themselves or others operators of the channel.
pub(crate) fn may_op(replica: &Replica, channel: &Channel, who: &User) -> Result<(), Refusal> {
    let registered = registered(channel)?;
    if registered.may(&account_of(replica, who)?, Right::Operator) {
        return Ok(());
    }
    Err(Refusal::Channel(ChannelError::OpNeeded(
        channel.name.clone(),
    )))
}

/// Returns whether `who` may see the access rights of the channel: its members may, and those who
/// have a right in it.
pub(crate) fn may_see_access(replica: &Replica, channel: &Channel, who: &User) -> bool {
    channel.members.contains_key(&who.profile.id) || holds(replica, channel, who)
}

/// Returns whether `who` has a right in the channel by their account, or as a server operator.
fn holds(replica: &Replica, channel: &Channel, who: &User) -> bool {
    let account = account_of(replica, who).ok();
    let held = |registered: &Registered| {
        account.is_some_and(|account| {
            registered.founder == account || registered.access.contains_key(&account)
        })
    };
    who.may(Privilege::Channels) || channel.registered.as_ref().is_some_and(held)
}

/// Returns whether `who` may see the channel's registration: those who may see the channel, and
/// those who have a right in it.
pub(crate) fn may_see(replica: &Replica, channel: &Channel, who: &User) -> bool {
    super::see::channel(channel, who) || holds(replica, channel, who)
}

//! Questions and their answers, one file per verb. They read the replica and change nothing.

pub(crate) mod console;
pub(crate) mod conversations;
pub(crate) mod history;
pub(crate) mod list;
pub(crate) mod metadata;
pub(crate) mod modes;
pub(crate) mod names;
mod push;
pub(crate) mod replay;
pub(crate) mod search;
pub(crate) mod users;
pub(crate) mod who;
pub(crate) mod whois;

pub use push::PushDue;

use crate::error::{AccountError, AuthError, ChannelError};
use crate::names::{AccountName, ChannelName};
use crate::replica::Replica;
use crate::reply::{AccountReply, ChannelReply, HistoryReply, OwnershipReply};
use crate::state::{Profile, User};
use crate::{Refusal, Reply, SessionId, rules};

/// Returns the read marker of a user for a target.
pub(crate) fn read_marker(replica: &Replica, user: &Profile, target: &str, asked: bool) -> Reply {
    let key = replica.marker_key(target);
    Reply::History(HistoryReply::ReadMarker {
        target: target.into(),
        at: replica.markers.get(&replica.party(user), &key),
        asked,
    })
}

/// Returns an account's data; certificates and preferences only to its owner.
pub(crate) fn account(
    replica: &Replica,
    session: SessionId,
    name: Option<AccountName>,
) -> Result<Reply, Refusal> {
    let own = replica.login_of(session).cloned();
    let name = name
        .or_else(|| own.clone())
        .ok_or(Refusal::Auth(AuthError::NotLoggedIn))?;
    let account = replica.accounts.get(&replica.nick_key(&name));
    let account =
        account.ok_or_else(|| Refusal::Account(AccountError::NoSuchAccount(name.clone())))?;
    let certificates = account.certificates.iter().cloned();
    let is_own = own.as_ref() == Some(&account.name);
    Ok(Reply::Account(AccountReply::Account {
        name: account.name.clone(),
        created: account.created,
        certificates: is_own.then(|| certificates.collect()),
        preferences: is_own.then_some((account.always_on, account.multiclient)),
    }))
}

/// Returns a channel's registration to a user who may know of the channel.
pub(crate) fn ownership(
    replica: &Replica,
    asker: &User,
    name: &ChannelName,
) -> Result<Reply, Refusal> {
    let channel = replica.any_channel(name)?;
    if !rules::registered::may_see(replica, channel, asker) {
        return Err(Refusal::Channel(ChannelError::NoSuchChannel(name.clone())));
    }
    let owned = rules::registered::registered(channel)?;
    let sees_access = rules::registered::may_see_access(replica, channel, asker);
    let access = owned.access.iter().filter(|_| sees_access);
    Ok(Reply::Ownership(OwnershipReply::Ownership {
        channel: channel.name.clone(),
        founder: replica.account_name(&owned.founder),
        since: owned.since,
        access: access
            .map(|(account, rights)| (replica.account_name(account), *rights))
            .collect(),
    }))
}

pub(crate) fn invitations(replica: &Replica, asker: &User) -> Reply {
    let channels = asker.invited.iter().filter_map(|known| {
        let channel = replica.channels.get(&known.channel)?;
        asker.is_invited(channel).then(|| channel.name.clone())
    });
    Reply::Channel(ChannelReply::Invitations(channels.collect()))
}

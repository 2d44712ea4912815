//! Rules for bans of the server: effects on users, and rights to set and lift them.

use alloc::format;

use crate::names::Folded;
use crate::request::{Change, Target};
use crate::rules::lists;
use crate::state::{Ban, BanAction, BanSubject, BanTarget, Privilege, Profile, Rank};
use crate::{Core, Name, Refusal, SessionId, Time, limits};

/// Checks that no ban covers this address.
pub(crate) fn may_come(core: &Core, now: Time, address: &str) -> Result<(), Refusal> {
    let who = BanSubject {
        source: None,
        by_address: None,
        by_cloak: None,
        address,
        account: None,
    };
    judge(core, now, &who)
}

/// Checks that no ban covers a user of this profile; `address` is where they connect from now.
pub(crate) fn may_be(
    core: &Core,
    now: Time,
    profile: &Profile,
    address: &str,
) -> Result<(), Refusal> {
    // The usual case: without bans no masks are built.
    if core.bans.len() == 0 {
        return Ok(());
    }
    match on(core, BanAction::KeepOut, now, profile, address) {
        Some(ban) => Err(refusal(ban)),
        None => Ok(()),
    }
}

/// Returns a ban with this action that covers a user of this profile who connects from `address`.
fn on<'c>(
    core: &'c Core,
    action: BanAction,
    now: Time,
    profile: &Profile,
    address: &str,
) -> Option<&'c Ban> {
    let by_address = format!("{}!{}@{address}", profile.nick, profile.user);
    let by_cloak = format!("{}!{}@{}", profile.nick, profile.user, profile.cloak);
    let account = account_of(core, profile);
    let who = BanSubject {
        source: Some(&profile.source),
        by_address: Some(&by_address),
        by_cloak: Some(&by_cloak),
        address,
        account: account.as_ref(),
    };
    core.bans.on(&who, action, core.settings.casemapping, now)
}

/// Checks that the user is not muted on the whole server, if the change sends something. Muted
/// users may still write to themselves and to users who may lift the mute.
pub(crate) fn is_not_muted(
    core: &Core,
    profile: &Profile,
    session: SessionId,
    change: &Change,
    now: Time,
) -> Result<(), Refusal> {
    if !core.bans.mutes() {
        return Ok(());
    }
    let target = match change {
        Change::Send(message) => match &message.target {
            Target::Channel(name, _) => name,
            Target::User(nick) => {
                let target = core.user_by_nick(nick).map(|user| &user.profile);
                if target.is_ok_and(|target| target.id == profile.id || is_spared(core, target)) {
                    return Ok(());
                }
                nick
            }
        },
        Change::Relay { channel, .. } | Change::Invite { channel, .. } => channel,
        Change::Topic(channel, _) | Change::Knock(channel, _) => channel,
        _ => return Ok(()),
    };
    // The address of this very session: the user may have others from elsewhere.
    let from = core.sessions.get(&session);
    let address = from.map_or(&profile.address, |session| &session.address);
    match on(core, BanAction::Mute, now, profile, address) {
        Some(ban) if !is_spared(core, profile) => {
            let (target, reason) = (target.clone(), ban.reason.clone());
            Err(Refusal::Muted(target, reason, ban.until))
        }
        _ => Ok(()),
    }
}

fn judge(core: &Core, now: Time, who: &BanSubject<'_>) -> Result<(), Refusal> {
    let casemapping = core.settings.casemapping;
    match core.bans.on(who, BanAction::KeepOut, casemapping, now) {
        Some(ban) => Err(refusal(ban)),
        None => Ok(()),
    }
}

fn refusal(ban: &Ban) -> Refusal {
    Refusal::NetworkBan(ban.reason.clone(), ban.until)
}

fn account_of(core: &Core, profile: &Profile) -> Option<Folded> {
    let account = profile.account.as_ref();
    account.map(|account| core.settings.fold(account))
}

/// Checks that an account is not suspended, to be used or created.
pub(crate) fn may_use(core: &Core, now: Time, account: &Folded) -> Result<(), Refusal> {
    match core.bans.of_account(account, now) {
        Some(ban) => Err(Refusal::Suspended(ban.reason.clone(), ban.until)),
        None => Ok(()),
    }
}

/// Checks that the session may set and lift bans, and returns the name it does so under.
pub(crate) fn may_ban(core: &Core, session: SessionId) -> Result<Name, Refusal> {
    if session == SessionId::CONSOLE {
        return Ok(super::console::NAME.into());
    }
    let user = core.user_of(session).ok_or(Refusal::NoPrivileges)?;
    super::oper::may(user, Privilege::Ban)?;
    Ok(user.profile.source.clone())
}

/// Parses the target of a new ban: an existing account, or a network or mask that does not cover
/// everybody.
pub(crate) fn target(core: &Core, text: &str) -> Result<BanTarget, Refusal> {
    let bad = || Refusal::BadBan(text.into());
    let is_word = !text.chars().any(|c| c == ' ' || c.is_control());
    if text.is_empty() || text.len() > limits::BAN_BYTES || !is_word {
        return Err(bad());
    }
    let target = BanTarget::read(text, core.settings.casemapping);
    match &target {
        BanTarget::Account(name) if core.accounts.get(name).is_none() => {
            Err(Refusal::NoSuchAccount(text.into()))
        }
        // A typing error must not ban everybody.
        BanTarget::Network(network) if network.prefix_len() < limits::BAN_PREFIX_LEAST => {
            Err(bad())
        }
        BanTarget::Mask(mask) if !mask.chars().any(char::is_alphanumeric) => Err(bad()),
        _ => Ok(target),
    }
}

/// Checks that there is room for one more ban.
pub(crate) fn has_room(core: &Core) -> Result<(), Refusal> {
    if core.bans.len() >= limits::BANS {
        return Err(Refusal::BansFull);
    }
    Ok(())
}

/// Returns whether a user is exempt from bans, since they may set them.
pub(crate) fn is_spared(core: &Core, profile: &Profile) -> bool {
    let user = core.users.get(&profile.id);
    user.is_some_and(|user| user.may(Privilege::Ban))
}

/// Checks that a nick change does not evade a ban or mute of a channel that the user is in.
pub(crate) fn may_change_nick(core: &Core, who: &Profile) -> Result<(), Refusal> {
    let user = core.users.get(&who.id);
    let channels = user.into_iter().flat_map(|user| user.channels.keys());
    for channel in channels.filter_map(|id| core.channels.get(id)) {
        let ranks = channel.ranks(who.id);
        // The voiced may speak in spite of a ban, so that another nick gains them nothing.
        let has_voice = ranks.is_some_and(|ranks| ranks.at_least(Rank::Voice));
        if !has_voice && (lists::is_banned(channel, who) || lists::is_muted(channel, who)) {
            return Err(Refusal::BannedNick(channel.name.clone()));
        }
    }
    Ok(())
}

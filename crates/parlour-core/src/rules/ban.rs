//! Who is kept out of the server, and who may keep others out.

use alloc::format;

use crate::names::Folded;
use crate::request::{Change, Target};
use crate::rules::lists;
use crate::state::{Ban, BanAction, BanSubject, BanTarget, Privilege, Profile, Rank};
use crate::{Core, Name, Refusal, SessionId, Time, limits};

/// Whether somebody of this address may have anything to do with the server.
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

/// Whether somebody may be a user by this profile; `address` is where they connect from now.
pub(crate) fn may_be(
    core: &Core,
    now: Time,
    profile: &Profile,
    address: &str,
) -> Result<(), Refusal> {
    if core.bans.len() == 0 {
        return Ok(());
    }
    match on(core, BanAction::KeepOut, now, profile, address) {
        Some(ban) => Err(refusal(ban)),
        None => Ok(()),
    }
}

/// A ban with this action that means somebody by this profile, who connects from `address`.
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

/// Whether somebody may say what they are about to, or is muted on the whole server. To those who
/// may lift that they may speak, and of course to services.
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

/// Whether an account may be used, or made.
pub(crate) fn may_use(core: &Core, now: Time, account: &Folded) -> Result<(), Refusal> {
    match core.bans.of_account(account, now) {
        Some(ban) => Err(Refusal::Suspended(ban.reason.clone(), ban.until)),
        None => Ok(()),
    }
}

/// Whether the session may ban and lift bans; the name that it does so under.
pub(crate) fn may_ban(core: &Core, session: SessionId) -> Result<Name, Refusal> {
    if session == SessionId::CONSOLE {
        return Ok(super::console::NAME.into());
    }
    let user = core.user_of(session).ok_or(Refusal::NoPrivileges)?;
    super::oper::may(user, Privilege::Ban)?;
    Ok(user.profile.source.clone())
}

/// What a ban is to mean: an account that there is, and never all who are not of this machine.
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
        // A slip of one key must not keep everybody out.
        BanTarget::Network(network) if network.prefix_len() < limits::BAN_PREFIX_LEAST => {
            Err(bad())
        }
        BanTarget::Mask(mask) if !mask.chars().any(char::is_alphanumeric) => Err(bad()),
        _ => Ok(target),
    }
}

/// Whether there is room for one more.
pub(crate) fn has_room(core: &Core) -> Result<(), Refusal> {
    if core.bans.len() >= limits::BANS {
        return Err(Refusal::BansFull);
    }
    Ok(())
}

/// Whether somebody is spared by bans that others make: who may make them.
pub(crate) fn is_spared(core: &Core, profile: &Profile) -> bool {
    let user = core.users.get(&profile.id);
    user.is_some_and(|user| user.may(Privilege::Ban))
}

/// Whether somebody may have another nick: not to slip out of a ban or a quiet of a channel that
/// they are in.
pub(crate) fn may_change_nick(core: &Core, who: &Profile) -> Result<(), Refusal> {
    let user = core.users.get(&who.id);
    let channels = user.into_iter().flat_map(|user| user.channels.keys());
    for channel in channels.filter_map(|id| core.channels.get(id)) {
        let ranks = channel.ranks(who.id);
        let has_voice = ranks.is_some_and(|ranks| ranks.at_least(Rank::Voice));
        if !has_voice && (lists::is_banned(channel, who) || lists::is_muted(channel, who)) {
            return Err(Refusal::BannedNick(channel.name.clone()));
        }
    }
    Ok(())
}

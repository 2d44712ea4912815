//! Rules for bans of the server: effects on users, and rights to set and lift them.

use crate::error::{AccountError, AuthError, BanError, MessageError, NameError};
use alloc::format;

use crate::names::Folded;
use crate::replica::Replica;
use crate::request::{AwayState, Change, RelayMessage, Target};
use crate::rules::lists;
use crate::state::{Ban, BanAction, BanSubject, BanTarget, Privilege, Profile, Rank};
use crate::{Name, Refusal, SessionId, Time, limits};

/// Checks that no ban covers this address.
pub(crate) fn check_address(replica: &Replica, now: Time, address: &str) -> Result<(), Refusal> {
    let who = BanSubject {
        source: None,
        by_address: None,
        by_cloak: None,
        address,
        account: None,
    };
    judge(replica, now, &who)
}

/// Checks that no ban covers a user of this profile; `address` is where they connect from now.
pub(crate) fn may_be(
    replica: &Replica,
    now: Time,
    profile: &Profile,
    address: &str,
) -> Result<(), Refusal> {
    // The usual case: without bans no masks are built.
    if replica.bans.len() == 0 {
        return Ok(());
    }
    match on(replica, BanAction::Refuse, now, profile, address) {
        Some(ban) => Err(refusal(ban)),
        None => Ok(()),
    }
}

/// Returns a ban with this action that covers a user of this profile who connects from `address`.
fn on<'c>(
    replica: &'c Replica,
    action: BanAction,
    now: Time,
    profile: &Profile,
    address: &str,
) -> Option<&'c Ban> {
    let by_address = format!("{}!{}@{address}", profile.nick, profile.user);
    let by_cloak = format!("{}!{}@{}", profile.nick, profile.user, profile.cloak);
    let account = account_of(replica, profile);
    let who = BanSubject {
        source: Some(&profile.source),
        by_address: Some(&by_address),
        by_cloak: Some(&by_cloak),
        address,
        account: account.as_ref(),
    };
    replica
        .bans
        .on(&who, action, replica.settings.casemapping, now)
}

/// Checks that the user is not muted on the whole server, if the change publishes words of theirs.
/// Muted users may still write to themselves and to users who may lift the mute; they leave, kick
/// others and delete messages without a reason.
pub(crate) fn is_not_muted(
    replica: &Replica,
    profile: &Profile,
    session: SessionId,
    change: &mut Change,
    now: Time,
) -> Result<(), Refusal> {
    if !replica.bans.mutes() {
        return Ok(());
    }
    let Some(target) = publishes(replica, profile, change) else {
        return Ok(());
    };
    // The address of this very session: the user may have others from elsewhere.
    let from = replica.sessions.get(&session);
    let address = from.map_or(&profile.address, |session| &session.address);
    let ban = match on(replica, BanAction::Mute, now, profile, address) {
        Some(ban) if !is_exempt(replica, profile) => ban,
        _ => return Ok(()),
    };
    if let Change::Part(_, reason) | Change::Kick { reason, .. } = change {
        *reason = "".into();
    } else if let Change::Quit { reason, .. } = change {
        *reason = "Quit".into();
    } else if let Change::Redact(redaction, _) = change {
        redaction.reason = None;
    } else {
        let (reason, until) = (ban.reason.clone(), ban.until);
        return Err(MessageError::Muted(target.into(), reason.into(), until).into());
    }
    Ok(())
}

/// Returns where words of the user would be read, if the change publishes any.
fn publishes<'c>(replica: &Replica, profile: &'c Profile, change: &'c Change) -> Option<&'c str> {
    match change {
        Change::Send(message) => match &message.target {
            Target::Channel(name, _) => Some(name),
            Target::User(nick) => {
                let target = replica.user_by_nick(nick).map(|user| &user.profile);
                if target.is_ok_and(|target| target.id == profile.id || is_exempt(replica, target))
                {
                    return None;
                }
                Some(nick)
            }
        },
        Change::Relay(RelayMessage { channel, .. })
        | Change::Invite { channel, .. }
        | Change::Rename { channel, .. }
        | Change::Topic(channel, _)
        | Change::Knock(channel, _)
        | Change::Part(channel, _)
        | Change::Kick { channel, .. } => Some(channel),
        Change::SetMetadata {
            target,
            value: Some(_),
            ..
        } => Some(target),
        Change::Away(AwayState::Away(_))
        | Change::RealName(_)
        | Change::Quit { by_user: true, .. } => Some(&profile.nick),
        Change::Redact(redaction, _) => Some(&redaction.target),
        Change::Settings(_)
        | Change::NodeLost(_)
        | Change::GraceOver(_)
        | Change::Register(_)
        | Change::Resume(..)
        | Change::MarkRead(..)
        | Change::ShowChannels
        | Change::FinishLogin
        | Change::Nick(_)
        | Change::Join(..)
        | Change::PartAll
        | Change::Mode(..)
        | Change::UserModes { .. }
        | Change::SetMetadata { value: None, .. }
        | Change::Quit { by_user: false, .. }
        | Change::Away(_)
        | Change::ChannelService(..)
        | Change::Oper(_)
        | Change::ModeAsOper(..)
        | Change::Admin(_)
        | Change::Ban(_)
        | Change::Unban(_)
        | Change::Kill { .. }
        | Change::Wallops(_)
        | Change::Accept(_)
        | Change::ClearMetadata(_)
        | Change::Login(_)
        | Change::Logout
        | Change::CreateAccount(_)
        | Change::Verify(..)
        | Change::SetPassword(_)
        | Change::Certificate(..)
        | Change::SetPreference(..)
        | Change::DropAccount(_)
        | Change::Recover(_)
        | Change::Push(_) => None,
    }
}

fn judge(replica: &Replica, now: Time, who: &BanSubject<'_>) -> Result<(), Refusal> {
    let casemapping = replica.settings.casemapping;
    match replica.bans.on(who, BanAction::Refuse, casemapping, now) {
        Some(ban) => Err(refusal(ban)),
        None => Ok(()),
    }
}

fn refusal(ban: &Ban) -> Refusal {
    Refusal::Ban(BanError::ServerBanned(ban.reason.clone(), ban.until))
}

fn account_of(replica: &Replica, profile: &Profile) -> Option<Folded> {
    let account = profile.account.as_ref();
    account.map(|account| replica.settings.fold(account))
}

/// Checks that an account is not suspended, to be used or created.
pub(crate) fn may_use(replica: &Replica, now: Time, account: &Folded) -> Result<(), Refusal> {
    match replica.bans.of_account(account, now) {
        Some(ban) => Err(Refusal::Auth(AuthError::Suspended(
            ban.reason.clone(),
            ban.until,
        ))),
        None => Ok(()),
    }
}

/// Checks that the session may set and lift bans, and returns the name it does so under.
pub(crate) fn may_ban(replica: &Replica, session: SessionId) -> Result<Name, Refusal> {
    if session == SessionId::CONSOLE {
        return Ok(super::console::NAME.into());
    }
    let user = replica.user_of(session).ok_or(Refusal::NoPrivileges)?;
    super::oper::may(user, Privilege::Ban)?;
    Ok(user.profile.source.clone())
}

/// Parses the target of a new ban: an existing account, or a network or mask that does not cover
/// everybody.
pub(crate) fn target(replica: &Replica, text: &str) -> Result<BanTarget, Refusal> {
    let bad = || Refusal::Ban(BanError::BadBan(text.into()));
    let is_word = !text.chars().any(|c| c == ' ' || c.is_control());
    if text.is_empty() || text.len() > limits::BAN_BYTES || !is_word {
        return Err(bad());
    }
    let target = BanTarget::read(text, replica.settings.casemapping);
    match &target {
        BanTarget::Account(name) if replica.accounts.get(name).is_none() => {
            Err(Refusal::Account(AccountError::NoSuchAccount(text.into())))
        }
        // A typing error must not ban everybody.
        BanTarget::Network(network) if network.prefix_len() < limits::BAN_PREFIX_MIN => Err(bad()),
        BanTarget::Mask(mask) if !mask.chars().any(char::is_alphanumeric) => Err(bad()),
        BanTarget::Account(_) | BanTarget::Network(_) | BanTarget::Mask(_) => Ok(target),
    }
}

/// Checks that there is room for one more ban.
pub(crate) fn has_room(replica: &Replica) -> Result<(), Refusal> {
    if replica.bans.len() >= limits::BANS {
        return Err(Refusal::Ban(BanError::BansFull));
    }
    Ok(())
}

/// Returns whether a user is exempt from bans, since they may set them.
pub(crate) fn is_exempt(replica: &Replica, profile: &Profile) -> bool {
    let user = replica.users.get(&profile.id);
    user.is_some_and(|user| user.may(Privilege::Ban))
}

/// Checks that a nick change does not evade a ban or mute of a channel that the user is in.
pub(crate) fn may_change_nick(replica: &Replica, who: &Profile) -> Result<(), Refusal> {
    let user = replica.users.get(&who.id);
    let channels = user.into_iter().flat_map(|user| user.channels.keys());
    for channel in channels.filter_map(|id| replica.channels.get(id)) {
        let ranks = channel.ranks(who.id);
        // The voiced may speak in spite of a ban, so that another nick gains them nothing.
        let has_voice = ranks.is_some_and(|ranks| ranks.at_least(Rank::Voice));
        if !has_voice && (lists::is_banned(channel, who) || lists::is_muted(channel, who)) {
            return Err(Refusal::Name(NameError::BannedNick(channel.name.clone())));
        }
    }
    Ok(())
}

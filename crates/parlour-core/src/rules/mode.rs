//! Rules for channel modes and their values.

use crate::error::{ChannelError, ModeError};
use crate::names::ChannelName;
use crate::replica::Replica;
use crate::request::ModeChange;
use crate::state::{Channel, ListKind, Profile, Rank, Ranks};
use crate::{Refusal, limits};

/// Checks whether `who` may change the channel's modes.
pub(crate) fn may_change(channel: &Channel, who: &Profile) -> Result<(), Refusal> {
    runs(channel, who)
}

/// Checks that `who` is an operator of the channel; the refusal is the same for users who are not
/// in it (Modern IRC, MODE).
fn runs(channel: &Channel, who: &Profile) -> Result<(), Refusal> {
    super::require_operator(channel, who)
        .map_err(|_| Refusal::Channel(ChannelError::OpNeeded(channel.name.clone())))
}

/// Checks whether `who`, who may change modes, may give or take this rank: only founders make
/// founders.
pub(crate) fn may_rank(channel: &Channel, who: &Profile, rank: Rank) -> Result<(), Refusal> {
    let is_founder = |ranks: Ranks| ranks.has(Rank::Founder);
    if rank != Rank::Founder || channel.ranks(who.id).is_some_and(is_founder) {
        return Ok(());
    }
    Err(Refusal::Channel(ChannelError::OpNeeded(
        channel.name.clone(),
    )))
}

/// Checks whether `who` may see a list: bans are for all, the others for operators.
pub(crate) fn may_see_list(
    channel: &Channel,
    who: &Profile,
    kind: ListKind,
) -> Result<(), Refusal> {
    match kind {
        ListKind::Bans => Ok(()),
        ListKind::Exceptions | ListKind::InviteExceptions => runs(channel, who),
    }
}

/// Checks whether the change is valid, whoever requests it.
pub(crate) fn is_possible(
    channel: &Channel,
    change: &ModeChange,
    most_entries: usize,
) -> Result<(), Refusal> {
    let name = || channel.name.clone();
    match change {
        ModeChange::Key(key, true) if !is_key(key) => Err(Refusal::Mode(ModeError::BadKey(name()))),
        ModeChange::List(kind, mask, true) if !crate::extban::is_complete(mask) => Err(
            Refusal::Mode(ModeError::BadMask(name(), *kind, mask.clone())),
        ),
        ModeChange::List(kind, mask, true) if channel.list(*kind).len() >= most_entries => Err(
            Refusal::Mode(ModeError::ListFull(name(), *kind, mask.clone())),
        ),
        ModeChange::Flag(..)
        | ModeChange::Key(..)
        | ModeChange::Limit(_)
        | ModeChange::Slow(_)
        | ModeChange::Forward(_)
        | ModeChange::Rank(..)
        | ModeChange::List(..) => Ok(()),
    }
}

/// Checks whether `who` may forward users who cannot join `channel` to `target`, a channel that
/// they are an operator of, and returns its name as shown.
pub(crate) fn may_forward(
    replica: &Replica,
    channel: &Channel,
    target: &ChannelName,
    who: &Profile,
) -> Result<ChannelName, Refusal> {
    let bad = || Refusal::Mode(ModeError::BadForward(channel.name.clone(), target.clone()));
    let other = replica.channel_seen_by(target, who.id).map_err(|_| bad())?;
    if other.id == channel.id {
        return Err(bad());
    }
    runs(other, who)?;
    Ok(other.name.clone())
}

/// Returns whether a key is one word without a comma or control character that does not look like a
/// trailing parameter (RFC 2812 §2.3.1).
fn is_key(key: &str) -> bool {
    !key.is_empty()
        && key.len() <= limits::KEY_BYTES
        && !key.starts_with(':')
        && !key
            .chars()
            .any(|c| c == ',' || c.is_whitespace() || c.is_control())
}

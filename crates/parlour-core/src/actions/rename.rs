//! Another name for a channel (RENAME).

use super::{Doer, place};
use crate::names;
use crate::{Body, Core, Effects, Name, Record, Refusal, rules};

pub(super) fn rename(
    core: &mut Core,
    doer: &Doer,
    old: &Name,
    new: &Name,
    reason: Name,
    out: &mut Effects,
) -> Result<(), Refusal> {
    let channel = core.channel_by_name(old)?;
    rules::operator(channel, &doer.profile)?;
    let id = channel.id;
    let old = channel.name.clone();
    let wanted: Name = names::prepare_channel(new).into();
    if channel.permanent || !names::is_channel(&wanted, core.settings.limits.channel) {
        return Err(Refusal::CannotRename(old, new.clone()));
    }
    let before = channel.folded.clone();
    let after = core.settings.fold(&wanted);
    let same = before == after;
    if !same {
        if core.channel_by_name(&wanted).is_ok() {
            return Err(Refusal::RenameInUse(old, wanted));
        }
        // A name that nobody uses any more is free, with all that was remembered for it.
        if let Some(forgotten) = core.channel_names.remove(&after) {
            core.channels.remove(&forgotten);
        }
        core.channel_names.remove(&before);
        core.channel_names.insert(after.clone(), id);
    }
    let Some(channel) = core.channels.get_mut(&id) else {
        return Ok(());
    };
    channel.name = wanted;
    channel.folded = after;
    out.records.push(Record::Renamed(before, channel.kept()));
    let body = Body::ChannelRenamed {
        place: place(channel),
        old,
        reason,
        same,
    };
    doer.tell(id, body, out);
    Ok(())
}

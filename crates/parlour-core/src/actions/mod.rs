//! What a change does, one file a verb: asks the rules, changes the state, tells.

mod away;
mod invisible;
mod invite;
mod join;
mod kick;
mod message;
mod mode;
mod nick;
mod part;
mod quit;
mod register;
mod topic;

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::event::Place;
use crate::state::{Channel, Profile, User};
use crate::{Audience, Body, Cause, Change, ChannelId, Core, Effects, Event, MsgId, Refusal};

/// Applies a change that has its place in the journal, or refuses it.
pub(crate) fn apply(
    core: &mut Core,
    at: MsgId,
    cause: Cause,
    change: Change,
    out: &mut Effects,
) -> Result<(), Refusal> {
    if let Change::Register(registration) = change {
        return register::register(core, at, cause, *registration, out);
    }
    let Some(user) = core.user_of(cause.session) else {
        if matches!(change, Change::Quit(_)) {
            core.sessions.remove(&cause.session);
        }
        return Ok(());
    };
    let doer = Doer {
        profile: user.profile.clone(),
        at,
        cause,
    };
    match change {
        Change::Register(_) => Ok(()),
        Change::Nick(nick) => nick::nick(core, &doer, nick, out),
        Change::Join(channel, key) => join::join(core, &doer, &channel, key.as_deref(), out),
        Change::Part(channel, reason) => part::part(core, &doer, &channel, reason, out),
        Change::PartAll => part::part_all(core, &doer, out),
        Change::Topic(channel, text) => topic::topic(core, &doer, &channel, text, out),
        Change::Invite { nick, channel } => invite::invite(core, &doer, &nick, &channel, out),
        Change::Kick {
            channel,
            nick,
            reason,
        } => kick::kick(core, &doer, &channel, &nick, reason, out),
        Change::Mode(channel, changes) => mode::mode(core, &doer, &channel, changes, out),
        Change::Invisible { nick, set } => invisible::invisible(core, &doer, &nick, set, out),
        Change::Say(saying) => message::say(core, &doer, saying, out),
        Change::Away(text) => away::away(core, &doer, text, out),
        Change::Quit(reason) => {
            quit::quit(core, &doer, reason, out);
            Ok(())
        }
    }
}

/// Who does it, by which request, at which place of the journal.
struct Doer {
    profile: Arc<Profile>,
    at: MsgId,
    cause: Cause,
}

impl Doer {
    /// What they did, as an event.
    fn event(&self, body: Body) -> Arc<Event> {
        Arc::new(Event {
            id: self.at,
            from: self.profile.clone(),
            body,
        })
    }

    /// Tells all in a channel.
    fn tell(&self, channel: ChannelId, body: Body, out: &mut Effects) {
        out.event(
            Audience::Channel(channel),
            Some(self.cause),
            self.event(body),
        );
    }
}

fn place(channel: &Channel) -> Place {
    Place {
        id: channel.id,
        name: channel.name.clone(),
    }
}

/// All who share a channel with the user, and the user's own sessions.
fn around(user: &User) -> Audience {
    let channels: Vec<ChannelId> = user.channels.keys().copied().collect();
    Audience::Around(channels.into(), user.sessions.clone().into())
}

/// The sessions of one user.
fn sessions(user: &User) -> Audience {
    let sessions: Box<[_]> = user.sessions.clone().into();
    Audience::Sessions(sessions)
}

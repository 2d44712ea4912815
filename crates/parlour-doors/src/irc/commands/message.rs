//! PRIVMSG, NOTICE (RFC 2812 §3.3) and TAGMSG (message-tags).

use irc_wire::{Message, numerics as n, text};
use parlour_core::request::{SayKind, Saying, Target};
use parlour_core::{Change, Name, limits};

use super::Plan;
use crate::irc::caps::Cap;
use crate::irc::modes::RANKS;

pub(in crate::irc) fn privmsg(message: &Message, plan: &mut Plan) {
    spoken(message, plan, SayKind::Message);
}

pub(in crate::irc) fn notice(message: &Message, plan: &mut Plan) {
    spoken(message, plan, SayKind::Notice);
}

pub(in crate::irc) fn tagmsg(message: &Message, plan: &mut Plan) {
    let tags = tags(message, plan);
    if tags.is_empty() {
        return;
    }
    say(message, plan, SayKind::Tags, "".into(), tags);
}

fn spoken(message: &Message, plan: &mut Plan, kind: SayKind) {
    let command = if kind == SayKind::Notice {
        "NOTICE"
    } else {
        "PRIVMSG"
    };
    if message.params.non_empty(0).is_none() {
        let text = format!("No recipient given ({command})");
        return plan.say(n::ERR_NORECIPIENT, &[], &text);
    }
    let Some(text) = message.params.non_empty(1) else {
        return plan.say(n::ERR_NOTEXTTOSEND, &[], "No text to send");
    };
    let text = text::cut(text, limits::TEXT_BYTES).into();
    let tags = tags(message, plan);
    say(message, plan, kind, text, tags);
}

pub(super) fn tags(message: &Message, plan: &Plan) -> Name {
    if plan.caps.has(Cap::MessageTags) {
        let relayed = |name: &str| plan.settings.relays_tag(name);
        message.tags.client_only(relayed).into()
    } else {
        "".into()
    }
}

fn say(message: &Message, plan: &mut Plan, kind: SayKind, text: Name, tags: Name) {
    for name in plan.targets(message.params.get(0).unwrap_or_default()) {
        plan.change(Change::Say(Saying {
            kind,
            target: target(name),
            text: text.clone(),
            splits: None,
            tags: tags.clone(),
        }));
    }
}

/// A channel, a channel's members of a rank (STATUSMSG), or a nick.
pub(in crate::irc) fn target(name: &str) -> Target {
    if name.starts_with('#') {
        return Target::Channel(name.into(), None);
    }
    let ranked = RANKS.iter().find_map(|(_, prefix, rank)| {
        let channel = name
            .strip_prefix(*prefix)
            .filter(|rest| rest.starts_with('#'))?;
        Some(Target::Channel(channel.into(), Some(*rank)))
    });
    ranked.unwrap_or_else(|| Target::User(name.into()))
}

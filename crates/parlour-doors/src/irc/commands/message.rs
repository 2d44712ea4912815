//! PRIVMSG, NOTICE (RFC 2812 §3.3) and TAGMSG (message-tags).

use irc_wire::{Message, numerics as n, text};
use parlour_core::names::Text;
use parlour_core::request::{MessageKind, SendMessage, Target};
use parlour_core::{Change, Name};

use crate::irc::caps::Cap;
use crate::irc::ctcp::is_ctcp;
use crate::irc::modes::RANKS;
use crate::irc::plan::{Plan, split_list};
use crate::irc::service::Service;

pub(in crate::irc) fn privmsg(message: &Message, plan: &mut Plan) {
    plan_text(message, plan, MessageKind::Message);
}

pub(in crate::irc) fn notice(message: &Message, plan: &mut Plan) {
    plan_text(message, plan, MessageKind::Notice);
}

pub(in crate::irc) fn tagmsg(message: &Message, plan: &mut Plan) {
    if message.params.non_empty(0).is_none() {
        return no_recipient("TAGMSG", plan);
    }
    let tags = tags(message, plan);
    // Without client-only tags there is nothing to relay.
    if tags.is_empty() {
        return;
    }
    say(message, plan, MessageKind::Tags, "".into(), tags);
}

/// Plans PRIVMSG or NOTICE, to users and channels, services or `*playback`.
fn plan_text(message: &Message, plan: &mut Plan, kind: MessageKind) {
    // A NOTICE is never answered, not even with an error (RFC 2812 §3.3.2).
    let quiet = kind == MessageKind::Notice;
    if message.params.non_empty(0).is_none() {
        if !quiet {
            no_recipient("PRIVMSG", plan);
        }
        return;
    }
    let Some(text) = message.params.non_empty(1) else {
        if !quiet {
            plan.say(n::ERR_NOTEXTTOSEND, &[], "No text to send");
        }
        return;
    };
    let list = message.params.get(0).unwrap_or_default();
    if let Some(service) = split_list(list).find_map(Service::named) {
        return match kind {
            MessageKind::Message if Service::named(list).is_some() => {
                // The echo precedes the answer of the service.
                plan.echo(service.name(), text);
                service.said(text, plan);
            }
            // A message to a service may contain a password: it is sent to no other target.
            MessageKind::Message => {
                let shown = text::cut(list, 100);
                let text = format!("{} is written to alone", service.name());
                plan.say(n::ERR_TOOMANYTARGETS, &[shown], &text);
            }
            MessageKind::Notice | MessageKind::Tags => {}
        };
    }
    if super::playback::is_playback(list) {
        return if kind == MessageKind::Message {
            plan.echo(list, text);
            super::playback::said(text, plan);
        };
    }
    let text = text.into();
    let tags = tags(message, plan);
    say(message, plan, kind, text, tags);
}

fn no_recipient(command: &str, plan: &mut Plan) {
    let text = format!("No recipient given ({command})");
    plan.say(n::ERR_NORECIPIENT, &[], &text);
}

/// Returns the client-only tags to relay, if the client has `message-tags`.
pub(super) fn tags(message: &Message, plan: &Plan) -> Name {
    if plan.caps.has(Cap::MessageTags) {
        let relayed = |name: &str| plan.settings.relays_tag(name);
        message.tags.client_only(relayed).into()
    } else {
        "".into()
    }
}

/// Plans one message for each target.
fn say(message: &Message, plan: &mut Plan, kind: MessageKind, text: Text, tags: Name) {
    let list = message.params.get(0).unwrap_or_default();
    let targets = if kind == MessageKind::Notice {
        let most = plan.limits().targets;
        // Excess targets are dropped without an error.
        split_list(list).take(most).collect()
    } else {
        plan.targets(list)
    };
    if targets.is_empty() && kind == MessageKind::Message {
        return no_recipient("PRIVMSG", plan);
    }
    for name in targets {
        plan.change(Change::Send(SendMessage {
            kind,
            target: target(name),
            text: text.clone(),
            splits: None,
            ctcp: is_ctcp(&text, &None),
            kept: kind != MessageKind::Tags || is_persistent(&tags),
            tags: tags.clone(),
            outside: plan.caps.has(Cap::Outside),
        }));
    }
}

/// Client-only tags that are stored: those that request it, and reactions, which belong to the
/// message they refer to.
const PERSISTENT: [&str; 3] = ["+draft/persist", "+draft/react", "+draft/unreact"];

/// Returns whether a TAGMSG with these tags is stored.
fn is_persistent(tags: &str) -> bool {
    let mut names = tags
        .split(';')
        .map(|tag| tag.split('=').next().unwrap_or_default());
    names.any(|name| PERSISTENT.contains(&name))
}

/// Parses a target: a channel, the members of a channel with a rank (STATUSMSG), or a nick. Of
/// several prefixes the lowest counts (Modern IRC, PRIVMSG).
pub(in crate::irc) fn target(name: &str) -> Target {
    let channel = name.trim_start_matches(|c| RANKS.iter().any(|(_, prefix, _)| *prefix == c));
    if !channel.starts_with('#') {
        return Target::User(name.into());
    }
    let prefixes = &name[..name.len() - channel.len()];
    let named = RANKS
        .iter()
        .filter(|(_, prefix, _)| prefixes.contains(*prefix));
    Target::Channel(channel.into(), named.map(|(_, _, rank)| *rank).min())
}

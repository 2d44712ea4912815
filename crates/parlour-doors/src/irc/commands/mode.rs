//! MODE (RFC 2812 §3.1.5 and §3.2.3).

use irc_wire::{Message, numerics as n};
use parlour_core::{Change, Question};

use crate::irc::modes;
use crate::irc::plan::Plan;

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let target = message.params.get(0).unwrap_or_default();
    if target.starts_with('#') {
        channel(message, target, plan);
    } else {
        user(message, target, plan);
    }
}

/// Plans SAMODE: channel modes changed by a server operator.
pub(in crate::irc) fn samode(message: &Message, plan: &mut Plan) {
    let target = message.params.get(0).unwrap_or_default();
    let letters = message.params.get(1).unwrap_or_default();
    let wanted = modes::parse(target, letters, &message.params.as_slice()[2..]);
    if !wanted.changes.is_empty() {
        plan.change(Change::ModeAsOper(target.into(), wanted.changes));
    }
    for complaint in wanted.complaints {
        plan.complain(complaint);
    }
}

fn channel(message: &Message, channel: &str, plan: &mut Plan) {
    let Some(letters) = message.params.non_empty(1) else {
        return plan.ask(Question::Modes(channel.into()));
    };
    let wanted = modes::parse(channel, letters, &message.params.as_slice()[2..]);
    for list in wanted.lists {
        plan.ask(Question::ModeList(channel.into(), list));
    }
    if !wanted.changes.is_empty() {
        plan.change(Change::Mode(channel.into(), wanted.changes));
    }
    for complaint in wanted.complaints {
        plan.complain(complaint);
    }
}

fn user(message: &Message, nick: &str, plan: &mut Plan) {
    let Some(letters) = message.params.non_empty(1) else {
        return plan.ask(Question::UserModes(nick.into()));
    };
    let mut set = true;
    let mut changes = Vec::new();
    let mut unknown = false;
    for letter in letters.chars() {
        match letter {
            '+' => set = true,
            '-' => set = false,
            _ => match modes::USER_MODES.iter().find(|(l, _, _)| *l == letter) {
                // Each mode counts once, with its last sign.
                Some((_, flag, _)) => {
                    changes.retain(|(known, _)| known != flag);
                    changes.push((*flag, set));
                }
                None => unknown = true,
            },
        }
    }
    // Without changes, the core still answers or refuses by nick.
    if !changes.is_empty() || !unknown {
        plan.change(Change::UserModes {
            nick: nick.into(),
            changes,
        });
    }
    if unknown {
        plan.say(n::ERR_UMODEUNKNOWNFLAG, &[], "Unknown MODE flag");
    }
}

//! METADATA (IRCv3 metadata): GET, LIST, SYNC, SET, CLEAR, SUB, UNSUB, SUBS.

use irc_wire::Message;
use parlour_core::reply::{MetadataValue, Metadatum};
use parlour_core::request::MetadataQuestion;
use parlour_core::state::metadata_key;
use parlour_core::{Change, Name, Question, Refusal, Reply};

use super::Plan;
use crate::irc::caps::Cap;
use crate::irc::complaint::Complaint;
use crate::irc::{IrcDoor, need_more, render};
use crate::turn::Turn;

fn names(params: &[&str]) -> Vec<Name> {
    let words = params.iter().filter(|word| !word.is_empty());
    words.map(|word| (*word).into()).collect()
}

fn upper(message: &Message) -> String {
    message
        .params
        .get(1)
        .unwrap_or_default()
        .to_ascii_uppercase()
}

fn unknown(sub: &str) -> Complaint {
    Complaint::fail(
        "METADATA",
        "SUBCOMMAND_INVALID",
        &[sub],
        "There are GET, LIST, SET, CLEAR, SUB, UNSUB, SUBS and SYNC",
    )
}

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let params = message.params.as_slice();
    let target: Name = params[0].into();
    let sub = upper(message);
    let needs_key = matches!(sub.as_str(), "GET" | "SET" | "SUB" | "UNSUB");
    if needs_key && params.len() < 3 {
        return plan.complain(need_more("METADATA"));
    }
    let ask = |question| Question::Metadata(target.clone(), question);
    match sub.as_str() {
        "GET" => plan.ask(ask(MetadataQuestion::Get(names(&params[2..])))),
        "LIST" => plan.ask(ask(MetadataQuestion::List)),
        "SYNC" => plan.ask(ask(MetadataQuestion::Sync)),
        "SET" => plan.change(Change::SetMetadata {
            target,
            key: params[2].into(),
            value: params.get(3).filter(|v| !v.is_empty()).map(|v| (*v).into()),
        }),
        "CLEAR" => plan.change(Change::ClearMetadata(target)),
        "SUB" => plan.change(Change::Subscribe(names(&params[2..]))),
        "UNSUB" => plan.change(Change::Unsubscribe(names(&params[2..]))),
        "SUBS" => plan.ask(Question::Subscriptions),
        other => plan.complain(unknown(other)),
    }
}

/// Before registration, one's own keys and subscriptions (`before-connect`).
pub(in crate::irc) fn early(door: &mut IrcDoor, turn: &mut Turn, message: &Message) {
    if !door.caps.has(Cap::Metadata) {
        return door.not_registered(turn);
    }
    let params = message.params.as_slice();
    let (target, sub) = (params[0], upper(message));
    let own = target == "*" || door.wish.nick.as_deref() == Some(target);
    if !own {
        return refuse(door, turn, Refusal::NoMetadataTarget(target.into()));
    }
    match (sub.as_str(), params.get(2)) {
        ("GET" | "SET" | "SUB" | "UNSUB", None) => door.complain(turn, need_more("METADATA")),
        ("SET", Some(key)) => set(door, turn, key, params.get(3).copied()),
        ("GET", Some(_)) => {
            let values = params[2..].iter().map(|key| door.wish.metadatum(key));
            show(door, turn, true, values.collect());
        }
        ("LIST" | "SYNC", _) => {
            let keys: Vec<Name> = door.wish.metadata.iter().map(|(k, _)| k.clone()).collect();
            let values = keys.iter().map(|key| door.wish.metadatum(key)).collect();
            show(door, turn, true, values);
        }
        ("CLEAR", _) => {
            let cleared = std::mem::take(&mut door.wish.metadata);
            let values = cleared.into_iter().map(|(key, _)| unset(&key)).collect();
            show(door, turn, true, values);
        }
        ("SUB" | "UNSUB", Some(_)) => subscribe(door, turn, &params[2..], sub == "SUB"),
        ("SUBS", _) => {
            let reply = Reply::Subscriptions(door.wish.keys.clone());
            render::write_reply(door, turn, &reply);
        }
        (other, _) => door.complain(turn, unknown(other)),
    }
}

fn unset(key: &str) -> MetadataValue {
    MetadataValue {
        target: "*".into(),
        key: key.into(),
        value: Metadatum::Unset,
    }
}

fn set(door: &mut IrcDoor, turn: &mut Turn, given: &str, value: Option<&str>) {
    let l = &turn.settings.chat.limits;
    let Some(key) = metadata_key(given) else {
        return refuse(door, turn, Refusal::BadMetadataKey(given.into()));
    };
    let value = value.filter(|value| !value.is_empty());
    if value.is_some_and(|value| value.len() > l.metadata_value) {
        return refuse(door, turn, Refusal::BadMetadataValue(key));
    }
    let metadata = &mut door.wish.metadata;
    metadata.retain(|(known, _)| *known != key);
    if let Some(value) = value {
        if metadata.len() >= l.metadata_keys {
            return refuse(door, turn, Refusal::MetadataFull("*".into()));
        }
        metadata.push((key.clone(), value.into()));
    }
    let value = door.wish.metadatum(&key);
    show(door, turn, false, vec![value]);
}

fn subscribe(door: &mut IrcDoor, turn: &mut Turn, given: &[&str], on: bool) {
    let most = turn.settings.chat.limits.metadata_keys;
    let (mut done, mut faults): (Vec<Name>, Vec<Refusal>) = (Vec::new(), Vec::new());
    for word in given {
        let Some(key) = metadata_key(word) else {
            faults.push(Refusal::BadMetadataKey((*word).into()));
            continue;
        };
        let keys = &mut door.wish.keys;
        if !on {
            keys.retain(|known| *known != key);
        } else if !keys.contains(&key) {
            if keys.len() >= most {
                faults.push(Refusal::TooManySubscriptions((*word).into()));
                break;
            }
            keys.push(key.clone());
        }
        done.push(key);
    }
    if !done.is_empty() {
        render::write_reply(door, turn, &Reply::Subscribed(done, on));
    }
    for refusal in faults {
        refuse(door, turn, refusal);
    }
}

fn show(door: &mut IrcDoor, turn: &mut Turn, batch: bool, values: Vec<MetadataValue>) {
    render::write_reply(door, turn, &Reply::Metadata { batch, values });
}

fn refuse(door: &mut IrcDoor, turn: &mut Turn, refusal: Refusal) {
    render::write_reply(door, turn, &Reply::Refused(refusal));
}

//! METADATA (IRCv3 metadata): GET, LIST, SYNC, SET, CLEAR, SUB, UNSUB, SUBS.

use irc_wire::Message;
use parlour_core::error::MetadataError;
use parlour_core::reply::MetadataReply;
use parlour_core::reply::{MetadataEntry, MetadataValue};
use parlour_core::request::MetadataQuestion;
use parlour_core::state::metadata_key;
use parlour_core::{Change, Name, Question, Refusal, Reply, SessionChange};

use crate::context::Context;
use crate::irc::caps::Cap;
use crate::irc::door::IrcDoor;
use crate::irc::error_reply::ErrorReply;
use crate::irc::plan::Plan;
use crate::irc::render;

/// Returns the parameters that are not empty.
fn names(params: &[&str]) -> Vec<Name> {
    let words = params.iter().filter(|word| !word.is_empty());
    words.map(|word| (*word).into()).collect()
}

/// Returns the subcommand in upper case.
fn upper(message: &Message) -> String {
    message
        .params
        .get(1)
        .unwrap_or_default()
        .to_ascii_uppercase()
}

/// Subcommands, each with the number of parameters after its name.
const SUBCOMMANDS: &[(&str, std::ops::RangeInclusive<usize>)] = &[
    ("GET", 1..=usize::MAX),
    ("LIST", 0..=0),
    ("SET", 1..=2),
    ("CLEAR", 0..=0),
    ("SUB", 1..=usize::MAX),
    ("UNSUB", 1..=usize::MAX),
    ("SUBS", 0..=0),
    ("SYNC", 0..=0),
];

/// Checks the subcommand and its number of parameters. Returns its name in upper case.
fn check(message: &Message) -> Result<String, ErrorReply> {
    let sub = upper(message);
    let invalid = |text: &str| {
        let named = message.params.get(1).unwrap_or_default();
        ErrorReply::fail("METADATA", "INVALID_PARAMS", &[named], text)
    };
    let Some((_, takes)) = SUBCOMMANDS.iter().find(|(name, _)| *name == sub) else {
        return Err(invalid(
            "There are GET, LIST, SET, CLEAR, SUB, UNSUB, SUBS and SYNC",
        ));
    };
    let given = message.params.len().saturating_sub(2);
    if given < *takes.start() {
        Err(invalid("It needs a key"))
    } else if given > *takes.end() {
        Err(invalid("It takes fewer parameters"))
    } else {
        Ok(sub)
    }
}

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let sub = match check(message) {
        Ok(sub) => sub,
        Err(complaint) => return plan.complain(complaint),
    };
    let params = message.params.as_slice();
    let target: Name = params[0].into();
    // Subscriptions belong to the session, not to a target.
    let own = &*target == "*" || plan.settings.chat.casemapping.same(&target, plan.nick);
    if matches!(sub.as_str(), "SUB" | "UNSUB" | "SUBS") && !own {
        return plan.complain(ErrorReply::fail(
            "METADATA",
            "INVALID_TARGET",
            &[&target],
            "Keys are subscribed to for oneself, with *",
        ));
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
        "SUB" => plan.set(SessionChange::Subscribe(names(&params[2..]))),
        "UNSUB" => plan.set(SessionChange::Unsubscribe(names(&params[2..]))),
        _ => plan.ask(Question::Subscriptions),
    }
}

/// Handles the metadata and subscriptions of the user before registration (`before-connect`).
pub(in crate::irc) fn early(door: &mut IrcDoor, cx: &mut Context, message: &Message) {
    if !door.caps.has(Cap::Metadata) {
        return door.not_registered(cx);
    }
    let sub = match check(message) {
        Ok(sub) => sub,
        Err(complaint) => return door.complain(cx, complaint),
    };
    let params = message.params.as_slice();
    let target = params[0];
    let own = target == "*" || door.introduction.nick.as_deref() == Some(target);
    if !own {
        return refuse(
            door,
            cx,
            Refusal::Metadata(MetadataError::NoMetadataTarget(target.into())),
        );
    }
    match sub.as_str() {
        "SET" => set(door, cx, params[2], params.get(3).copied()),
        "GET" => {
            let values = params[2..]
                .iter()
                .map(|key| door.introduction.metadatum(key));
            show_all(door, cx, values.collect());
        }
        "LIST" | "SYNC" => {
            let keys: Vec<Name> = door
                .introduction
                .metadata
                .iter()
                .map(|(k, _)| k.clone())
                .collect();
            let values = keys
                .iter()
                .map(|key| door.introduction.metadatum(key))
                .collect();
            show_all(door, cx, values);
        }
        "CLEAR" => {
            let cleared = std::mem::take(&mut door.introduction.metadata);
            let values = cleared.into_iter().map(|(key, _)| unset(&key)).collect();
            show_all(door, cx, values);
        }
        "SUB" | "UNSUB" => subscribe(door, cx, &params[2..], sub == "SUB"),
        _ => {
            let reply =
                Reply::Metadata(MetadataReply::Subscriptions(door.introduction.keys.clone()));
            render::write_reply(door, cx, &reply);
        }
    }
}

fn unset(key: &str) -> MetadataValue {
    MetadataValue {
        target: "*".into(),
        key: key.into(),
        value: MetadataEntry::Unset,
    }
}

fn set(door: &mut IrcDoor, cx: &mut Context, given: &str, value: Option<&str>) {
    let l = &cx.settings.chat.limits;
    let Some(key) = metadata_key(given) else {
        return refuse(
            door,
            cx,
            Refusal::Metadata(MetadataError::BadMetadataKey(given.into())),
        );
    };
    // An empty value deletes the key, as a missing one does.
    let value = value.filter(|value| !value.is_empty());
    if value.is_some_and(|value| value.len() > l.metadata_value) {
        return refuse(
            door,
            cx,
            Refusal::Metadata(MetadataError::BadMetadataValue(key)),
        );
    }
    let metadata = &mut door.introduction.metadata;
    // The old value goes first: replacing it must not count against the limit.
    metadata.retain(|(known, _)| *known != key);
    if let Some(value) = value {
        if metadata.len() >= l.metadata_keys {
            return refuse(
                door,
                cx,
                Refusal::Metadata(MetadataError::MetadataFull("*".into(), l.metadata_keys)),
            );
        }
        metadata.push((key.clone(), value.into()));
    }
    let value = door.introduction.metadatum(&key);
    let (about, values) = (None, vec![value]);
    render::write_reply(
        door,
        cx,
        &Reply::Metadata(MetadataReply::Metadata { about, values }),
    );
}

fn subscribe(door: &mut IrcDoor, cx: &mut Context, given: &[&str], on: bool) {
    let most = cx.settings.chat.limits.metadata_keys;
    let (mut done, mut faults): (Vec<Name>, Vec<Refusal>) = (Vec::new(), Vec::new());
    for word in given {
        let Some(key) = metadata_key(word) else {
            faults.push(Refusal::Metadata(MetadataError::BadSubscription(
                (*word).into(),
            )));
            continue;
        };
        let keys = &mut door.introduction.keys;
        if !on {
            keys.retain(|known| *known != key);
        } else if !keys.contains(&key) {
            if keys.len() >= most {
                // At the limit, the remaining keys are not tried.
                faults.push(Refusal::Metadata(MetadataError::TooManySubscriptions(
                    key, most,
                )));
                break;
            }
            keys.push(key.clone());
        }
        done.push(key);
    }
    if !done.is_empty() {
        render::write_reply(
            door,
            cx,
            &Reply::Metadata(MetadataReply::Subscribed(done, on)),
        );
    }
    for refusal in faults {
        refuse(door, cx, refusal);
    }
}

fn show_all(door: &mut IrcDoor, cx: &mut Context, values: Vec<MetadataValue>) {
    let about = Some("*".into());
    render::write_reply(
        door,
        cx,
        &Reply::Metadata(MetadataReply::Metadata { about, values }),
    );
}

fn refuse(door: &mut IrcDoor, cx: &mut Context, refusal: Refusal) {
    render::write_reply(door, cx, &Reply::Refused(refusal));
}

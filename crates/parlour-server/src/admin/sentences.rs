//! Replies of the core, as rows and sentences of the admin console.

use parlour_core::record::Audit;
use parlour_core::reply::{AccountReply, AdminReply, OwnershipReply};
use parlour_core::state::{Ban, BanAction};
use parlour_core::{Reply, Time};
use parlour_doors::time;
use serde_json::{Map, Value, json};

use super::error_text;
use super::protocol::AdminAnswer;
use crate::cluster::{ClusterStatus, NodeStatus};

/// Formats a time, readable for people and programs.
fn moment(at: Time) -> Value {
    time::format(at.0).into()
}

/// Builds a row from a JSON object.
fn row(fields: Value) -> AdminAnswer {
    match fields {
        Value::Object(fields) => AdminAnswer::Row(fields),
        other => AdminAnswer::Row(Map::from_iter([("value".to_owned(), other)])),
    }
}

/// Converts a reply to rows and a closing sentence.
#[expect(clippy::too_many_lines, reason = "a table with one row for each reply")]
pub(super) fn answers(reply: &Reply) -> Vec<AdminAnswer> {
    let mut answers: Vec<AdminAnswer> = match reply {
        Reply::Admin(AdminReply::Accounts(accounts)) => accounts
            .iter()
            .map(|account| {
                row(json!({
                    "name": &*account.name,
                    "created": moment(account.created),
                    "always_on": account.always_on,
                    "certificates": account.certificates,
                    "suspended": account.suspended,
                }))
            })
            .collect(),
        Reply::Admin(AdminReply::Channels(channels)) => channels
            .iter()
            .map(|channel| {
                row(json!({
                    "name": &*channel.name,
                    "members": channel.members,
                    "founder": channel.founder.as_deref(),
                    "topic": channel.topic.as_deref(),
                }))
            })
            .collect(),
        Reply::Admin(AdminReply::Users(users)) => users
            .iter()
            .map(|user| {
                row(json!({
                    "nick": &*user.nick,
                    "account": user.account.as_deref(),
                    "address": &*user.address,
                    "connections": user.sessions,
                    "since": moment(user.since),
                    "idle_seconds": user.idle,
                    "oper": user.oper,
                }))
            })
            .collect(),
        Reply::Admin(AdminReply::Bans(bans)) => bans.iter().map(ban).collect(),
        Reply::Refused(_)
        | Reply::Passed
        | Reply::Session(_)
        | Reply::Channel(_)
        | Reply::User(_)
        | Reply::History(_)
        | Reply::Metadata(_)
        | Reply::Account(_)
        | Reply::Ownership(_)
        | Reply::Admin(_) => Vec::new(),
    };
    let text = match reply {
        Reply::Refused(refusal) => {
            answers.push(AdminAnswer::Failed(error_text::refused(refusal)));
            return answers;
        }
        Reply::Account(AccountReply::AccountCreated(name, _)) => {
            format!("The account {name} is made.")
        }
        Reply::Account(AccountReply::PasswordSet(name)) => {
            format!("The account {name} has another password; its sessions have ended.")
        }
        Reply::Account(AccountReply::AccountDropped(name)) => {
            format!("The account {name} and its messages were deleted.")
        }
        Reply::Ownership(OwnershipReply::ChannelDropped(name)) => {
            format!("{name} belongs to nobody any more.")
        }
        Reply::Admin(AdminReply::Banned(ban, ended)) => {
            let until = ban.until.map(|until| time::format(until.0));
            let until = until.map_or_else(String::new, |until| format!(" until {until}"));
            let target = ban.target.shown();
            match ban.action {
                BanAction::Refuse => {
                    format!("{target} is banned{until}; {ended} connections were ended.")
                }
                BanAction::Mute => format!("{target} is muted{until}."),
            }
        }
        Reply::Admin(AdminReply::Unbanned(target)) => format!("{target} is banned no more."),
        Reply::Passed
        | Reply::Session(_)
        | Reply::Channel(_)
        | Reply::User(_)
        | Reply::History(_)
        | Reply::Metadata(_)
        | Reply::Account(_)
        | Reply::Ownership(_)
        | Reply::Admin(_) => String::new(),
    };
    answers.push(AdminAnswer::Done(text));
    answers
}

/// Converts a ban to a row.
fn ban(ban: &Ban) -> AdminAnswer {
    row(json!({
        "target": &*ban.target.shown(),
        "reason": &*ban.reason,
        "by": &*ban.by,
        "at": moment(ban.at),
        "until": ban.until.map(moment),
        "action": match ban.action {
            BanAction::Refuse => "ban",
            BanAction::Mute => "mute",
        },
    }))
}

/// Converts the state of a node of the cluster to a row.
pub(super) fn node(node: &NodeStatus) -> AdminAnswer {
    row(json!({
        "node": &*node.name,
        "number": node.number,
        "state": if node.is_live { "live" } else { "lost" },
        "silent_ms": node.silent_for,
        "lag": node.lag,
        "version": node.reads,
        "this": node.is_this,
        "first": node.is_first,
    }))
}

/// Describes the state of the cluster beside its nodes.
pub(super) fn cluster(status: &ClusterStatus) -> String {
    let (sequence, version) = (status.sequence, status.version);
    let reach = match status.is_cut_off {
        true => "This node is cut off from the stream and refuses changes; it has",
        false => "This node has",
    };
    let mut text = format!(
        "{reach} the stream up to message {sequence}; version {version} of the encoding is written."
    );
    let known = status.stream.leader.as_ref().filter(|_| !status.is_cut_off);
    if let Some(leader) = known {
        text += &format!(" The NATS server {leader} leads the stream");
        for copy in &status.stream.copies {
            let state = if copy.is_current {
                "has a copy"
            } else {
                "is behind or away"
            };
            text += &format!(", {} {state}", copy.server);
        }
        text += ".";
    }
    match status.compared {
        Some((at, true)) => text += &format!(" All nodes held the same at {at}."),
        Some((at, false)) => {
            text += &format!(" Not all nodes held the same at {at}; the logs say which.")
        }
        None => {}
    }
    text
}

/// Converts an entry of the audit log to a row.
pub(super) fn audit(audit: &Audit) -> AdminAnswer {
    row(json!({
        "at": moment(audit.at),
        "who": &*audit.who,
        "action": &*audit.action,
        "about": &*audit.about,
        "detail": &*audit.detail,
    }))
}

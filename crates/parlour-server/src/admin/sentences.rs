//! Replies of the core, as rows and sentences of the admin console.

use parlour_core::record::Audit;
use parlour_core::state::{Ban, BanAction};
use parlour_core::{Reply, Time};
use parlour_doors::time;
use serde_json::{Map, Value, json};

use super::AdminAnswer;
use super::error_text;

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
pub(super) fn answers(reply: &Reply) -> Vec<AdminAnswer> {
    let mut answers: Vec<AdminAnswer> = match reply {
        Reply::Accounts(accounts) => accounts
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
        Reply::Channels(channels) => channels
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
        Reply::Users(users) => users
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
        Reply::Bans(bans) => bans.iter().map(ban).collect(),
        _ => Vec::new(),
    };
    let text = match reply {
        Reply::Refused(refusal) => {
            answers.push(AdminAnswer::Failed(error_text::refused(refusal)));
            return answers;
        }
        Reply::AccountCreated(name, _) => format!("The account {name} is made."),
        Reply::PasswordSet(name) => {
            format!("The account {name} has another password; its sessions have ended.")
        }
        Reply::AccountDropped(name) => {
            format!("The account {name} and its messages were deleted.")
        }
        Reply::ChannelDropped(name) => format!("{name} belongs to nobody any more."),
        Reply::Banned(ban, ended) => {
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
        Reply::Unbanned(target) => format!("{target} is banned no more."),
        _ => String::new(),
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

//! `parlour admin hook`: tokens for programs.

use parlour_core::reply::AdminReply;
use parlour_core::request::{AdminCommand, AdminQuestion, HookCommand, NewHook};
use parlour_core::state::{Hook, HookRight};
use parlour_core::{Change, Question, Reply, Request};
use parlour_doors::time;
use serde_json::json;

use super::error_text;
use super::protocol::AdminAnswer;
use super::serve::{Say, ask, row};
use crate::channel_feed::ChannelFeed;
use crate::console::Console;
use crate::hook_token;

/// Makes a hook: name, channel, and whether it reads. Its token is shown here and never again.
pub(super) fn add(
    console: &Console,
    (name, channel, reads): (String, String, bool),
    say: &mut Say<'_>,
) -> Result<AdminAnswer, String> {
    let token = hook_token::generate()?;
    let new = NewHook {
        name: name.into(),
        channel: channel.into(),
        right: match reads {
            true => HookRight::Read,
            false => HookRight::Post,
        },
        key: hook_token::key(&token),
    };
    let change = Request::Do(Change::Admin(AdminCommand::Hook(HookCommand::Add(new))));
    let hook = match ask(console, change)? {
        Reply::Admin(AdminReply::HookAdded(hook)) => hook,
        other => return Err(refused(&other)),
    };
    let path = match hook.right {
        HookRight::Post => format!("/hooks/{token}"),
        HookRight::Read => format!("/events?channel={}", hook.channel.replace('#', "%23")),
    };
    let fields = json!({
        "name": &*hook.name,
        "channel": &*hook.channel,
        "right": right(&hook),
        "token": token,
        "path": path,
    });
    row(fields, say)?;
    let use_it = match hook.right {
        HookRight::Post => format!("curl -d '{{\"text\": \"hello\"}}' http://HOST:25000{path}"),
        HookRight::Read => {
            format!("curl -N -H 'Authorization: Bearer {token}' 'http://HOST:25000{path}'")
        }
    };
    Ok(AdminAnswer::Done(format!(
        "This is the only time that the token is shown. Use it as: {use_it}"
    )))
}

/// Lists the hooks.
pub(super) fn list(console: &Console, say: &mut Say<'_>) -> Result<AdminAnswer, String> {
    let question = Request::Ask(Question::Admin(AdminQuestion::Hooks));
    let hooks = match ask(console, question)? {
        Reply::Admin(AdminReply::Hooks(hooks)) => hooks,
        other => return Err(refused(&other)),
    };
    for hook in &hooks {
        let fields = json!({
            "name": &*hook.name,
            "channel": &*hook.channel,
            "right": right(hook),
            "created": time::format(hook.created.0),
        });
        row(fields, say)?;
    }
    Ok(AdminAnswer::Done(String::new()))
}

/// Removes a hook; who reads by it is let go.
pub(super) fn remove(
    console: &Console,
    feed: &ChannelFeed,
    name: String,
) -> Result<AdminAnswer, String> {
    let command = AdminCommand::Hook(HookCommand::Remove(name.into()));
    match ask(console, Request::Do(Change::Admin(command)))? {
        Reply::Admin(AdminReply::HookRemoved(hook)) => {
            feed.end(&hook.key);
            let words = format!("The token of {} is not accepted any more.", hook.name);
            Ok(AdminAnswer::Done(words))
        }
        other => Err(refused(&other)),
    }
}

fn right(hook: &Hook) -> &'static str {
    match hook.right {
        HookRight::Post => "post",
        HookRight::Read => "read",
    }
}

/// Returns the sentence for a reply that is none of the request's own.
fn refused(reply: &Reply) -> String {
    match reply {
        Reply::Refused(refusal) => error_text::refused(refusal),
        other => format!("the server gave an unexpected answer: {other:?}"),
    }
}

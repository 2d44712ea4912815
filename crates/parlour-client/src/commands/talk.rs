//! Messages: sending, replies, reactions, edits and deletion.

use super::{nth, usage};
use crate::app::App;
use crate::app::mode::ComposeContext;
use crate::engine::{Feature, OutgoingMessage};
use crate::model::{BufferKind, LineState};

pub(super) fn msg(app: &mut App, arguments: &str) {
    let (nick, text) = arguments
        .split_once(char::is_whitespace)
        .unwrap_or((arguments, ""));
    if nick.is_empty() {
        return usage(app, "msg");
    }
    let net = app.net();
    let (ranks, room) = app.session().isupport().split_ranks(nick);
    // A STATUSMSG target (`@#channel`) has no buffer of its own.
    if !ranks.is_empty() {
        if text.trim().is_empty() {
            return usage(app, "msg");
        }
        let (room, echoes) = (room.to_owned(), app.session().supports(Feature::Echo));
        app.request(|session| session.send_unrecorded(nick, text.trim()));
        if !echoes {
            app.tell(&format!("Sent to those with {ranks} in {room}."));
        }
        return;
    }
    let kind = if app.is_channel(net, nick) {
        BufferKind::Channel
    } else {
        BufferKind::Person
    };
    let index = app.model.open(net, nick, kind);
    app.go(index);
    if !text.trim().is_empty() {
        // `say_here`, not `say`: a reply or an edit begun in that buffer has nothing to do with
        // this.
        let text = app.formatted(text.trim());
        app.say_here(OutgoingMessage {
            text: &text,
            ..OutgoingMessage::default()
        });
    }
}

pub(super) fn me(app: &mut App, text: &str) {
    if text.is_empty() {
        return usage(app, "me");
    }
    app.say(&crate::complete::with_emoji(text), true);
}

pub(super) fn notice(app: &mut App, arguments: &str) {
    match arguments.split_once(char::is_whitespace) {
        Some((target, text)) => app.request(|session| session.send_notice(target, text.trim())),
        None => usage(app, "notice"),
    }
}

pub(super) fn reply(app: &mut App, arguments: &str) {
    let Some((id, text)) = nth(app, arguments) else {
        return;
    };
    let buffer = app.model.buffer();
    let msgid = buffer
        .position(id)
        .and_then(|at| buffer.lines[at].msgid.clone());
    match (msgid, text) {
        (_, "") => app.on_message(id, 'r'),
        (Some(msgid), text) => {
            let text = app.formatted(text);
            app.say_here(OutgoingMessage {
                text: &text,
                reply: Some(&msgid),
                ..OutgoingMessage::default()
            });
        }
        (None, _) => {
            app.report_error("The server gave that message no id, so it cannot be replied to.");
        }
    }
}

pub(super) fn react(app: &mut App, arguments: &str) {
    match nth(app, arguments) {
        Some((_, "")) => usage(app, "react"),
        Some((id, text)) => app.react(id, text),
        None => {}
    }
}

pub(super) fn edit(app: &mut App, arguments: &str) {
    let own = {
        let buffer = app.model.buffer();
        let mut lines = buffer.lines.iter().rev();
        let last = lines.find(|line| line.own && line.msgid.is_some() && !line.redacted);
        last.map(|line| line.id)
    };
    let (first, rest) = arguments
        .split_once(char::is_whitespace)
        .unwrap_or((arguments, ""));
    let (id, text) = match app.nth(first) {
        Some(id) => (Some(id), rest.trim()),
        None => (own, arguments),
    };
    let Some(id) = id else {
        return app.report_error("You have said nothing here that could be edited.");
    };
    let before = app.context.clone();
    app.on_message(id, 'e');
    // The edit may be refused: it has begun only if there is a new context.
    let edits = matches!(app.context, Some(ComposeContext::Edit { .. })) && app.context != before;
    if !text.is_empty() && edits {
        app.composer.replace(String::new());
        app.say(text, false);
    }
}

pub(super) fn redact(app: &mut App, arguments: &str) {
    if let Some((id, _)) = nth(app, arguments) {
        app.on_message(id, 'd');
    }
}

pub(super) fn retry(app: &mut App, _: &str) {
    let failed = |state: &LineState| matches!(state, LineState::Failed { .. });
    let lines = app.model.buffer().lines.iter();
    let ids: Vec<_> = lines.filter(|l| failed(&l.state)).map(|l| l.id).collect();
    if ids.is_empty() {
        return app.flash("Nothing here was refused.");
    }
    for id in ids {
        app.retry(id);
    }
}

pub(super) fn undo(app: &mut App, _: &str) {
    if !app.undo_delete() {
        app.tell("Nothing is about to be deleted.");
    }
}

pub(super) fn upload(app: &mut App, path: &str) {
    match path {
        "" if app.report_uploads() => {}
        "" => usage(app, "upload"),
        "cancel" => app.cancel_uploads(),
        path => app.upload(path),
    }
}

pub(super) fn spoiler(app: &mut App, text: &str) {
    if text.is_empty() {
        return usage(app, "spoiler");
    }
    // Text in the colour of its background: the usual spoiler on IRC.
    app.say(&format!("\u{3}01,01{text}\u{3}"), false);
}

pub(super) fn shrug(app: &mut App, text: &str) {
    app.say(format!("{text} ¯\\_(ツ)_/¯").trim_start(), false);
}

pub(super) fn tableflip(app: &mut App, text: &str) {
    app.say(format!("{text} (╯°□°)╯︵ ┻━┻").trim_start(), false);
}

//! Channels: JOIN, PART, LIST, TOPIC and INVITE.

use super::{room, usage};
use crate::app::App;
use crate::model::BufferKind;

pub(super) fn join(app: &mut App, arguments: &str) {
    let mut words = arguments.split_whitespace();
    let Some(name) = words.next() else {
        return usage(app, "join");
    };
    let name = if app.is_channel(app.net(), name) {
        name.to_owned()
    } else {
        format!("#{name}")
    };
    match words.next() {
        Some(key) => {
            let net = app.net();
            app.nets[net].remember_keys(&name, key);
            app.request(|session| session.join(&name, key));
        }
        None => app.request(|session| session.join(&name, "")),
    }
    let first = name.split(',').next().unwrap_or(&name);
    app.go_when_joined(first);
}

pub(super) fn part(app: &mut App, arguments: &str) {
    let net = app.net();
    let (named, words) = match arguments.split_once(char::is_whitespace) {
        Some((first, rest)) if app.is_channel(net, first) => (Some(first), rest.trim()),
        None if app.is_channel(net, arguments) => (Some(arguments), ""),
        _ => (None, arguments),
    };
    let index = match named {
        Some(name) => app.model.find(net, name),
        None => Some(app.model.current),
    };
    let Some(index) = index else {
        return app.report_error("You are not in that room.");
    };
    let (kind, name, joined) = {
        let buffer = &app.model.buffers[index];
        (buffer.kind, buffer.raw_name.clone(), buffer.joined)
    };
    match kind {
        BufferKind::Server => app.report_error("The server's own buffer stays; /quit leaves."),
        BufferKind::Channel if joined => {
            app.request(|session| session.part(&name, words));
            app.close(index);
        }
        BufferKind::Channel | BufferKind::Person => app.close(index),
    }
}

pub(super) fn list(app: &mut App, filter: &str) {
    match filter {
        "" => app.list_rooms(&[]),
        // A mask or an ELIST condition is passed on; a plain word becomes a mask.
        filter if filter.contains(['*', '<', '>', '#']) => app.list_rooms(&[filter]),
        filter => app.list_rooms(&[&format!("*{filter}*")]),
    }
}

pub(super) fn topic(app: &mut App, text: &str) {
    let Some(room) = room(app) else { return };
    if !text.is_empty() {
        return app.request(|session| session.set_topic(&room, text));
    }
    let topic = app.model.buffer().topic.to_string();
    let shown = if topic.is_empty() {
        "There is no topic; /topic text sets one.".to_owned()
    } else {
        format!("Topic: {topic}")
    };
    app.tell(&shown);
}

pub(super) fn invite(app: &mut App, arguments: &str) {
    let mut words = arguments.split_whitespace();
    let Some(nick) = words.next() else {
        return usage(app, "invite");
    };
    let room = match words.next() {
        Some(named) => Some(named.to_owned()),
        None => room(app),
    };
    if let Some(room) = room {
        app.request(|session| session.invite(nick, &room));
    }
}

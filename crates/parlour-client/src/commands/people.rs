//! Users: names, WHOIS, nick, away state, ignores and status.

use super::{room, usage};
use crate::app::App;

pub(super) fn online(app: &mut App, place: &str) {
    if place.is_empty() {
        return app.send(&["WHO", "*"]);
    }
    let net = app.net();
    let room = app.model.find(net, place);
    match room.filter(|&index| app.model.buffers[index].joined) {
        Some(index) => tell_names(app, index),
        None => app.send(&["NAMES", place]),
    }
}

pub(super) fn names(app: &mut App, _: &str) {
    if room(app).is_some() {
        tell_names(app, app.model.current);
    }
}

fn tell_names(app: &mut App, index: usize) {
    let members = app.model.buffers[index].members.values();
    let shown: Vec<String> = members
        .map(|member| format!("{}{}", member.prefix, member.nick))
        .collect();
    app.tell(&format!("{} here: {}", shown.len(), shown.join(", ")));
}

pub(super) fn nick(app: &mut App, name: &str) {
    if name.is_empty() {
        return usage(app, "nick");
    }
    if name.contains(char::is_whitespace) {
        return app.report_error("A nick has no spaces.");
    }
    let net = app.net();
    if app.nets[net].is_online() {
        return app.send(&["NICK", name]);
    }
    app.nets[net].want_nick(name);
    app.tell(&format!(
        "You will be {name} once there is a connection; /reconnect tries now."
    ));
}

pub(super) fn whois(app: &mut App, nick: &str) {
    if nick.is_empty() {
        return usage(app, "whois");
    }
    // The nick given twice asks the server of that user, which knows the idle time.
    app.send(&["WHOIS", nick, nick]);
}

pub(super) fn away(app: &mut App, text: &str) {
    let text = if text.is_empty() { "away" } else { text };
    let net = app.net();
    // Set again at the next connection.
    app.nets[net].away = Some(text.to_owned());
    app.send(&["AWAY", text]);
}

pub(super) fn back(app: &mut App, _: &str) {
    let net = app.net();
    app.nets[net].away = None;
    app.send(&["AWAY"]);
}

pub(super) fn ignore(app: &mut App, nick: &str) {
    if nick.is_empty() {
        let shown = match app.model.ignored.as_slice() {
            [] => "You ignore nobody.".to_owned(),
            ignored => format!("You ignore {}.", ignored.join(", ")),
        };
        return app.tell(&shown);
    }
    let net = app.net();
    app.model.ignore(net, nick);
    app.tell(&format!(
        "You ignore {nick} until you leave; `ignore` in the configuration keeps it so."
    ));
}

pub(super) fn unignore(app: &mut App, nick: &str) {
    if nick.is_empty() {
        return usage(app, "unignore");
    }
    let net = app.net();
    if app.model.unignore(net, nick) {
        app.tell(&format!("You no longer ignore {nick}."));
    } else {
        app.report_error(&format!("You do not ignore {nick}."));
    }
}

pub(super) fn status(app: &mut App, text: &str) {
    if text.is_empty() {
        app.send(&["METADATA", "*", "SET", "status"]);
    } else {
        let text = crate::complete::with_emoji(text);
        app.send(&["METADATA", "*", "SET", "status", &text]);
    }
}

//! Users: names, WHOIS, nick, away state, ignores and status.

use super::{room, usage};
use crate::app::App;
use crate::engine::Session;

pub(super) fn online(app: &mut App, place: &str) {
    if place.is_empty() {
        return app.request(Session::query_users);
    }
    let net = app.net();
    let room = app.model.find(net, place);
    match room.filter(|&index| app.model.buffers[index].joined) {
        Some(index) => tell_names(app, index),
        None => app.request(|session| session.query_members(place)),
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
        return app.request(|session| session.change_nick(name));
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
    app.request(|session| session.query_user(nick));
}

pub(super) fn away(app: &mut App, text: &str) {
    let text = if text.is_empty() { "away" } else { text };
    let net = app.net();
    // Set again at the next connection.
    app.nets[net].away = Some(text.to_owned());
    app.request(|session| session.set_away(Some(text)));
}

pub(super) fn back(app: &mut App, _: &str) {
    let net = app.net();
    app.nets[net].away = None;
    app.request(|session| session.set_away(None));
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
        app.request(|session| session.set_status(None));
    } else {
        let text = crate::complete::with_emoji(text);
        app.request(|session| session.set_status(Some(&text)));
    }
}

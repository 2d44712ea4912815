//! Screen: search, buffers, read markers, mutes, pins, links.

use super::{buffer_named, nth, usage};
use crate::app::App;
use crate::app::keymap::Action;

pub(super) fn search(app: &mut App, words: &str) {
    if words.is_empty() {
        return usage(app, "search");
    }
    app.search(words);
}

pub(super) fn buffer(app: &mut App, name: &str) {
    if name.is_empty() {
        return usage(app, "buffer");
    }
    let count = app.model.buffers.len();
    if let Some(number) = name
        .parse::<usize>()
        .ok()
        .filter(|n| (1..=count).contains(n))
    {
        return app.go(number - 1);
    }
    let net = app.net();
    let lower = name.to_lowercase();
    let index = app.model.find(net, name).or_else(|| {
        let mut buffers = app.model.buffers.iter();
        buffers.position(|b| b.name.as_str().to_lowercase().contains(&lower))
    });
    match index {
        Some(index) => app.go(index),
        None => app.report_error(&format!(
            "There is no {name} here; /join and /msg open one."
        )),
    }
}

pub(super) fn clear(app: &mut App, _: &str) {
    let buffer = app.model.buffer_mut();
    // Scrolling up loads the messages again.
    buffer.forget_past();
    (buffer.scroll, buffer.unread_from) = (None, None);
}

pub(super) fn markread(app: &mut App, which: &str) {
    app.read(which == "all");
}

pub(super) fn unread(app: &mut App, _: &str) {
    app.act(Action::FirstUnread);
}

pub(super) fn mentions(app: &mut App, _: &str) {
    app.show_inbox();
}

pub(super) fn mute(app: &mut App, name: &str) {
    if let Some(index) = buffer_named(app, name) {
        app.change_at(index, |buffer| buffer.muted = true);
        app.flash("Muted: only mentions of you count there.");
    }
}

pub(super) fn unmute(app: &mut App, name: &str) {
    if let Some(index) = buffer_named(app, name) {
        app.change_at(index, |buffer| buffer.muted = false);
        app.flash("It counts again.");
    }
}

pub(super) fn pin(app: &mut App, name: &str) {
    if let Some(index) = buffer_named(app, name) {
        app.change_at(index, |buffer| buffer.pinned = true);
    }
}

pub(super) fn unpin(app: &mut App, name: &str) {
    if let Some(index) = buffer_named(app, name) {
        app.change_at(index, |buffer| buffer.pinned = false);
    }
}

pub(super) fn plain(app: &mut App, _: &str) {
    app.act(Action::Plain);
}

pub(super) fn open(app: &mut App, which: &str) {
    if let Some((id, _)) = nth(app, which) {
        app.on_message(id, 'o');
    }
}

pub(super) fn copy(app: &mut App, which: &str) {
    if let Some((id, _)) = nth(app, which) {
        app.on_message(id, 'y');
        app.leave_messages();
    }
}

//! Events as lines: the same bytes for all readers of a render key.

use crate::render_key::RenderKey;
use irc_wire::{Line, MAX_LINE, text, time};
use parlour_core::event::Addressee;
use parlour_core::request::MessageKind;
use parlour_core::state::Profile;
use parlour_core::{Body, Event};

use super::multiline;
use crate::irc::modes;

/// Returns the part of the render key that changes how the event looks. Readers whose keys differ
/// only elsewhere share its bytes.
pub(crate) fn relevant_key(event: &Event) -> RenderKey {
    let always = [
        RenderKey::IRC,
        RenderKey::PLAIN,
        RenderKey::UNFRAMED,
        RenderKey::CURRENT,
        RenderKey::TIME,
        RenderKey::TAGS,
    ]
    .into_iter()
    .fold(RenderKey::NONE, RenderKey::with);
    // Without an account there is no account tag, whatever the reader wants.
    let always = if event.from.account.is_some() {
        always.with(RenderKey::ACCOUNT)
    } else {
        always
    };
    always.with(match &event.body {
        Body::Message {
            text,
            splits,
            relayed_by,
            ..
        } => {
            let relayed = if relayed_by.is_some() {
                RenderKey::RELAYED
            } else {
                RenderKey::NONE
            };
            // Must agree with `event`: readers with and without batches may share bytes only if the
            // text is one line.
            if multiline::is_multiline(text, splits) || text.len() > room(event) {
                relayed.with(RenderKey::MULTILINE)
            } else {
                relayed
            }
        }
        Body::Joined(_) => RenderKey::EXTENDED_JOIN,
        Body::Away(_) => RenderKey::AWAY,
        Body::Account(_) => RenderKey::LOGINS,
        Body::HostChanged(_) => RenderKey::HOSTS,
        Body::RealName(_) => RenderKey::REALNAMES,
        Body::Invited { .. } => RenderKey::INVITES,
        Body::Redacted { .. } => RenderKey::REDACT,
        Body::ChannelRenamed { .. } => RenderKey::RENAME,
        Body::Parted(..)
        | Body::Kicked { .. }
        | Body::Quit(_)
        | Body::Renamed(_)
        | Body::Topic(..)
        | Body::Modes(..)
        | Body::UserModes(_)
        | Body::Wallops(_)
        | Body::Killed(..) => RenderKey::NONE,
    })
}

/// Returns whether readers with this render key receive the event.
fn is_heard(render_key: RenderKey, event: &Event) -> bool {
    match &event.body {
        Body::Message {
            kind: MessageKind::Tags,
            ..
        } => render_key.has(RenderKey::TAGS),
        Body::Away(_) => render_key.has(RenderKey::AWAY),
        Body::Account(_) => render_key.has(RenderKey::LOGINS),
        Body::HostChanged(_) => render_key.has(RenderKey::HOSTS),
        Body::RealName(_) => render_key.has(RenderKey::REALNAMES),
        Body::Redacted { .. } => render_key.has(RenderKey::REDACT),
        Body::ChannelRenamed { .. } => render_key.has(RenderKey::RENAME),
        Body::Invited { notice: true, .. } => render_key.has(RenderKey::INVITES),
        Body::Message { .. }
        | Body::Joined(_)
        | Body::Parted(..)
        | Body::Kicked { .. }
        | Body::Quit(_)
        | Body::Renamed(_)
        | Body::Topic(..)
        | Body::Modes(..)
        | Body::UserModes(_)
        | Body::Invited { .. }
        | Body::Wallops(_)
        | Body::Killed(..) => true,
    }
}

/// Appends the event as seen by readers with this render key; nothing, if they do not receive it.
/// `batch` puts it into a batch.
pub(crate) fn event(out: &mut Vec<u8>, render_key: RenderKey, event: &Event, batch: Option<&str>) {
    if !is_heard(render_key, event) {
        return;
    }
    match &event.body {
        Body::Message {
            kind,
            to,
            text,
            splits,
            ..
        } if multiline::is_multiline(text, splits) || text.len() > room(event) => {
            let (target, room) = (target(to), room(event));
            let words = (command(*kind), &*target);
            if let Some(pieces) = multiline::ctcp_in_pieces(text, room) {
                for (index, piece) in pieces.iter().enumerate() {
                    let line = tagged(out, render_key, event, batch, index == 0);
                    let line = line.from(&event.from.source, words.0).word(words.1);
                    line.trailing(piece).end();
                }
                return;
            }
            let parts = multiline::fitted(multiline::parts(text, splits), room);
            said_in_lines(out, render_key, event, batch, words, &parts);
        }
        Body::Wallops(text) if text.len() > room(event) => {
            for piece in text::pieces(text, room(event)) {
                let line = tagged(out, render_key, event, batch, true);
                let line = line.from(&event.from.source, "WALLOPS");
                line.trailing(piece).end();
            }
        }
        Body::Message { kind, to, text, .. } => {
            let line = tagged(out, render_key, event, batch, true);
            let line = line.from(&event.from.source, command(*kind));
            let line = line.word(&target(to));
            if *kind == MessageKind::Tags {
                line.end();
            } else {
                line.trailing(text).end();
            }
        }
        Body::Modes(place, changes) => {
            // `:source MODE #channel `
            let frame = event.from.source.len() + place.name.len() + 8;
            let lines = modes::lines(changes, (MAX_LINE - 2).saturating_sub(frame));
            for (index, letters) in lines.iter().enumerate() {
                let line = tagged(out, render_key, event, batch, index == 0);
                let line = line.from(&event.from.source, "MODE");
                line.word(&place.name).word(letters).end();
            }
        }
        Body::Joined(_)
        | Body::Parted(..)
        | Body::Kicked { .. }
        | Body::Quit(_)
        | Body::Renamed(_)
        | Body::Topic(..)
        | Body::UserModes(_)
        | Body::Invited { .. }
        | Body::Away(_)
        | Body::Account(_)
        | Body::HostChanged(_)
        | Body::RealName(_)
        | Body::ChannelRenamed { .. }
        | Body::Redacted { .. }
        | Body::Wallops(_)
        | Body::Killed(..) => done(out, render_key, event, batch),
    }
}

/// Returns the bytes of text that one line of the message can hold, besides its source and target.
fn room(event: &Event) -> usize {
    // `:source PRIVMSG target :text`.
    const FRAME: usize = 4 + "PRIVMSG ".len();
    let to = match &event.body {
        Body::Message { to, .. } => match to {
            Addressee::Channel(place, rank) => place.name.len() + usize::from(rank.is_some()),
            Addressee::User(nick) => nick.len(),
        },
        Body::Joined(_)
        | Body::Parted(..)
        | Body::Kicked { .. }
        | Body::Quit(_)
        | Body::Renamed(_)
        | Body::Topic(..)
        | Body::Modes(..)
        | Body::UserModes(_)
        | Body::Invited { .. }
        | Body::Away(_)
        | Body::Account(_)
        | Body::HostChanged(_)
        | Body::RealName(_)
        | Body::ChannelRenamed { .. }
        | Body::Redacted { .. }
        | Body::Wallops(_)
        | Body::Killed(..) => 0,
    };
    let frame = FRAME + event.from.source.len() + to;
    // A minimum, so that splitting always makes progress.
    (MAX_LINE - 2).saturating_sub(frame).max(64)
}

/// Appends an event that is one line: a command and its parameters.
fn done(out: &mut Vec<u8>, render_key: RenderKey, event: &Event, batch: Option<&str>) {
    let line = tagged(out, render_key, event, batch, true);
    let from = &event.from;
    let source = &*from.source;
    let line = match &event.body {
        Body::Joined(place) => {
            let line = line.from(source, "JOIN").word(&place.name);
            if render_key.has(RenderKey::EXTENDED_JOIN) {
                let account = from.account.as_deref().unwrap_or("*");
                line.word(account).trailing(&from.realname)
            } else {
                line
            }
        }
        Body::Parted(place, reason) if reason.is_empty() => {
            line.from(source, "PART").word(&place.name)
        }
        Body::Parted(place, reason) => line.from(source, "PART").word(&place.name).trailing(reason),
        Body::Kicked {
            place,
            nick,
            reason,
        } => line
            .from(source, "KICK")
            .word(&place.name)
            .word(nick)
            .trailing(reason),
        Body::Quit(reason) => line.from(source, "QUIT").trailing(reason),
        Body::Renamed(nick) => line.from(source, "NICK").last(nick),
        Body::Topic(place, text) => line.from(source, "TOPIC").word(&place.name).trailing(text),
        Body::UserModes(changes) => line
            .from(source, "MODE")
            .word(&from.nick)
            .word(&modes::user_changes(changes)),
        Body::Invited { nick, place, .. } => {
            line.from(source, "INVITE").word(nick).last(&place.name)
        }
        Body::Away(Some(text)) => line.from(source, "AWAY").trailing(text),
        Body::Away(None) => line.from(source, "AWAY"),
        Body::Account(account) => line
            .from(source, "ACCOUNT")
            .word(account.as_deref().unwrap_or("*")),
        Body::HostChanged(now) => line.from(source, "CHGHOST").word(&now.user).word(&now.host),
        Body::RealName(name) => line.from(source, "SETNAME").trailing(name),
        Body::ChannelRenamed {
            place, old, reason, ..
        } => line
            .from(source, "RENAME")
            .word(old)
            .word(&place.name)
            .trailing(reason),
        Body::Redacted {
            to,
            message,
            reason,
        } => {
            let line = line.from(source, "REDACT").word(&target(to));
            let line = line.word(&message.to_string());
            match reason {
                Some(reason) => line.trailing(reason),
                None => line,
            }
        }
        Body::Wallops(text) => line.from(source, "WALLOPS").trailing(text),
        Body::Killed(nick, reason) => line.from(source, "KILL").word(nick).trailing(reason),
        // Appended by `event`, since they may take several lines.
        Body::Message { .. } | Body::Modes(..) => return,
    };
    line.end();
}

/// Returns the command of a kind of message.
fn command(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Message => "PRIVMSG",
        MessageKind::Notice => "NOTICE",
        MessageKind::Tags => "TAGMSG",
    }
}

/// Appends a multiline message with its command and target.
fn said_in_lines(
    out: &mut Vec<u8>,
    render_key: RenderKey,
    event: &Event,
    batch: Option<&str>,
    (command, target): (&str, &str),
    parts: &[multiline::Part<'_>],
) {
    let source = &*event.from.source;
    if render_key.has(RenderKey::MULTILINE) {
        let reference = multiline::reference(event);
        tagged(out, render_key, event, batch, true)
            .from(source, "BATCH")
            .word(&format!("+{reference}"))
            .word("draft/multiline")
            .word(target)
            .end();
        // Inner lines carry the reference of their own batch; only its start and end are in the
        // outer one.
        multiline::lines(out, source, command, target, &reference, parts);
        let line = Line::new(out);
        let line = match batch {
            Some(outer) => line.tag("batch", outer),
            None => line,
        };
        line.from(source, "BATCH")
            .word(&format!("-{reference}"))
            .end();
        return;
    }
    // Without the capability, blank lines are left out, and only the first line has the id
    // (draft/multiline).
    let shown = parts.iter().filter(|part| !part.text.is_empty());
    for (index, part) in shown.enumerate() {
        tagged(out, render_key, event, batch, index == 0)
            .from(source, command)
            .word(target)
            .trailing(part.text)
            .end();
    }
}

/// Returns the target parameter of an addressee.
fn target(to: &Addressee) -> String {
    match to {
        Addressee::Channel(place, None) => place.name.to_string(),
        Addressee::Channel(place, Some(rank)) => {
            format!("{}{}", modes::prefix_of(*rank), place.name)
        }
        Addressee::User(nick) => nick.to_string(),
    }
}

/// Returns whether the id belongs to this event alone. Others accompany another event and may share
/// its id.
fn has_id(body: &Body) -> bool {
    !matches!(
        body,
        Body::Away(_)
            | Body::Account(_)
            | Body::HostChanged(_)
            | Body::RealName(_)
            | Body::UserModes(_)
            | Body::Wallops(_)
            | Body::Killed(..)
    )
}

/// Adds the tags about the author (account-tag, bot-mode).
pub(super) fn author_tags<'a>(
    mut line: Line<'a>,
    render_key: RenderKey,
    from: &Profile,
) -> Line<'a> {
    if let Some(account) = from.account.as_deref()
        && render_key.has(RenderKey::ACCOUNT)
    {
        line = line.tag("account", account);
    }
    if from.bot && render_key.has(RenderKey::TAGS) {
        // The ratified name, and the draft that clients have known before.
        line = line.tag("bot", "").tag("draft/bot", "");
    }
    line
}

/// Starts a line with the tags for this render key; with the msgid only if it is the `first` line
/// of the event.
fn tagged<'a>(
    out: &'a mut Vec<u8>,
    render_key: RenderKey,
    event: &Event,
    batch: Option<&str>,
    first: bool,
) -> Line<'a> {
    let mut line = Line::new(out);
    if let Some(batch) = batch {
        line = line.tag("batch", batch);
    }
    if render_key.has(RenderKey::TIME) {
        line = line.tag("time", &time::format(event.id.time().0));
    }
    line = author_tags(line, render_key, &event.from);
    if render_key.has(RenderKey::TAGS) && first && has_id(&event.body) {
        line = line.tag("msgid", &event.id.to_string());
    }
    if let Body::Message {
        tags, relayed_by, ..
    } = &event.body
    {
        if let Some(by) = relayed_by
            && render_key.has(RenderKey::RELAYED)
        {
            line = line.tag("draft/relaymsg", by);
        }
        if render_key.has(RenderKey::TAGS) {
            // Still escaped, as the sender has written them.
            line = line.raw_tags(tags);
        }
    }
    line
}

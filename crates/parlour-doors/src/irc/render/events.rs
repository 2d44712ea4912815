//! Events as lines: the same bytes for all readers of a style.

use irc_wire::{Line, MAX_LINE, time};
use parlour_core::event::Addressee;
use parlour_core::request::SayKind;
use parlour_core::{Body, Event};

use crate::door::Style;
use crate::irc::modes;

/// Appends an event as readers of `style` see it; nothing, if they do not see it.
/// `batch` puts it into a batch.
pub(crate) fn event(out: &mut Vec<u8>, style: Style, event: &Event, batch: Option<&str>) {
    if matches!(
        event.body,
        Body::Said {
            kind: SayKind::Tags,
            ..
        }
    ) && !style.has(Style::TAGS)
    {
        return;
    }
    if let Body::Modes(place, changes) = &event.body {
        // `:source MODE #channel `
        let frame = event.from.source.len() + place.name.len() + 8;
        for letters in modes::lines(changes, (MAX_LINE - 2).saturating_sub(frame)) {
            let line = tagged(out, style, event, batch).from(&event.from.source, "MODE");
            line.word(&place.name).word(&letters).end();
        }
        return;
    }
    let line = tagged(out, style, event, batch);
    let source = &event.from.source;
    let line = match &event.body {
        Body::Said { kind, to, text, .. } => {
            let command = match kind {
                SayKind::Message => "PRIVMSG",
                SayKind::Notice => "NOTICE",
                SayKind::Tags => "TAGMSG",
            };
            let line = address(line.from(source, command), to);
            if *kind == SayKind::Tags {
                line
            } else {
                line.trailing(text)
            }
        }
        Body::Joined(place) => line.from(source, "JOIN").word(&place.name),
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
        // Said above, in as many lines as they need.
        Body::Modes(..) => return,
        Body::Invisible(set) => {
            let letters = if *set { "+i" } else { "-i" };
            line.from(source, "MODE")
                .word(&event.from.nick)
                .word(letters)
        }
        Body::Invited { nick, channel } => line.from(source, "INVITE").word(nick).last(channel),
    };
    line.end();
}

fn address<'a>(line: Line<'a>, to: &Addressee) -> Line<'a> {
    match to {
        Addressee::Channel(place, None) => line.word(&place.name),
        Addressee::Channel(place, Some(rank)) => {
            let mut target = String::from(modes::prefix_of(*rank));
            target.push_str(&place.name);
            line.word(&target)
        }
        Addressee::User(nick) => line.word(nick),
    }
}

/// A line with the tags that readers of `style` get.
fn tagged<'a>(out: &'a mut Vec<u8>, style: Style, event: &Event, batch: Option<&str>) -> Line<'a> {
    let mut line = Line::new(out);
    if let Some(batch) = batch {
        line = line.tag("batch", batch);
    }
    if style.has(Style::TIME) {
        line = line.tag("time", &time::format(event.id.time().0));
    }
    if let Body::Said { tags, .. } = &event.body
        && style.has(Style::TAGS)
    {
        line = line.tag("msgid", &event.id.to_string()).raw_tags(tags);
    }
    line
}

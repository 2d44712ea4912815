//! VERSION, TIME, INFO, MOTD, ADMIN (RFC 2812 §3.4) and ISUPPORT: information about the server.

use irc_wire::{Message, numerics as n, time as wire_time};

use crate::context::Context;
use crate::irc::caps::Cap;
use crate::irc::door::IrcDoor;
use crate::irc::error_reply::ErrorReply;

pub(in crate::irc) fn version(door: &mut IrcDoor, cx: &mut Context, _: &Message) {
    let s = cx.settings;
    let line = door
        .numeric(&mut cx.out, s.server_name(), n::RPL_VERSION)
        .word(&s.version)
        .word(s.server_name());
    line.trailing(&s.description).end();
    door.isupport(cx);
}

pub(in crate::irc) fn isupport(door: &mut IrcDoor, cx: &mut Context, _: &Message) {
    door.isupport(cx);
}

/// Answers ISUPPORT before registration (draft/extended-isupport).
pub(in crate::irc) fn early_isupport(door: &mut IrcDoor, cx: &mut Context, _: &Message) {
    if door.caps.has(Cap::ExtendedIsupport) {
        door.isupport(cx);
    } else {
        door.not_registered(cx);
    }
}

pub(in crate::irc) fn time(door: &mut IrcDoor, cx: &mut Context, _: &Message) {
    let server = cx.settings.server_name();
    let now = wire_time::format(cx.time.0);
    door.numeric(&mut cx.out, server, n::RPL_TIME)
        .word(server)
        .trailing(&now)
        .end();
}

pub(in crate::irc) fn info(door: &mut IrcDoor, cx: &mut Context, _: &Message) {
    let s = cx.settings;
    let lines = [
        s.version.to_string(),
        s.description.to_string(),
        format!("Running since {}", wire_time::format(s.started.time.0)),
        "One port, every door, nothing lost.".into(),
    ];
    for text in lines {
        door.numeric(&mut cx.out, s.server_name(), n::RPL_INFO)
            .trailing(&text)
            .end();
    }
    door.numeric(&mut cx.out, s.server_name(), n::RPL_ENDOFINFO)
        .trailing("End of INFO")
        .end();
}

pub(in crate::irc) fn motd(door: &mut IrcDoor, cx: &mut Context, _: &Message) {
    door.motd(cx);
}

pub(in crate::irc) fn admin(door: &mut IrcDoor, cx: &mut Context, _: &Message) {
    let s = cx.settings;
    let server = s.server_name();
    if s.admin.is_empty() {
        let text = "No administrative info available";
        let complaint = ErrorReply::numeric(n::ERR_NOADMININFO, &[server], text);
        return complaint.write(&mut cx.out, server, door.shown_nick());
    }
    door.numeric(&mut cx.out, server, n::RPL_ADMINME)
        .word(server)
        .trailing("Administrative info")
        .end();
    // The last line is the mail address, however many precede it.
    let (mail, places) = s.admin.split_last().map_or(("", &[][..]), |(m, p)| (m, p));
    let place = |index: usize| places.get(index).map_or("", String::as_str);
    let lines = [
        (n::RPL_ADMINLOC1, place(0)),
        (n::RPL_ADMINLOC2, place(1)),
        (n::RPL_ADMINEMAIL, mail),
    ];
    for (code, text) in lines {
        door.numeric(&mut cx.out, server, code).trailing(text).end();
    }
}

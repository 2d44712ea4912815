//! VERSION, TIME, INFO, MOTD (RFC 2812 §3.4): the server about itself.

use irc_wire::{Message, numerics as n, time as wire_time};

use crate::irc::{IrcDoor, isupport};
use crate::turn::Turn;

pub(in crate::irc) fn version(door: &mut IrcDoor, turn: &mut Turn, _: &Message) {
    let s = turn.settings;
    let server = &s.server_name;
    let line = door
        .numeric(&mut turn.out, server, n::RPL_VERSION)
        .word(&s.version)
        .word(server);
    line.trailing(&s.description).end();
    for tokens in isupport::tokens(s).chunks(12) {
        let mut line = door.numeric(&mut turn.out, server, n::RPL_ISUPPORT);
        for token in tokens {
            line = line.word(token);
        }
        line.trailing("are supported by this server").end();
    }
}

pub(in crate::irc) fn time(door: &mut IrcDoor, turn: &mut Turn, _: &Message) {
    let server = &turn.settings.server_name;
    let now = wire_time::format(turn.now.0);
    door.numeric(&mut turn.out, server, n::RPL_TIME)
        .word(server)
        .trailing(&now)
        .end();
}

pub(in crate::irc) fn info(door: &mut IrcDoor, turn: &mut Turn, _: &Message) {
    let s = turn.settings;
    let lines = [
        s.version.to_string(),
        s.description.to_string(),
        format!("Running since {}", wire_time::format(s.started.0)),
        "One port, every door, nothing lost.".into(),
    ];
    for text in lines {
        door.numeric(&mut turn.out, &s.server_name, n::RPL_INFO)
            .trailing(&text)
            .end();
    }
    door.numeric(&mut turn.out, &s.server_name, n::RPL_ENDOFINFO)
        .trailing("End of INFO")
        .end();
}

pub(in crate::irc) fn motd(door: &mut IrcDoor, turn: &mut Turn, _: &Message) {
    door.motd(turn);
}

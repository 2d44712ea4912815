//! HELP and HELPOP (Modern IRC), from the table of commands.

use irc_wire::{Message, numerics as n};

use crate::context::Context;
use crate::irc::door::IrcDoor;
use crate::irc::error_reply::ErrorReply;
use crate::irc::verbs::{self, VERBS};

/// Subject of HELP without a parameter.
const INDEX: &str = "*";

pub(in crate::irc) fn answer(door: &mut IrcDoor, cx: &mut Context, message: &Message) {
    let subject = message.params.non_empty(0).unwrap_or(INDEX);
    if let Some(verb) = verbs::find(subject) {
        let usage = format!("{} {}", verb.name, verb.syntax);
        return write(door, cx, verb.name, &[usage.trim_end(), verb.help]);
    }
    if !subject.eq_ignore_ascii_case(INDEX) {
        let text = "There is no help about this; HELP alone lists the commands";
        let complaint = ErrorReply::numeric(n::ERR_HELPNOTFOUND, &[subject], text);
        return complaint.write(&mut cx.out, cx.settings.server_name(), door.shown_nick());
    }
    let names: Vec<&str> = VERBS.iter().map(|verb| verb.name).collect();
    let lines: Vec<String> = names.chunks(8).map(|names| names.join(" ")).collect();
    let mut text = vec!["HELP followed by one of these commands tells how it goes:"];
    text.extend(lines.iter().map(String::as_str));
    write(door, cx, INDEX, &text);
}

fn write(door: &IrcDoor, cx: &mut Context, subject: &str, lines: &[&str]) {
    let server = cx.settings.server_name();
    // A title and an empty line come first, as in Modern IRC.
    let title = (n::RPL_HELPSTART, "Help for parlour");
    let body = [""].iter().chain(lines).map(|text| (n::RPL_HELPTXT, *text));
    for (code, text) in std::iter::once(title).chain(body) {
        let line = door.numeric(&mut cx.out, server, code).word(subject);
        line.trailing(text).end();
    }
    let end = door.numeric(&mut cx.out, server, n::RPL_ENDOFHELP);
    end.word(subject).trailing("End of /HELP").end();
}

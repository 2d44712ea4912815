//! LINKS (RFC 2812 §3.4.5) and other commands about links and services: there is this one server
//! and its built-in services.

use irc_wire::{Message, numerics as n, text};
use parlour_core::mask;

use crate::context::Context;
use crate::irc::door::IrcDoor;
use crate::irc::error_reply::{ECHOED, ErrorReply};

/// Answers LINKS: this server and its services.
pub(in crate::irc) fn links(door: &mut IrcDoor, cx: &mut Context, message: &Message) {
    let s = cx.settings;
    let server = s.server_name();
    if let [asked, _, ..] = message.params.as_slice()
        && !crate::irc::plan::is_this_server(asked, s)
    {
        let why = ErrorReply::numeric(n::ERR_NOSUCHSERVER, &[asked], "No such server");
        return door.complain(cx, why);
    }
    let wanted = message.params.as_slice().last().copied();
    let wanted = wanted.filter(|wanted| !wanted.is_empty());
    let services = format!("services.{server}");
    let lines = [
        (&**server, format!("0 {}", s.description)),
        (services.as_str(), "1 services of this server".to_owned()),
    ];
    for (name, text) in lines {
        if wanted.is_none_or(|wanted| mask::matches(wanted, name)) {
            let line = door.numeric(&mut cx.out, server, n::RPL_LINKS);
            line.word(name).word(server).trailing(&text).end();
        }
    }
    let end = door.numeric(&mut cx.out, server, n::RPL_ENDOFLINKS);
    end.middle(wanted.unwrap_or("*"))
        .trailing("End of /LINKS list")
        .end();
}

/// Answers TRACE: the route ends at this server.
pub(in crate::irc) fn trace(door: &mut IrcDoor, cx: &mut Context, _: &Message) {
    let s = cx.settings;
    let line = door.numeric(&mut cx.out, s.server_name(), n::RPL_TRACEEND);
    line.word(s.server_name())
        .word(&s.version)
        .trailing("End of TRACE")
        .end();
}

/// Answers SERVLIST: no external services connect to this server.
pub(in crate::irc) fn servlist(door: &mut IrcDoor, cx: &mut Context, message: &Message) {
    let server = cx.settings.server_name();
    let asked = |index| message.params.non_empty(index).unwrap_or("*");
    let line = door.numeric(&mut cx.out, server, n::RPL_SERVLISTEND);
    line.middle(text::cut(asked(0), ECHOED))
        .middle(text::cut(asked(1), ECHOED))
        .trailing("End of service listing")
        .end();
}

fn complain(door: &IrcDoor, cx: &mut Context, complaint: &ErrorReply) {
    let server = cx.settings.server_name();
    complaint.write(&mut cx.out, server, door.shown_nick());
}

/// Answers SQUERY: there is no such service.
pub(in crate::irc) fn squery(door: &mut IrcDoor, cx: &mut Context, message: &Message) {
    let name = message.params.get(0).unwrap_or_default();
    let complaint = ErrorReply::numeric(n::ERR_NOSUCHSERVICE, &[name], "No such service");
    complain(door, cx, &complaint);
}

/// Answers SUMMON: it is disabled.
pub(in crate::irc) fn summon(door: &mut IrcDoor, cx: &mut Context, _: &Message) {
    let text = "SUMMON has been disabled";
    let complaint = ErrorReply::numeric(n::ERR_SUMMONDISABLED, &[], text);
    complain(door, cx, &complaint);
}

/// Answers USERS: it is disabled.
pub(in crate::irc) fn users(door: &mut IrcDoor, cx: &mut Context, _: &Message) {
    let text = "USERS has been disabled";
    let complaint = ErrorReply::numeric(n::ERR_USERSDISABLED, &[], text);
    complain(door, cx, &complaint);
}

/// Refuses CONNECT, SQUIT, DIE and RESTART, also to server operators: there are no linked servers,
/// and the server is stopped on its machine.
pub(in crate::irc) fn denied(door: &mut IrcDoor, cx: &mut Context, _: &Message) {
    let text = "Permission Denied- this server stands alone and is stopped where it runs";
    let complaint = ErrorReply::numeric(n::ERR_NOPRIVILEGES, &[], text);
    complain(door, cx, &complaint);
}

//! Refusals of connections whose protocol is not served, each with a line for people.

use crate::context::Context;

/// Closes a connection whose protocol is not served on this port, with a line for people.
pub(crate) fn door(cx: &mut Context) {
    let doors = cx.peer.doors.names();
    let words = format!("ERROR :This port is for {doors} only\r\n");
    cx.out.extend_from_slice(words.as_bytes());
    cx.close = Some(format!("this port is for {doors} only"));
}

/// Closes a connection that sent a PROXY header without being trusted to. Otherwise all users
/// behind that proxy would appear to come from its address.
pub(crate) fn proxy(cx: &mut Context) {
    cx.out.extend_from_slice(
        b"ERROR :This address may not say for whom it speaks (PROXY); see proxy.trusted\r\n",
    );
    cx.close = Some(
        "sent a PROXY header, but its address is not in proxy.trusted, or one came before".into(),
    );
}

/// Closes the connection of an SSH client. Lines before the version exchange are for people to read
/// (RFC 4253 §4.2).
pub(crate) fn ssh(cx: &mut Context) {
    cx.out.extend_from_slice(
        b"parlour has no SSH door yet. Use the terminal client (parlour join HOST), netcat or an IRC client on this port.\r\n",
    );
    cx.close = Some("SSH is not spoken here yet".into());
}

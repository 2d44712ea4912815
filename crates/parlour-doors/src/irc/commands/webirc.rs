//! WEBIRC: address and host of a client behind a gateway.

use std::net::IpAddr;

use irc_wire::{Message, numerics as n};
use parlour_core::limits;

use crate::connections::Peer;
use crate::context::Context;
use crate::irc::door::IrcDoor;
use crate::irc::error_reply::ErrorReply;

/// Required parameters.
const NEEDS: usize = 4;

pub(in crate::irc) fn early(door: &mut IrcDoor, cx: &mut Context, message: &Message) {
    let params = message.params.as_slice();
    if params.len() < NEEDS {
        // The connection is closed: otherwise the client would be registered with the address of
        // the gateway.
        return refuse(
            door,
            cx,
            "WEBIRC needs a password, a gateway, a host and an address",
        );
    }
    // A client that has sent anything else may not change its address any more.
    let first = door.has_said_nothing() && door.gateway_peer.is_none();
    let from = cx.peer.address;
    let gateways = cx.settings.gateways.iter();
    let here: Vec<_> = gateways
        .filter(|gateway| from.is_some_and(|from| gateway.is_at(from)))
        .collect();
    let known = |password: &str| {
        here.iter()
            .any(|g| constant_time_eq(g.password.reveal(), password))
    };
    let reason = match first {
        _ if here.is_empty() => "WEBIRC is not for this address",
        false => "WEBIRC has to come before anything else",
        true if !known(params[0]) => "Invalid WebIRC password",
        true => match params[3].parse::<IpAddr>() {
            Err(_) => "Invalid WebIRC address",
            Ok(address) if !Peer::may_be_claimed(address) => {
                "WEBIRC cannot name an address of this machine"
            }
            Ok(address) => {
                accept(door, cx, params, address);
                return;
            }
        },
    };
    refuse(door, cx, reason);
}

fn refuse(door: &IrcDoor, cx: &mut Context, reason: &str) {
    door.error(cx, reason);
    cx.close = Some(reason.to_owned());
}

fn accept(door: &mut IrcDoor, cx: &mut Context, params: &[&str], address: IpAddr) {
    let mut peer = cx.peer.clone();
    peer.set_address(address);
    let host = params[2];
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
    // A host that is an address, or invalid, is replaced by the one derived from the client's
    // address.
    if !host.is_empty()
        && host.len() <= limits::HOST_BYTES
        && !host.starts_with(':')
        && host.chars().all(fits)
        && host.parse::<IpAddr>().is_err()
    {
        peer.host = host.into();
    }
    // A host name reveals as much as an address, so cloaking comes last and replaces it as well.
    peer.cloak(cx.settings);
    // The connection counts as secure if both of its parts are encrypted.
    let secure = params.get(4).is_some_and(|options| {
        let mut names = options.split(' ').map(|o| o.split('=').next());
        names.any(|name| name == Some("secure"))
    });
    peer.secure = cx.peer.secure && secure;
    // The certificate is that of the gateway, not of the client.
    peer.certificate = None;
    door.gateway_peer = Some(Box::new(peer));
}

/// Compares two strings; the time taken does not depend on the first difference.
fn constant_time_eq(a: &str, b: &str) -> bool {
    let difference = a
        .bytes()
        .zip(b.bytes())
        .fold(0, |sum, (x, y)| sum | (x ^ y));
    a.len() == b.len() && difference == 0
}

/// Refuses WEBIRC after registration.
pub(in crate::irc) fn late(door: &mut IrcDoor, cx: &mut Context, _: &Message) {
    let text = "WEBIRC has to come before anything else";
    ErrorReply::numeric(n::ERR_ALREADYREGISTERED, &[], text).write(
        &mut cx.out,
        cx.settings.server_name(),
        door.shown_nick(),
    );
}

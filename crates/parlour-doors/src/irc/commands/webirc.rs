//! WEBIRC: a gateway tells for whom it connects.

use std::net::IpAddr;

use irc_wire::{Message, numerics as n};
use parlour_core::limits;

use crate::connections::Peer;
use crate::context::Context;
use crate::irc::IrcDoor;
use crate::irc::error_reply::ErrorReply;

/// Parameters that it has to have.
const NEEDS: usize = 4;

pub(in crate::irc) fn early(door: &mut IrcDoor, cx: &mut Context, message: &Message) {
    let params = message.params.as_slice();
    if params.len() < NEEDS {
        // Whoever goes on after this would be let in under the gateway's own address.
        return refuse(
            door,
            cx,
            "WEBIRC needs a password, a gateway, a host and an address",
        );
    }
    let first = door.introduction.is_untouched() && door.told.is_none();
    let from = cx.peer.address;
    let gateways = cx.settings.gateways.iter();
    let here: Vec<_> = gateways
        .filter(|gateway| from.is_some_and(|from| gateway.is_at(from)))
        .collect();
    let known = |password: &str| here.iter().any(|g| same(g.password.reveal(), password));
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
    if !host.is_empty()
        && host.len() <= limits::HOST_BYTES
        && !host.starts_with(':')
        && host.chars().all(fits)
        && host.parse::<IpAddr>().is_err()
    {
        peer.host = host.into();
    }
    // A name tells as much as an address.
    peer.cloak(cx.settings);
    // Only what is encrypted all the way is called so.
    let secure = params.get(4).is_some_and(|options| {
        let mut names = options.split(' ').map(|o| o.split('=').next());
        names.any(|name| name == Some("secure"))
    });
    peer.secure = cx.peer.secure && secure;
    // The gateway's own certificate says nothing of them.
    peer.certificate = None;
    door.told = Some(peer);
}

/// Compares without telling by its time where the first difference is.
fn same(a: &str, b: &str) -> bool {
    let difference = a
        .bytes()
        .zip(b.bytes())
        .fold(0, |sum, (x, y)| sum | (x ^ y));
    a.len() == b.len() && difference == 0
}

/// After registration it is too late.
pub(in crate::irc) fn late(door: &mut IrcDoor, cx: &mut Context, _: &Message) {
    let text = "WEBIRC has to come before anything else";
    ErrorReply::numeric(n::ERR_ALREADYREGISTERED, &[], text).write(
        &mut cx.out,
        cx.settings.server_name(),
        door.shown_nick(),
    );
}

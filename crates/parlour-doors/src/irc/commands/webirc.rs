//! WEBIRC: a gateway tells for whom it connects.

use std::net::IpAddr;

use irc_wire::{Message, numerics as n};
use parlour_core::limits;

use crate::hall::Peer;
use crate::irc::IrcDoor;
use crate::irc::complaint::Complaint;
use crate::turn::Turn;

/// Parameters that it has to have.
const NEEDS: usize = 4;

pub(in crate::irc) fn early(door: &mut IrcDoor, turn: &mut Turn, message: &Message) {
    let params = message.params.as_slice();
    if params.len() < NEEDS {
        // Whoever goes on after this would be let in under the gateway's own address.
        return refuse(
            door,
            turn,
            "WEBIRC needs a password, a gateway, a host and an address",
        );
    }
    let first = door.wish.is_untouched() && door.told.is_none();
    let from = turn.peer.address;
    let gateways = turn.settings.gateways.iter();
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
                accept(door, turn, params, address);
                return;
            }
        },
    };
    refuse(door, turn, reason);
}

fn refuse(door: &IrcDoor, turn: &mut Turn, reason: &str) {
    door.error(turn, reason);
    turn.close = Some(reason.to_owned());
}

fn accept(door: &mut IrcDoor, turn: &mut Turn, params: &[&str], address: IpAddr) {
    let mut peer = turn.peer.clone();
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
    peer.cloak(turn.settings);
    // Only what is encrypted all the way is called so.
    let secure = params.get(4).is_some_and(|options| {
        let mut names = options.split(' ').map(|o| o.split('=').next());
        names.any(|name| name == Some("secure"))
    });
    peer.secure = turn.peer.secure && secure;
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
pub(in crate::irc) fn late(door: &mut IrcDoor, turn: &mut Turn, _: &Message) {
    let text = "WEBIRC has to come before anything else";
    Complaint::numeric(n::ERR_ALREADYREGISTERED, &[], text).write(
        &mut turn.out,
        turn.settings.server_name(),
        door.shown_nick(),
    );
}

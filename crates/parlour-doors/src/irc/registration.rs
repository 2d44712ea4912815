//! From the first line to the welcome.

use std::sync::Arc;

use irc_wire::numerics as n;
use parlour_core::request::Registration;
use parlour_core::state::Profile;
use parlour_core::{Change, Name, Refusal};

use super::complaint::Complaint;
use super::{IrcDoor, Stage};
use crate::hall::Note;
use crate::turn::Turn;

/// What a client has said of itself so far.
#[derive(Debug, Default)]
pub(super) struct Wish {
    pub nick: Option<Name>,
    /// User name and real name.
    pub user: Option<(Name, Name)>,
    /// Capability negotiation is under way: nothing happens before CAP END.
    pub negotiating: bool,
    /// It speaks version 302 of capability negotiation.
    pub cap_302: bool,
}

impl IrcDoor {
    /// Asks the core for the nick once all is known.
    pub(super) fn try_register(&mut self, turn: &mut Turn) {
        if self.stage != Stage::New || self.wish.negotiating {
            return;
        }
        let (Some(nick), Some((user, realname))) = (&self.wish.nick, &self.wish.user) else {
            return;
        };
        let registration = Registration {
            nick: nick.clone(),
            user: user.clone(),
            host: turn.peer.host.clone(),
            realname: realname.clone(),
            secure: turn.peer.secure,
        };
        self.stage = Stage::Registering;
        let call = self.next_call();
        turn.change(call, Change::Register(Box::new(registration)));
    }

    /// The core has taken the nick.
    pub(super) fn registered(&mut self, turn: &mut Turn, profile: Arc<Profile>) {
        self.stage = Stage::Registered;
        self.heard = turn.now;
        self.ping_after = turn.settings.ping_after;
        self.ping_timeout = turn.settings.ping_timeout;
        turn.notes.push(Note::Registered {
            session: turn.session,
            nick: profile.nick.clone(),
            host: profile.host.clone(),
            door: "irc",
        });
        self.profile = Some(profile);
        self.welcome(turn);
    }

    /// The core has not: another nick is needed.
    pub(super) fn refused(&mut self, turn: &mut Turn, refusal: &Refusal) {
        self.stage = Stage::New;
        self.wish.nick = None;
        let complaint = match refusal {
            Refusal::NickInUse(nick) => {
                Complaint::numeric(n::ERR_NICKNAMEINUSE, &[nick], "Nickname is already in use")
            }
            Refusal::BadNick(nick, why) => super::commands::bad_nick(nick, *why),
            _ => Complaint::numeric(
                n::ERR_UNKNOWNERROR,
                &["NICK"],
                "Registration failed; try another nick",
            ),
        };
        complaint.write(&mut turn.out, &turn.settings.server_name, "*");
    }
}

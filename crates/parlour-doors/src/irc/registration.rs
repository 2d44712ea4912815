//! From the first line to the welcome.

use std::sync::Arc;

use irc_wire::numerics as n;
use parlour_core::login::{Login, Proof};
use parlour_core::reply::{MetadataValue, Metadatum};
use parlour_core::request::{Attendance, Registration};
use parlour_core::state::{Profile, metadata_key};
use parlour_core::{Change, Instant, Name, Question, Refusal, Secret};

use super::account::Asked;
use super::caps::Cap;
use super::complaint::Complaint;
use super::{IrcDoor, Stage};
use crate::hall::Note;
use crate::turn::Turn;

/// Milliseconds in which a client that knows `*playback` may ask it for what was missed.
const PLAYED_WITHIN: u64 = 5_000;

/// What was missed, while it may still be asked for.
#[derive(Debug)]
pub(super) struct Missed {
    /// Until when.
    pub at: Instant,
    /// Where it was asked for.
    played: Vec<Name>,
}

/// What a client has said of itself so far.
#[derive(Debug, Default)]
pub(super) struct Wish {
    pub nick: Option<Name>,
    /// User name and real name.
    pub user: Option<(Name, Name)>,
    /// The server's password.
    pub password: Option<Secret>,
    /// The account to log into, and its password (PASS).
    pub login: Option<(Name, Secret)>,
    /// Whether anybody is there from the beginning (draft/pre-away).
    pub attendance: Attendance,
    /// Metadata from the beginning.
    pub metadata: Vec<(Name, Name)>,
    /// Metadata keys that are subscribed to from the beginning.
    pub keys: Vec<Name>,
    /// Capability negotiation is under way: nothing happens before CAP END.
    pub negotiating: bool,
    /// It speaks version 302 of capability negotiation.
    pub cap_302: bool,
}

impl Wish {
    /// Whether nothing has been said yet.
    pub fn is_untouched(&self) -> bool {
        self.nick.is_none() && self.user.is_none() && !self.negotiating && !self.cap_302
    }

    /// What a metadata key has so far.
    pub fn metadatum(&self, given: &str) -> MetadataValue {
        let value = match metadata_key(given) {
            None => Metadatum::NoKey,
            Some(key) => self
                .metadata
                .iter()
                .find(|(known, _)| *known == key)
                .map_or(Metadatum::Unset, |(_, value)| {
                    Metadatum::Value(value.clone())
                }),
        };
        MetadataValue {
            target: "*".into(),
            key: given.into(),
            value,
        }
    }
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
        if let Some((account, password)) = self.wish.login.take() {
            let login = Login {
                account: Some(account),
                acting_as: None,
                proof: Proof::Password(password),
                origin: self.origin(turn.peer),
            };
            return self.ask_account(turn, Asked::Pass, Change::Login(Box::new(login)));
        }
        let peer = self.peer(turn.peer);
        let registration = Registration {
            nick: nick.clone(),
            user: user.clone(),
            host: peer.host.clone(),
            address: peer.shown.clone(),
            realname: realname.clone(),
            secure: peer.secure,
            password: self.wish.password.clone(),
            attendance: self.wish.attendance.clone(),
            metadata: self.wish.metadata.clone(),
            reads_metadata: self.caps.metadata(),
            keys: self.wish.keys.clone(),
        };
        self.stage = Stage::Registering;
        let call = self.next_call();
        turn.change(call, Change::Register(Box::new(registration)));
        if turn.standstill {
            self.announce(turn, crate::hall::STANDS_STILL);
        }
    }

    /// The core has taken the nick.
    pub(super) fn registered(&mut self, turn: &mut Turn, profile: Arc<Profile>, attached: bool) {
        self.stage = Stage::Registered;
        self.heard = turn.now;
        self.ping_after = turn.settings.ping_after;
        self.ping_timeout = turn.settings.ping_timeout;
        turn.notes.push(Note::Registered {
            session: turn.session,
            nick: profile.nick.clone(),
            host: profile.address.clone(),
            door: "irc",
        });
        self.profile = Some(profile);
        self.wish = Wish {
            cap_302: self.wish.cap_302,
            ..Wish::default()
        };
        self.welcome(turn);
        if attached {
            let call = self.next_call();
            turn.change(call, Change::Rejoin);
            self.ask_for_missed(turn);
        }
    }

    /// The connection is one more of another user from here on.
    pub(super) fn switched(&mut self, turn: &mut Turn, profile: Arc<Profile>) {
        self.profile = Some(profile);
        self.ask_for_missed(turn);
    }

    /// What was missed is shown to those who do not ask for it by themselves.
    fn ask_for_missed(&mut self, turn: &mut Turn) {
        if self.caps.has(Cap::ChatHistory) {
            return;
        }
        if self.caps.has(Cap::Playback) {
            // Some ask for a part of it only (`*playback`).
            self.missed = Some(Missed {
                at: turn.now.plus(PLAYED_WITHIN),
                played: Vec::new(),
            });
        } else {
            let call = self.next_call();
            turn.ask(call, Question::Missed(Vec::new()));
        }
    }

    /// The client has asked for what was said in these places; none: everywhere.
    pub(super) fn plays(&mut self, targets: &[Name]) {
        match &mut self.missed {
            Some(missed) if !targets.is_empty() => missed.played.extend_from_slice(targets),
            _ => self.missed = None,
        }
    }

    /// Shows what was missed and not asked for, once that has had its time.
    pub(super) fn show_missed(&mut self, turn: &mut Turn) {
        if let Some(missed) = self.missed.take_if(|missed| turn.now >= missed.at) {
            let call = self.next_call();
            turn.ask(call, Question::Missed(missed.played));
        }
    }

    /// The core has not: another nick is needed.
    pub(super) fn refused(&mut self, turn: &mut Turn, refusal: &Refusal) {
        self.stage = Stage::New;
        if let Some(text) = super::render::kept_out(refusal) {
            let complaint = Complaint::numeric(n::ERR_PASSWDMISMATCH, &[], text);
            complaint.write(&mut turn.out, turn.settings.server_name(), "*");
            self.error(turn, text);
            turn.close = Some("bad password".into());
            return;
        }
        self.wish.nick = None;
        let complaint = match refusal {
            Refusal::NickInUse(nick) => {
                Complaint::numeric(n::ERR_NICKNAMEINUSE, &[nick], "Nickname is already in use")
            }
            Refusal::NickReserved(nick) => super::account::nick_reserved(nick),
            Refusal::TooManySessions => {
                let text = "You have too many connections already; close one first";
                self.error(turn, text);
                turn.close = Some(text.into());
                return;
            }
            Refusal::NetworkBan(reason, until) => {
                let text = super::render::banned(reason, *until);
                let complaint = Complaint::numeric(n::ERR_YOUREBANNEDCREEP, &[], &text);
                complaint.write(&mut turn.out, turn.settings.server_name(), "*");
                self.error(turn, &text);
                turn.close = Some("banned".into());
                return;
            }
            Refusal::BadNick(nick, why) => super::commands::bad_nick(nick, *why),
            _ => Complaint::numeric(
                n::ERR_UNKNOWNERROR,
                &["NICK"],
                "Registration failed; try another nick",
            ),
        };
        complaint.write(&mut turn.out, turn.settings.server_name(), "*");
    }
}

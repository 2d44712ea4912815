//! Registration of a client, from its first line to the welcome.

use super::registration_data::{BacklogReplay, Introduction};
use crate::dialect::Dialect;
use crate::error_text;
use crate::log_event::LogEvent;
use parlour_core::error::{AuthError, BanError, NameError};
use std::sync::Arc;

use irc_wire::numerics as n;
use parlour_core::login::{Login, Proof};
use parlour_core::request::Registration;
use parlour_core::state::Profile;
use parlour_core::{Change, Name, Question, Refusal};

use super::caps::Cap;
use super::error_reply::ErrorReply;
use crate::context::Context;
use crate::irc::door::{IrcDoor, Stage};
use crate::irc::request_source::RequestSource;

/// Milliseconds in which a client with `znc.in/playback` may request the backlog itself.
const PLAYED_WITHIN: u64 = 5_000;

impl IrcDoor {
    /// Requests registration once nick and user are known and negotiation is over.
    pub(super) fn try_register(&mut self, cx: &mut Context) {
        if self.stage != Stage::New || self.is_negotiating {
            return;
        }
        let (Some(nick), Some((user, realname))) = (
            self.introduction.nick.clone(),
            self.introduction.user.clone(),
        ) else {
            return;
        };
        // PASS logs in first; the answer calls this function again, and the login is gone by then.
        if let Some((account, password)) = self.introduction.login.take() {
            let login = Login {
                account: Some(account.into()),
                acting_as: None,
                proof: Proof::Password(password),
                origin: self.origin(cx.peer),
            };
            return self.request_account_change(
                cx,
                RequestSource::Pass,
                Change::Login(Box::new(login)),
            );
        }
        let peer = self.peer(cx.peer);
        let registration = Registration {
            nick,
            user,
            host: peer.host.clone(),
            address: peer.shown.clone(),
            realname: realname.into(),
            secure: peer.secure,
            password: self.introduction.password.clone(),
            attendance: self.introduction.attendance.clone(),
            metadata: self.introduction.metadata.clone(),
            reads_metadata: self.caps.metadata(),
            keys: self.introduction.keys.clone(),
        };
        self.stage = Stage::Registering;
        let call = self.next_call();
        let registration = Box::new(registration);
        let change = match self.introduction.resume {
            Some(key) => Change::Resume(registration, key),
            None => Change::Register(registration),
        };
        cx.change(call, change);
        // The answer is held back until the disk can be written again: the client is told why.
        if cx.store_unwritable {
            self.announce(cx, error_text::STORE_UNWRITABLE);
        }
    }

    /// Completes registration: sends the welcome and, if `attached` to a user who was there before,
    /// the channels and the backlog.
    pub(super) fn registered(&mut self, cx: &mut Context, profile: Arc<Profile>, attached: bool) {
        self.stage = Stage::Registered;
        self.last_activity = cx.now;
        self.ping_after = cx.settings.ping_after;
        self.ping_timeout = cx.settings.ping_timeout;
        cx.log.push(LogEvent::Registered {
            session: cx.session,
            nick: profile.nick.clone(),
            host: profile.address.clone(),
            door: "irc",
        });
        self.profile = Some(profile);
        // Secrets included.
        self.introduction = Introduction::default();
        self.welcome(cx);
        if attached {
            let call = self.next_call();
            // The channels come before the backlog that is shown in them.
            cx.change(call, Change::ShowChannels);
            self.ask_for_missed(cx);
        }
    }

    /// Moves the connection to another user of its account.
    pub(super) fn switched(&mut self, cx: &mut Context, profile: Arc<Profile>) {
        self.profile = Some(profile);
        self.ask_for_missed(cx);
    }

    /// Requests the backlog, at once or after a delay, unless the client requests history itself.
    fn ask_for_missed(&mut self, cx: &mut Context) {
        if self.caps.has(Cap::ChatHistory) {
            return;
        }
        if self.caps.has(Cap::Playback) {
            // Such a client may request a part of it only (`*playback`).
            self.backlog = Some(BacklogReplay {
                at: cx.now.plus(PLAYED_WITHIN),
                played: Vec::new(),
            });
        } else {
            let call = self.next_call();
            cx.ask(call, Question::Backlog(Vec::new()));
        }
    }

    /// Notes that the client requests the messages of these targets; of all, if there is none.
    pub(super) fn note_replay(&mut self, targets: &[Name]) {
        match &mut self.backlog {
            Some(missed) if !targets.is_empty() => missed.played.extend_from_slice(targets),
            _ => self.backlog = None,
        }
    }

    /// Requests the rest of the backlog once its delay is over.
    pub(super) fn request_rest_of_backlog(&mut self, cx: &mut Context) {
        if let Some(missed) = self.backlog.take_if(|missed| cx.now >= missed.at) {
            let call = self.next_call();
            cx.ask(call, Question::Backlog(missed.played));
        }
    }

    /// Handles a refused registration: closes the connection, or waits for another nick.
    pub(super) fn refused(&mut self, cx: &mut Context, refusal: &Refusal) {
        self.stage = Stage::New;
        if let Some(text) = super::render::password_refusal(refusal) {
            let complaint = ErrorReply::numeric(n::ERR_PASSWDMISMATCH, &[], text);
            complaint.write(&mut cx.out, cx.settings.server_name(), "*");
            self.error(cx, text);
            cx.close = Some("bad password".into());
            return;
        }
        // Registration waits for another NICK.
        self.introduction.nick = None;
        let complaint = match refusal {
            Refusal::Name(NameError::NickInUse(nick)) => {
                ErrorReply::numeric(n::ERR_NICKNAMEINUSE, &[nick], "Nickname is already in use")
            }
            Refusal::Name(NameError::NickReserved(nick)) => super::error_reply::nick_reserved(nick),
            Refusal::Auth(AuthError::TooManySessions) => {
                let text = "You have too many connections already; close one first";
                self.error(cx, text);
                cx.close = Some(text.into());
                return;
            }
            // Its next try may find another node.
            Refusal::CutOff | Refusal::Unconfirmed => {
                self.error(cx, error_text::CUT_OFF);
                cx.close = Some("cut off".into());
                return;
            }
            Refusal::Ban(BanError::ServerBanned(reason, until)) => {
                let text = super::render::banned(reason, *until);
                let complaint = ErrorReply::numeric(n::ERR_YOUREBANNEDCREEP, &[], &text);
                complaint.write(&mut cx.out, cx.settings.server_name(), "*");
                self.error(cx, &text);
                cx.close = Some("banned".into());
                return;
            }
            Refusal::Name(NameError::BadNick(nick, why)) => {
                super::error_reply::bad_nick(nick, *why)
            }
            Refusal::Name(_)
            | Refusal::Channel(_)
            | Refusal::Join(_)
            | Refusal::Mode(_)
            | Refusal::Message(_)
            | Refusal::Auth(_)
            | Refusal::Account(_)
            | Refusal::Ownership(_)
            | Refusal::Ban(_)
            | Refusal::Hook(_)
            | Refusal::History(_)
            | Refusal::Redact(_)
            | Refusal::Metadata(_)
            | Refusal::Accept(_)
            | Refusal::AlreadyRegistered
            | Refusal::NoPrivileges => ErrorReply::numeric(
                n::ERR_UNKNOWNERROR,
                &["NICK"],
                "Registration failed; try another nick",
            ),
        };
        complaint.write(&mut cx.out, cx.settings.server_name(), "*");
    }
}

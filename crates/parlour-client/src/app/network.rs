//! Network: its session, identity, and the requests made on it.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::history_requests::HistoryRequests;
use super::liveness::Liveness;
use super::mode::Confirmation;
use crate::engine::{Identity, Login, Session, SessionOptions};

/// Private conversations whose missed messages are requested, at most.
const CONVERSATIONS: usize = 50;

/// Parameters of a network to connect to.
#[derive(Clone, Debug)]
pub struct Start {
    /// Name until the server announces its own: the server's address.
    pub name: String,
    /// Identity to register with.
    pub identity: Identity,
    /// Channels to join.
    pub rooms: Vec<String>,
    /// Commands run at each connection, as if typed.
    pub commands: Vec<String>,
    /// True if the identity's password is stored once the server has accepted it.
    pub store_password: bool,
    /// True if the user has just asked for these channels: the first one is shown, whatever was
    /// shown in the previous run.
    pub asked: bool,
}

/// Channel to show once joined.
pub(super) struct WantedChannel {
    pub room: String,
    /// True if the user has just asked for it; else it is the one to begin in.
    pub asked: bool,
    /// Monotonic time of the request.
    pub at: u64,
}

/// Private conversations with stored history, which are requested once.
#[derive(Debug, Default)]
pub(super) struct Conversations {
    is_requested: bool,
    /// Conversations that are still accepted from the answer.
    left: usize,
}

impl Conversations {
    /// Returns how many to request; none the second time.
    pub fn request(&mut self) -> Option<usize> {
        if std::mem::replace(&mut self.is_requested, true) {
            return None;
        }
        self.left = CONVERSATIONS;
        Some(CONVERSATIONS)
    }

    /// Accepts a conversation of the answer, however many the server lists.
    pub fn accept(&mut self) -> bool {
        let accepts = self.left > 0;
        self.left = self.left.saturating_sub(1);
        accepts
    }
}

/// Network: its session, identity and requests.
pub(crate) struct Net {
    pub session: Session,
    identity: Identity,
    /// Secret by which the server knows this client again, the same for all of its connections.
    resume: Option<String>,
    /// Away message, set again at the next connection.
    pub(crate) away: Option<String>,
    /// Monotonic time of the last check for the wanted nick.
    pub(super) nick_checked_at: u64,
    /// Login whose password is stored once the server has accepted it.
    pub(super) unsaved_login: Option<Login>,
    /// Pending confirmation of a changed certificate.
    pub(super) changed: Option<Confirmation>,
    /// Name before the server announced its own; the key of the network in saved state.
    key: String,
    /// IDs of the messages at which the user was reading in the previous run, by buffer name.
    pub held: HashMap<String, String>,
    pub connected: bool,
    /// Commands run at each connection.
    pub(super) commands: Vec<String>,
    /// Channels to join once connected, until they are joined.
    pub(super) first_rooms: Vec<String>,
    /// Channel to show once joined.
    pub(super) wanted: Option<WantedChannel>,
    /// History requests.
    pub(super) history_requests: HistoryRequests,
    /// Channel keys, by channel name.
    pub(super) keys: Vec<(String, String)>,
    /// Signs of life.
    pub(super) life: Liveness,
    /// Monotonic time of the last MARKREAD.
    pub(super) marked: u64,
    /// Channels just joined whose members' away state has not been queried.
    pub(super) entered: Vec<String>,
    pub(super) conversations: Conversations,
}

impl Net {
    pub fn new(start: Start) -> Net {
        let wanted = start.rooms.first().map(|room| WantedChannel {
            room: room.clone(),
            asked: start.asked,
            at: 0,
        });
        Net {
            session: Session::new(start.identity.clone(), SessionOptions::default()),
            resume: None,
            away: None,
            nick_checked_at: 0,
            unsaved_login: start
                .identity
                .login
                .clone()
                .filter(|_| start.store_password),
            identity: start.identity,
            changed: None,
            key: start.name,
            held: HashMap::new(),
            connected: false,
            commands: start.commands,
            first_rooms: start.rooms,
            wanted,
            history_requests: HistoryRequests::default(),
            keys: Vec::new(),
            life: Liveness::default(),
            marked: 0,
            entered: Vec::new(),
            conversations: Conversations::default(),
        }
    }

    /// Begins a session on a new connection: no capability and no partial line of the old one
    /// survives.
    pub(super) fn connected(&mut self, now: u64, options: SessionOptions) {
        let options = SessionOptions {
            playback: true,
            resume: self.resume.get_or_insert(options.resume).clone(),
            ..options
        };
        self.session = Session::new(self.identity.clone(), options);
        self.connected = true;
        self.life.connected(now);
    }

    /// Ends the session. Returns whether there was a connection.
    pub(super) fn disconnected(&mut self) -> bool {
        self.history_requests.clear();
        self.entered.clear();
        std::mem::take(&mut self.connected)
    }

    /// Returns the name before the server announced its own, which is the same in every run.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the Authorization header of the login (RFC 7617); none without a password.
    pub(super) fn basic_authorization(&self) -> Option<String> {
        let login = self.identity.login.as_ref()?;
        let pair = format!("{}:{}", login.account, login.password);
        (!login.password.is_empty()).then(|| format!("Basic {}", STANDARD.encode(pair)))
    }

    pub fn take_output(&mut self) -> Vec<u8> {
        if self.connected {
            self.session.take_output()
        } else {
            Vec::new()
        }
    }

    /// Sets the nick to request at the next connection.
    pub(crate) fn want_nick(&mut self, nick: &str) {
        nick.clone_into(&mut self.identity.nick);
    }

    /// Returns whether the user has the nick that they want.
    pub(super) fn has_wanted_nick(&self) -> bool {
        let casemap = self.session.isupport().casemap;
        casemap.same(self.session.nick(), &self.identity.nick)
    }

    /// Returns the nick that the user wants.
    pub(super) fn wanted_nick(&self) -> &str {
        &self.identity.nick
    }

    /// Sets the account to log in to at the next connection.
    pub(super) fn want_login(&mut self, login: Login) {
        self.identity.login = Some(login);
    }

    /// Returns the account whose password the server has not accepted yet.
    pub(crate) fn unkept_account(&self) -> Option<&str> {
        self.unsaved_login
            .as_ref()
            .map(|login| login.account.as_str())
    }

    /// Returns whether the connection is registered.
    pub fn is_online(&self) -> bool {
        self.connected && self.session.is_registered()
    }

    pub fn quit(&mut self, words: &str) {
        if self.connected {
            self.session.quit(words);
        }
    }
}

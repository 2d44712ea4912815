//! Client side of an IRC session.

mod answers;
mod caps;
mod messages;
mod numerics;
mod requests;
mod sasl;
mod speech;
mod upload_token;

use std::collections::{HashMap, VecDeque};

use irc_wire::{Framed, Framer, MAX_LINE, MAX_TAG_SECTION, Message, time};

use super::{ChatMessage, Event, Feature, Isupport, MessageRef};
pub use requests::HistoryRange;
pub use speech::OutgoingMessage;

/// Identity that the user registers with.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Wanted nick.
    pub nick: String,
    /// Real name.
    pub realname: String,
    /// Account to log into, if any.
    pub login: Option<Login>,
}

/// Credentials of an account.
#[derive(Clone)]
pub struct Login {
    /// Name of the account.
    pub account: String,
    /// Password; empty to authenticate by certificate (SASL EXTERNAL).
    pub password: String,
    /// True if a missing account is to be registered (draft/account-registration).
    pub register: bool,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Login({})", self.account)
    }
}

/// Parameters of a new session.
#[derive(Clone, Debug, Default)]
pub struct SessionOptions {
    /// True if the connection is encrypted.
    pub secure: bool,
    /// True if the client has presented a certificate.
    pub certificate: bool,
    /// True if history is to include reactions and the like (draft/event-playback), and with them
    /// all joins and parts.
    pub playback: bool,
    /// True if the session only sends messages, to channels that need not be joined for that.
    pub outside: bool,
    /// Client nonce for SCRAM: unpredictable, printable, without a comma.
    pub nonce: String,
    /// Secret by which the server knows the client again after a lost connection (parlour/resume); empty
    /// for a client that does not come back.
    pub resume: String,
}

/// Token of the client's own WHOX queries, which tells their replies from those to the user's.
const WHO_TOKEN: &str = "42";

/// Maximum open batches.
const MAX_BATCHES: usize = 64;
/// Maximum events of one history page; no server sends more messages at once.
pub(crate) const MAX_EVENTS: usize = 10_000;
/// Maximum nicks kept of a reply to the user's WHO.
const MOST_ONLINE: usize = 20_000;

/// Maximum bytes of a line kept before its end: any tags and body.
const LINE_LIMIT: usize = MAX_TAG_SECTION + MAX_LINE;
/// Open batch.
struct Batch {
    kind: String,
    target: Option<String>,
    label: Option<String>,
    count: usize,
    first: Option<MessageRef>,
    last: Option<MessageRef>,
    refused: Option<String>,
    parent: Option<String>,
    /// Multiline message received so far.
    lines: Option<MultilineMessage>,
    /// Events collected so far, of a history page.
    events: Vec<Event>,
}

/// Multiline message (draft/multiline), of which all but the text is known from its start.
struct MultilineMessage {
    whole: ChatMessage,
    empty: bool,
}

/// Client session. Feed it bytes with [`Session::receive`]; then take bytes to send and events.
pub struct Session {
    framer: Framer,
    identity: Identity,
    nick: String,
    registered: bool,
    /// Set once the server's welcome is complete.
    ready: bool,
    /// Set once the session has failed; further input is ignored.
    over: bool,
    /// Number of unanswered capability requests.
    requests: usize,
    /// Set once the initial capability negotiation is complete.
    settled: bool,
    nick_tries: usize,
    /// Capabilities with their values, collected until the end of CAP LS.
    listed: Vec<String>,
    /// Capabilities that the server offers, with their values.
    offered: HashMap<String, String>,
    caps: Vec<String>,
    start: SessionOptions,
    login: sasl::SaslState,
    isupport: Isupport,
    batches: HashMap<String, Batch>,
    online: Vec<String>,
    /// Set while a WHOIS reply is being received.
    in_whois: bool,
    /// Entries of the mode list being received: bans and the like.
    entries: Vec<String>,
    /// Nick that is being queried with ISON.
    ison_nick: Option<String>,
    /// Unanswered requests for upload tokens.
    token_requests: usize,
    /// Channels whose members are to be queried with WHO; the first is under way.
    asked: VecDeque<String>,
    out: Vec<u8>,
    events: VecDeque<Event>,
    /// Batch of the message being handled, if it is in one.
    current_batch: Option<String>,
    next_label: u64,
    clock: Option<u64>,
}

impl Session {
    /// Begins a session; its first lines are ready to be sent.
    pub fn new(identity: Identity, start: SessionOptions) -> Session {
        let mut session = Session {
            framer: Framer::new(LINE_LIMIT),
            nick: identity.nick.clone(),
            identity,
            registered: false,
            ready: false,
            over: false,
            requests: 0,
            settled: false,
            nick_tries: 0,
            listed: Vec::new(),
            offered: HashMap::new(),
            caps: Vec::new(),
            start,
            login: sasl::SaslState::default(),
            isupport: Isupport::default(),
            batches: HashMap::new(),
            online: Vec::new(),
            in_whois: false,
            entries: Vec::new(),
            ison_nick: None,
            token_requests: 0,
            asked: VecDeque::new(),
            out: Vec::new(),
            events: VecDeque::new(),
            current_batch: None,
            next_label: 0,
            clock: None,
        };
        session.send(&["CAP", "LS", "302"]);
        let nick = session.nick.clone();
        session.send(&["NICK", &nick]);
        let (user, realname) = (
            session.identity.nick.clone(),
            session.identity.realname.clone(),
        );
        session.send(&["USER", &user, "0", "*", &realname]);
        session
    }

    /// Returns whether there are bytes for the server.
    pub fn has_output(&self) -> bool {
        !self.out.is_empty()
    }

    /// Takes the bytes to be sent.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// Takes the oldest pending event.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Returns whether no event is pending.
    pub fn has_no_events(&self) -> bool {
        self.events.is_empty()
    }

    /// Returns the nick that the server knows the user by.
    pub fn nick(&self) -> &str {
        &self.nick
    }

    /// Returns whether registration is complete.
    pub fn is_registered(&self) -> bool {
        self.registered
    }

    /// Returns whether the server's welcome is complete, its features included.
    pub fn is_ready(&self) -> bool {
        self.ready
    }

    /// Returns the server's time, as last sent in a line, in milliseconds since 1970.
    pub fn clock(&self) -> Option<u64> {
        self.clock
    }

    /// Returns the features that the server announced.
    pub fn isupport(&self) -> &Isupport {
        &self.isupport
    }

    /// Returns whether a capability is enabled.
    pub(super) fn has(&self, cap: &str) -> bool {
        self.caps.iter().any(|on| on == cap)
    }

    /// Returns whether the server has a feature, as far as the connection may use it.
    pub fn supports(&self, feature: Feature) -> bool {
        self.has(feature.capability())
    }

    /// Returns whether the server has a feature, whether or not the client has requested it.
    pub fn offers(&self, feature: Feature) -> bool {
        self.offered.contains_key(feature.capability())
    }

    /// Returns whether the server acknowledges the client's messages by their labels.
    pub fn acknowledges(&self) -> bool {
        self.has("labeled-response") && self.has("echo-message") && self.has("batch")
    }

    /// Sends a command; the last parameter may contain spaces.
    pub(super) fn send(&mut self, words: &[&str]) {
        self.tagged(&[], words);
    }

    /// Sends a raw line as the user typed it.
    pub fn send_raw(&mut self, line: &str) {
        self.out.extend_from_slice(one_line(line).as_bytes());
        self.out.extend_from_slice(b"\r\n");
    }

    /// Queries the away status and accounts of a channel's members (WHO): one channel at a time,
    /// since servers limit the rate of such queries.
    pub fn ask_members(&mut self, channel: &str) {
        self.asked.push_back(channel.to_owned());
        if self.asked.len() == 1 {
            self.ask_next_members();
        }
    }

    /// Queries whether a nick is in use (ISON).
    pub fn query_nick(&mut self, nick: &str) {
        self.ison_nick = Some(nick.to_owned());
        self.send(&["ISON", nick]);
    }

    fn ask_next_members(&mut self) {
        let Some(channel) = self.asked.front().cloned() else {
            return;
        };
        if self.isupport.whox {
            self.send(&["WHO", &channel, &format!("%tcnfa,{WHO_TOKEN}")]);
        } else {
            self.send(&["WHO", &channel]);
        }
    }

    /// Returns whether the members of a channel are being queried.
    fn is_asked(&self, channel: &str) -> bool {
        let asked = self.asked.front();
        asked.is_some_and(|asked| self.isupport.casemap.same(asked, channel))
    }

    /// Handles received bytes.
    pub fn receive(&mut self, bytes: &[u8]) {
        if self.over {
            return;
        }
        self.framer.push(bytes);
        while !self.over {
            // The line borrows from the framer, so the framer is moved out while `self` handles it.
            let mut framer = std::mem::replace(&mut self.framer, Framer::new(0));
            let more = match framer.next_line() {
                None => false,
                Some(Framed::TooLong(_)) => true,
                Some(Framed::Line(line)) => {
                    let text = String::from_utf8_lossy(line);
                    if let Ok(message) = Message::parse(&text) {
                        // Set for this line alone: `tell` keeps the events of a history batch in
                        // that batch.
                        self.current_batch =
                            message.tags.get("batch").map(|name| name.into_owned());
                        self.message(&message);
                        self.current_batch = None;
                    }
                    true
                }
            };
            self.framer = framer;
            if !more {
                return;
            }
        }
    }

    fn emit(&mut self, event: Event) {
        let batch = self.current_batch.as_ref();
        match batch.and_then(|name| self.batches.get_mut(name)) {
            // Kept until the batch ends, so that the page arrives whole; bounded against a hostile
            // server.
            Some(batch) if batch.kind.ends_with("chathistory") => {
                if batch.events.len() < MAX_EVENTS {
                    batch.events.push(event);
                }
            }
            _ => self.events.push_back(event),
        }
    }

    fn is_own(&self, nick: &str) -> bool {
        self.isupport.casemap.same(nick, &self.nick)
    }

    fn message(&mut self, message: &Message) {
        if let Some(time) = message.tags.get("time").and_then(|t| time::parse(&t)) {
            self.clock = Some(time);
        }
        let from = message.source.unwrap_or_default();
        let nick = from.split('!').next().unwrap_or_default().to_owned();
        let own = self.is_own(&nick);
        let p = message.params;
        let param = |index: usize| p.get(index).unwrap_or_default().to_owned();
        match message.command.to_ascii_uppercase().as_str() {
            // Replayed events do not change the present state (draft/event-playback).
            "JOIN" | "PART" | "KICK" | "QUIT" | "NICK" | "TOPIC" | "MODE"
                if self.is_replayed(message) => {}
            "PING" => self.send(&["PONG", &param(0)]),
            "PONG" => {
                // Some servers end the welcome without any numeric of the MOTD.
                self.be_ready();
                // Some servers do not name themselves, so the token is the last parameter.
                let token = p.as_slice().last().copied().unwrap_or_default().to_owned();
                self.emit(Event::Pong(token));
            }
            "CAP" => self.cap(&param(1), p.as_slice()),
            "BATCH" => self.batch(message),
            "AUTHENTICATE" => self.authenticate(&param(0)),
            "PRIVMSG" | "NOTICE" => self.said(message, nick, own),
            "TAGMSG" => self.tags_only(message, nick, own),
            "REDACT" | "MARKREAD" | "CHATHISTORY" | "AWAY" | "RENAME" | "ACCOUNT" => {
                self.extension(message, nick, own);
            }
            "JOIN" | "PART" | "KICK" | "QUIT" | "NICK" => self.moved(message, nick, own),
            "TOPIC" => self.emit(Event::Topic {
                channel: param(0),
                by: Some(nick),
                text: param(1),
            }),
            "MODE" if self.isupport.is_channel(&param(0)) => {
                let modes = p.as_slice().get(1..).unwrap_or_default().join(" ");
                self.emit(Event::Modes {
                    channel: param(0),
                    by: nick,
                    modes,
                });
            }
            "INVITE" => {
                let own = self.is_own(&param(0));
                self.emit(Event::Invited {
                    by: nick,
                    nick: param(0),
                    channel: param(1),
                    own,
                });
            }
            "ERROR" => self.emit(Event::Closing(param(0))),
            "ACK" => {
                if let Some(label) = message.tags.get("label") {
                    self.emit(Event::Acknowledged(label.into_owned()));
                }
            }
            "REGISTER" | "FAIL" if self.registered_account(message) => {}
            "TOKEN" | "FAIL" if self.upload_token(message) => {}
            "FAIL" | "WARN" | "NOTE" => {
                let text = p.as_slice().last().copied().unwrap_or_default().to_owned();
                if (message.command, param(0).as_str()) == ("FAIL", "CHATHISTORY") {
                    // The request is over: its buffer must not wait for a page any longer.
                    let context = p.as_slice().get(2..p.len() - 1).unwrap_or_default();
                    let context = context.iter().map(|word| (*word).to_owned()).collect();
                    let why = text.clone();
                    return self.emit(Event::HistoryRefused { context, why });
                }
                self.refusal(message, None, text);
                if (message.command, param(0).as_str()) == ("FAIL", "SEARCH") {
                    self.emit(Event::SearchRefused);
                }
            }
            numeric if numeric.len() == 3 && numeric.bytes().all(|b| b.is_ascii_digit()) => {
                self.numeric(numeric, message);
            }
            _ => {}
        }
    }

    fn be_ready(&mut self) {
        if self.registered && !std::mem::replace(&mut self.ready, true) {
            self.emit(Event::Ready);
        }
    }

    /// Handles a join, part, kick, quit or nick change.
    fn moved(&mut self, message: &Message, nick: String, own: bool) {
        let param = |index: usize| message.params.get(index).unwrap_or_default().to_owned();
        match message.command.to_ascii_uppercase().as_str() {
            "JOIN" => self.emit(Event::Joined {
                channel: param(0),
                nick,
                own,
                account: account(param(1)),
                place: place(message),
            }),
            "PART" => self.emit(Event::Left {
                channel: param(0),
                nick,
                own,
                words: param(1),
                by: None,
            }),
            "KICK" => {
                let own = self.is_own(&param(1));
                self.emit(Event::Left {
                    channel: param(0),
                    nick: param(1),
                    own,
                    words: param(2),
                    by: Some(nick),
                });
            }
            "QUIT" => self.emit(Event::Quit {
                nick,
                words: param(0),
            }),
            "NICK" => {
                if own {
                    self.nick = param(0);
                }
                self.emit(Event::Renamed {
                    old: nick,
                    new: param(0),
                    own,
                });
            }
            _ => {}
        }
    }
}

/// Returns the name of an account; none for `*` or `0`, by which servers mean no account.
pub(super) fn account(word: String) -> Option<String> {
    (!matches!(word.as_str(), "" | "*" | "0")).then_some(word)
}

/// Returns the user name and host of a message's sender.
pub(super) fn place(message: &Message) -> Option<String> {
    let (_, place) = message.source?.split_once('!')?;
    Some(place.to_owned())
}

/// Returns `text` without characters that would end the line early.
fn one_line(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '\r' | '\n' | '\0'))
        .collect()
}

fn one_word(text: &str) -> String {
    let word: String = one_line(text).chars().filter(|c| *c != ' ').collect();
    // An empty word would vanish, and a leading colon would begin the last parameter.
    if word.is_empty() || word.starts_with(':') {
        format!("*{word}")
    } else {
        word
    }
}

#[cfg(test)]
mod tests;

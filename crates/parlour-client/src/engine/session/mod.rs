//! The client's side of an IRC session.

mod answers;
mod caps;
mod messages;
mod numerics;
mod sasl;
mod speech;

use std::collections::{HashMap, VecDeque};

use irc_wire::{Framed, Framer, MAX_LINE, MAX_TAG_SECTION, Message, time};

use super::{ChatMessage, Event, Isupport, Point};
pub(crate) use caps::OUTSIDE;
pub use speech::OutgoingMessage;
pub(crate) use speech::escape;

/// Who the user wants to be.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The nick.
    pub nick: String,
    /// The real name.
    pub realname: String,
    /// The account to log into.
    pub login: Option<Login>,
}

/// An account and its password.
#[derive(Clone)]
pub struct Login {
    /// The account's name.
    pub account: String,
    /// The password; empty: the certificate says who it is (SASL EXTERNAL).
    pub password: String,
    /// Whether the account is to be made, if there is none (draft/account-registration).
    pub register: bool,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Login({})", self.account)
    }
}

/// How a connection begins.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// Whether nobody can read it.
    pub secure: bool,
    /// Whether the client has shown a certificate.
    pub certificate: bool,
    /// Whether history is to have reactions and the like in it (draft/event-playback), and with
    /// them all who came and went.
    pub playback: bool,
    /// Whether something is only to be said, in channels that need not be entered for that.
    pub outside: bool,
    /// What nobody can guess, for SCRAM; printable and without a comma.
    pub nonce: String,
}

/// What the answers to our own WHOX begin with, so that they are told from those to the user's.
const WHO_TOKEN: &str = "42";

/// Batches that may be open at once.
const MOST_BATCHES: usize = 64;
/// Things that one page of history tells; no server gives more messages at once.
pub(crate) const MOST_EVENTS: usize = 10_000;
/// People who are told to be online.
const MOST_ONLINE: usize = 20_000;

/// Bytes of a line that are kept before its end: any tags and body.
const LINE_LIMIT: usize = MAX_TAG_SECTION + MAX_LINE;
/// A batch that is open.
struct Batch {
    kind: String,
    target: Option<String>,
    label: Option<String>,
    count: usize,
    first: Option<Point>,
    last: Option<Point>,
    refused: Option<String>,
    parent: Option<String>,
    /// A message of several lines, as far as it has come.
    lines: Option<Lines>,
    /// What a page of history has told so far.
    events: Vec<Event>,
}

/// A message of several lines (draft/multiline), of which all but the text is known.
struct Lines {
    whole: ChatMessage,
    empty: bool,
}

/// A session. Feed it bytes with [`Session::receive`]; then take lines to send and
/// happenings.
pub struct Session {
    framer: Framer,
    identity: Identity,
    nick: String,
    registered: bool,
    /// Whether the server has told all that it tells at the beginning.
    ready: bool,
    /// Nothing of the server is heard any more.
    over: bool,
    /// Requests for capabilities that are not answered.
    requests: usize,
    /// Whether it is settled which of them are on.
    settled: bool,
    nick_tries: usize,
    /// Capabilities with their values, as they are being listed.
    listed: Vec<String>,
    /// Those that the server has, each with its value.
    offered: HashMap<String, String>,
    caps: Vec<String>,
    start: Start,
    login: sasl::Exchange,
    isupport: Isupport,
    batches: HashMap<String, Batch>,
    online: Vec<String>,
    /// Whether somebody is being told of (WHOIS).
    in_whois: bool,
    /// A list that is being told: bans and the like.
    entries: Vec<String>,
    /// The nick of which it was asked whether it is free.
    sought: Option<String>,
    /// Channels whose members are asked after, the first of them now.
    asked: VecDeque<String>,
    out: Vec<u8>,
    events: VecDeque<Event>,
    /// The batch whose message is being read, if there is one.
    paging: Option<String>,
    next_label: u64,
    clock: Option<u64>,
}

impl Session {
    /// Begins a session: the first lines are ready to be sent.
    pub fn new(identity: Identity, start: Start) -> Session {
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
            login: sasl::Exchange::default(),
            isupport: Isupport::default(),
            batches: HashMap::new(),
            online: Vec::new(),
            in_whois: false,
            entries: Vec::new(),
            sought: None,
            asked: VecDeque::new(),
            out: Vec::new(),
            events: VecDeque::new(),
            paging: None,
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

    /// What is to be sent.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// What has happened, oldest first.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Whether nothing has happened that was not taken.
    pub fn next_is_none(&self) -> bool {
        self.events.is_empty()
    }

    /// The nick that the server knows the user by.
    pub fn nick(&self) -> &str {
        &self.nick
    }

    /// Whether the server has welcomed the user.
    pub fn is_registered(&self) -> bool {
        self.registered
    }

    /// Whether the server has told what it can.
    pub fn is_ready(&self) -> bool {
        self.ready
    }

    /// The server's time, as its last line told it: milliseconds since 1970.
    pub fn clock(&self) -> Option<u64> {
        self.clock
    }

    /// What the server says it can.
    pub fn isupport(&self) -> &Isupport {
        &self.isupport
    }

    /// Whether a capability is on.
    pub fn has(&self, cap: &str) -> bool {
        self.caps.iter().any(|on| on == cap)
    }

    /// Whether the server tells which of the client's lines it has taken.
    pub fn acknowledges(&self) -> bool {
        self.has("labeled-response") && self.has("echo-message") && self.has("batch")
    }

    /// Sends a command; the last word may hold spaces.
    pub fn send(&mut self, words: &[&str]) {
        self.tagged(&[], words);
    }

    /// Sends a raw line as the user typed it.
    pub fn send_raw(&mut self, line: &str) {
        self.out.extend_from_slice(one_line(line).as_bytes());
        self.out.extend_from_slice(b"\r\n");
    }

    /// Asks who of a channel's members is away, and for their accounts: one channel after the
    /// other, since servers do not like many such questions at once.
    pub fn ask_members(&mut self, channel: &str) {
        self.asked.push_back(channel.to_owned());
        if self.asked.len() == 1 {
            self.ask_next_members();
        }
    }

    /// Asks whether anybody goes by a nick.
    pub fn seek(&mut self, nick: &str) {
        self.sought = Some(nick.to_owned());
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

    /// Whether a channel's members are being asked after.
    fn is_asked(&self, channel: &str) -> bool {
        let asked = self.asked.front();
        asked.is_some_and(|asked| self.isupport.casemap.same(asked, channel))
    }

    /// Bytes arrived.
    pub fn receive(&mut self, bytes: &[u8]) {
        if self.over {
            return;
        }
        self.framer.push(bytes);
        while !self.over {
            let mut framer = std::mem::replace(&mut self.framer, Framer::new(0));
            let more = match framer.next_line() {
                None => false,
                Some(Framed::TooLong(_)) => true,
                Some(Framed::Line(line)) => {
                    let text = String::from_utf8_lossy(line);
                    if let Ok(message) = Message::parse(&text) {
                        self.paging = message.tags.get("batch").map(|name| name.into_owned());
                        self.message(&message);
                        self.paging = None;
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

    fn tell(&mut self, event: Event) {
        let batch = self.paging.as_ref();
        match batch.and_then(|name| self.batches.get_mut(name)) {
            // A page is told whole. What is more than any page has is not asked for.
            Some(batch) if batch.kind.ends_with("chathistory") => {
                if batch.events.len() < MOST_EVENTS {
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
            // Who came and went long ago changes nothing now (draft/event-playback).
            "JOIN" | "PART" | "KICK" | "QUIT" | "NICK" | "TOPIC" | "MODE"
                if self.is_of_the_past(message) => {}
            "PING" => self.send(&["PONG", &param(0)]),
            "PONG" => {
                // A server without a word on its message of the day.
                self.be_ready();
                // Some servers do not name themselves.
                let token = p.as_slice().last().copied().unwrap_or_default().to_owned();
                self.tell(Event::Pong(token));
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
            "TOPIC" => self.tell(Event::Topic {
                channel: param(0),
                by: Some(nick),
                text: param(1),
            }),
            "MODE" if self.isupport.is_channel(&param(0)) => {
                let modes = p.as_slice().get(1..).unwrap_or_default().join(" ");
                self.tell(Event::Modes {
                    channel: param(0),
                    by: nick,
                    modes,
                });
            }
            "INVITE" => {
                let own = self.is_own(&param(0));
                self.tell(Event::Invited {
                    by: nick,
                    nick: param(0),
                    channel: param(1),
                    own,
                });
            }
            "ERROR" => self.tell(Event::Closing(param(0))),
            "ACK" => {
                if let Some(label) = message.tags.get("label") {
                    self.tell(Event::Taken(label.into_owned()));
                }
            }
            "REGISTER" | "FAIL" if self.registered_account(message) => {}
            "FAIL" | "WARN" | "NOTE" => {
                let text = p.as_slice().last().copied().unwrap_or_default().to_owned();
                if (message.command, param(0).as_str()) == ("FAIL", "CHATHISTORY") {
                    // Whoever waits for the history waits no longer.
                    let context = p.as_slice().get(2..p.len() - 1).unwrap_or_default();
                    let context = context.iter().map(|word| (*word).to_owned()).collect();
                    let why = text.clone();
                    return self.tell(Event::HistoryRefused { context, why });
                }
                self.refusal(message, None, text);
                if (message.command, param(0).as_str()) == ("FAIL", "SEARCH") {
                    self.tell(Event::SearchRefused);
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
            self.tell(Event::Ready);
        }
    }

    /// Somebody came, left, or has a new name.
    fn moved(&mut self, message: &Message, nick: String, own: bool) {
        let param = |index: usize| message.params.get(index).unwrap_or_default().to_owned();
        match message.command.to_ascii_uppercase().as_str() {
            "JOIN" => self.tell(Event::Joined {
                channel: param(0),
                nick,
                own,
                account: account(param(1)),
                place: place(message),
            }),
            "PART" => self.tell(Event::Left {
                channel: param(0),
                nick,
                own,
                words: param(1),
                by: None,
            }),
            "KICK" => {
                let own = self.is_own(&param(1));
                self.tell(Event::Left {
                    channel: param(0),
                    nick: param(1),
                    own,
                    words: param(2),
                    by: Some(nick),
                });
            }
            "QUIT" => self.tell(Event::Quit {
                nick,
                words: param(0),
            }),
            "NICK" => {
                if own {
                    self.nick = param(0);
                }
                self.tell(Event::Renamed {
                    old: nick,
                    new: param(0),
                    own,
                });
            }
            _ => {}
        }
    }
}

/// An account's name: the server writes `*` or `0` for none.
pub(super) fn account(word: String) -> Option<String> {
    (!matches!(word.as_str(), "" | "*" | "0")).then_some(word)
}

/// The user name and host of whoever sent a message.
pub(super) fn place(message: &Message) -> Option<String> {
    let (_, place) = message.source?.split_once('!')?;
    Some(place.to_owned())
}

/// Text without what would end a line early.
fn one_line(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '\r' | '\n' | '\0'))
        .collect()
}

fn one_word(text: &str) -> String {
    let word: String = one_line(text).chars().filter(|c| *c != ' ').collect();
    if word.is_empty() || word.starts_with(':') {
        format!("*{word}")
    } else {
        word
    }
}

#[cfg(test)]
mod tests;

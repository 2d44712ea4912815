//! Capabilities that the server offers, and those that the client requests (IRCv3 capability
//! negotiation 302).

use super::Session;
use crate::engine::{Event, Feature};

/// Capabilities that the client requests if the server offers them.
const WANTED: &[&str] = &[
    "account-notify",
    "account-tag",
    "away-notify",
    "batch",
    "cap-notify",
    "draft/channel-rename",
    "draft/chathistory",
    "draft/message-redaction",
    "draft/multiline",
    "draft/read-marker",
    "echo-message",
    "extended-join",
    "invite-notify",
    "labeled-response",
    "message-tags",
    "multi-prefix",
    "server-time",
    "setname",
    "soju.im/search",
    "standard-replies",
];

/// Capability by which a client comes back to its user.
const RESUME: &str = "parlour/resume";

/// Maximum capabilities that are stored.
const MOST_CAPS: usize = 512;

impl Session {
    pub(super) fn cap(&mut self, sub: &str, params: &[&str]) {
        let list = params.last().copied().unwrap_or_default();
        let words = list.split_ascii_whitespace().map(str::to_owned);
        match sub.to_ascii_uppercase().as_str() {
            "LS" => {
                self.listed.extend(words);
                if self.listed.len() > MOST_CAPS {
                    return self.fail_oversized("capabilities");
                }
                if params.get(2) == Some(&"*") {
                    return;
                }
                let offered = std::mem::take(&mut self.listed);
                if !self.request(&offered) {
                    self.settled();
                }
            }
            "NEW" => {
                self.request(&words.collect::<Vec<_>>());
            }
            "DEL" => {
                let gone: Vec<String> = words.collect();
                self.caps.retain(|cap| !gone.contains(cap));
            }
            "ACK" => {
                for word in words {
                    match word.strip_prefix('-') {
                        Some(off) => self.caps.retain(|cap| cap != off),
                        None if self.caps.contains(&word) => {}
                        None if self.caps.len() >= MOST_CAPS => {}
                        None => self.caps.push(word),
                    }
                }
                self.cap_answered();
            }
            // All of them are refused for the sake of one, so each is requested alone.
            "NAK" => {
                let refused: Vec<String> = words.collect();
                if refused.len() > 1 {
                    // Counted before this answer is: at zero, the negotiation would end.
                    self.requests += refused.len();
                    for cap in &refused {
                        self.send(&["CAP", "REQ", cap]);
                    }
                }
                self.cap_answered();
            }
            _ => {}
        }
    }

    /// Requests the wanted part of `offered`; returns whether there is any.
    fn request(&mut self, offered: &[String]) -> bool {
        let mut wanted = Vec::new();
        for word in offered {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            if self.offered.len() < MOST_CAPS {
                self.offered.insert(name.to_owned(), value.to_owned());
            }
        }
        // Without a label, an echo looks like a message from another client of the user.
        let has = |name: &str| self.offered.contains_key(name);
        let echoes = has("labeled-response") && has("batch");
        for word in offered {
            let name = word.split('=').next().unwrap_or_default();
            if name == "echo-message" && !echoes {
                continue;
            }
            let login = name == "sasl" && self.identity.login.is_some();
            let playback = name == "draft/event-playback" && self.start.playback;
            let outside = name == Feature::Outside.capability() && self.start.outside;
            let resume = name == RESUME && !self.start.resume.is_empty();
            if WANTED.contains(&name) || login || playback || outside || resume {
                wanted.push(name);
            }
        }
        if !wanted.is_empty() {
            self.requests += 1;
            self.send(&["CAP", "REQ", &format!("{} ", wanted.join(" "))]);
        }
        !wanted.is_empty()
    }

    /// Counts an answer to a capability request; the last one ends the negotiation.
    fn cap_answered(&mut self) {
        self.requests = self.requests.saturating_sub(1);
        if self.requests == 0 {
            self.settled();
        }
    }

    /// Ends the negotiation: begins the login, or else completes registration.
    fn settled(&mut self) {
        // Answers to a later CAP NEW must not begin a second login.
        if self.registered || self.settled {
            return;
        }
        self.settled = true;
        if self.has(RESUME) {
            let secret = self.start.resume.clone();
            self.send(&["RESUME", &secret]);
        }
        if self.begin_login() {
            return;
        }
        if let Some(login) = &self.identity.login {
            let text = format!(
                "This server takes no logins (SASL): you are not logged into {}.",
                login.account
            );
            self.emit(Event::ServerText {
                buffer: None,
                text,
                error: true,
            });
        }
        self.send(&["CAP", "END"]);
    }

    /// Ends the session, because the server sends more than can be stored.
    fn fail_oversized(&mut self, of_what: &str) {
        let why = format!("it sends more {of_what} than can be stored");
        self.emit(Event::LoginFailed(why));
        self.over = true;
        self.send(&["QUIT"]);
    }
}

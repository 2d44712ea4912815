//! SASL authentication (IRCv3 SASL 3.2): EXTERNAL, SCRAM-SHA-256 (RFC 5802, 7677), PLAIN; and
//! account registration.

use std::num::NonZeroU32;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use irc_wire::Message;
use ring::{digest, hmac, pbkdf2};

use super::{Login, Session};
use crate::engine::Event;

/// Bytes of one AUTHENTICATE chunk; a full chunk is followed by another.
const CHUNK: usize = 400;
/// Maximum bytes of a server challenge.
const MOST_ASKED: usize = 16 * 1024;
/// Maximum PBKDF2 iterations that a server may demand: more would block the client for minutes.
const MAX_ITERATIONS: u32 = 1_000_000;

/// State of an authentication.
#[derive(Debug, Default)]
pub(super) struct SaslState {
    /// Mechanisms still to be tried, in reverse order.
    next: Vec<&'static str>,
    step: Step,
    /// Server challenge received so far, in Base64.
    asked: String,
}

impl SaslState {
    /// Returns whether a SCRAM exchange is under way that the server has not proved its knowledge
    /// of the password in.
    fn is_unproved(&self) -> bool {
        match &self.step {
            Step::First { .. } | Step::Last { .. } => true,
            Step::Named(way) => way.starts_with("SCRAM"),
            Step::Idle | Step::Shown | Step::Registering => false,
        }
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Step {
    #[default]
    Idle,
    /// Mechanism that was requested.
    Named(&'static str),
    /// SCRAM's client-first message was sent.
    First { bare: String },
    /// SCRAM's client-final message was sent; the server must prove that it knows the password.
    Last { signature: String },
    /// Proof of the server received, or none needed: success may follow.
    Shown,
    /// Registration of the account was requested.
    Registering,
}

impl Session {
    /// Begins authentication, if it is wanted and the server supports it; returns whether it does.
    pub(super) fn begin_login(&mut self) -> bool {
        let Some(login) = self.identity.login.as_ref().filter(|_| self.has("sasl")) else {
            return false;
        };
        let offered = self.offered.get("sasl").map_or("", String::as_str);
        let has = |name: &str| offered.is_empty() || offered.split(',').any(|known| known == name);
        let mut ways = Vec::new();
        // In reverse order: the next one is popped from the end.
        if !login.password.is_empty() {
            // PLAIN reveals the password, so it needs an encrypted connection.
            if self.start.secure && has("PLAIN") {
                ways.push("PLAIN");
            }
            if has("SCRAM-SHA-256") {
                ways.push("SCRAM-SHA-256");
            }
        }
        if self.start.certificate && has("EXTERNAL") {
            ways.push("EXTERNAL");
        }
        self.login.next = ways;
        if !self.request_next_mechanism() {
            self.failed("it knows no way to log in that is safe on this connection");
        }
        true
    }

    /// Logs into an account after the welcome; returns false if the server has no SASL.
    pub fn log_in(&mut self, login: Login) -> bool {
        if !self.offered.contains_key("sasl") {
            return false;
        }
        self.identity.login = Some(login);
        if !self.has("sasl") {
            // The server answers in order: the capability is on by the time of AUTHENTICATE.
            self.send(&["CAP", "REQ", "sasl"]);
            self.caps.push("sasl".into());
        }
        self.begin_login()
    }

    /// Returns whether account registration requires a mail address.
    pub fn wants_mail(&self) -> bool {
        let keys = self.offered.get("draft/account-registration");
        keys.is_some_and(|keys| keys.split(',').any(|key| key == "email-required"))
    }

    /// Registers an account after the welcome; returns false if the server does not support it.
    pub fn register_account(&mut self, account: &str, mail: &str, password: &str) -> bool {
        if !self.offered.contains_key("draft/account-registration") {
            return false;
        }
        self.login.step = Step::Registering;
        self.send(&["REGISTER", account, mail, password]);
        true
    }

    /// Requests the next mechanism; returns false if there is none left.
    fn request_next_mechanism(&mut self) -> bool {
        let Some(way) = self.login.next.pop() else {
            return false;
        };
        self.login.step = Step::Named(way);
        self.login.asked.clear();
        self.send(&["AUTHENTICATE", way]);
        true
    }

    fn failed(&mut self, why: &str) {
        if self.registered {
            self.login = SaslState::default();
            return self.emit(Event::LoginRefused(why.to_owned()));
        }
        self.emit(Event::LoginFailed(why.to_owned()));
        self.send(&["QUIT"]);
    }

    /// Registers the account that could not be logged into, if that is wanted and possible before
    /// the welcome; returns whether it did.
    fn register(&mut self) -> bool {
        let offered = self.offered.get("draft/account-registration");
        let early = offered.is_some_and(|keys| keys.split(',').any(|key| key == "before-connect"));
        let Some(login) = self.identity.login.clone().filter(|login| login.register) else {
            return false;
        };
        // Like PLAIN, REGISTER reveals the password.
        if !early || !self.start.secure || login.password.is_empty() {
            return false;
        }
        self.login.step = Step::Registering;
        self.send(&["REGISTER", &login.account, "*", &login.password]);
        true
    }

    /// Handles the reply to REGISTER; returns false if the message is about something else.
    pub(super) fn registered_account(&mut self, message: &Message) -> bool {
        if self.login.step != Step::Registering {
            return false;
        }
        let words = message.params.as_slice();
        let text = words.last().copied().unwrap_or_default();
        match (message.command.to_ascii_uppercase().as_str(), words) {
            ("REGISTER", ["SUCCESS", account, ..]) => {
                self.emit(Event::AccountRegistered((*account).to_owned()));
                if self.registered {
                    self.login.step = Step::Idle;
                    return true;
                }
                self.login.step = Step::Shown;
                self.send(&["CAP", "END"]);
            }
            ("REGISTER", _) => {
                self.login.step = Step::Idle;
                let text = format!("{text} /verify CODE does that here.");
                self.emit(Event::Answered { about: None, text });
                if !self.registered {
                    self.send(&["CAP", "END"]);
                }
            }
            ("FAIL", ["REGISTER", "ACCOUNT_EXISTS", ..]) if !self.registered => {
                self.login.step = Step::Idle;
                self.failed("that is not the password of the account");
            }
            ("FAIL", ["REGISTER", ..]) => {
                self.login.step = Step::Idle;
                self.failed(text);
            }
            _ => return false,
        }
        true
    }

    /// Handles a server challenge (AUTHENTICATE).
    pub(super) fn authenticate(&mut self, asked: &str) {
        if asked != "+" {
            self.login.asked.push_str(asked);
            if self.login.asked.len() > MOST_ASKED {
                self.over = true;
                return self.failed("the server asks without end");
            }
            if asked.len() == CHUNK {
                return;
            }
        }
        let asked = std::mem::take(&mut self.login.asked);
        let asked = STANDARD.decode(asked).unwrap_or_default();
        let asked = String::from_utf8_lossy(&asked).into_owned();
        match self.answer(&asked) {
            Some(answer) => self.reply(&answer),
            None => self.send(&["AUTHENTICATE", "*"]),
        }
    }

    /// Returns the answer to a challenge; none if the server violates the mechanism.
    fn answer(&mut self, asked: &str) -> Option<String> {
        let login = self.identity.login.clone()?;
        // A bad challenge leaves the step at `Idle`: a 903 before the welcome then fails the login.
        let (step, answer) = match std::mem::take(&mut self.login.step) {
            Step::Named("PLAIN") => (
                Step::Shown,
                format!("\0{}\0{}", login.account, login.password),
            ),
            Step::Named("EXTERNAL") => (Step::Shown, login.account),
            Step::Named(_) => {
                let name = login.account.replace('=', "=3D").replace(',', "=2C");
                let bare = format!("n={name},r={}", self.start.nonce);
                let first = format!("n,,{bare}");
                (Step::First { bare }, first)
            }
            Step::First { bare } => {
                let (last, signature) =
                    scram_last(&login.password, &self.start.nonce, &bare, asked)?;
                (Step::Last { signature }, last)
            }
            Step::Last { signature } => {
                let shown = asked.strip_prefix("v=")?;
                if shown != signature {
                    return None;
                }
                (Step::Shown, String::new())
            }
            Step::Idle | Step::Shown | Step::Registering => return None,
        };
        self.login.step = step;
        Some(answer)
    }

    fn reply(&mut self, answer: &str) {
        if answer.is_empty() {
            return self.send(&["AUTHENTICATE", "+"]);
        }
        let answer = STANDARD.encode(answer);
        for chunk in answer.as_bytes().chunks(CHUNK) {
            let chunk = String::from_utf8_lossy(chunk).into_owned();
            self.send(&["AUTHENTICATE", &chunk]);
        }
        // A last chunk that is full needs an empty one after it, or the server waits for more.
        if answer.len().is_multiple_of(CHUNK) {
            self.send(&["AUTHENTICATE", "+"]);
        }
    }

    /// Handles a login numeric (900 to 908); returns false for another numeric.
    pub(super) fn login_numeric(&mut self, numeric: &str, message: &Message) -> bool {
        let text = message.params.as_slice().last().copied();
        match numeric {
            // Before its proof is checked, a server's word that the user is logged in counts for
            // nothing: it may not know the password (SCRAM).
            "900" if self.login.is_unproved() => true,
            "900" => {
                let account = message.params.get(2).unwrap_or_default().to_owned();
                self.emit(Event::LoggedIn(account));
                true
            }
            "901" => {
                self.emit(Event::LoggedOut);
                true
            }
            "908" => true,
            "903" if self.registered && !self.login.is_unproved() => {
                self.login.step = Step::Idle;
                true
            }
            "903" if self.login.step != Step::Shown => {
                // Success without proof: the server may be an impostor who does not know the
                // password.
                self.failed("the server has not shown that it knows the account");
                true
            }
            "903" => {
                self.send(&["CAP", "END"]);
                true
            }
            "902" | "904" | "905" | "906" | "907" if !self.registered => {
                if !self.request_next_mechanism() && !self.register() {
                    self.failed(text.unwrap_or("no reason given"));
                }
                true
            }
            "902" | "904" | "905" | "906" | "907" if self.login.step != Step::Idle => {
                if !self.request_next_mechanism() {
                    self.failed(text.unwrap_or("no reason given"));
                }
                true
            }
            _ => false,
        }
    }
}

/// Returns the client-final message, and the signature that the server must answer with.
fn scram_last(
    password: &str,
    nonce: &str,
    bare: &str,
    server_first: &str,
) -> Option<(String, String)> {
    let field = |name: &str| {
        let mut fields = server_first.split(',');
        fields.find_map(|field| field.strip_prefix(name))
    };
    let (their_nonce, salt, rounds) = (field("r=")?, field("s=")?, field("i=")?);
    // The server's nonce must extend the client's own, so that no old exchange is replayed (RFC
    // 5802 §5.1).
    if !their_nonce.starts_with(nonce) || their_nonce.len() == nonce.len() {
        return None;
    }
    let rounds: u32 = rounds
        .parse()
        .ok()
        .filter(|rounds| *rounds <= MAX_ITERATIONS)?;
    let salt = STANDARD.decode(salt).ok()?;
    let mut salted = [0; 32];
    pbkdf2::derive(
        pbkdf2::PBKDF2_HMAC_SHA256,
        NonZeroU32::new(rounds)?,
        &salt,
        password.as_bytes(),
        &mut salted,
    );
    let mac = |key: &[u8], text: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text);
    let client_key = mac(&salted, b"Client Key");
    let stored_key = digest::digest(&digest::SHA256, client_key.as_ref());
    let without_proof = format!("c=biws,r={their_nonce}");
    let messages = format!("{bare},{server_first},{without_proof}");
    let signature = mac(stored_key.as_ref(), messages.as_bytes());
    let proof: Vec<u8> = client_key
        .as_ref()
        .iter()
        .zip(signature.as_ref())
        .map(|(key, signed)| key ^ signed)
        .collect();
    let server_key = mac(&salted, b"Server Key");
    let theirs = mac(server_key.as_ref(), messages.as_bytes());
    let last = format!("{without_proof},p={}", STANDARD.encode(proof));
    Some((last, STANDARD.encode(theirs.as_ref())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Example of RFC 7677 §3.
    #[test]
    fn scram_as_in_the_rfc() {
        let nonce = "rOprNGfwEbeRWgbNEkqO";
        let first = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        let bare = format!("n=user,r={nonce}");
        let (last, signature) = scram_last("pencil", nonce, &bare, first).unwrap();
        assert!(last.ends_with(",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="));
        assert_eq!(signature, "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
        // A foreign nonce, or more iterations than are allowed.
        assert_eq!(scram_last("pencil", "x", &bare, first), None);
        let slow = first.replace("i=4096", "i=4000000000");
        assert_eq!(scram_last("pencil", nonce, &bare, &slow), None);
    }
}

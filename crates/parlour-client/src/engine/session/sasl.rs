//! Logging in (SASL PLAIN) before the welcome.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use irc_wire::Message;

use super::Session;
use crate::engine::Happening;

/// Bytes of one AUTHENTICATE; an answer of exactly so many goes on in another (SASL 3.1).
const CHUNK: usize = 400;

impl Session {
    /// Begins to log in, if the user wants that and the server knows how; whether it does.
    pub(super) fn begin_login(&mut self) -> bool {
        let wants = self.identity.login.is_some() && self.has("sasl");
        if wants {
            self.send(&["AUTHENTICATE", "PLAIN"]);
        }
        wants
    }

    /// The server wants to know more.
    pub(super) fn authenticate(&mut self, asked: &str) {
        let Some(login) = &self.identity.login else {
            return;
        };
        if asked != "+" {
            return;
        }
        let answer = format!("\0{}\0{}", login.account, login.password);
        let answer = STANDARD.encode(answer);
        for chunk in answer.as_bytes().chunks(CHUNK) {
            let chunk = String::from_utf8_lossy(chunk).into_owned();
            self.send(&["AUTHENTICATE", &chunk]);
        }
        if answer.len() % CHUNK == 0 {
            self.send(&["AUTHENTICATE", "+"]);
        }
    }

    /// What the server says to a login (900 to 908); false if it is about something else.
    pub(super) fn login_numeric(&mut self, numeric: &str, message: &Message) -> bool {
        let text = message.params.as_slice().last().copied();
        match numeric {
            "900" | "901" | "908" => true,
            "903" => {
                self.send(&["CAP", "END"]);
                true
            }
            "902" | "904" | "905" | "906" | "907" if !self.registered => {
                let text = text.unwrap_or("no reason given");
                self.tell(Happening::Closing(format!("the login failed: {text}")));
                self.send(&["QUIT"]);
                true
            }
            _ => false,
        }
    }
}

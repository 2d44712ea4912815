//! Tokens that stand for the session where files are uploaded (after draft/authtoken).

use irc_wire::Message;

use super::Session;
use crate::engine::{Event, UploadToken};

/// Service that the tokens are for.
const FILEHOST: &str = "FILEHOST";

impl Session {
    /// Requests an upload token; the answers come in the order of the requests.
    pub fn request_upload_token(&mut self) {
        self.token_requests += 1;
        self.send(&["TOKEN", "GENERATE", FILEHOST]);
    }

    /// Handles an answer to a request for a token; returns false if the message is none.
    pub(super) fn upload_token(&mut self, message: &Message) -> bool {
        let params = message.params.as_slice();
        let last = params.last().copied().unwrap_or_default().to_owned();
        let param = |index: usize| params.get(index).copied().unwrap_or_default();
        let token = match (message.command.to_ascii_uppercase().as_str(), param(0)) {
            ("TOKEN", "GENERATE") if param(1).eq_ignore_ascii_case(FILEHOST) => {
                UploadToken::Granted(last)
            }
            ("FAIL", "TOKEN") if param(1) == "UNKNOWN_SERVICE" => UploadToken::Unknown,
            ("FAIL", "TOKEN") => UploadToken::Refused(last),
            ("421", _) if param(1).eq_ignore_ascii_case("TOKEN") => UploadToken::Unknown,
            _ => return false,
        };
        if self.token_requests == 0 {
            return false;
        }
        self.token_requests -= 1;
        self.emit(Event::UploadToken(token));
        true
    }
}

//! Signs of life of a connection, and the pings that ask for them. All times are milliseconds of
//! the monotonic clock.

/// Milliseconds between pings.
const PING_EVERY: u64 = 30_000;
/// Milliseconds without an answer after which a connection counts as dead.
const PING_PATIENCE: u64 = 60_000;
/// Milliseconds that a server has to complete registration.
const GREETING_PATIENCE: u64 = 60_000;
/// Milliseconds after which a channel that was not rejoined counts as left.
const REENTERING: u64 = 60_000;
/// Beginning of the client's tokens; the user may send other pings (/quote PING).
const TOKEN: &str = "lag";

/// State of a connection's signs of life.
#[derive(Debug, Default)]
pub(super) struct Liveness {
    /// Time at which the connection was made.
    began: u64,
    /// Time at which registration was complete.
    registered: u64,
    /// Time of the last bytes from the server.
    heard: u64,
    /// Time of the unanswered ping.
    pinged: Option<u64>,
    /// Time of the last ping.
    asked: u64,
}

/// Outcome of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// The server is there, as far as one knows.
    Alive,
    /// It is time for a ping with this token.
    Ping(String),
    /// The server was silent for too long.
    Dead,
}

impl Liveness {
    /// Begins with a new connection.
    pub fn connected(&mut self, now: u64) {
        (self.began, self.heard, self.pinged) = (now, now, None);
    }

    /// Notes that registration is complete.
    pub fn registered(&mut self, now: u64) {
        self.registered = now;
    }

    /// Notes bytes from the server.
    pub fn heard(&mut self, now: u64) {
        self.heard = now;
    }

    /// Returns whether the time for rejoining channels is over.
    pub fn gives_up_rejoins(&self, now: u64) -> bool {
        now.saturating_sub(self.registered) >= REENTERING
    }

    /// Checks a connection; `is_first` asks for a ping at once.
    pub fn check(&mut self, now: u64, is_registered: bool, is_first: bool) -> Check {
        if !is_registered {
            let is_late = now.saturating_sub(self.began) >= GREETING_PATIENCE;
            return if is_late { Check::Dead } else { Check::Alive };
        }
        match self.pinged {
            // Any bytes count as a sign of life: a long backlog may delay the PONG.
            Some(at) if now.saturating_sub(at.max(self.heard)) >= PING_PATIENCE => Check::Dead,
            Some(_) => Check::Alive,
            None if is_first || now.saturating_sub(self.asked) >= PING_EVERY => {
                (self.asked, self.pinged) = (now, Some(now));
                Check::Ping(format!("{TOKEN}{now}"))
            }
            None => Check::Alive,
        }
    }

    /// Takes the answer to a ping, and returns the milliseconds that it took; none for a ping of
    /// somebody else.
    pub fn answered(&mut self, token: &str, now: u64) -> Option<u64> {
        let sent: u64 = token.strip_prefix(TOKEN)?.parse().ok()?;
        self.pinged = None;
        Some(now.saturating_sub(sent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_dead_once_it_answers_no_ping() {
        let mut life = Liveness::default();
        life.connected(1_000);
        assert_eq!(
            life.check(1_000 + GREETING_PATIENCE, false, true),
            Check::Dead
        );
        assert_eq!(life.check(2_000, true, true), Check::Ping("lag2000".into()));
        assert_eq!(life.check(3_000, true, true), Check::Alive);
        assert_eq!(life.answered("mine", 3_000), None);
        assert_eq!(life.answered("lag2000", 2_050), Some(50));
        assert_eq!(life.check(3_000, true, false), Check::Alive);
        let again = 2_000 + PING_EVERY;
        assert!(matches!(life.check(again, true, false), Check::Ping(_)));
        life.heard(again + 1_000);
        let late = again + PING_PATIENCE;
        assert_eq!(life.check(late, true, false), Check::Alive);
        assert_eq!(life.check(late + 1_000, true, false), Check::Dead);
    }
}

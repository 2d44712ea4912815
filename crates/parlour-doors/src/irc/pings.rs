//! PINGs of a client that wait for their place in the order. While nothing can be kept, that
//! place does not come; then they are answered out of it, so that the client knows that the
//! server is there.

use std::collections::VecDeque;

use irc_wire::Line;
use parlour_core::CallId;

use crate::context::Context;

/// PINGs that wait. As calls, there are at most [`parlour_core::limits::CALLS_IN_FLIGHT`].
#[derive(Debug, Default)]
pub(super) struct Pings {
    waiting: VecDeque<Ping>,
}

#[derive(Debug)]
struct Ping {
    call: CallId,
    token: String,
    answered: bool,
}

impl Pings {
    /// A PING waits for its place.
    pub fn wait(&mut self, call: CallId, token: &str) {
        self.waiting.push_back(Ping {
            call,
            token: token.to_owned(),
            answered: false,
        });
    }

    /// Answers all that wait.
    pub fn answer(&mut self, cx: &mut Context) {
        let waiting = self.waiting.iter_mut().filter(|ping| !ping.answered);
        for ping in waiting {
            ping.answered = true;
            pong(cx, &ping.token);
        }
    }

    /// The place of a PING has come: whether it was answered before.
    pub fn is_answered(&mut self, call: CallId) -> bool {
        let at = self.waiting.iter().position(|ping| ping.call == call);
        let ping = at.and_then(|at| self.waiting.remove(at));
        ping.is_some_and(|ping| ping.answered)
    }
}

/// Gives a sign of life.
pub(super) fn pong(cx: &mut Context, token: &str) {
    let server = cx.settings.server_name();
    Line::new(&mut cx.out)
        .from(server, "PONG")
        .word(server)
        .trailing(token)
        .end();
}

//! PINGs of a client, answered in order with the replies of the core. While the disk cannot be
//! written, no reply is released; PINGs are then answered out of order, so that the client does not
//! time out.

use std::collections::VecDeque;

use irc_wire::Line;
use parlour_core::CallId;

use crate::context::Context;

/// Unanswered PINGs: as calls, at most [`parlour_core::limits::CALLS_IN_FLIGHT`].
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
    /// Adds a PING to be answered in order.
    pub fn wait(&mut self, call: CallId, token: &str) {
        self.waiting.push_back(Ping {
            call,
            token: token.to_owned(),
            answered: false,
        });
    }

    /// Answers all waiting PINGs out of order.
    pub fn answer(&mut self, cx: &mut Context) {
        let waiting = self.waiting.iter_mut().filter(|ping| !ping.answered);
        // Answered ones stay until their turn comes: `is_answered` suppresses the second PONG.
        for ping in waiting {
            ping.answered = true;
            pong(cx, &ping.token);
        }
    }

    /// Removes the PING of a call whose turn has come. Returns whether it was answered before.
    pub fn is_answered(&mut self, call: CallId) -> bool {
        let at = self.waiting.iter().position(|ping| ping.call == call);
        let ping = at.and_then(|at| self.waiting.remove(at));
        ping.is_some_and(|ping| ping.answered)
    }
}

/// Writes a PONG.
pub(super) fn pong(cx: &mut Context, token: &str) {
    let server = cx.settings.server_name();
    Line::new(&mut cx.out)
        .from(server, "PONG")
        .word(server)
        .trailing(token)
        .end();
}

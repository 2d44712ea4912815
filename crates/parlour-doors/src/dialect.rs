//! Dialect: the protocol that a connection speaks, as the connections see it.

use parlour_core::names::Nick;
use parlour_core::{CallId, ChannelId, Event, Instant, Reply};

use crate::DoorSettings;
use crate::context::Context;
use crate::render_key::RenderKey;

/// Protocol state of one connection. A dialect reads bytes and writes bytes and calls through the
/// [`Context`]; it may hand the connection over to another dialect ([`Context::next`]).
pub(crate) trait Dialect: Send {
    /// Returns the time when [`Dialect::tick`] is due.
    fn deadline(&self) -> Option<Instant> {
        None
    }

    /// Processes bytes that arrived.
    fn receive(&mut self, cx: &mut Context, bytes: &[u8]);

    /// Processes the rest of the input after the end of file. Returns true once that is done; until
    /// then it is called again.
    fn ended(&mut self, _cx: &mut Context) -> bool {
        true
    }

    /// Resumes the processing of input that has arrived.
    fn proceed(&mut self, _cx: &mut Context) {}

    /// Takes output that waits elsewhere, as far as the connection has room for it.
    fn pull(&mut self, _cx: &mut Context) {}

    /// Runs the timer.
    fn tick(&mut self, _cx: &mut Context) {}

    /// Returns the render key; [`RenderKey::NONE`] before registration.
    fn key(&self) -> RenderKey {
        RenderKey::NONE
    }

    /// Processes the core's reply to a call of this connection.
    fn reply(&mut self, _cx: &mut Context, _call: CallId, _reply: &Reply) {}

    /// Processes an event that a call of this connection caused, or that is about its user.
    fn own_event(&mut self, _cx: &mut Context, _call: Option<CallId>, _event: &Event) {}

    /// Notes that all effects of a call are delivered.
    fn done(&mut self, _cx: &mut Context, _call: CallId) {}

    /// Writes the last words before the connection is closed.
    fn farewell(&mut self, _cx: &mut Context, _reason: &str) {}

    /// Applies new settings.
    fn resettle(&mut self, _cx: &mut Context, _before: &DoorSettings) {}

    /// Writes an announcement of the server.
    fn announce(&mut self, _cx: &mut Context, _text: &str) {}

    /// Returns the nick of the user, once registered.
    fn nick(&self) -> Option<&Nick> {
        None
    }

    /// Returns whether the core knows the session, or is about to.
    fn has_session(&self) -> bool {
        false
    }

    /// Returns the channel whose events are shown without its name, if there is one.
    fn current(&self) -> Option<ChannelId> {
        None
    }

    /// Notes that the peer is alive, though its input is not read.
    fn is_there(&mut self, _now: Instant) {}

    /// Returns whether reading is paused until the core has replied.
    fn waits(&self) -> bool {
        false
    }
}

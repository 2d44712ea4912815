//! Connections with output: those that the next flush writes to, and those whose output gathers.
//!
//! An event of others that is not urgent (a JOIN, a QUIT) waits a moment for more of them, or for anything
//! urgent to the same connection: a write costs more than all of its lines.

use parlour_core::{Body, Event, Instant};

use super::connection::HotState;

/// Output of a connection that has not been written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Unwritten {
    /// None.
    #[default]
    None,
    /// Some that waits for more.
    Gathers,
    /// Some that the next flush writes.
    Due,
}

/// Connections with output, by slot.
#[derive(Debug, Default)]
pub(super) struct Due {
    /// Those that the next flush writes to.
    now: Vec<u32>,
    /// Those whose output gathers; some of them may be due by now, or gone.
    later: Vec<u32>,
    /// Number of connections whose output gathers.
    gathering: usize,
    /// Time when all that gathers is due.
    by: Option<Instant>,
}

impl Due {
    /// Returns whether the next flush has something to write.
    pub fn is_any(&self) -> bool {
        !self.now.is_empty()
    }

    /// Returns whether output gathers.
    pub fn gathers(&self) -> bool {
        self.gathering > 0
    }

    /// Returns the time when what gathers is due.
    pub fn deadline(&self) -> Option<Instant> {
        self.by.filter(|_| self.gathers())
    }

    /// Has the next flush write to a connection.
    pub fn write(&mut self, hot: &mut HotState, slot: u32) {
        if hot.unwritten != Unwritten::Due {
            self.forget(hot);
            hot.unwritten = Unwritten::Due;
            self.now.push(slot);
        }
    }

    /// Has the output of a connection gather until `by` at the latest, unless it is due already.
    pub fn gather(&mut self, hot: &mut HotState, slot: u32, by: Instant) {
        if hot.unwritten == Unwritten::None {
            hot.unwritten = Unwritten::Gathers;
            if !self.gathers() {
                self.later.clear();
                self.by = Some(by);
            }
            self.later.push(slot);
            self.gathering += 1;
        }
    }

    /// Forgets the output of a connection, which is gone or written to.
    pub fn forget(&mut self, hot: &mut HotState) {
        self.gathering -= usize::from(hot.unwritten == Unwritten::Gathers);
        hot.unwritten = Unwritten::None;
    }

    /// Makes all that gathers due.
    pub fn end_gathering(&mut self, hot: &mut [HotState]) {
        for slot in std::mem::take(&mut self.later) {
            let hot = &mut hot[slot as usize];
            if hot.unwritten == Unwritten::Gathers {
                self.write(hot, slot);
            }
        }
    }

    /// Takes the connections that are due; some may be gone.
    pub fn take(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.now)
    }
}

/// Returns whether an event is not urgent for those who did not cause it.
pub(super) fn can_wait(event: &Event) -> bool {
    match event.body {
        Body::Joined(_)
        | Body::Parted(..)
        | Body::Quit(_)
        | Body::Renamed(_)
        | Body::Away(_)
        | Body::Account(_)
        | Body::HostChanged(_)
        | Body::RealName(_) => true,
        Body::Message { .. }
        | Body::Kicked { .. }
        | Body::Topic(..)
        | Body::Modes(..)
        | Body::UserModes(_)
        | Body::Invited { .. }
        | Body::ChannelRenamed { .. }
        | Body::Redacted { .. }
        | Body::Wallops(_)
        | Body::Killed(..) => false,
    }
}

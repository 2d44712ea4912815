//! Nick that the user wants, taken as soon as it is free.

use super::App;
use crate::NetworkId;

/// Milliseconds between two checks whether the wanted nick is free.
const SEEK_EVERY: u64 = 60_000;

impl App {
    /// Takes the wanted nick as soon as it is free.
    pub(super) fn nick_freed(&mut self, net: NetworkId, nick: &str) {
        let casemap = self.model.networks[net].casemap;
        let state = &mut self.nets[net];
        if !state.has_wanted_nick() && casemap.same(nick, state.wanted_nick()) {
            let wanted = state.wanted_nick().to_owned();
            state.session.change_nick(&wanted);
        }
    }

    /// Checks at intervals whether the wanted nick is free.
    pub(super) fn seek_nick(&mut self, net: NetworkId) {
        let now = self.monotonic;
        let state = &mut self.nets[net];
        let due = now.saturating_sub(state.nick_checked_at) >= SEEK_EVERY;
        if due && state.is_online() && state.session.is_ready() && !state.has_wanted_nick() {
            state.nick_checked_at = now;
            let wanted = state.wanted_nick().to_owned();
            state.session.query_nick(&wanted);
        }
    }
}

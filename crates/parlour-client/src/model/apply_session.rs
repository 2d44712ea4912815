//! Application of events about the user's own session: nick, login, answers of the server.

use super::followup::Followup;
use super::{ConnectionState, Model};
use crate::formatting::FormattedText;
use crate::notice::Notice;
use crate::{NetworkId, SafeText};

impl Model {
    pub(super) fn registered(&mut self, net: NetworkId, now: u64, nick: &str) {
        let server = self.server_buffer(net);
        let network = &mut self.networks[net];
        network.away = false;
        network.nick = SafeText::name(nick);
        network.connection = ConnectionState::Online;
        self.tell(server, now, Notice::Registered(nick), false);
    }

    pub(super) fn logged_in(&mut self, net: NetworkId, now: u64, account: String) -> Followup {
        self.networks[net].account = Some(SafeText::name(&account));
        let index = match self.networks[net].connection {
            ConnectionState::Online => self.answer_buffer(net),
            ConnectionState::Connecting
            | ConnectionState::Waiting(_)
            | ConnectionState::Ended(_) => self.server_buffer(net),
        };
        self.tell(index, now, Notice::LoggedIn(&account), false);
        Followup::LoggedIn(account)
    }

    pub(super) fn logged_out(&mut self, net: NetworkId, now: u64) {
        self.networks[net].account = None;
        let index = self.answer_buffer(net);
        self.tell(index, now, Notice::LoggedOut, false);
    }

    pub(super) fn account_registered(&mut self, net: NetworkId, now: u64, account: &str) {
        self.tell_twice(net, now, Notice::AccountRegistered(account));
    }

    pub(super) fn login_refused(&mut self, net: NetworkId, now: u64, why: &str) -> Followup {
        let index = self.answer_buffer(net);
        self.tell(index, now, Notice::LoginRefused(why), true);
        Followup::LoginRefused
    }

    pub(super) fn login_failed(&mut self, net: NetworkId, now: u64, why: &str) -> Followup {
        let server = self.server_buffer(net);
        self.tell(server, now, Notice::LoginFailed(why), true);
        Followup::GiveUp
    }

    pub(super) fn nick_failed(&mut self, net: NetworkId, now: u64, why: &str) -> Followup {
        let server = self.server_buffer(net);
        self.tell(server, now, Notice::NickFailed(why), true);
        Followup::GiveUp
    }

    pub(super) fn nick_taken(
        &mut self,
        net: NetworkId,
        now: u64,
        (wanted, trying): (&str, &str),
        why: &str,
    ) {
        let notice = Notice::NickTaken {
            wanted,
            trying,
            why,
        };
        self.tell_twice(net, now, notice);
    }

    pub(super) fn join_refused(&mut self, net: NetworkId, now: u64, channel: &str, why: &str) {
        let place = self.find(net, channel);
        let entering = place.filter(|&index| self.buffers[index].rejoining);
        if let Some(index) = entering {
            self.buffers[index].fail_join(why);
        }
        let index = place.unwrap_or_else(|| self.answer_buffer(net));
        self.tell(index, now, Notice::JoinRefused { channel, why }, true);
    }

    /// Shows a text of the server: an error where the user looks, the rest in the server's buffer.
    pub(super) fn server_text(
        &mut self,
        net: NetworkId,
        now: u64,
        buffer: Option<String>,
        text: &str,
        error: bool,
    ) {
        let index = buffer.and_then(|name| self.find(net, &name));
        let index = index.unwrap_or_else(|| match error {
            true => self.answer_buffer(net),
            false => self.server_buffer(net),
        });
        self.note(index, now, FormattedText::new(text).as_str(), error);
    }

    /// Shows the answer to a command.
    pub(super) fn answered(&mut self, net: NetworkId, now: u64, about: Option<String>, text: &str) {
        let index = about.and_then(|name| self.find(net, &name));
        let index = index.unwrap_or_else(|| self.answer_buffer(net));
        self.note(index, now, FormattedText::new(text).as_str(), false);
    }

    /// Tells it in the server's buffer, and again in the first channel, which is shown before the
    /// user has read the former.
    fn tell_twice(&mut self, net: NetworkId, now: u64, notice: Notice<'_>) {
        let server = self.server_buffer(net);
        self.tell(server, now, notice, false);
        self.networks[net].notes.push(notice.to_string());
    }
}

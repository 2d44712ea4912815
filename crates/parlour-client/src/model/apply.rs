//! Application of session events to the model.

use super::followup::Followup;
use super::{Alert, LineId, LineState, Member, Mention, Model, hue};
use crate::NetworkId;
use crate::SafeText;
use crate::engine::{ChatMessage, Event, Isupport};
use crate::formatting::FormattedText;
use crate::notice::Notice;

impl Model {
    /// Applies an event of a network, and returns what it asks for beyond the model.
    #[expect(clippy::too_many_lines, reason = "a table with one row for each event")]
    pub(crate) fn apply(
        &mut self,
        net: NetworkId,
        now: u64,
        isupport: &Isupport,
        event: Event,
    ) -> Followup {
        // ISUPPORT may change the case mapping after registration, so each event refreshes it.
        self.networks[net].casemap = isupport.casemap;
        match event {
            Event::Registered(nick) => self.registered(net, now, &nick),
            Event::LoggedIn(account) => return self.logged_in(net, now, account),
            Event::LoggedOut => self.logged_out(net, now),
            Event::AccountRegistered(account) => self.account_registered(net, now, &account),
            Event::LoginRefused(why) => return self.login_refused(net, now, &why),
            Event::Message(said) => return self.message(net, now, isupport, said),
            Event::Reacted {
                buffer,
                from,
                own,
                to,
                text,
                removed,
            } => self.reacted(net, (&buffer, &to), (&from, own), (&text, removed)),
            Event::Typing {
                buffer,
                nick,
                state,
            } => self.typing(net, &buffer, &nick, state),
            Event::Redacted {
                buffer,
                msgid,
                by,
                reason,
            } => self.redacted(net, &buffer, &msgid, &by, &reason),
            Event::ReadMarker { buffer, time } => self.read_marker(net, &buffer, time),
            Event::PeerAway { nick, text } => self.peer_away(net, now, &nick, text),
            Event::Away { nick, away } => self.away(net, &nick, away),
            Event::Joined {
                channel,
                nick,
                own,
                account,
                place,
            } => {
                let known = (place.as_deref(), account.as_deref());
                self.joined(net, now, &channel, (&nick, own), known);
                if own {
                    return Followup::Joined(channel);
                }
            }
            Event::Member {
                channel,
                nick,
                away,
                account,
            } => self.member(net, &channel, &nick, (away, account.as_deref())),
            Event::Account { nick, account } => self.account(net, &nick, account.as_deref()),
            Event::Left {
                channel,
                nick,
                own,
                words,
                by,
            } => self.left(net, now, &channel, (&nick, own), (by.as_deref(), words)),
            Event::Quit { nick, .. } => {
                self.quit(net, now, &nick);
                return Followup::NickFreed { nick, now: None };
            }
            Event::Renamed { old, new, own } => return self.renamed(net, now, old, new, own),
            Event::ChannelRenamed { old, new } => {
                self.channel_renamed(net, now, &old, &new);
                return Followup::Renamed { old, new };
            }
            Event::Topic { channel, by, text } => {
                self.topic(net, now, &channel, by.as_deref(), &text);
            }
            Event::Modes { channel, by, modes } => {
                if let Some(index) = self.find(net, &channel) {
                    let (by, modes) = (by.as_str(), modes.as_str());
                    self.event(index, now, Notice::Modes { by, modes });
                    self.ranks(index, isupport, modes);
                }
            }
            Event::Names { channel, members } => self.names(net, isupport, &channel, members),
            Event::NamesEnd(channel) => return Followup::NamesEnded(channel),
            Event::Ready => return Followup::Ready,
            Event::Listed(channel) => return Followup::Listed(channel),
            Event::ListEnd => return Followup::ListEnded,
            Event::Conversation(nick) => return Followup::Conversation(nick),
            Event::Pong(token) => return Followup::Pong(token),
            Event::NickFree(nick) => return Followup::NickFreed { nick, now: None },
            Event::SearchEnd | Event::SearchRefused => return Followup::SearchEnded,
            Event::HistoryRefused { context, why } => {
                return Followup::HistoryRefused { context, why };
            }
            // A page is applied event by event; an upload is no concern of the model.
            Event::History(_) | Event::UploadToken(_) => {}
            Event::JoinRefused { channel, why } => {
                self.join_refused(net, now, &channel, &why);
                return Followup::JoinRefused { channel, why };
            }
            Event::NickFailed(why) => return self.nick_failed(net, now, &why),
            Event::LoginFailed(why) => return self.login_failed(net, now, &why),
            Event::Online(nicks) => {
                let index = self.answer_buffer(net);
                self.tell(index, now, Notice::Online(&nicks), false);
            }
            Event::Refused { label, why } => {
                self.refused(net, now, &label, &why);
                return Followup::Save;
            }
            Event::Acknowledged(label) => {
                self.settle(net, &label);
                return Followup::Save;
            }
            Event::ServerText {
                buffer,
                text,
                error,
            } => self.server_text(net, now, buffer, &text, error),
            Event::NickTaken {
                wanted,
                trying,
                why,
            } => self.nick_taken(net, now, (&wanted, &trying), &why),
            Event::Answered { about, text } => self.answered(net, now, about, &text),
            Event::OwnAway(away) => self.networks[net].away = away,
            Event::Invited {
                by,
                nick,
                channel,
                own,
            } => self.invited(net, now, &by, &nick, channel, own),
            Event::Closing(why) => {
                let server = self.server_buffer(net);
                self.tell(server, now, Notice::Closing(&why), true);
            }
        }
        Followup::Nothing
    }

    /// Applies a reaction to a message, unless the user ignores its author.
    fn reacted(
        &mut self,
        net: NetworkId,
        (buffer, to): (&str, &str),
        (from, own): (&str, bool),
        (text, removed): (&str, bool),
    ) {
        if !own && self.ignores(net, from) {
            return;
        }
        let who = self.networks[net].casemap.fold(from);
        if let Some(index) = self.find(net, buffer) {
            self.buffers[index].react(to, text, &who, own, removed);
        }
    }

    /// Applies the read marker of a buffer; the server may have none.
    fn read_marker(&mut self, net: NetworkId, buffer: &str, time: Option<u64>) {
        match (self.find(net, buffer), time) {
            (Some(index), Some(time)) => self.buffers[index].marked(time),
            (Some(index), None) => self.buffers[index].never_read = true,
            (None, _) => {}
        }
    }

    /// Applies the away state of a member to all channels.
    fn away(&mut self, net: NetworkId, nick: &str, away: bool) {
        if let Some(index) = self.find(net, nick).filter(|_| !away) {
            self.buffers[index].away_told = None;
        }
        self.change_member(net, nick, |member| member.away = away);
    }

    /// Applies what WHO tells of a member.
    fn member(
        &mut self,
        net: NetworkId,
        channel: &str,
        nick: &str,
        (away, account): (bool, Option<&str>),
    ) {
        let folded = self.networks[net].casemap.fold(nick);
        self.people.heard(net, &folded, None, account);
        if let Some(index) = self.find(net, channel)
            && let Some(member) = self.buffers[index].members.get_mut(&folded)
        {
            member.away = away;
            member.hue = hue(account.unwrap_or(nick));
        }
    }

    /// Applies a member's login or logout.
    fn account(&mut self, net: NetworkId, nick: &str, account: Option<&str>) {
        let folded = self.networks[net].casemap.fold(nick);
        self.people.logged_in(net, &folded, account);
        let hue = hue(account.unwrap_or(nick));
        self.change_member(net, nick, |member| member.hue = hue);
    }

    /// Changes a user in all channels that they are in.
    fn change_member(&mut self, net: NetworkId, nick: &str, change: impl Fn(&mut Member)) {
        let folded = self.networks[net].casemap.fold(nick);
        for buffer in self.buffers.iter_mut().filter(|b| b.network == net) {
            if let Some(member) = buffer.members.get_mut(&folded) {
                change(member);
            }
        }
    }

    fn channel_renamed(&mut self, net: NetworkId, now: u64, old: &str, new: &str) {
        if let Some(index) = self.find(net, old) {
            self.buffers[index].rename(new);
            self.event(index, now, Notice::ChannelRenamed { old, new });
            self.resettle(index);
        }
    }

    /// Applies a topic; one that was not set just now is not told.
    fn topic(&mut self, net: NetworkId, now: u64, channel: &str, by: Option<&str>, text: &str) {
        let Some(index) = self.find(net, channel) else {
            return;
        };
        let shown = FormattedText::new(text);
        self.buffers[index].topic = SafeText::topic(shown.as_str());
        if let Some(by) = by {
            let topic = shown.as_str();
            self.event(index, now, Notice::Topic { by, topic });
        }
    }

    /// Applies a part of the list of members.
    fn names(
        &mut self,
        net: NetworkId,
        isupport: &Isupport,
        channel: &str,
        members: Vec<(String, String)>,
    ) {
        if let Some(index) = self.find(net, channel) {
            for (prefix, nick) in members {
                self.add_member(index, &prefix, &nick, isupport);
            }
        }
    }

    /// Applies a message.
    fn message(
        &mut self,
        net: NetworkId,
        now: u64,
        isupport: &Isupport,
        message: ChatMessage,
    ) -> Followup {
        let own = message.own;
        let new = self.find(net, &message.buffer).is_none();
        let name = new.then(|| message.buffer.clone());
        self.said(net, now, isupport, message);
        if own {
            return Followup::Save;
        }
        let opened = name.and_then(|name| self.find(net, &name));
        opened.map_or(Followup::Nothing, Followup::Opened)
    }

    /// Shows the away message of a peer, once until they are back or it changes.
    fn peer_away(&mut self, net: NetworkId, now: u64, nick: &str, text: String) {
        let index = self.find(net, nick);
        if let Some(index) = index {
            let told = self.buffers[index].away_told.replace(text.clone());
            if told.as_ref() == Some(&text) {
                return;
            }
        }
        let index = index.unwrap_or_else(|| self.answer_buffer(net));
        let shown = Notice::PeerAway { nick, text: &text }.to_string();
        self.note(index, now, FormattedText::new(&shown).as_str(), false);
    }

    /// Returns the index of the buffer that shows the answers to the user's commands.
    pub(super) fn answer_buffer(&self, net: NetworkId) -> usize {
        if self.buffer().network == net {
            self.current
        } else {
            self.server_buffer(net)
        }
    }

    fn invited(
        &mut self,
        net: NetworkId,
        now: u64,
        by: &str,
        nick: &str,
        channel: String,
        own: bool,
    ) {
        if !own {
            if let Some(index) = self.find(net, &channel) {
                self.event(index, now, Notice::OtherInvited { by, nick });
            }
            return;
        }
        if self.ignores(net, by) {
            return;
        }
        let index = self.answer_buffer(net);
        let shown = channel.as_str();
        self.tell(index, now, Notice::Invited { by, channel: shown }, false);
        let invitation = Mention {
            network: net,
            line: LineId(self.next_line),
            msgid: None,
            from: SafeText::name(by),
            text: SafeText::new(&format!("invites you to {channel}")),
            buffer: channel,
            time: now,
        };
        self.alerts.push(Alert {
            title: invitation.from.clone(),
            body: invitation.text.clone(),
        });
        self.keep_mention(invitation);
    }

    /// Handles a lost connection: nobody is in any channel, and delivery of pending lines is
    /// unknown.
    pub fn disconnected(&mut self, net: NetworkId) {
        for buffer in self.buffers.iter_mut().filter(|b| b.network == net) {
            buffer.lost();
        }
        self.networks[net].lag = None;
    }

    /// Removes expired typing notifications; returns whether the current buffer has changed.
    pub(crate) fn forget_typists(&mut self) -> bool {
        let (mut changed, now) = (false, self.steady);
        let current = self.current;
        for (index, buffer) in self.buffers.iter_mut().enumerate() {
            let before = buffer.typing.len();
            buffer.typing.retain(|typist| now < typist.until);
            changed |= index == current && buffer.typing.len() != before;
        }
        changed
    }

    /// Removes a line that failed, or that is not yet acknowledged.
    pub(crate) fn drop_line(&mut self, index: usize, id: LineId) {
        self.buffers[index]
            .lines
            .retain(|line| line.id != id || line.state == LineState::Sent);
    }
}

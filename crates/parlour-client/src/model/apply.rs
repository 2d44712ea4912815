//! Application of session events to the model.

use super::buffer::SILENT;
use super::followup::Followup;
use super::{
    Alert, BufferKind, JoinFilter, LineId, LineKind, LineState, Member, MembershipChange, Mention,
    Model, hue,
};
use crate::NetworkId;
use crate::SafeText;
use crate::engine::{ChatMessage, Event, Isupport};
use crate::formatting::FormattedText;
use crate::notice::Notice;

/// Milliseconds within which joins and parts share a line.
const TOGETHER: u64 = 600_000;
/// Maximum joins and parts of one line.
const TOGETHER_MOST: usize = 40;

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

    fn joined(
        &mut self,
        net: NetworkId,
        now: u64,
        channel: &str,
        (nick, own): (&str, bool),
        (place, account): (Option<&str>, Option<&str>),
    ) {
        let folded = self.networks[net].casemap.fold(nick);
        self.people.heard(net, &folded, place, account);
        if own {
            // Bounded, since a hostile server can claim any number of joins.
            let rooms = self.buffers.iter().filter(|b| b.network == net && b.joined);
            if rooms.count() > super::ROOMS && self.find(net, channel).is_none() {
                return;
            }
            let index = self.open(net, channel, BufferKind::Channel);
            let buffer = &mut self.buffers[index];
            (buffer.joined, buffer.rejoining) = (true, false);
            // The server sends all names and the topic after a join.
            buffer.members.clear();
            buffer.topic = SafeText::default();
            for note in std::mem::take(&mut self.networks[net].notes) {
                self.note(index, now, &note, false);
            }
            return;
        }
        let Some(index) = self.find(net, channel) else {
            return;
        };
        let member = Member {
            prefix: String::new(),
            nick: SafeText::name(nick),
            away: false,
            hue: hue(account.unwrap_or(nick)),
        };
        self.buffers[index].members.insert(folded.clone(), member);
        self.moved(
            index,
            now,
            &folded,
            MembershipChange::Came(SafeText::name(nick)),
        );
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

    /// Removes a member after a PART or KICK; `by` is the one who kicked.
    fn left(
        &mut self,
        net: NetworkId,
        now: u64,
        channel: &str,
        (nick, own): (&str, bool),
        (by, words): (Option<&str>, String),
    ) {
        let is_kick = by.is_some();
        let words = match by {
            Some(by) => format!("kicked by {by}: {words}"),
            None => words,
        };
        let Some(index) = self.find(net, channel) else {
            return;
        };
        let folded = self.networks[net].casemap.fold(nick);
        self.buffers[index].members.remove(&folded);
        let gone = SafeText::name(nick);
        self.buffers[index]
            .typing
            .retain(|typist| typist.nick != gone);
        if own {
            self.buffers[index].joined = false;
            self.buffers[index].members.clear();
            let why = words.as_str();
            self.tell(index, now, Notice::Left { channel, why }, false);
        } else if is_kick {
            let words = words.as_str();
            self.event(index, now, Notice::Kicked { nick, words });
        } else {
            self.moved(
                index,
                now,
                &folded,
                MembershipChange::Went(SafeText::name(nick)),
            );
        }
    }

    fn quit(&mut self, net: NetworkId, now: u64, nick: &str) {
        let folded = self.networks[net].casemap.fold(nick);
        let gone = SafeText::name(nick);
        for index in 0..self.buffers.len() {
            let buffer = &mut self.buffers[index];
            if buffer.network == net {
                buffer.typing.retain(|typist| typist.nick != gone);
            }
            if buffer.network == net && buffer.members.remove(&folded).is_some() {
                self.moved(
                    index,
                    now,
                    &folded,
                    MembershipChange::Went(SafeText::name(nick)),
                );
            }
        }
    }

    fn renamed(
        &mut self,
        net: NetworkId,
        now: u64,
        old: String,
        new: String,
        own: bool,
    ) -> Followup {
        let casemap = self.networks[net].casemap;
        let (from, to) = (casemap.fold(&old), casemap.fold(&new));
        // An ignored user stays ignored under a new nick.
        let follows = !own && self.ignored.contains(&from);
        self.people.renamed(net, &from, &to);
        if follows {
            self.ignored.push(to.clone());
        }
        if own {
            self.networks[net].nick = SafeText::name(&new);
            let index = self.answer_buffer(net);
            self.tell(index, now, Notice::OwnNick(&new), false);
        }
        for index in 0..self.buffers.len() {
            let buffer = &mut self.buffers[index];
            if buffer.network != net {
                continue;
            }
            if let Some(spoke) = buffer.spoke.remove(&from) {
                buffer.spoke.insert(to.clone(), spoke);
            }
            if let Some(mut member) = buffer.members.remove(&from) {
                member.nick = SafeText::name(&new);
                buffer.members.insert(to.clone(), member);
                if !own {
                    let step =
                        MembershipChange::Renamed(SafeText::name(&old), SafeText::name(&new));
                    self.moved(index, now, &to, step);
                }
            }
        }
        if let Some(index) = self.find(net, &old)
            && self.buffers[index].kind == BufferKind::Person
            && self.find(net, &new).is_none()
        {
            self.buffers[index].rename(&new);
            self.resettle(index);
        }
        if own {
            Followup::OwnNick { old, new }
        } else {
            Followup::NickFreed {
                nick: old,
                now: Some(new),
            }
        }
    }

    /// Shows a join, part, quit or nick change, in one line with those just before.
    fn moved(&mut self, index: usize, now: u64, who: &str, step: MembershipChange) {
        if self.ignores(self.buffers[index].network, who) {
            return;
        }
        let spoke = self.buffers[index].spoke.get(who);
        let wanted = match self.joins {
            JoinFilter::On => true,
            JoinFilter::Off => false,
            JoinFilter::Smart => spoke.is_some_and(|at| now.saturating_sub(*at) < SILENT),
        };
        if !wanted {
            return;
        }
        if let Some(last) = self.buffers[index].lines.back_mut()
            && last.kind == LineKind::Moves
            && now.saturating_sub(last.time) < TOGETHER
            && last.moves.len() < TOGETHER_MOST
        {
            return last.moves.push(step);
        }
        let mut line = self.line(now, LineKind::Moves, "", FormattedText::default());
        line.moves.push(step);
        self.buffers[index].push(line);
    }

    /// Applies the changes of member status among the modes of a channel.
    fn ranks(&mut self, index: usize, isupport: &Isupport, modes: &str) {
        let mut words = modes.split_ascii_whitespace();
        let letters = words.next().unwrap_or_default();
        let rank = |letter| isupport.prefix_modes.find(letter);
        let mut adds = true;
        for letter in letters.chars() {
            match letter {
                '+' | '-' => adds = letter == '+',
                // Other modes may have parameters too, which come between those of ranks.
                letter => {
                    let Some(prefix) =
                        rank(letter).and_then(|at| isupport.prefixes.chars().nth(at))
                    else {
                        if isupport.has_parameter(letter, adds) {
                            words.next();
                        }
                        continue;
                    };
                    let Some(nick) = words.next() else { return };
                    let folded = isupport.casemap.fold(nick);
                    if let Some(member) = self.buffers[index].members.get_mut(&folded) {
                        member.prefix.retain(|c| c != prefix);
                        if adds {
                            member.prefix.push(prefix);
                        }
                        let place = |c: char| isupport.prefixes.find(c);
                        let mut order: Vec<char> = member.prefix.chars().collect();
                        order.sort_by_key(|c| place(*c));
                        member.prefix = order.into_iter().collect();
                    }
                }
            }
        }
    }

    fn add_member(&mut self, index: usize, prefix: &str, nick: &str, isupport: &Isupport) {
        let member = Member {
            prefix: prefix.to_owned(),
            nick: SafeText::name(nick),
            away: false,
            hue: hue(nick),
        };
        let folded = isupport.casemap.fold(nick);
        // NAMES may list a known member again: the away status and the colour are kept.
        let known = self.buffers[index].members.entry(folded);
        known
            .and_modify(|known| known.prefix.clone_from(&member.prefix))
            .or_insert(member);
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

//! Model of what the client shows: networks, buffers, lines, members, unread counts.

mod apply;
mod apply_session;
mod buffer;
mod followup;
mod line;
mod membership;
mod mentions;
mod messages;
mod network;
mod page;
mod people;
mod reading;

pub use buffer::{Buffer, BufferId, BufferKind, Member, Notify, Scroll};
pub(crate) use followup::Followup;
pub use line::{Line, LineId, LineKind, LineState, MembershipChange, Reaction, Reply};
pub use mentions::Mention;
pub use network::{ConnectionState, Network};
pub(crate) use page::Neighbour;

use std::collections::VecDeque;

use crate::SafeText;
use crate::formatting::FormattedText;
use crate::notice::Notice;
use crate::{NetworkId, PerNetwork};

/// Maximum buffers of a network that other users opened.
const PASSING: usize = 200;
/// Joined channels of a network beyond which further joins are ignored.
const ROOMS: usize = 2_000;
/// Maximum mentions kept in the inbox.
const MENTIONS: usize = 200;

/// Filter of joins, parts and nick changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JoinFilter {
    /// All users.
    On,
    /// No users.
    Off,
    /// Users who have spoken within the last hour.
    #[default]
    Smart,
}

/// Notification for a user who looks elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Sender, and channel if it is in one.
    pub title: SafeText,
    /// Text of the message.
    pub body: SafeText,
}

/// State that the view draws, without the input line.
#[derive(Debug)]
pub struct Model {
    /// Networks, by number.
    pub networks: PerNetwork<Network>,
    /// Buffers, grouped by network, the server buffer first.
    pub buffers: Vec<Buffer>,
    /// Index of the current buffer.
    pub current: usize,
    /// Index of the buffer that was current before.
    pub previous: usize,
    /// True if the window has the focus.
    pub focused: bool,
    /// Ignored users: nicks, `account:name` or masks, in lower case.
    pub ignored: Vec<String>,
    people: people::People,
    /// Words that count as mentions, like the user's nick.
    pub highlights: Vec<String>,
    /// Filter of joins, parts and nick changes.
    pub joins: JoinFilter,
    /// Mentions, newest last.
    pub inbox: VecDeque<Mention>,
    /// Notifications that are not yet shown.
    pub(crate) alerts: Vec<Alert>,
    /// Set while the history that arrives was missed, and counts as unread.
    pub(crate) catching_up: bool,
    /// Current time of the monotonic clock, in milliseconds.
    pub(crate) steady: u64,
    /// Number of buffers closed so far.
    pub(crate) closed: u64,
    next_line: u64,
    next_buffer: u64,
}

impl Model {
    /// Creates a model of networks, from their names and the user's nicks.
    pub fn new(networks: &[(&str, &str)]) -> Model {
        let known = networks.iter().map(|(name, nick)| Network::new(name, nick));
        let known: PerNetwork<Network> = known.collect();
        let buffers = known.ids().zip(networks);
        let buffers = buffers.zip(0..).map(|((net, (name, _)), number)| {
            Buffer::new(BufferId(number), net, BufferKind::Server, name)
        });
        let buffers: Vec<Buffer> = buffers.collect();
        Model {
            next_buffer: buffers.len() as u64,
            buffers,
            networks: known,
            current: 0,
            previous: 0,
            focused: true,
            ignored: Vec::new(),
            people: people::People::default(),
            highlights: Vec::new(),
            joins: JoinFilter::default(),
            inbox: VecDeque::new(),
            alerts: Vec::new(),
            catching_up: false,
            steady: 0,
            closed: 0,
            next_line: 0,
        }
    }

    /// Adds a network; returns its number.
    pub fn add_network(&mut self, name: &str, nick: &str) -> NetworkId {
        let net = self.networks.push(Network::new(name, nick));
        let id = self.new_id();
        let buffer = Buffer::new(id, net, BufferKind::Server, name);
        self.buffers.push(buffer);
        net
    }

    /// Returns the current buffer.
    pub fn buffer(&self) -> &Buffer {
        &self.buffers[self.current]
    }

    /// Returns the current buffer, mutable.
    pub fn buffer_mut(&mut self) -> &mut Buffer {
        &mut self.buffers[self.current]
    }

    /// Returns the network of the current buffer.
    pub fn network(&self) -> &Network {
        &self.networks[self.buffer().network]
    }

    /// Returns the user's nick on the network of the current buffer.
    pub fn nick(&self) -> &SafeText {
        &self.network().nick
    }

    fn new_id(&mut self) -> BufferId {
        self.next_buffer += 1;
        BufferId(self.next_buffer - 1)
    }

    /// Returns the index of a buffer; none if it was closed.
    pub fn index_of(&self, id: BufferId) -> Option<usize> {
        self.buffers.iter().position(|buffer| buffer.id == id)
    }

    /// Returns the index of a network's server buffer.
    pub fn server_buffer(&self, net: NetworkId) -> usize {
        let is_it = |b: &Buffer| b.network == net && b.kind == BufferKind::Server;
        self.buffers.iter().position(is_it).unwrap_or(0)
    }

    /// Returns whether the user ignores a nick.
    pub(crate) fn ignores(&self, net: NetworkId, nick: &str) -> bool {
        !self.ignored.is_empty() && {
            let folded = self.networks[net].casemap.fold(nick);
            let mut entries = self.ignored.iter();
            entries.any(|entry| self.people.matches(entry, net, &folded))
        }
    }

    /// Ignores a nick, account or mask; a known nick also by its account or host.
    pub(crate) fn ignore(&mut self, net: NetworkId, whom: &str) {
        let folded = self.networks[net].casemap.fold(whom);
        for entry in self.people.entries(net, &folded) {
            if !self.ignored.contains(&entry) {
                self.ignored.push(entry);
            }
        }
    }

    /// Stops ignoring a user; returns whether they were ignored.
    pub(crate) fn unignore(&mut self, net: NetworkId, whom: &str) -> bool {
        let folded = self.networks[net].casemap.fold(whom);
        let before = self.ignored.len();
        let people = &self.people;
        self.ignored
            .retain(|entry| *entry != folded && !people.matches(entry, net, &folded));
        self.ignored.len() < before
    }

    /// Returns the index of a network's buffer by name; server buffers are not found.
    pub fn find(&self, net: NetworkId, name: &str) -> Option<usize> {
        let casemap = self.networks.get(net)?.casemap;
        self.buffers.iter().position(|buffer| {
            buffer.network == net
                && buffer.kind != BufferKind::Server
                && casemap.same(&buffer.raw_name, name)
        })
    }

    fn order(buffer: &Buffer) -> (NetworkId, bool, BufferKind, bool, String) {
        let server = buffer.kind == BufferKind::Server;
        let name = buffer.raw_name.to_lowercase();
        (buffer.network, !server, buffer.kind, !buffer.pinned, name)
    }

    /// Finds or opens a buffer; returns its index. Channels come before private conversations.
    pub fn open(&mut self, net: NetworkId, name: &str, kind: BufferKind) -> usize {
        if let Some(index) = self.find(net, name) {
            return index;
        }
        let id = self.new_id();
        self.insert(Buffer::new(id, net, kind, name))
    }

    /// Finds or opens a buffer for messages of other users; returns its index. At the maximum of
    /// such buffers, the one that was silent for longest is closed.
    pub(crate) fn open_for_others(
        &mut self,
        net: NetworkId,
        name: &str,
        kind: BufferKind,
    ) -> usize {
        if let Some(index) = self.find(net, name) {
            return index;
        }
        let places = self.buffers.iter().enumerate();
        let passing = places.filter(|(_, b)| b.network == net && b.is_passing());
        let passing: Vec<usize> = passing.map(|(index, _)| index).collect();
        if passing.len() >= PASSING {
            let heard = |index: &usize| self.buffers[*index].newest_said();
            let others = passing.into_iter().filter(|index| *index != self.current);
            if let Some(index) = others.min_by_key(heard) {
                self.close(index);
            }
        }
        self.open(net, name, kind)
    }

    fn insert(&mut self, buffer: Buffer) -> usize {
        let key = Model::order(&buffer);
        let at = self.buffers.partition_point(|b| Model::order(b) <= key);
        self.buffers.insert(at, buffer);
        // The indices move along with the buffers they name.
        for index in [&mut self.current, &mut self.previous] {
            if *index >= at {
                *index += 1;
            }
        }
        at
    }

    /// Moves a buffer to its place after a change of its name or pin; returns its new index.
    pub(crate) fn resettle(&mut self, index: usize) -> usize {
        let (current, previous) = (self.current, self.previous);
        let buffer = self.buffers.remove(index);
        for place in [&mut self.current, &mut self.previous] {
            if *place > index {
                *place -= 1;
            }
        }
        let at = self.insert(buffer);
        // `insert` cannot know that the moved buffer is the current or previous one.
        if current == index {
            self.current = at;
        }
        if previous == index {
            self.previous = at;
        }
        at
    }

    /// Closes a buffer, unless it is a server buffer.
    pub fn close(&mut self, index: usize) {
        if self
            .buffers
            .get(index)
            .is_none_or(|b| b.kind == BufferKind::Server)
        {
            return;
        }
        self.buffers.remove(index);
        self.closed += 1;
        for place in [&mut self.current, &mut self.previous] {
            if *place >= index {
                *place = place.saturating_sub(1);
            }
        }
        self.look_at(self.current);
    }

    /// Makes a buffer current.
    pub fn look_at(&mut self, index: usize) {
        if index >= self.buffers.len() {
            return;
        }
        if index != self.current {
            self.buffers[self.current].leave();
            self.previous = self.current;
            self.current = index;
        }
        self.seen();
    }

    /// Marks the current buffer as read, if the window has the focus and shows the newest line.
    pub(crate) fn seen(&mut self) {
        if self.focused && self.buffer().scroll.is_none() && !self.buffer().detached {
            self.buffer_mut().read();
        }
    }

    /// Switches to the next or previous buffer, wrapping around.
    pub fn look_next(&mut self, step: isize) {
        let count = self.buffers.len() as isize;
        self.look_at((self.current as isize + step).rem_euclid(count) as usize);
    }

    /// Switches to the next or previous unread buffer.
    pub fn look_unread(&mut self, step: isize) {
        let count = self.buffers.len() as isize;
        let mut places = (1..count).map(|n| (self.current as isize + n * step).rem_euclid(count));
        let unread = |&index: &isize| {
            let buffer = &self.buffers[index as usize];
            buffer.unread > 0 && !buffer.muted
        };
        if let Some(index) = places.find(unread) {
            self.look_at(index as usize);
        }
    }

    /// Switches to the next unread buffer; those with mentions or private messages come first.
    pub fn look_active(&mut self) {
        let mut best: Option<(u8, usize, usize)> = None;
        let count = self.buffers.len();
        for step in 1..count {
            let index = (self.current + step) % count;
            let buffer = &self.buffers[index];
            let rank = if buffer.mentions > 0 { 0 } else { 1 };
            let counts = buffer.unread > 0 && (!buffer.muted || buffer.mentions > 0);
            if counts && best.is_none_or(|(r, s, _)| (rank, step) < (r, s)) {
                best = Some((rank, step, index));
            }
        }
        if let Some((_, _, index)) = best {
            self.look_at(index);
        }
    }

    /// Adds lines of the client's own to a buffer.
    pub fn note(&mut self, index: usize, now: u64, text: &str, error: bool) {
        let kind = if error {
            LineKind::Error
        } else {
            LineKind::System
        };
        for part in text.split('\n') {
            let line = self.line(now, kind, "", FormattedText::plain(part));
            self.buffers[index].push(line);
        }
    }

    /// Adds a notice about something that happened, or went wrong.
    pub(super) fn tell(&mut self, index: usize, now: u64, notice: Notice<'_>, error: bool) {
        self.note(index, now, &notice.to_string(), error);
    }

    /// Adds an event line to a channel.
    pub(super) fn event(&mut self, index: usize, now: u64, notice: Notice<'_>) {
        let text = FormattedText::plain(&notice.to_string());
        let line = self.line(now, LineKind::Event, "", text);
        self.buffers[index].push(line);
    }

    /// Gives up rejoins that the server has not answered; returns whether there were any.
    pub(crate) fn give_up_rejoins(&mut self, net: NetworkId) -> bool {
        let mut any = false;
        for buffer in self
            .buffers
            .iter_mut()
            .filter(|b| b.network == net && b.rejoining)
        {
            buffer.fail_join("the server has not let you in again");
            any = true;
        }
        any
    }

    /// Turns the gap into an error line, since its history cannot be fetched.
    pub(crate) fn keep_gap(&mut self, index: usize, why: &str) {
        let buffer = &mut self.buffers[index];
        if let Some(at) = buffer.gap() {
            let text = format!("what was said here meanwhile could not be fetched: {why}");
            let line = &mut buffer.lines[at];
            line.text = FormattedText::plain(&text);
            line.kind = LineKind::Error;
        }
    }

    /// Adds a gap after the newest line.
    pub(crate) fn open_gap(&mut self, index: usize, now: u64) {
        self.buffers[index].close_gap();
        let text = FormattedText::plain("what was said meanwhile is being fetched");
        let line = self.line(now, LineKind::Gap, "", text);
        self.buffers[index].push(line);
    }

    fn line(&mut self, time: u64, kind: LineKind, from: &str, text: FormattedText) -> Line {
        self.next_line += 1;
        Line {
            id: LineId(self.next_line),
            time,
            msgid: None,
            from: SafeText::name(from),
            hue: hue(from),
            kind,
            text,
            state: LineState::Sent,
            own: false,
            mention: false,
            reply: None,
            raw: None,
            edits: None,
            edit_ids: Vec::new(),
            reactions: Vec::new(),
            edited: false,
            redacted: false,
            open: false,
            moves: Vec::new(),
        }
    }

    /// Adds a message of the user's own, before the server has accepted it.
    pub(crate) fn said_by_user(
        &mut self,
        index: usize,
        now: u64,
        words: crate::engine::OutgoingMessage,
        state: LineState,
    ) {
        let nick = self.networks[self.buffers[index].network].nick.clone();
        let kind = match (words.action, words.notice) {
            (true, _) => LineKind::Action,
            (false, true) => LineKind::Notice,
            (false, false) => LineKind::Message,
        };
        let mut line = self.line(now, kind, nick.as_str(), FormattedText::new(words.text));
        self.buffers[index].wanted = true;
        line.own = true;
        line.raw = (!state.is_sent()).then(|| words.text.into());
        line.state = state;
        line.reply = words.reply.map(|id| Box::new(self.reply_to(index, id)));
        // A sent edit changes the original; one not yet sent is a line of its own until
        // acknowledged.
        if line.state.is_sent()
            && let Some(edits) = words.edit
        {
            self.buffers[index].edit(edits, line.text, None);
            return;
        }
        line.edits = words.edit.map(str::to_owned);
        self.buffers[index].push(line);
        self.buffers[index].scroll = None;
    }

    /// Returns the message that a reply refers to, as far as it is known.
    fn reply_to(&self, index: usize, msgid: &str) -> Reply {
        let known = self.buffers[index].by_msgid(msgid);
        Reply {
            msgid: msgid.to_owned(),
            from: known.map(|line| line.from.clone()).unwrap_or_default(),
            text: known.map(|line| line.text.text.clone()).unwrap_or_default(),
        }
    }

    /// Takes the pending notifications.
    pub(crate) fn take_alerts(&mut self) -> Vec<Alert> {
        std::mem::take(&mut self.alerts)
    }

    /// Keeps a mention for the inbox.
    fn keep_mention(&mut self, mention: Mention) {
        if self.inbox.len() == MENTIONS {
            self.inbox.pop_front();
        }
        self.inbox.push_back(mention);
    }
}

/// Returns a stable number for a name, from which its colour is made.
pub(crate) fn hue(name: &str) -> u32 {
    let folded = name.to_lowercase();
    folded.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests;

//! What there is to see: networks, their buffers, lines and members, what is unread.

mod apply;
mod buffer;
mod line;
mod mentions;
mod messages;
mod network;
mod page;
mod people;

pub use buffer::{Buffer, BufferKind, Member, Notify, Scroll};
pub use line::{Line, LineId, LineKind, LineState, Move, Reaction, Reply};
pub use mentions::Mention;
pub use network::{ConnectionState, Network};
pub(crate) use page::Neighbour;

use std::collections::VecDeque;

use crate::SafeText;
use crate::formatting::FormattedText;

/// Buffers of a network that others have opened, and rooms that the user can be in.
const PASSING: usize = 200;
const ROOMS: usize = 2_000;
/// Mentions that are kept for the inbox.
const MENTIONS: usize = 200;

/// Which of those who come and go are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Joins {
    /// All.
    On,
    /// None.
    Off,
    /// Those who have spoken within the last hour.
    #[default]
    Smart,
}

/// Something that the user may want to be told of while they look elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Who, and where.
    pub title: SafeText,
    /// What they said.
    pub body: SafeText,
}

/// Everything the view draws, but for what is being typed.
#[derive(Debug)]
pub struct Model {
    /// The networks.
    pub networks: Vec<Network>,
    /// The buffers, those of a network together, its own first.
    pub buffers: Vec<Buffer>,
    /// The buffer that is looked at.
    pub current: usize,
    /// The one looked at before.
    pub previous: usize,
    /// Whether the window has the focus.
    pub focused: bool,
    /// Whom the user ignores: nicks, `account:name`, masks; in lower case.
    pub ignored: Vec<String>,
    people: people::People,
    /// Words that are as good as the user's nick.
    pub highlights: Vec<String>,
    /// Which of those who come and go are shown.
    pub joins: Joins,
    /// What was for the user, newest last.
    pub inbox: VecDeque<Mention>,
    /// What is to be told.
    pub(crate) alerts: Vec<Alert>,
    /// What comes from history now was missed, and counts as unread.
    pub(crate) catching_up: bool,
    /// The moment on the clock that durations are measured by.
    pub(crate) steady: u64,
    /// How many buffers were closed so far.
    pub(crate) closed: u64,
    next_line: u64,
}

impl Model {
    /// A model of networks that nothing is known of yet: their names, and the user's nicks.
    pub fn new(networks: &[(&str, &str)]) -> Model {
        let known = networks.iter().map(|(name, nick)| Network::new(name, nick));
        let buffers = networks.iter().enumerate();
        let buffers = buffers.map(|(net, (name, _))| Buffer::new(net, BufferKind::Server, name));
        Model {
            networks: known.collect(),
            buffers: buffers.collect(),
            current: 0,
            previous: 0,
            focused: true,
            ignored: Vec::new(),
            people: people::People::default(),
            highlights: Vec::new(),
            joins: Joins::default(),
            inbox: VecDeque::new(),
            alerts: Vec::new(),
            catching_up: false,
            steady: 0,
            closed: 0,
            next_line: 0,
        }
    }

    /// Adds a network; its number.
    pub fn add_network(&mut self, name: &str, nick: &str) -> usize {
        let net = self.networks.len();
        self.networks.push(Network::new(name, nick));
        self.buffers
            .push(Buffer::new(net, BufferKind::Server, name));
        net
    }

    /// The buffer that is looked at.
    pub fn buffer(&self) -> &Buffer {
        &self.buffers[self.current]
    }

    /// The buffer that is looked at.
    pub fn buffer_mut(&mut self) -> &mut Buffer {
        &mut self.buffers[self.current]
    }

    /// The network that is looked at.
    pub fn network(&self) -> &Network {
        &self.networks[self.buffer().network]
    }

    /// The user's nick on the network that is looked at.
    pub fn nick(&self) -> &SafeText {
        &self.network().nick
    }

    /// A network's own buffer.
    pub fn server_buffer(&self, net: usize) -> usize {
        let is_it = |b: &Buffer| b.network == net && b.kind == BufferKind::Server;
        self.buffers.iter().position(is_it).unwrap_or(0)
    }

    /// Whether the user ignores somebody.
    pub(crate) fn ignores(&self, net: usize, nick: &str) -> bool {
        !self.ignored.is_empty() && {
            let folded = self.networks[net].casemap.fold(nick);
            let mut entries = self.ignored.iter();
            entries.any(|entry| self.people.is_meant(entry, net, &folded))
        }
    }

    /// Ignores somebody, by whatever they are called: a nick, an account or a mask.
    pub(crate) fn ignore(&mut self, net: usize, whom: &str) {
        let folded = self.networks[net].casemap.fold(whom);
        for entry in self.people.entries(net, &folded) {
            if !self.ignored.contains(&entry) {
                self.ignored.push(entry);
            }
        }
    }

    /// Ignores somebody no longer; whether they were.
    pub(crate) fn unignore(&mut self, net: usize, whom: &str) -> bool {
        let folded = self.networks[net].casemap.fold(whom);
        let before = self.ignored.len();
        let people = &self.people;
        self.ignored
            .retain(|entry| *entry != folded && !people.is_meant(entry, net, &folded));
        self.ignored.len() < before
    }

    /// Finds a buffer of a network by name.
    pub fn find(&self, net: usize, name: &str) -> Option<usize> {
        let casemap = self.networks.get(net)?.casemap;
        self.buffers.iter().position(|buffer| {
            buffer.network == net
                && buffer.kind != BufferKind::Server
                && casemap.same(&buffer.raw_name, name)
        })
    }

    fn order(buffer: &Buffer) -> (usize, bool, BufferKind, bool, String) {
        let server = buffer.kind == BufferKind::Server;
        let name = buffer.raw_name.to_lowercase();
        (buffer.network, !server, buffer.kind, !buffer.pinned, name)
    }

    /// Finds a buffer or opens it: in a network channels first by name, then people.
    pub fn open(&mut self, net: usize, name: &str, kind: BufferKind) -> usize {
        if let Some(index) = self.find(net, name) {
            return index;
        }
        self.insert(Buffer::new(net, kind, name))
    }

    /// Finds a buffer that others speak in, or opens it. Of those that the user has never spoken
    /// in there are so many at most: then the one that was silent for longest goes.
    pub(crate) fn open_for_others(&mut self, net: usize, name: &str, kind: BufferKind) -> usize {
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
        for index in [&mut self.current, &mut self.previous] {
            if *index >= at {
                *index += 1;
            }
        }
        at
    }

    /// Puts a buffer where it belongs now, since its name or its pin is another; where that is.
    pub(crate) fn resettle(&mut self, index: usize) -> usize {
        let (current, previous) = (self.current, self.previous);
        let buffer = self.buffers.remove(index);
        for place in [&mut self.current, &mut self.previous] {
            if *place > index {
                *place -= 1;
            }
        }
        let at = self.insert(buffer);
        if current == index {
            self.current = at;
        }
        if previous == index {
            self.previous = at;
        }
        at
    }

    /// Closes a buffer; a network's own stays.
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

    /// Looks at a buffer.
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

    /// What is on the screen was seen, if somebody is there to see it and it is the newest.
    pub(crate) fn seen(&mut self) {
        if self.focused && self.buffer().scroll.is_none() && !self.buffer().detached {
            self.buffer_mut().read();
        }
    }

    /// Looks at the next or previous buffer, around the end.
    pub fn look_next(&mut self, step: isize) {
        let count = self.buffers.len() as isize;
        self.look_at((self.current as isize + step).rem_euclid(count) as usize);
    }

    /// Looks at the next or previous buffer with something unread.
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

    /// Looks at the next buffer with something unread; mentions and people first.
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

    /// Adds a line of the client's own to a buffer.
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

    /// Adds a line about a room.
    pub(super) fn event(&mut self, index: usize, now: u64, text: &str) {
        let line = self.line(now, LineKind::Event, "", FormattedText::plain(text));
        self.buffers[index].push(line);
    }

    /// Rooms that the server does not answer for are not entered again; whether there were any.
    pub(crate) fn give_up_entering(&mut self, net: usize) -> bool {
        let mut any = false;
        for buffer in self
            .buffers
            .iter_mut()
            .filter(|b| b.network == net && b.entering)
        {
            buffer.shut("the server has not let you in again");
            any = true;
        }
        any
    }

    /// What is missing cannot be had now; the line that says so stays.
    pub(crate) fn keep_gap(&mut self, index: usize, why: &str) {
        let buffer = &mut self.buffers[index];
        if let Some(at) = buffer.gap() {
            let text = format!("what was said here meanwhile could not be fetched: {why}");
            let line = &mut buffer.lines[at];
            line.text = FormattedText::plain(&text);
            line.kind = LineKind::Error;
        }
    }

    /// Shows that something is missing after the newest line.
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

    /// Adds what the user says, before the server has taken it.
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

    /// What a message answers to, as far as it is known.
    fn reply_to(&self, index: usize, msgid: &str) -> Reply {
        let known = self.buffers[index].by_msgid(msgid);
        Reply {
            msgid: msgid.to_owned(),
            from: known.map(|line| line.from.clone()).unwrap_or_default(),
            text: known.map(|line| line.text.text.clone()).unwrap_or_default(),
        }
    }

    /// What is to be told.
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

/// A number that is always the same for the same name.
pub(crate) fn hue(name: &str) -> u32 {
    let folded = name.to_lowercase();
    folded.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests;

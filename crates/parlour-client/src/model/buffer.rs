//! One buffer: a channel, a conversation, or the server's own.

use std::collections::{BTreeMap, VecDeque};

use super::{Line, LineId, LineState};
use crate::SafeText;

/// Lines that a buffer keeps; older ones come from the server again.
const MAX_LINES: usize = 5_000;

/// What a buffer is of. The order is that of the list of rooms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BufferKind {
    /// The server.
    Server,
    /// A channel.
    Channel,
    /// A person.
    Person,
}

/// Somebody in a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Their prefixes, highest first.
    pub prefix: String,
    /// Their nick.
    pub nick: SafeText,
}

/// Where a timeline is held while newer lines come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scroll {
    /// The last line that is seen.
    pub line: LineId,
    /// How many of its rows are below the edge.
    pub hidden: usize,
}

/// A buffer.
#[derive(Debug)]
pub struct Buffer {
    /// What it is of.
    pub kind: BufferKind,
    /// Its name as the server has it: not for showing.
    pub raw_name: String,
    /// Its name.
    pub name: SafeText,
    /// Its lines, oldest first.
    pub lines: VecDeque<Line>,
    /// Who is in it, by folded nick.
    pub members: BTreeMap<String, Member>,
    /// The topic.
    pub topic: SafeText,
    /// Whether the user is in it.
    pub joined: bool,
    /// Messages that were not seen.
    pub unread: usize,
    /// Those of them that are for the user.
    pub mentions: usize,
    /// The first line that was not seen when the buffer was looked at last.
    pub unread_from: Option<LineId>,
    /// Where it is held; none: at the end.
    pub scroll: Option<Scroll>,
    /// History that was asked for has not come yet.
    pub loading: bool,
    /// There is nothing older on the server.
    pub complete: bool,
    /// What was typed and not sent.
    pub draft: String,
}

impl Buffer {
    pub(super) fn new(kind: BufferKind, name: SafeText) -> Buffer {
        Buffer {
            kind,
            raw_name: name.to_string(),
            name,
            lines: VecDeque::new(),
            members: BTreeMap::new(),
            topic: SafeText::default(),
            joined: kind != BufferKind::Channel,
            unread: 0,
            mentions: 0,
            unread_from: None,
            scroll: None,
            loading: false,
            complete: false,
            draft: String::new(),
        }
    }

    pub(super) fn named(kind: BufferKind, name: &str) -> Buffer {
        let mut buffer = Buffer::new(kind, SafeText::new(name));
        buffer.raw_name = name.to_owned();
        buffer
    }

    pub(super) fn rename(&mut self, name: &str) {
        self.raw_name = name.to_owned();
        self.name = SafeText::new(name);
    }

    /// Adds a line at the end.
    pub fn push(&mut self, line: Line) {
        self.lines.push_back(line);
        self.trim();
    }

    fn trim(&mut self) {
        while self.lines.len() > MAX_LINES {
            self.lines.pop_front();
            self.complete = false;
        }
    }

    /// Adds something that was said, where its time puts it, unless it is there.
    pub(super) fn said(&mut self, line: Line, history: bool, counts: bool, direct: bool) {
        if line.msgid.is_some() && self.lines.iter().rev().any(|l| l.msgid == line.msgid) {
            return;
        }
        if history && self.adopt(&line) {
            return;
        }
        if counts && !line.own {
            self.unread += 1;
            self.mentions += usize::from(line.mention || direct);
            self.unread_from.get_or_insert(line.id);
        }
        if history {
            self.insert_by_time(line);
        } else {
            self.insert_newest(line);
        }
    }

    /// A line that was pending when the connection was lost has arrived after all.
    fn adopt(&mut self, kept: &Line) -> bool {
        let waits =
            |l: &&mut Line| l.state == LineState::Pending { label: None } && l.text == kept.text;
        let Some(line) = self.lines.iter_mut().find(waits) else {
            return false;
        };
        line.state = LineState::Sent;
        line.msgid = kept.msgid.clone();
        line.time = kept.time;
        true
    }

    /// Puts a line behind all that are not younger.
    fn insert_by_time(&mut self, line: Line) {
        let time = line.time;
        let is_before = |l: &Line| l.is_settled() && l.time <= time;
        self.insert_behind(is_before, line);
    }

    /// Puts a line behind all others, whatever their clocks say: the server has just said
    /// it. Pending lines stay at the end.
    fn insert_newest(&mut self, line: Line) {
        self.insert_behind(Line::is_settled, line);
    }

    fn insert_behind(&mut self, is_before: impl Fn(&Line) -> bool, line: Line) {
        let after = self
            .lines
            .iter()
            .rposition(is_before)
            .map_or(0, |at| at + 1);
        self.lines.insert(after, line);
        self.trim();
    }

    /// The line with this label.
    pub(super) fn pending_mut(&mut self, label: &str) -> Option<&mut Line> {
        self.lines
            .iter_mut()
            .find(|line| matches!(&line.state, LineState::Pending { label: Some(l) } if l == label))
    }

    /// The line with this label has arrived, and stands where the server put it.
    pub(super) fn acknowledge(&mut self, label: &str, time: u64, msgid: Option<String>) -> bool {
        let is_it = |line: &Line| matches!(&line.state, LineState::Pending { label: Some(l) } if l == label);
        let Some(at) = self.lines.iter().position(is_it) else {
            return false;
        };
        let Some(mut line) = self.lines.remove(at) else {
            return false;
        };
        line.state = LineState::Sent;
        line.time = time;
        line.msgid = msgid;
        self.insert_newest(line);
        true
    }

    /// Labels mean nothing on another connection.
    pub(super) fn lost_labels(&mut self) {
        for line in &mut self.lines {
            if let LineState::Pending { label } = &mut line.state {
                *label = None;
            }
        }
        if self.kind == BufferKind::Channel {
            self.loading = false;
        }
    }

    /// Lines that were sent on a connection that was lost, and of which nothing was
    /// heard: taken out, to be sent again.
    pub(crate) fn take_unheard(&mut self) -> Vec<Line> {
        let unheard = |line: &Line| line.state == LineState::Pending { label: None };
        let taken = self
            .lines
            .iter()
            .filter(|line| unheard(line))
            .cloned()
            .collect();
        self.lines.retain(|line| !unheard(line));
        taken
    }

    /// The newest message that the server has an id for.
    pub(crate) fn newest_id(&self) -> Option<&str> {
        self.lines
            .iter()
            .rev()
            .find_map(|line| line.msgid.as_deref())
    }

    /// The oldest one.
    pub(crate) fn oldest_id(&self) -> Option<&str> {
        self.lines.iter().find_map(|line| line.msgid.as_deref())
    }

    /// It is looked at.
    pub(super) fn read(&mut self) {
        self.unread = 0;
        self.mentions = 0;
    }

    /// It is no longer looked at: what comes now is new.
    pub(super) fn leave(&mut self) {
        self.unread_from = None;
    }
}

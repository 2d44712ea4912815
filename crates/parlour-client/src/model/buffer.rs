//! One buffer: a channel, a conversation, or a network's own.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::page::Page;
use super::{Line, LineId, LineKind, LineState, Reaction};
use crate::SafeText;
use crate::engine::Point;
use crate::formatting::FormattedText;

/// Lines that the buffer that is looked at keeps; older ones come from the server again.
pub(super) const MAX_LINES: usize = 5_000;
/// Lines that the others keep.
const MAX_OTHERS: usize = 1_000;
/// Milliseconds after which somebody's coming and going interests nobody.
pub(super) const SILENT: u64 = 3_600_000;
/// People of whom it is remembered when they spoke.
const SPEAKERS: usize = 4_096;
/// Milliseconds by which the server's clock may be behind the user's.
const CLOCKS: u64 = 60_000;
/// Messages that have stood in the place of one, and are deleted with it.
const MAX_EDITS: usize = 100;
/// Different reactions to one line.
const MAX_REACTIONS: usize = 20;
/// People with the same one.
const MAX_REACTING: usize = 999;
/// Times [`MAX_LINES`] that a buffer may have where something old is held on the screen.
const HELD: usize = 3;

/// What a buffer is of. The order is that of the list of rooms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BufferKind {
    /// A network.
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
    /// Whether they are away.
    pub away: bool,
    /// What their colour is made of: their account, else their nick.
    pub hue: u32,
}

/// Where a timeline is held while newer lines come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scroll {
    /// The last line that is seen.
    pub line: LineId,
    /// How many of its rows are below the edge.
    pub hidden: usize,
}

/// Of what in a buffer the user wants to be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Notify {
    /// Everything.
    All,
    /// What is for them.
    #[default]
    Mentions,
    /// Nothing.
    Off,
}

/// Somebody who types.
#[derive(Clone, Debug)]
pub(crate) struct TypingUser {
    pub nick: SafeText,
    /// On the clock that durations are measured by.
    pub until: u64,
}

/// Where a line stands in what was said.
fn point(line: &Line) -> Point {
    Point {
        msgid: line.msgid.clone(),
        time: Some(line.time),
    }
}

/// A buffer.
#[derive(Debug)]
pub struct Buffer {
    /// What the user was told of them being away, if they were.
    pub(crate) away_told: Option<String>,
    /// What it is of.
    pub kind: BufferKind,
    /// On which network.
    pub network: usize,
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
    /// The server knows of nothing in it that the user has read.
    pub(crate) never_read: bool,
    /// The user wants to see again what is unread by their own word.
    pub(crate) again: bool,
    /// Up to where the user has read, as the server knows, in milliseconds since 1970.
    pub marker: Option<u64>,
    /// Where it is held; none: at the end.
    pub scroll: Option<Scroll>,
    /// They are on the way back into it, since the connection was lost.
    pub entering: bool,
    /// History that was asked for has not come yet.
    pub loading: bool,
    /// The oldest that the server has shown, be it for reading or not.
    pub(crate) asked_from: Option<Point>,
    /// Pages that were asked for one after the other.
    pub(crate) more_pages: usize,
    /// There is nothing older on the server.
    pub complete: bool,
    /// The newest lines are not here, but those around a moment that was jumped to.
    pub detached: bool,
    /// The last that is here of what stands around that moment.
    pub(crate) onward: Option<Point>,
    /// What was typed and not sent.
    pub draft: String,
    /// The user has spoken in it, at some time.
    pub wanted: bool,
    /// Nothing in it counts.
    pub muted: bool,
    /// It stands before the others.
    pub pinned: bool,
    /// Of what the user wants to be told.
    pub notify: Notify,
    /// Who types.
    pub(crate) typing: Vec<TypingUser>,
    /// When somebody spoke last, by folded nick.
    pub(crate) spoke: HashMap<String, u64>,
    /// The page of history that is being put in its place.
    pub(super) page: Option<Page>,
}

impl Buffer {
    pub(super) fn new(network: usize, kind: BufferKind, name: &str) -> Buffer {
        Buffer {
            away_told: None,
            kind,
            network,
            raw_name: name.to_owned(),
            name: SafeText::name(name),
            lines: VecDeque::new(),
            members: BTreeMap::new(),
            topic: SafeText::default(),
            joined: kind != BufferKind::Channel,
            unread: 0,
            mentions: 0,
            unread_from: None,
            never_read: false,
            again: false,
            marker: None,
            scroll: None,
            entering: false,
            loading: false,
            asked_from: None,
            more_pages: 0,
            complete: false,
            detached: false,
            onward: None,
            draft: String::new(),
            wanted: false,
            muted: false,
            pinned: false,
            notify: Notify::default(),
            typing: Vec::new(),
            spoke: HashMap::new(),
            page: None,
        }
    }

    pub(super) fn rename(&mut self, name: &str) {
        self.raw_name = name.to_owned();
        self.name = SafeText::name(name);
    }

    /// Adds a line at the end.
    pub(super) fn push(&mut self, line: Line) {
        self.lines.push_back(line);
        self.trim(MAX_LINES);
    }

    pub(super) fn trim(&mut self, most: usize) {
        // What is held on the screen stays, for a time.
        let most = match self.scroll {
            Some(_) => MAX_LINES * HELD,
            None => most,
        };
        while self.lines.len() > most
            && let Some(gone) = self.lines.pop_front()
        {
            self.complete = false;
            self.asked_from = None;
            if self.scroll.is_some_and(|scroll| scroll.line == gone.id) {
                self.scroll = None;
            }
        }
    }

    /// Whether it is of others' making, and nothing is lost with it but what they have said.
    pub(crate) fn is_passing(&self) -> bool {
        let kind = match self.kind {
            BufferKind::Server => false,
            BufferKind::Channel => !self.joined,
            BufferKind::Person => true,
        };
        let plain = !self.wanted && !self.pinned && !self.muted && self.draft.is_empty();
        kind && plain && self.notify == Notify::default()
    }

    /// Where a line is.
    pub fn position(&self, id: LineId) -> Option<usize> {
        self.lines.iter().rposition(|line| line.id == id)
    }

    /// The line of a message.
    pub fn by_msgid(&self, msgid: &str) -> Option<&Line> {
        let is_it = |line: &&Line| line.msgid.as_deref() == Some(msgid);
        self.lines.iter().rev().find(is_it)
    }

    pub(super) fn by_msgid_mut(&mut self, msgid: &str) -> Option<&mut Line> {
        let is_it = |line: &&mut Line| line.msgid.as_deref() == Some(msgid);
        self.lines.iter_mut().rev().find(is_it)
    }

    /// Adds something that was said, where its time puts it, unless it is there; whether it was new.
    pub(super) fn said(&mut self, line: Line, history: bool, counts: bool, direct: bool) -> bool {
        let id = line.msgid.as_deref();
        if let Some(known) = id.and_then(|id| self.by_msgid(id)).map(|line| line.id) {
            self.page_has(known);
            return false;
        }
        if history && let Some(adopted) = self.adopt(&line) {
            self.page_has(adopted);
            return false;
        }
        if counts && !line.own {
            self.unread += 1;
            self.mentions += usize::from(line.mention || direct);
            self.unread_from.get_or_insert(line.id);
        }
        if history {
            self.insert_past(line);
        } else if !self.detached {
            // Else the newest lines are not here: it comes with them.
            self.insert_newest(line);
        }
        true
    }

    /// A line that was on its way when the connection was lost has arrived after all. What was
    /// said in the same words long before is not it.
    fn adopt(&mut self, kept: &Line) -> Option<LineId> {
        let waits = |l: &&mut Line| {
            l.state == LineState::Unconfirmed
                && l.text.as_str() == kept.text.as_str()
                && l.kind == kept.kind
                && kept.time + CLOCKS >= l.time
        };
        if !kept.own {
            return None;
        }
        let line = self.lines.iter_mut().find(waits)?;
        line.state = LineState::Sent;
        line.raw = None;
        line.msgid = kept.msgid.clone();
        line.time = kept.time;
        Some(line.id)
    }

    /// Puts a line behind all that are not younger; before a gap, what fills it.
    pub(super) fn insert_by_time(&mut self, line: Line) {
        let time = line.time;
        let gap = self.gap();
        let end = gap.filter(|&at| {
            let mut behind = self.lines.iter().skip(at + 1);
            behind.find(|l| l.is_said()).is_none_or(|l| time <= l.time)
        });
        let end = end.unwrap_or(self.lines.len());
        let is_before = |l: &Line| l.is_settled() && l.time <= time && l.kind != LineKind::Gap;
        let after = self.lines.range(..end).rposition(is_before);
        self.lines.insert(after.map_or(0, |at| at + 1), line);
        self.trim(MAX_LINES);
    }

    /// Puts a line behind all others, whatever their clocks say: the server has just said
    /// it. Pending lines stay at the end.
    fn insert_newest(&mut self, line: Line) {
        let after = self.lines.iter().rposition(Line::is_settled);
        self.lines.insert(after.map_or(0, |at| at + 1), line);
        self.trim(MAX_LINES);
    }

    /// Keeps less, since it is not looked at.
    pub(super) fn shrink(&mut self) {
        self.trim(MAX_OTHERS);
    }

    /// Where the gap is, if there is one.
    pub(super) fn gap(&self) -> Option<usize> {
        self.lines
            .iter()
            .rposition(|line| line.kind == LineKind::Gap)
    }

    /// The gap is filled, or cannot be.
    pub(crate) fn close_gap(&mut self) {
        self.lines.retain(|line| line.kind != LineKind::Gap);
        self.hold_on();
    }

    /// The line with this label.
    pub(super) fn pending_mut(&mut self, label: &str) -> Option<&mut Line> {
        self.lines
            .iter_mut()
            .find(|line| matches!(&line.state, LineState::Pending { label: l } if l == label))
    }

    /// The line with this label has arrived, and stands where the server put it.
    pub(super) fn acknowledge(&mut self, label: &str, time: u64, msgid: Option<String>) -> bool {
        let is_it =
            |line: &Line| matches!(&line.state, LineState::Pending { label: l } if l == label);
        let Some(at) = self.lines.iter().position(is_it) else {
            return false;
        };
        let Some(mut line) = self.lines.remove(at) else {
            return false;
        };
        line.state = LineState::Sent;
        line.raw = None;
        line.time = time;
        line.msgid = msgid;
        if let Some(edits) = line.edits.take() {
            self.edit(&edits, line.text, line.msgid);
        } else {
            self.insert_newest(line);
        }
        true
    }

    /// An edit that was on its way when the connection was lost has arrived after all.
    pub(super) fn adopt_edit(&mut self, original: &str, text: &str) {
        self.lines.retain(|line| {
            let is_it = line.edits.as_deref() == Some(original) && line.text.as_str() == text;
            line.state != LineState::Unconfirmed || !is_it
        });
    }

    /// A message has another text now, by another message; false if it is not here.
    pub(super) fn edit(&mut self, msgid: &str, text: FormattedText, by: Option<String>) -> bool {
        let Some(line) = self.by_msgid_mut(msgid) else {
            return false;
        };
        if !line.redacted {
            line.text = text;
            line.edited = true;
            if line.edit_ids.len() < MAX_EDITS {
                line.edit_ids.extend(by);
            }
        }
        true
    }

    /// Somebody reacts to a message, or takes that back.
    pub(super) fn react(&mut self, msgid: &str, text: &str, who: &str, own: bool, removed: bool) {
        let Some(line) = self.by_msgid_mut(msgid) else {
            return;
        };
        let text = SafeText::name(text);
        if text.as_str().trim().is_empty() {
            return;
        }
        let at = line.reactions.iter().position(|r| r.text == text);
        if removed {
            let Some(at) = at else { return };
            let reaction = &mut line.reactions[at];
            reaction.from.retain(|nick| nick != who);
            reaction.own &= !own;
            if reaction.from.is_empty() {
                line.reactions.remove(at);
            }
            return;
        }
        match at {
            Some(at) => {
                let reaction = &mut line.reactions[at];
                let known = reaction.from.iter().any(|nick| nick == who);
                if !known && reaction.from.len() < MAX_REACTING {
                    reaction.from.push(who.to_owned());
                }
                reaction.own |= own;
            }
            None if line.reactions.len() < MAX_REACTIONS => line.reactions.push(Reaction {
                text,
                from: vec![who.to_owned()],
                own,
            }),
            None => {}
        }
    }

    /// The connection is lost. Labels mean nothing on another.
    pub(super) fn lost(&mut self) {
        for line in &mut self.lines {
            if let LineState::Pending { .. } = &mut line.state {
                line.state = LineState::Unconfirmed;
            }
        }
        self.members.clear();
        self.typing.clear();
        self.loading = false;
        self.close_gap();
        self.entering = self.kind == BufferKind::Channel && self.joined;
    }

    /// The user is not in it, and cannot be: what waits is not sent.
    pub(super) fn shut(&mut self, why: &str) {
        (self.joined, self.entering) = (false, false);
        for line in &mut self.lines {
            if line.state.waits() {
                line.state = LineState::Failed {
                    why: SafeText::new(why),
                };
            }
        }
    }

    /// Lines that wait for a connection, and those that were sent on one that was lost, and of
    /// which nothing was heard: taken out, to be sent again.
    pub(crate) fn take_unheard(&mut self) -> Vec<Line> {
        let unheard = |line: &Line| line.state.waits();
        let taken = self.lines.iter().filter(|line| unheard(line)).cloned();
        let taken = taken.collect();
        self.lines.retain(|line| !unheard(line));
        taken
    }

    /// The newest message that the server has an id for.
    pub(crate) fn newest_point(&self) -> Option<Point> {
        let known = |line: &&Line| line.msgid.is_some() && line.is_settled();
        self.lines.iter().rev().find(known).map(point)
    }

    /// The oldest one.
    pub(crate) fn oldest_point(&self) -> Option<Point> {
        let known = |line: &&Line| line.msgid.is_some();
        self.lines.iter().find(known).map(point)
    }

    /// Lets all of it go but what waits to be sent: it comes again when it is wanted.
    pub(crate) fn forget_past(&mut self) {
        self.lines.retain(|line| !line.state.is_sent());
        (self.complete, self.detached) = (false, false);
        (self.asked_from, self.onward) = (None, None);
        self.hold_on();
    }

    /// Holds the view at the newest line that is here, whatever comes after it.
    pub(crate) fn hold_at_the_end(&mut self) {
        if let (None, Some(last)) = (self.scroll, self.lines.back()) {
            self.scroll = Some(Scroll {
                line: last.id,
                hidden: 0,
            });
        }
    }

    /// What was held on the screen may be gone.
    fn hold_on(&mut self) {
        if self
            .scroll
            .is_some_and(|scroll| self.position(scroll.line).is_none())
        {
            self.scroll = None;
        }
    }

    /// The time of the newest message.
    pub(crate) fn newest_said(&self) -> Option<u64> {
        let said = |line: &&Line| line.is_said() && line.state.is_sent();
        self.lines.iter().rev().find(said).map(|line| line.time)
    }

    /// All of it is seen, but for what the user wants to see again.
    pub(super) fn read(&mut self) {
        if !self.again {
            (self.unread, self.mentions) = (0, 0);
        }
    }

    /// A message is taken back: it counts no more, if it did.
    pub(super) fn uncount(&mut self, msgid: &str) {
        let direct = self.kind == BufferKind::Person;
        let others = self.lines.iter().rev().filter(|l| l.is_said() && !l.own);
        let mut unread = others.take(self.unread);
        let is_it = |line: &&Line| line.msgid.as_deref() == Some(msgid) && !line.redacted;
        if let Some(line) = unread.find(is_it) {
            let mention = line.mention || direct;
            self.unread = self.unread.saturating_sub(1);
            self.mentions = self.mentions.saturating_sub(usize::from(mention));
        }
    }

    /// The time of the newest line that was seen.
    pub(crate) fn seen_until(&self) -> Option<u64> {
        let mut left = self.unread;
        let mut oldest = None;
        let said = self.lines.iter().rev();
        for line in said.filter(|line| line.is_said() && line.state.is_sent()) {
            if left == 0 {
                return Some(line.time).max(self.marker);
            }
            left -= usize::from(!line.own);
            oldest = Some(line.time.saturating_sub(1));
        }
        // Of all that is here nothing was seen.
        oldest.max(self.marker)
    }

    /// From this line on nothing is read, once the user is elsewhere.
    pub(crate) fn unread_again(&mut self, from: LineId) {
        let Some(at) = self.position(from) else {
            return;
        };
        let direct = self.kind == BufferKind::Person;
        let others = || self.lines.range(at..).filter(|l| l.is_said() && !l.own);
        self.unread = others().count();
        self.mentions = others().filter(|l| l.mention || direct).count();
        self.unread_from = Some(from);
        self.again = true;
    }

    /// It is no longer looked at: what comes now is new.
    pub(super) fn leave(&mut self) {
        if !std::mem::take(&mut self.again) {
            self.unread_from = None;
        }
        self.shrink();
    }

    /// The user has read up to a moment, on this client or another.
    pub(super) fn marked(&mut self, time: u64) {
        self.marker = Some(self.marker.map_or(time, |before| before.max(time)));
        if self.again {
            return;
        }
        let later = |line: &&Line| line.is_said() && !line.own && line.time > time;
        let unread = self.lines.iter().filter(later).count();
        if unread < self.unread {
            let direct = self.kind == BufferKind::Person;
            let mentions = self.lines.iter().filter(later);
            self.mentions = mentions.filter(|line| line.mention || direct).count();
            self.unread = unread;
            self.unread_from = self.lines.iter().find(later).map(|line| line.id);
        }
    }

    /// Somebody has spoken.
    pub(super) fn has_spoken(&mut self, who: String, time: u64) {
        if self.spoke.len() >= SPEAKERS && !self.spoke.contains_key(&who) {
            // Those who have been silent for long go; if everybody has just spoken, all.
            self.spoke.retain(|_, at| time.saturating_sub(*at) < SILENT);
            if self.spoke.len() >= SPEAKERS {
                self.spoke.clear();
            }
        }
        self.spoke.insert(who, time);
    }

    /// Who types now.
    pub fn typists(&self, now: u64) -> Vec<&SafeText> {
        let typing = self.typing.iter().filter(|typist| now < typist.until);
        typing.map(|typist| &typist.nick).collect()
    }
}

//! Buffer of a channel, a private conversation, or a network's server messages.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::page::Page;
use super::{Line, LineId, LineKind, LineState, Reaction};
use crate::NetworkId;
use crate::SafeText;
use crate::engine::MessageRef;
use crate::formatting::FormattedText;

/// Maximum lines of the current buffer; older ones are fetched from the server again.
pub(super) const MAX_LINES: usize = 5_000;
/// Maximum lines of the other buffers.
const MAX_OTHERS: usize = 1_000;
/// Milliseconds of silence after which joins and parts of a user are hidden.
pub(super) const SILENT: u64 = 3_600_000;
/// Maximum users whose latest message time is kept.
const SPEAKERS: usize = 4_096;
/// Milliseconds by which the server's clock may be behind the client's.
const CLOCKS: u64 = 60_000;
/// Maximum edits of a message that are remembered, to be deleted with it.
const MAX_EDITS: usize = 100;
/// Maximum different reactions to a line.
const MAX_REACTIONS: usize = 20;
/// Maximum users per reaction.
const MAX_REACTING: usize = 999;
/// Multiple of [`MAX_LINES`] that a scrolled buffer may keep.
const HELD: usize = 3;

/// Kind of a buffer. The order is that of the list of rooms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BufferKind {
    /// Server buffer of a network.
    Server,
    /// Channel.
    Channel,
    /// Private conversation.
    Person,
}

/// Member of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Status prefixes, highest first.
    pub prefix: String,
    /// Nick.
    pub nick: SafeText,
    /// True if the member is away.
    pub away: bool,
    /// Number from which the colour is made: of the account, else of the nick.
    pub hue: u32,
}

/// Position at which a timeline is held while newer lines arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scroll {
    /// Last visible line.
    pub line: LineId,
    /// Number of its rows below the edge.
    pub hidden: usize,
}

/// Notification level of a buffer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Notify {
    /// All messages.
    All,
    /// Mentions and private messages.
    #[default]
    Mentions,
    /// No messages.
    Off,
}

/// User who is typing.
#[derive(Clone, Debug)]
pub(crate) struct TypingUser {
    pub nick: SafeText,
    /// Expiry, in milliseconds of the monotonic clock.
    pub until: u64,
}

/// Returns the reference of a line's message.
fn point(line: &Line) -> MessageRef {
    MessageRef {
        msgid: line.msgid.clone(),
        time: Some(line.time),
    }
}

/// Id of a buffer, for as long as the client runs; its index changes as others come and go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BufferId(pub(super) u64);

/// Buffer: its lines, members and read state.
#[derive(Debug)]
pub struct Buffer {
    /// Id.
    pub id: BufferId,
    /// Away message of the peer that was shown last, if any.
    pub(crate) away_told: Option<String>,
    /// Kind of the buffer.
    pub kind: BufferKind,
    /// Number of the network.
    pub network: NetworkId,
    /// Name as the server sent it: unsafe to show.
    pub raw_name: String,
    /// Name to be shown.
    pub name: SafeText,
    /// Lines, oldest first.
    pub lines: VecDeque<Line>,
    /// Members by folded nick.
    pub members: BTreeMap<String, Member>,
    /// Topic.
    pub topic: SafeText,
    /// True if the user is in the channel, or the buffer is no channel.
    pub joined: bool,
    /// Number of unread messages.
    pub unread: usize,
    /// Number of unread mentions and private messages.
    pub mentions: usize,
    /// First unread line; kept while the buffer is current.
    pub unread_from: Option<LineId>,
    /// Set if the server has no read marker for the buffer.
    pub(crate) never_read: bool,
    /// Set while the user wants the buffer unread, having marked it so.
    pub(crate) kept_unread: bool,
    /// Read marker of the server, in milliseconds since 1970.
    pub marker: Option<u64>,
    /// Scroll position; none at the end.
    pub scroll: Option<Scroll>,
    /// Set while the channel is being rejoined after a lost connection.
    pub rejoining: bool,
    /// Set while a history request is unanswered.
    pub loading: bool,
    /// Reference of the oldest message that the server has sent, shown or not.
    pub(crate) asked_from: Option<MessageRef>,
    /// Number of history pages requested in a row to fill the screen.
    pub(crate) more_pages: usize,
    /// Set if the server has no older messages.
    pub complete: bool,
    /// Set while the buffer shows messages around a jump target, without the newest ones.
    pub detached: bool,
    /// Reference of the last message fetched around the jump target.
    pub(crate) onward: Option<MessageRef>,
    /// Text typed and not sent.
    pub draft: String,
    /// Set once the user has spoken in the buffer.
    pub wanted: bool,
    /// True if muted: unread messages are counted, but not announced.
    pub muted: bool,
    /// True if pinned: listed before the others of its kind.
    pub pinned: bool,
    /// Notification level.
    pub notify: Notify,
    /// Users who are typing.
    pub(crate) typing: Vec<TypingUser>,
    /// Time of each user's latest message, by folded nick, in milliseconds since 1970.
    pub(crate) spoke: HashMap<String, u64>,
    /// History page that is being inserted.
    pub(super) page: Option<Page>,
}

impl Buffer {
    pub(super) fn new(id: BufferId, network: NetworkId, kind: BufferKind, name: &str) -> Buffer {
        Buffer {
            id,
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
            kept_unread: false,
            marker: None,
            scroll: None,
            rejoining: false,
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
        // A scrolled view keeps its lines, up to a bound.
        let most = match self.scroll {
            Some(_) => MAX_LINES * HELD,
            None => most,
        };
        while self.lines.len() > most
            && let Some(gone) = self.lines.pop_front()
        {
            // The server may have the removed lines again.
            self.complete = false;
            self.asked_from = None;
            if self.scroll.is_some_and(|scroll| scroll.line == gone.id) {
                self.scroll = None;
            }
        }
    }

    /// Returns whether others opened the buffer, and closing it loses nothing of the user's own.
    pub(crate) fn is_passing(&self) -> bool {
        let kind = match self.kind {
            BufferKind::Server => false,
            BufferKind::Channel => !self.joined,
            BufferKind::Person => true,
        };
        let plain = !self.wanted && !self.pinned && !self.muted && self.draft.is_empty();
        kind && plain && self.notify == Notify::default()
    }

    /// Returns the index of a line.
    pub fn position(&self, id: LineId) -> Option<usize> {
        self.lines.iter().rposition(|line| line.id == id)
    }

    /// Returns the line of a message.
    pub fn by_msgid(&self, msgid: &str) -> Option<&Line> {
        let is_it = |line: &&Line| line.msgid.as_deref() == Some(msgid);
        self.lines.iter().rev().find(is_it)
    }

    pub(super) fn by_msgid_mut(&mut self, msgid: &str) -> Option<&mut Line> {
        let is_it = |line: &&mut Line| line.msgid.as_deref() == Some(msgid);
        self.lines.iter_mut().rev().find(is_it)
    }

    /// Adds a message at its place, unless it is already present; returns whether it was new.
    pub(super) fn said(&mut self, line: Line, history: bool, counts: bool, direct: bool) -> bool {
        // The message id decides first: a message may arrive both live and from history.
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
            // Otherwise the newest lines are absent, and the message is fetched with them.
            self.insert_newest(line);
        }
        true
    }

    /// Confirms the unconfirmed line that `kept` shows to have arrived; returns its id. A much
    /// older message with the same text does not count.
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

    /// Inserts a line after all that are not younger; a line that fills the gap goes before it.
    pub(super) fn insert_by_time(&mut self, line: Line) {
        let time = line.time;
        let gap = self.gap();
        let end = gap.filter(|&at| {
            let mut behind = self.lines.iter().skip(at + 1);
            behind
                .find(|l| l.is_message())
                .is_none_or(|l| time <= l.time)
        });
        let end = end.unwrap_or(self.lines.len());
        // Pending lines and the gap have no place in time yet: nothing is ordered by them.
        let is_before = |l: &Line| l.is_settled() && l.time <= time && l.kind != LineKind::Gap;
        let after = self.lines.range(..end).rposition(is_before);
        self.lines.insert(after.map_or(0, |at| at + 1), line);
        self.trim(MAX_LINES);
    }

    /// Inserts a line after all settled ones, whatever their clocks say: the server has just sent
    /// it. Pending lines stay at the end.
    fn insert_newest(&mut self, line: Line) {
        let after = self.lines.iter().rposition(Line::is_settled);
        self.lines.insert(after.map_or(0, |at| at + 1), line);
        self.trim(MAX_LINES);
    }

    /// Shortens the buffer, since it is not current.
    pub(super) fn shrink(&mut self) {
        self.trim(MAX_OTHERS);
    }

    /// Returns the index of the gap, if there is one.
    pub(super) fn gap(&self) -> Option<usize> {
        self.lines
            .iter()
            .rposition(|line| line.kind == LineKind::Gap)
    }

    /// Removes the gap, whether it was filled or cannot be.
    pub(crate) fn close_gap(&mut self) {
        self.lines.retain(|line| line.kind != LineKind::Gap);
        self.hold_on();
    }

    /// Returns the pending line with this label.
    pub(super) fn pending_mut(&mut self, label: &str) -> Option<&mut Line> {
        self.lines
            .iter_mut()
            .find(|line| matches!(&line.state, LineState::Pending { label: l } if l == label))
    }

    /// Marks the line with this label as sent, and moves it to its place; returns false if there is
    /// none.
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
        // An acknowledged edit changes the original, and leaves no line of its own.
        if let Some(edits) = line.edits.take() {
            self.edit(&edits, line.text, line.msgid);
        } else {
            self.insert_newest(line);
        }
        true
    }

    /// Removes an unconfirmed edit that history shows to have arrived.
    pub(super) fn adopt_edit(&mut self, original: &str, text: &str) {
        self.lines.retain(|line| {
            let is_it = line.edits.as_deref() == Some(original) && line.text.as_str() == text;
            line.state != LineState::Unconfirmed || !is_it
        });
    }

    /// Changes the text of a message to that of the edit `by`; returns false if it is not present.
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

    /// Adds or removes a user's reaction to a message.
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

    /// Handles a lost connection. Labels mean nothing on another, so pending lines are unconfirmed.
    pub(super) fn lost(&mut self) {
        for line in &mut self.lines {
            if let LineState::Pending { .. } = &mut line.state {
                line.state = LineState::Unconfirmed;
            }
        }
        self.members.clear();
        self.typing.clear();
        self.loading = false;
        // The request that was to fill the gap was lost with the connection.
        self.close_gap();
        self.rejoining = self.kind == BufferKind::Channel && self.joined;
    }

    /// Marks the channel as not joined, for a refused join: lines that wait are not sent, but fail.
    pub(super) fn fail_join(&mut self, why: &str) {
        (self.joined, self.rejoining) = (false, false);
        for line in &mut self.lines {
            if line.state.waits() {
                line.state = LineState::Failed {
                    why: SafeText::new(why),
                };
            }
        }
    }

    /// Takes the lines that wait for a connection, or were sent on a lost one without
    /// acknowledgement, to be sent again.
    pub(crate) fn take_undelivered(&mut self) -> Vec<Line> {
        let unheard = |line: &Line| line.state.waits();
        let taken = self.lines.iter().filter(|line| unheard(line)).cloned();
        let taken = taken.collect();
        self.lines.retain(|line| !unheard(line));
        taken
    }

    /// Returns the reference of the newest message with a message id.
    pub(crate) fn newest_point(&self) -> Option<MessageRef> {
        let known = |line: &&Line| line.msgid.is_some() && line.is_settled();
        self.lines.iter().rev().find(known).map(point)
    }

    /// Returns the reference of the oldest message with a message id.
    pub(crate) fn oldest_point(&self) -> Option<MessageRef> {
        let known = |line: &&Line| line.msgid.is_some();
        self.lines.iter().find(known).map(point)
    }

    /// Removes all lines but those not yet sent: history is fetched again when needed.
    pub(crate) fn forget_past(&mut self) {
        self.lines.retain(|line| !line.state.is_sent());
        (self.complete, self.detached) = (false, false);
        (self.asked_from, self.onward) = (None, None);
        self.hold_on();
    }

    /// Holds the view at the newest line present, whatever comes after it.
    pub(crate) fn hold_at_the_end(&mut self) {
        if let (None, Some(last)) = (self.scroll, self.lines.back()) {
            self.scroll = Some(Scroll {
                line: last.id,
                hidden: 0,
            });
        }
    }

    /// Resets the scroll position if its line is gone.
    fn hold_on(&mut self) {
        if self
            .scroll
            .is_some_and(|scroll| self.position(scroll.line).is_none())
        {
            self.scroll = None;
        }
    }

    /// Records when a user spoke.
    pub(super) fn has_spoken(&mut self, who: String, time: u64) {
        if self.spoke.len() >= SPEAKERS && !self.spoke.contains_key(&who) {
            // Drops users who have been silent for long; if all have just spoken, all of them.
            self.spoke.retain(|_, at| time.saturating_sub(*at) < SILENT);
            if self.spoke.len() >= SPEAKERS {
                self.spoke.clear();
            }
        }
        self.spoke.insert(who, time);
    }

    /// Returns the nicks of the users who are typing.
    pub fn typists(&self, now: u64) -> Vec<&SafeText> {
        let typing = self.typing.iter().filter(|typist| now < typist.until);
        typing.map(|typist| &typist.nick).collect()
    }
}

//! What there is to see: buffers, their lines and members, what is unread.

mod buffer;
mod line;

pub use buffer::{Buffer, BufferKind, Member, Scroll};
pub use line::{Line, LineId, LineKind, LineState};

use irc_wire::Casemap;

use crate::SafeText;
use crate::engine::{Happening, Isupport, Said, SaidKind};

/// How the connection is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connection {
    /// On the way.
    Connecting,
    /// Registered.
    Online,
    /// Lost; tried again in so many seconds.
    Waiting(u64),
    /// Given up; the reason.
    Ended(String),
}

/// Everything the view draws, but for what is being typed.
#[derive(Debug)]
pub struct Model {
    /// The buffers; the first is the server's.
    pub buffers: Vec<Buffer>,
    /// The buffer that is looked at.
    pub current: usize,
    /// The one looked at before.
    pub previous: usize,
    /// The user's nick.
    pub nick: SafeText,
    /// The network's name, or the server's address.
    pub network: SafeText,
    /// How the connection is doing.
    pub connection: Connection,
    /// Whether it is encrypted.
    pub secure: bool,
    /// Milliseconds that the server took to answer last.
    pub lag: Option<u64>,
    pub(crate) casemap: Casemap,
    /// What comes from history now was missed, and counts as unread.
    pub(crate) catching_up: bool,
    next_line: u64,
}

impl Model {
    /// A model of a server that nothing is known of yet.
    pub fn new(network: &str, nick: &str) -> Model {
        Model {
            buffers: vec![Buffer::new(BufferKind::Server, SafeText::new(network))],
            current: 0,
            previous: 0,
            nick: SafeText::new(nick),
            network: SafeText::new(network),
            connection: Connection::Connecting,
            secure: false,
            lag: None,
            casemap: Casemap::Ascii,
            catching_up: false,
            next_line: 0,
        }
    }

    /// The buffer that is looked at.
    pub fn buffer(&self) -> &Buffer {
        &self.buffers[self.current]
    }

    /// The buffer that is looked at.
    pub fn buffer_mut(&mut self) -> &mut Buffer {
        &mut self.buffers[self.current]
    }

    /// Finds a buffer by name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.buffers.iter().position(|buffer| {
            buffer.kind != BufferKind::Server && self.casemap.same(&buffer.raw_name, name)
        })
    }

    /// Finds a buffer or opens it: channels first by name, then people.
    pub fn open(&mut self, name: &str, kind: BufferKind) -> usize {
        if let Some(index) = self.find(name) {
            return index;
        }
        let key = (kind, name.to_lowercase());
        let at = self
            .buffers
            .iter()
            .position(|b| (b.kind, b.raw_name.to_lowercase()) > key);
        let at = at.unwrap_or(self.buffers.len()).max(1);
        self.buffers.insert(at, Buffer::named(kind, name));
        for index in [&mut self.current, &mut self.previous] {
            if *index >= at {
                *index += 1;
            }
        }
        at
    }

    /// Closes a buffer; the server's stays.
    pub fn close(&mut self, index: usize) {
        if index == 0 || index >= self.buffers.len() {
            return;
        }
        self.buffers.remove(index);
        let last = self.buffers.len() - 1;
        for place in [&mut self.current, &mut self.previous] {
            if *place >= index {
                *place = place.saturating_sub(1).min(last);
            }
        }
        self.look_at(self.current);
    }

    /// Looks at a buffer: it is read now.
    pub fn look_at(&mut self, index: usize) {
        if index >= self.buffers.len() {
            return;
        }
        if index != self.current {
            self.buffers[self.current].leave();
            self.previous = self.current;
            self.current = index;
        }
        self.buffers[index].read();
    }

    /// Looks at the next or previous buffer, around the end.
    pub fn look_next(&mut self, step: isize) {
        let count = self.buffers.len() as isize;
        self.look_at((self.current as isize + step).rem_euclid(count) as usize);
    }

    /// Looks at the next buffer with something unread; mentions and people first.
    pub fn look_active(&mut self) {
        let mut best: Option<(u8, usize, usize)> = None;
        let count = self.buffers.len();
        for step in 1..count {
            let index = (self.current + step) % count;
            let buffer = &self.buffers[index];
            let rank = if buffer.mentions > 0 { 0 } else { 1 };
            if buffer.unread > 0 && best.is_none_or(|(r, s, _)| (rank, step) < (r, s)) {
                best = Some((rank, step, index));
            }
        }
        if let Some((_, _, index)) = best {
            self.look_at(index);
        }
    }

    /// Adds a line of the client's own to a buffer.
    pub fn note(&mut self, index: usize, now: u64, text: &str, error: bool) {
        for part in text.split('\n') {
            let kind = if error {
                LineKind::Error
            } else {
                LineKind::System
            };
            let line = self.line(now, kind, "", part);
            self.buffers[index].push(line);
        }
    }

    fn line(&mut self, time: u64, kind: LineKind, from: &str, text: &str) -> Line {
        self.next_line += 1;
        Line {
            id: LineId(self.next_line),
            time,
            msgid: None,
            from: SafeText::new(from),
            kind,
            text: SafeText::new(text),
            state: LineState::Sent,
            own: false,
            mention: false,
        }
    }

    /// Shows what the user has just said, pending until it is acknowledged. Without a
    /// label, nothing will acknowledge it.
    pub fn said_by_user(
        &mut self,
        index: usize,
        now: u64,
        text: &str,
        action: bool,
        label: Option<String>,
    ) {
        let nick = self.nick.clone();
        let kind = if action {
            LineKind::Action
        } else {
            LineKind::Message
        };
        let mut line = self.line(now, kind, nick.as_str(), text);
        line.own = true;
        line.state = label.map_or(LineState::Sent, |label| LineState::Pending {
            label: Some(label),
        });
        self.buffers[index].push(line);
        self.buffers[index].scroll = None;
    }

    /// What has happened.
    pub fn apply(&mut self, now: u64, isupport: &Isupport, happening: Happening) {
        self.casemap = isupport.casemap;
        match happening {
            Happening::Registered(nick) => {
                self.nick = SafeText::new(&nick);
                self.connection = Connection::Online;
                self.note(0, now, &format!("You are {nick}."), false);
            }
            Happening::Said(said) => self.said(now, isupport, said),
            Happening::Joined { channel, nick, own } => self.joined(now, &channel, &nick, own),
            Happening::Left {
                channel,
                nick,
                own,
                words,
            } => self.left(now, &channel, &nick, own, &words),
            Happening::Quit { nick, words } => self.quit(now, &nick, &words),
            Happening::Renamed { old, new, own } => self.renamed(now, &old, &new, own),
            Happening::Topic { channel, by, text } => {
                let Some(index) = self.find(&channel) else {
                    return;
                };
                self.buffers[index].topic = SafeText::new(&text);
                if let Some(by) = by {
                    self.note(index, now, &format!("{by} set the topic: {text}"), false);
                }
            }
            Happening::Modes { channel, by, modes } => {
                if let Some(index) = self.find(&channel) {
                    self.note(index, now, &format!("{by} set {modes}"), false);
                }
            }
            Happening::Names { channel, members } => {
                let Some(index) = self.find(&channel) else {
                    return;
                };
                for (prefix, nick) in members {
                    self.add_member(index, &prefix, &nick, isupport);
                }
            }
            Happening::NamesEnd(_)
            | Happening::Pong(_)
            | Happening::SearchEnd
            | Happening::HistoryEnd { .. } => {}
            Happening::Online(nicks) => {
                let text = format!("{} online: {}", nicks.len(), nicks.join(", "));
                self.note(self.current, now, &text, false);
            }
            Happening::Refused { label, why } => self.refused(now, &label, &why),
            Happening::Taken(label) => self.settle(&label, LineState::Sent),
            Happening::Told {
                buffer,
                text,
                error,
            } => {
                let index = buffer.and_then(|name| self.find(&name));
                // An answer is shown where the question was asked.
                let index = index.unwrap_or(if error { self.current } else { 0 });
                self.note(index, now, &text, error);
            }
            Happening::NickTaken { wanted, trying } => {
                self.note(
                    0,
                    now,
                    &format!("The nick {wanted} cannot be had; trying {trying}."),
                    false,
                );
            }
            Happening::Closing(why) => {
                self.note(0, now, &format!("The server closes: {why}"), true)
            }
        }
    }

    fn said(&mut self, now: u64, isupport: &Isupport, said: Said) {
        let kind = if isupport.is_channel(&said.buffer) {
            BufferKind::Channel
        } else {
            BufferKind::Person
        };
        let time = said.time.unwrap_or(now);
        let line_kind = match said.kind {
            SaidKind::Message => LineKind::Message,
            SaidKind::Action => LineKind::Action,
            SaidKind::Notice => LineKind::Notice,
        };
        // The echo of a line that is shown already.
        if let Some(label) = &said.label
            && self.acknowledge(label, time, said.msgid.clone())
        {
            return;
        }
        let index = self.open(&said.buffer, kind);
        let mention = !said.own && mentions(&said.text, self.nick.as_str());
        let mut line = self.line(time, line_kind, &said.from, &said.text);
        line.own = said.own;
        line.msgid = said.msgid;
        line.mention = mention;
        let looked_at = index == self.current;
        let direct = kind == BufferKind::Person;
        let counts = !looked_at && (!said.history || self.catching_up);
        self.buffers[index].said(line, said.history, counts, direct);
    }

    fn acknowledge(&mut self, label: &str, time: u64, msgid: Option<String>) -> bool {
        self.buffers
            .iter_mut()
            .any(|buffer| buffer.acknowledge(label, time, msgid.clone()))
    }

    fn settle(&mut self, label: &str, state: LineState) {
        for buffer in &mut self.buffers {
            if let Some(line) = buffer.pending_mut(label) {
                line.state = state;
                return;
            }
        }
    }

    fn refused(&mut self, now: u64, label: &str, why: &str) {
        let known = self
            .buffers
            .iter_mut()
            .find_map(|buffer| buffer.pending_mut(label));
        match known {
            Some(line) => {
                line.state = LineState::Failed {
                    why: SafeText::new(why),
                }
            }
            None => self.note(self.current, now, why, true),
        }
    }

    fn joined(&mut self, now: u64, channel: &str, nick: &str, own: bool) {
        if own {
            let index = self.open(channel, BufferKind::Channel);
            let buffer = &mut self.buffers[index];
            buffer.joined = true;
            buffer.members.clear();
            buffer.topic = SafeText::default();
            return;
        }
        let Some(index) = self.find(channel) else {
            return;
        };
        let member = Member {
            prefix: String::new(),
            nick: SafeText::new(nick),
        };
        self.buffers[index]
            .members
            .insert(self.casemap.fold(nick), member);
        self.note(index, now, &format!("{nick} joined"), false);
    }

    fn left(&mut self, now: u64, channel: &str, nick: &str, own: bool, words: &str) {
        let Some(index) = self.find(channel) else {
            return;
        };
        self.buffers[index].members.remove(&self.casemap.fold(nick));
        let words = if words.is_empty() {
            String::new()
        } else {
            format!(" ({words})")
        };
        if own {
            self.buffers[index].joined = false;
            self.buffers[index].members.clear();
            self.note(
                index,
                now,
                &format!("You left{words}. /join {channel} takes you back."),
                false,
            );
        } else {
            self.note(index, now, &format!("{nick} left{words}"), false);
        }
    }

    fn quit(&mut self, now: u64, nick: &str, words: &str) {
        let folded = self.casemap.fold(nick);
        for index in 0..self.buffers.len() {
            if self.buffers[index].members.remove(&folded).is_some() {
                self.note(index, now, &format!("{nick} left ({words})"), false);
            }
        }
    }

    fn renamed(&mut self, now: u64, old: &str, new: &str, own: bool) {
        let (from, to) = (self.casemap.fold(old), self.casemap.fold(new));
        if own {
            self.nick = SafeText::new(new);
            self.note(self.current, now, &format!("You are {new} now."), false);
        }
        for index in 0..self.buffers.len() {
            if let Some(mut member) = self.buffers[index].members.remove(&from) {
                member.nick = SafeText::new(new);
                self.buffers[index].members.insert(to.clone(), member);
                if !own {
                    self.note(index, now, &format!("{old} is {new} now"), false);
                }
            }
        }
        if let Some(index) = self.find(old)
            && self.buffers[index].kind == BufferKind::Person
            && self.find(new).is_none()
        {
            self.buffers[index].rename(new);
        }
    }

    fn add_member(&mut self, index: usize, prefix: &str, nick: &str, isupport: &Isupport) {
        let member = Member {
            prefix: prefix.to_owned(),
            nick: SafeText::new(nick),
        };
        self.buffers[index]
            .members
            .insert(isupport.casemap.fold(nick), member);
    }

    /// The connection is gone: nobody is anywhere, and what was sent may or may not have
    /// arrived.
    pub fn disconnected(&mut self) {
        for buffer in &mut self.buffers {
            buffer.members.clear();
            buffer.lost_labels();
        }
        self.lag = None;
    }
}

/// Whether `text` names `nick` as a word of its own.
fn mentions(text: &str, nick: &str) -> bool {
    if nick.is_empty() {
        return false;
    }
    let (text, nick) = (text.to_lowercase(), nick.to_lowercase());
    let in_nick = |c: char| c.is_alphanumeric() || "-_[]\\`^{}|".contains(c);
    text.match_indices(&nick).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let after = text[at + found.len()..].chars().next();
        !before.is_some_and(in_nick) && !after.is_some_and(in_nick)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(buffer: &str, from: &str, text: &str, time: u64, msgid: &str) -> Happening {
        Happening::Said(Said {
            buffer: buffer.into(),
            from: from.into(),
            own: from == "me",
            kind: SaidKind::Message,
            text: text.into(),
            time: Some(time),
            msgid: (!msgid.is_empty()).then(|| msgid.into()),
            label: None,
            history: false,
        })
    }

    fn model() -> (Model, Isupport) {
        let mut model = Model::new("net", "me");
        let isupport = Isupport {
            channel_types: "#".into(),
            ..Isupport::default()
        };
        for channel in ["#b", "#a"] {
            model.apply(
                0,
                &isupport,
                Happening::Joined {
                    channel: channel.into(),
                    nick: "me".into(),
                    own: true,
                },
            );
        }
        (model, isupport)
    }

    #[test]
    fn buffers_stand_in_order_and_the_view_stays_where_it_is() {
        let (mut model, isupport) = model();
        model.look_at(model.find("#b").unwrap());
        model.apply(0, &isupport, said("#aa", "x", "hi", 1, ""));
        model.apply(0, &isupport, said("bob", "bob", "hi", 1, ""));
        let names: Vec<_> = model.buffers.iter().map(|b| b.name.to_string()).collect();
        assert_eq!(names, ["net", "#a", "#aa", "#b", "bob"]);
        assert_eq!(model.buffer().name.as_str(), "#b");
    }

    #[test]
    fn what_is_not_looked_at_is_unread_and_mentions_count() {
        let (mut model, isupport) = model();
        let (a, b) = (model.find("#a").unwrap(), model.find("#b").unwrap());
        model.look_at(a);
        model.apply(0, &isupport, said("#b", "x", "hello", 1, "1"));
        model.apply(0, &isupport, said("#b", "x", "Me: look", 2, "2"));
        model.apply(0, &isupport, said("#b", "x", "awesome men", 3, "3"));
        model.apply(0, &isupport, said("#a", "x", "seen", 4, "4"));
        assert_eq!((model.buffers[b].unread, model.buffers[b].mentions), (3, 1));
        assert_eq!(model.buffers[a].unread, 0);
        model.look_active();
        assert_eq!(model.current, b);
        assert_eq!(model.buffers[b].unread, 0);
        assert!(model.buffers[b].unread_from.is_some());
    }

    #[test]
    fn own_lines_are_pending_until_echoed_and_fail_with_a_reason() {
        let (mut model, isupport) = model();
        let a = model.find("#a").unwrap();
        model.said_by_user(a, 5, "one", false, Some("m1".into()));
        model.said_by_user(a, 6, "two", false, Some("m2".into()));
        let Happening::Said(mut echo) = said("#a", "me", "one", 9, "id") else {
            unreachable!()
        };
        echo.label = Some("m1".into());
        model.apply(0, &isupport, Happening::Said(echo));
        model.apply(
            0,
            &isupport,
            Happening::Refused {
                label: "m2".into(),
                why: "no".into(),
            },
        );
        let lines = &model.buffers[a].lines;
        let texts: Vec<_> = lines
            .iter()
            .map(|l| (l.text.as_str(), l.state.is_sent()))
            .collect();
        assert_eq!(texts, [("one", true), ("two", false)]);
        assert!(matches!(&lines[1].state, LineState::Failed { why } if why.as_str() == "no"));
    }

    #[test]
    fn a_message_is_shown_once_and_history_goes_where_it_belongs() {
        let (mut model, isupport) = model();
        model.apply(0, &isupport, said("#a", "x", "new", 30, "c"));
        for (text, time, id) in [("old", 10, "a"), ("middle", 20, "b"), ("new", 30, "c")] {
            let Happening::Said(mut s) = said("#a", "x", text, time, id) else {
                unreachable!()
            };
            s.history = true;
            model.apply(0, &isupport, Happening::Said(s));
        }
        let a = model.find("#a").unwrap();
        let texts: Vec<_> = model.buffers[a]
            .lines
            .iter()
            .map(|l| l.text.as_str())
            .collect();
        assert_eq!(texts, ["old", "middle", "new"]);
    }
}

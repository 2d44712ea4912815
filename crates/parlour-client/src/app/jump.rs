//! Jumps to messages, searches, and lists of messages and channels.

use super::history_requests::FetchKind;
use super::mode::{List, ListTarget, Mode};
use super::{App, HostCommand};
use crate::NetworkId;
use crate::SafeText;
use crate::engine::{ChatMessage, Feature, HistoryRange, ListedChannel, MessageRef};
use crate::model::{BufferKind, LineId};
use crate::view::timeline;

/// Messages fetched around a jump target.
const AROUND: usize = 100;
/// Channels in a list, at most.
const LISTED: usize = 2_000;
/// Results of a search, at most.
const FOUND: usize = 100;

impl App {
    /// Goes to a message of a buffer; fetches the messages around it if it is not loaded.
    pub(crate) fn go_to(&mut self, net: NetworkId, name: &str, msgid: &str) {
        let kind = if self.is_channel(net, name) {
            BufferKind::Channel
        } else {
            BufferKind::Person
        };
        let index = self.model.open(net, name, kind);
        self.go(index);
        let Some(index) = self.model.find(net, name) else {
            return;
        };
        if let Some(line) = self.model.buffers[index].by_msgid(msgid) {
            let id = line.id;
            return self.show_line(id);
        }
        if !self.nets[net].is_online() || !self.nets[net].session.supports(Feature::History) {
            return self.report_error("That message is not here, and cannot be fetched now.");
        }
        // The loaded lines are of another time; they are fetched again when wanted.
        let buffer = &mut self.model.buffers[index];
        buffer.forget_past();
        buffer.detached = true;
        let point = MessageRef {
            msgid: Some(msgid.to_owned()),
            time: None,
        };
        let fill = FetchKind::Around(msgid.to_owned());
        self.ask_history(index, HistoryRange::Around, &point, AROUND, fill);
    }

    /// Handles the arrival of the messages around a jump target.
    pub(super) fn arrived(&mut self, index: usize, msgid: &str) {
        let line = self.model.buffers[index]
            .by_msgid(msgid)
            .map(|line| line.id);
        match line {
            Some(id) if index == self.model.current => self.show_line(id),
            Some(_) => {}
            None => {
                // Back to the newest messages.
                self.model.buffers[index].forget_past();
                self.first_history(index);
                if index == self.model.current {
                    self.report_error(
                        "That message is not on the server any more, or you may not see it.",
                    );
                }
            }
        }
    }

    /// Brings a line of the shown buffer into sight and highlights it; in message mode it becomes
    /// the chosen one.
    pub(crate) fn show_line(&mut self, id: LineId) {
        if matches!(self.mode, Mode::Messages(_)) {
            self.mode = Mode::Messages(id);
        }
        self.highlighted = Some(id);
        self.bring_into_sight(id);
        self.changed = true;
    }

    /// Scrolls so that a line is visible.
    pub(super) fn bring_into_sight(&mut self, id: LineId) {
        let layout = self.layout();
        if timeline::is_whole(&self.model, &layout, &self.settings, id) {
            return;
        }
        let current = self.model.current;
        timeline::show(&mut self.model, current, &layout, &self.settings, id);
    }

    /// Goes to the oldest line, on the server if it is not loaded.
    pub(super) fn oldest(&mut self) {
        let index = self.model.current;
        let buffer = self.model.buffer();
        let net = &self.nets[buffer.network];
        let beginning = MessageRef {
            msgid: None,
            time: Some(0),
        };
        let is_here = buffer.complete || buffer.kind == BufferKind::Server;
        let can = net.is_online()
            && net.session.supports(Feature::History)
            && net.session.isupport().reference(&beginning).is_some();
        if is_here || !can {
            return self.scroll_to_top();
        }
        if buffer.loading {
            return;
        }
        let buffer = self.model.buffer_mut();
        buffer.forget_past();
        buffer.detached = true;
        self.highlighted = None;
        self.ask_history(
            index,
            HistoryRange::After,
            &beginning,
            AROUND,
            FetchKind::Oldest,
        );
    }

    /// Handles the arrival of the oldest messages.
    pub(super) fn at_the_oldest(&mut self, index: usize) {
        if index != self.model.current {
            return;
        }
        if let Mode::Messages(_) = self.mode
            && let Some(first) = self
                .model
                .buffer()
                .lines
                .iter()
                .find(|line| line.is_message())
        {
            return self.show_line(first.id);
        }
        self.scroll_to_top();
    }

    fn scroll_to_top(&mut self) {
        // More rows than there are; scrolling stops at the top.
        let rows = self.model.buffer().lines.len().saturating_mul(64);
        self.scroll_rows(true, rows);
    }

    /// Goes to the newest line.
    pub(crate) fn newest(&mut self) {
        let index = self.model.current;
        self.model.buffer_mut().scroll = None;
        self.highlighted = None;
        if self.model.buffer().detached {
            let buffer = self.model.buffer_mut();
            buffer.forget_past();
            // A request in flight is for the past just dropped: it must not block the newest page.
            buffer.loading = false;
            self.first_history(index);
        }
        self.model.seen();
        self.mark_read();
        self.changed = true;
    }

    /// Searches on the server (soju.im/search).
    pub(crate) fn search(&mut self, wanted: &str) {
        if !self.is_online() {
            return;
        }
        if !self.session().supports(Feature::Search) {
            return self.report_error("This server cannot search; Ctrl+F finds what is here.");
        }
        let mut words = Vec::new();
        let mut attributes: Vec<(&str, String)> = Vec::new();
        for word in wanted.split_whitespace() {
            match word.split_once(':') {
                Some((key @ ("from" | "in"), value)) if !value.is_empty() => {
                    attributes.push((key, value.to_owned()));
                }
                Some((key @ ("after" | "before"), value)) => {
                    let Some(moment) = crate::timestamp::parse(value) else {
                        let text = format!("{value} is no day; write it as {key}:2026-01-31");
                        return self.report_error(&text);
                    };
                    attributes.push((key, moment));
                }
                _ => words.push(word),
            }
        }
        attributes.push(("limit", FOUND.to_string()));
        if !words.is_empty() {
            attributes.push(("text", words.join(" ")));
        }
        let attributes: Vec<(&str, &str)> = attributes
            .iter()
            .map(|(key, value)| (*key, value.as_str()))
            .collect();
        let net = self.net();
        self.nets[net].session.search(&attributes);
        self.mode = Mode::Choose(List {
            title: format!("Found: {}", SafeText::new(wanted)),
            places: Vec::new(),
            chosen: 0,
            open: true,
        });
    }

    pub(super) fn found(&mut self, net: NetworkId, said: &ChatMessage) {
        if let Mode::Choose(List {
            places, open: true, ..
        }) = &mut self.mode
            && places.len() < FOUND
        {
            let text = format!(
                "{}  {}: {}",
                said.buffer,
                said.from,
                said.text.replace('\n', " ")
            );
            // Results come oldest first; the list shows the newest first.
            let place = ListTarget {
                network: net,
                buffer: said.buffer.clone(),
                msgid: said.msgid.clone(),
                text: SafeText::new(&text),
                time: said.time.unwrap_or(self.now),
            };
            places.insert(0, place);
        }
    }

    pub(super) fn search_end(&mut self) {
        if let Mode::Choose(list) = &mut self.mode {
            list.open = false;
        }
    }

    /// Lists the channels of the server, as they arrive.
    pub(crate) fn list_rooms(&mut self, filter: &[&str]) {
        if !self.is_online() {
            return;
        }
        self.request(|session| session.list_channels(filter));
        self.mode = Mode::Choose(List {
            title: "Rooms".into(),
            places: Vec::new(),
            chosen: 0,
            open: true,
        });
    }

    pub(super) fn listed(&mut self, net: NetworkId, room: &ListedChannel) {
        if let Mode::Choose(List {
            places, open: true, ..
        }) = &mut self.mode
            && places.len() < LISTED
        {
            let topic = crate::formatting::FormattedText::new(&room.topic);
            let text = format!("{}  {}  {topic}", room.name, room.users);
            places.push(ListTarget {
                network: net,
                buffer: room.name.clone(),
                msgid: None,
                text: SafeText::new(&text),
                time: room.users,
            });
        }
    }

    pub(super) fn list_end(&mut self) {
        if let Mode::Choose(list) = &mut self.mode {
            list.open = false;
            // The largest channels come first.
            list.places
                .sort_by(|a, b| (b.time, &a.buffer).cmp(&(a.time, &b.buffer)));
        }
    }

    /// Shows mentions and private messages.
    pub(crate) fn show_inbox(&mut self) {
        let places = self.model.inbox.iter().rev().map(|mention| ListTarget {
            network: mention.network,
            buffer: mention.buffer.clone(),
            msgid: mention.msgid.clone(),
            text: SafeText::new(&format!(
                "{}  {}: {}",
                mention.buffer,
                mention.from,
                mention.text.as_str().replace('\n', " ")
            )),
            time: mention.time,
        });
        self.mode = Mode::Choose(List {
            title: "For you".into(),
            places: places.collect(),
            chosen: 0,
            open: false,
        });
    }

    /// Goes to the target of a list line.
    pub(super) fn choose(&mut self, place: &ListTarget) {
        self.mode = Mode::Compose;
        match &place.msgid {
            Some(msgid) => self.go_to(place.network, &place.buffer, msgid),
            None => match self.model.find(place.network, &place.buffer) {
                Some(index) => self.go(index),
                None => {
                    // The list may be of another network than the buffer shown.
                    self.nets[place.network].session.join(&place.buffer, "");
                    self.go_when_joined(&place.buffer);
                }
            },
        }
    }

    /// Goes to the next line that mentions the user, up or down.
    pub(super) fn mention(&mut self, up: bool) {
        let buffer = self.model.buffer();
        let start = match (&self.mode, self.highlighted, buffer.scroll) {
            (Mode::Messages(id), ..) => buffer.position(*id),
            (_, Some(id), _) if buffer.position(id).is_some() => buffer.position(id),
            (_, _, Some(scroll)) => buffer.position(scroll.line),
            _ => None,
        };
        let count = buffer.lines.len();
        let found = if up {
            let end = start.unwrap_or(count);
            buffer.lines.range(..end).rposition(|line| line.mention)
        } else {
            let from = start.map_or(count, |at| at + 1);
            let behind = buffer
                .lines
                .range(from.min(count)..)
                .position(|line| line.mention);
            behind.map(|at| at + from)
        };
        match found.map(|at| buffer.lines[at].id) {
            Some(id) => self.show_line(id),
            None => self.flash("No more mentions here; /mentions shows all."),
        }
    }

    /// Goes to the first unread line.
    pub(super) fn first_unread(&mut self) {
        match self.model.buffer().unread_from {
            Some(id) if self.model.buffer().position(id).is_some() => self.show_line(id),
            _ => self.flash("Nothing here is unread."),
        }
    }

    /// Asks the host to open a link.
    pub(crate) fn open_link(&mut self, url: &str) {
        self.command(HostCommand::Open(url.to_owned()));
    }
}

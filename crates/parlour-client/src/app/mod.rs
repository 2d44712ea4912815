//! The client as a whole, without sockets and terminals: keys, pastes, bytes and time
//! go in; bytes for the server and wishes to the outside come out.

mod keys;

use std::collections::HashMap;

use irc_wire::text;

use crate::complete::Completion;
use crate::composer::Composer;
use crate::engine::{Happening, Identity, Session};
use crate::model::{BufferKind, Connection, LineState, Model};
use crate::view::layout::Layout;
pub(crate) use keys::KEYS;

/// Messages that are asked for when a room is entered for the first time, and when
/// its past is looked at.
const HISTORY_PAGE: usize = 100;
/// Messages that are asked for at once to fill a gap, if the server tells no limit.
const GAP_PAGE: usize = 500;
/// Milliseconds between the questions whether the server is there.
const PING_EVERY: u64 = 30_000;
/// Milliseconds without an answer after which it is not.
const PING_PATIENCE: u64 = 60_000;
/// What was asked of a buffer's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fill {
    /// The newest page.
    Latest,
    /// What came after the newest line that is there, a page at a time.
    After(usize),
    /// What came before the oldest.
    Before,
}

/// What the outside is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Leave.
    Quit,
    /// Give the terminal back until the user returns.
    Suspend,
    /// Draw all of the screen.
    Redraw,
}

/// The client.
pub struct App {
    /// What there is to see.
    pub model: Model,
    /// What is being typed.
    pub composer: Composer,
    session: Session,
    identity: Identity,
    connected: bool,
    /// Rooms to go into at the first connection.
    first_rooms: Vec<String>,
    go_when_joined: Option<String>,
    fills: HashMap<String, Fill>,
    completion: Option<Completion>,
    size: (u16, u16),
    now: u64,
    interrupted: Option<u64>,
    heard: u64,
    pinged: Option<u64>,
    asked: u64,
    wishes: Vec<Wish>,
    changed: bool,
}

impl App {
    /// A client for the server called `network` until it tells its own name.
    pub fn new(network: &str, identity: Identity, rooms: Vec<String>) -> App {
        App {
            model: Model::new(network, &identity.nick),
            composer: Composer::default(),
            session: Session::new(identity.clone()),
            identity,
            connected: false,
            first_rooms: rooms,
            go_when_joined: None,
            fills: HashMap::new(),
            completion: None,
            size: (80, 24),
            now: 0,
            interrupted: None,
            heard: 0,
            pinged: None,
            asked: 0,
            wishes: Vec::new(),
            changed: true,
        }
    }

    /// Whether something has changed since the last call.
    pub fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// What the outside is to do.
    pub fn take_wishes(&mut self) -> Vec<Wish> {
        std::mem::take(&mut self.wishes)
    }

    /// Bytes for the server.
    pub fn take_output(&mut self) -> Vec<u8> {
        if self.connected {
            self.session.take_output()
        } else {
            Vec::new()
        }
    }

    /// The size of the screen.
    pub fn resize(&mut self, width: u16, height: u16) {
        self.size = (width.clamp(1, 1000), height.clamp(1, 1000));
        self.changed = true;
    }

    /// The layout of the screen.
    pub fn layout(&self) -> Layout {
        Layout::new(
            self.size.0,
            self.size.1,
            &self.composer,
            self.model.nick.as_str(),
        )
    }

    // The connection.

    /// A connection was made.
    pub fn connected(&mut self, now: u64, secure: bool, remark: Option<&str>) {
        self.now = now;
        self.session = Session::new(self.identity.clone());
        self.connected = true;
        self.model.secure = secure;
        self.model.connection = Connection::Connecting;
        (self.heard, self.pinged) = (now, None);
        if let Some(remark) = remark {
            self.model.note(0, now, remark, false);
        }
        self.changed = true;
    }

    /// The connection was lost; another is tried in `wait` seconds.
    pub fn disconnected(&mut self, now: u64, reason: &str, wait: u64) {
        self.now = now;
        if self.connected || !matches!(self.model.connection, Connection::Waiting(_)) {
            self.model
                .note(0, now, &format!("No connection: {reason}"), true);
        }
        if self.connected {
            self.model.disconnected();
            self.fills.clear();
        }
        self.connected = false;
        self.model.connection = Connection::Waiting(wait);
        self.changed = true;
    }

    /// The connection cannot be had, and is not tried again.
    pub fn ended(&mut self, now: u64, reason: &str) {
        self.connected = false;
        self.model.note(0, now, reason, true);
        self.model.look_at(0);
        self.model.connection = Connection::Ended(reason.to_owned());
        self.changed = true;
    }

    /// Bytes arrived from the server.
    pub fn receive(&mut self, now: u64, bytes: &[u8]) {
        (self.now, self.heard) = (now, now);
        self.session.receive(bytes);
        while let Some(happening) = self.session.next_happening() {
            self.happening(happening);
        }
        if let Some(network) = &self.session.isupport().network
            && self.model.network.as_str() != network
        {
            self.model.network = network.as_str().into();
        }
        self.changed = true;
    }

    /// Time has passed; false if the server has not been heard of for too long.
    pub fn tick(&mut self, now: u64) -> bool {
        self.now = now;
        if !self.connected || !self.session.is_registered() {
            return true;
        }
        match self.pinged {
            Some(at) => now.saturating_sub(at.max(self.heard)) < PING_PATIENCE,
            None => {
                if self.model.lag.is_none() || now.saturating_sub(self.asked) >= PING_EVERY {
                    self.asked = now;
                    self.pinged = Some(now);
                    self.session.send(&["PING", &format!("lag{now}")]);
                }
                true
            }
        }
    }

    fn happening(&mut self, happening: Happening) {
        let follow = happening.clone();
        let isupport = self.session.isupport().clone();
        // What was missed while there was no connection is as unread as what comes now.
        self.model.catching_up = matches!(&happening, Happening::Said(said)
            if matches!(self.fills.get(&self.model.casemap.fold(&said.buffer)), Some(Fill::After(_))));
        self.model.apply(self.now, &isupport, happening);
        match follow {
            Happening::Registered(_) => self.registered(),
            Happening::Joined {
                channel, own: true, ..
            } => self.joined(&channel),
            Happening::HistoryEnd {
                buffer,
                count,
                last,
            } => self.history_end(&buffer, count, last),
            Happening::Pong(token) => {
                if let Some(sent) = token
                    .strip_prefix("lag")
                    .and_then(|t| t.parse::<u64>().ok())
                {
                    self.model.lag = Some(self.now.saturating_sub(sent));
                    self.pinged = None;
                }
            }
            _ => {}
        }
    }

    fn registered(&mut self) {
        let mut rooms = self.first_rooms.clone();
        if let Some(first) = rooms.first() {
            self.go_when_joined = Some(first.clone());
        }
        for buffer in &self.model.buffers {
            if buffer.kind == BufferKind::Channel
                && buffer.joined
                && !rooms.contains(&buffer.raw_name)
            {
                rooms.push(buffer.raw_name.clone());
            }
        }
        for room in rooms {
            self.session.send(&["JOIN", &room]);
        }
        for index in 0..self.model.buffers.len() {
            if self.model.buffers[index].kind == BufferKind::Person {
                self.say_again(index);
            }
        }
    }

    /// In a room: what was said there meanwhile is asked for.
    fn joined(&mut self, channel: &str) {
        let Some(index) = self.model.find(channel) else {
            return;
        };
        self.first_rooms
            .retain(|room| !self.model.casemap.same(room, channel));
        let wanted = self
            .go_when_joined
            .as_deref()
            .is_some_and(|name| self.model.casemap.same(name, channel));
        if wanted {
            self.go_when_joined = None;
            self.go(index);
        }
        if !self.session.has("draft/chathistory") {
            return self.say_again(index);
        }
        match self.model.buffers[index].newest_id().map(str::to_owned) {
            Some(id) => {
                let page = match self.session.isupport().history {
                    0 => GAP_PAGE,
                    most => most.min(GAP_PAGE),
                };
                self.ask_history(
                    channel,
                    "AFTER",
                    &format!("msgid={id}"),
                    page,
                    Fill::After(page),
                );
            }
            None => self.ask_history(channel, "LATEST", "*", HISTORY_PAGE, Fill::Latest),
        }
    }

    fn ask_history(&mut self, channel: &str, sub: &str, point: &str, limit: usize, fill: Fill) {
        self.session
            .send(&["CHATHISTORY", sub, channel, point, &limit.to_string()]);
        self.fills.insert(self.model.casemap.fold(channel), fill);
        if let Some(index) = self.model.find(channel) {
            self.model.buffers[index].loading = true;
        }
    }

    fn history_end(&mut self, channel: &str, count: usize, last: Option<String>) {
        let Some(index) = self.model.find(channel) else {
            return;
        };
        self.model.buffers[index].loading = false;
        match self.fills.remove(&self.model.casemap.fold(channel)) {
            Some(Fill::After(page)) if count >= page => {
                if let Some(id) = last {
                    self.ask_history(
                        channel,
                        "AFTER",
                        &format!("msgid={id}"),
                        page,
                        Fill::After(page),
                    );
                }
            }
            Some(Fill::Before) => self.model.buffers[index].complete = count < HISTORY_PAGE,
            Some(Fill::Latest) => {
                self.model.buffers[index].complete = count < HISTORY_PAGE;
                self.say_again(index);
            }
            Some(Fill::After(_)) | None => self.say_again(index),
        }
    }

    /// Says once more what was on its way when the connection was lost, and is not among
    /// what the server has kept.
    fn say_again(&mut self, index: usize) {
        for line in self.model.buffers[index].take_unheard() {
            let action = line.kind == crate::model::LineKind::Action;
            self.say_in(index, line.text.as_str(), action);
        }
    }

    /// Asks for what came before the oldest line, when that comes into sight.
    fn look_further_back(&mut self) {
        let buffer = self.model.buffer();
        let can = buffer.kind == BufferKind::Channel && !buffer.loading && !buffer.complete;
        if !can || !self.connected || !self.session.has("draft/chathistory") {
            return;
        }
        let (name, oldest) = (
            buffer.raw_name.clone(),
            buffer.oldest_id().map(str::to_owned),
        );
        if let Some(id) = oldest {
            self.ask_history(
                &name,
                "BEFORE",
                &format!("msgid={id}"),
                HISTORY_PAGE,
                Fill::Before,
            );
        }
    }

    // What commands do.

    /// Sends a command.
    pub(crate) fn send(&mut self, words: &[&str]) {
        if self.is_online() {
            self.session.send(words);
        }
    }

    pub(crate) fn send_raw(&mut self, line: &str) {
        if self.is_online() {
            self.session.send_raw(line);
        }
    }

    /// Whether the server can be spoken to; says so if not.
    fn is_online(&mut self) -> bool {
        let online = self.connected && self.session.is_registered();
        if !online {
            self.complain("There is no connection now; try again when there is.");
        }
        online
    }

    pub(crate) fn is_channel(&self, name: &str) -> bool {
        self.session.isupport().is_channel(name)
    }

    /// Looks at a room once the server has let the user in; at once if it has.
    pub(crate) fn go_when_joined(&mut self, name: &str) {
        match self.model.find(name) {
            Some(index) if self.model.buffers[index].joined => self.go(index),
            _ => self.go_when_joined = Some(name.to_owned()),
        }
    }

    /// Looks at a buffer. What is being typed stays with the one that was looked at.
    pub(crate) fn go(&mut self, index: usize) {
        self.change_buffer(|model| model.look_at(index));
    }

    fn change_buffer(&mut self, change: impl FnOnce(&mut Model)) {
        let draft = self.composer.text().to_owned();
        let before = self.model.current;
        self.model.buffers[before].draft = draft;
        change(&mut self.model);
        if self.model.current != before {
            let draft = std::mem::take(&mut self.model.buffer_mut().draft);
            self.composer.set(draft);
            self.completion = None;
        }
    }

    /// Says something in the buffer that is looked at.
    pub(crate) fn say(&mut self, text: &str, action: bool) {
        let index = self.model.current;
        match self.model.buffers[index].kind {
            BufferKind::Server => {
                self.complain("This is the server's own buffer; /join #room goes into a room.")
            }
            BufferKind::Channel if !self.model.buffers[index].joined => {
                self.complain("You are not in this room; /join takes you back.");
            }
            BufferKind::Channel | BufferKind::Person => self.say_in(index, text, action),
        }
    }

    /// In as many messages as it takes: one a line, and long lines in pieces.
    fn say_in(&mut self, index: usize, said: &str, action: bool) {
        let name = self.model.buffers[index].raw_name.clone();
        let frame = if action { "\u{1}ACTION \u{1}".len() } else { 0 };
        let most = self.session.room_for(&name).saturating_sub(frame).max(64);
        for line in said.lines().filter(|line| !line.trim().is_empty()) {
            for piece in text::pieces(line, most) {
                let online = self.connected && self.session.is_registered();
                let (label, acknowledged) = if online {
                    let wire = if action {
                        format!("\u{1}ACTION {piece}\u{1}")
                    } else {
                        piece.to_owned()
                    };
                    (self.session.say(&name, &wire), self.session.acknowledges())
                } else {
                    (None, true)
                };
                self.model
                    .said_by_user(index, self.now, piece, action, label.clone());
                if label.is_none() && acknowledged {
                    // Nothing has been sent: it waits for the connection.
                    if let Some(line) = self.model.buffers[index].lines.back_mut() {
                        line.state = LineState::Pending { label: None };
                    }
                }
            }
        }
    }

    /// Tells the user something.
    pub(crate) fn tell(&mut self, text: &str) {
        self.model.note(self.model.current, self.now, text, false);
        self.changed = true;
    }

    /// Tells the user what went wrong.
    pub(crate) fn complain(&mut self, text: &str) {
        self.model.note(self.model.current, self.now, text, true);
        self.changed = true;
    }

    /// Leaves, with parting words.
    pub(crate) fn quit(&mut self, words: &str) {
        if self.connected {
            match words {
                "" => self.session.send(&["QUIT"]),
                words => self.session.send(&["QUIT", words]),
            }
        }
        self.wishes.push(Wish::Quit);
    }
}

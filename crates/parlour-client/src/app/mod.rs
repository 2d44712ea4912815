//! The client as a whole, without sockets and terminals: keys, pastes, bytes and time
//! go in; bytes for the servers and wishes to the outside come out.

mod exec;
mod find;
mod help;
mod history;
mod join;
mod jump;
pub mod keymap;
mod keys;
mod leaving;
mod menu;
pub(crate) mod messages;
pub mod mode;
pub mod mouse;
mod net;
mod parts;
pub(crate) mod persist;
pub mod secret;
mod send;
pub mod switch;
mod vi;

use std::collections::{BTreeMap, HashMap, VecDeque};

use crate::SafeText;
use crate::clock::Now;
use crate::complete::Completion;
use crate::composer::Composer;
use crate::engine::Identity;
use crate::model::{Alert, Buffer, BufferKind, LineId, Model};
use crate::pins::Pin;
use crate::settings::Settings;
use crate::view::layout::{Layout, Shape};
use keymap::Keymap;
use mode::{ComposeContext, Mode};
use net::Net;
pub use persist::{SavedBuffer, SavedLine, SavedState};

/// Milliseconds for which something is told that is of no interest later.
const FLASH: u64 = 5_000;

/// A text that is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(pub String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("•••")
    }
}

/// What the outside is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostCommand {
    /// Leave.
    Quit,
    /// Give the terminal back until the user returns.
    Suspend,
    /// Draw all of the screen.
    Redraw,
    /// Let the user edit a text with their own editor.
    Edit(String),
    /// Put a text into the clipboard of the terminal.
    Copy(String),
    /// Open an address.
    Open(String),
    /// Tell the user something while they look elsewhere.
    Notify(Alert),
    /// The mouse on or off.
    Mouse(bool),
    /// Try to connect now.
    Reconnect(usize),
    /// Do not connect again before the user says so.
    Hold(usize),
    /// Leave a network, and do not come back before the user says so.
    Leave(usize),
    /// Connect to a server that the user has just named: `host:port`, and go into rooms there.
    Connect(String, Vec<String>),
    /// Keep a password that a server has taken.
    KeepPassword {
        /// Of which network.
        net: usize,
        /// Of which account there.
        account: String,
        /// The password.
        password: Hidden,
    },
    /// Take back what is known of a server's certificate, or show all that is known.
    Trust(Option<String>),
    /// Trust what a server shows now: of which network, by the name that it is pinned under.
    TrustNew(usize, String, Pin),
    /// Write what was said to a file.
    Export(std::path::PathBuf, String),
    /// Read the configuration again.
    Reload,
    /// Write settings into the configuration: keys of `[ui]` with their values.
    SaveSettings(Vec<(String, String)>),
    /// Run a command of the shell, for a buffer of a network; what it writes is said there, or
    /// only shown.
    Exec {
        /// The command.
        command: String,
        /// The network.
        net: usize,
        /// The buffer.
        buffer: String,
        /// Whether it is said.
        say: bool,
    },
}

/// A network that the client is to be on.
#[derive(Clone, Debug)]
pub struct Start {
    /// Its name until it tells its own: the server's address.
    pub name: String,
    /// As whom.
    pub identity: Identity,
    /// Rooms to go into.
    pub rooms: Vec<String>,
    /// What is run at each connection, as if it was typed.
    pub commands: Vec<String>,
    /// Whether the password of the identity is to be kept once the server has taken it.
    pub keep: bool,
    /// Whether the user has just asked for them: then the first is looked at, wherever they were
    /// in an earlier life.
    pub asked: bool,
}

/// A deletion that can still be undone.
pub(crate) struct ScheduledDelete {
    due: u64,
    net: usize,
    target: String,
    /// The message, and those that have stood in its place.
    msgids: Vec<String>,
}

/// The client.
pub struct App {
    /// What there is to see.
    pub model: Model,
    /// What is being typed.
    pub composer: Composer,
    /// What the keys mean now.
    pub mode: Mode,
    /// What is being answered to or said anew.
    pub context: Option<ComposeContext>,
    /// How it behaves and looks.
    pub settings: Settings,
    pub(crate) nets: Vec<Net>,
    completion: Option<Completion>,
    shape: Shape,
    /// Milliseconds since 1970.
    pub(crate) now: u64,
    /// The moment on the clock that durations are measured by.
    pub(crate) steady: u64,
    interrupted: Option<u64>,
    vi_commands: bool,
    vi_pending: Option<char>,
    scheduled_deletes: Vec<ScheduledDelete>,
    /// What is told for a moment, and until when.
    flash: Option<(SafeText, u64)>,
    /// When it was told last that the user types, and where.
    typed: Option<(usize, String, u64)>,
    /// Settings that the user has changed and not kept: keys of `[ui]` with their values.
    changed_settings: BTreeMap<String, String>,
    /// The line that was found or jumped to last.
    pointed: Option<LineId>,
    found: Option<(usize, usize)>,
    /// Why the room that was to be looked at could not be entered.
    pub turned_away: Option<String>,
    /// Whether the user has gone anywhere by themselves.
    moved: bool,
    /// What was being answered to or said anew in buffers that were left, and the text of it.
    contexts: HashMap<(usize, String), (ComposeContext, String)>,
    /// What an earlier life has left of networks that this one is not on.
    elsewhere: Vec<SavedBuffer>,
    commands: VecDeque<HostCommand>,
    changed: bool,
    dirty: bool,
}

impl App {
    /// A client for these networks.
    pub fn new(settings: Settings, networks: Vec<Start>) -> App {
        let named: Vec<(&str, &str)> = networks
            .iter()
            .map(|start| (start.name.as_str(), start.identity.nick.as_str()))
            .collect();
        let mut model = Model::new(&named);
        model.joins = settings.joins;
        model.highlights = settings.highlights.clone();
        model.ignored = settings.ignored.clone();
        App {
            model,
            composer: Composer::default(),
            mode: Mode::Compose,
            context: None,
            shape: Shape {
                width: 80,
                height: 24,
                rooms: None,
                people: None,
                plain: false,
            },
            settings,
            nets: networks.into_iter().map(Net::new).collect(),
            completion: None,
            now: 0,
            steady: 0,
            interrupted: None,
            vi_commands: false,
            vi_pending: None,
            scheduled_deletes: Vec::new(),
            flash: None,
            typed: None,
            changed_settings: BTreeMap::new(),
            pointed: None,
            found: None,
            turned_away: None,
            moved: false,
            contexts: HashMap::new(),
            elsewhere: Vec::new(),
            commands: VecDeque::new(),
            changed: true,
            dirty: false,
        }
    }

    /// Which key does what.
    pub fn keymap(&self) -> &Keymap {
        &self.settings.keymap
    }

    /// Whether something has changed since the last call.
    pub fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// Whether something that outlives the client has changed since the last call.
    pub fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }

    /// What the outside is to do.
    pub fn take_wishes(&mut self) -> Vec<HostCommand> {
        for alert in self.model.take_alerts() {
            self.commands.push_back(HostCommand::Notify(alert));
        }
        self.commands.drain(..).collect()
    }

    pub(crate) fn command(&mut self, command: HostCommand) {
        self.commands.push_back(command);
    }

    /// Bytes for a network's server.
    pub fn take_output(&mut self, net: usize) -> Vec<u8> {
        self.nets[net].take_output()
    }

    /// How many networks there are.
    pub fn networks(&self) -> usize {
        self.nets.len()
    }

    /// The time, in milliseconds since 1970, as it was told last.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// The moment as it was told last, on the clock that durations are measured by.
    pub fn steady(&self) -> u64 {
        self.steady
    }

    /// Time has gone on.
    fn at(&mut self, now: impl Into<Now>) {
        let now = now.into();
        (self.now, self.steady) = (now.wall, now.steady);
        self.model.steady = now.steady;
    }

    /// The size of the screen.
    pub fn resize(&mut self, width: u16, height: u16) {
        self.shape.width = width.clamp(1, 1000);
        self.shape.height = height.clamp(1, 1000);
        self.changed = true;
    }

    /// The layout of the screen.
    pub fn layout(&self) -> Layout {
        let nick = self.model.nick().as_str();
        let context = self.context.is_some();
        let text_width = self.settings.text_width;
        Layout::new(self.shape, &self.composer, nick, context, text_width)
    }

    /// The window has the focus, or has lost it.
    pub fn focus(&mut self, now: impl Into<Now>, focused: bool) {
        self.at(now);
        if !focused && self.model.focused && !self.model.buffer().again {
            // What comes from here on is new.
            self.model.buffer_mut().unread_from = None;
        }
        self.model.focused = focused;
        self.model.seen();
        self.mark_read();
        self.changed = true;
    }

    /// Looks at a buffer. What is being typed stays with the one that was looked at.
    pub(crate) fn go(&mut self, index: usize) {
        self.change_buffer(|model| model.look_at(index));
    }

    /// What is being typed to be sent some time: while something is said anew, what was typed before.
    fn draft(&self) -> String {
        match &self.context {
            Some(ComposeContext::Edit { draft, .. }) => draft.clone(),
            _ => self.composer.text().to_owned(),
        }
    }

    /// Which buffer is looked at: its network, and its name.
    fn place(&self) -> (usize, String) {
        let buffer = self.model.buffer();
        (buffer.network, buffer.raw_name.clone())
    }

    fn change_buffer(&mut self, change: impl FnOnce(&mut Model)) {
        self.no_more_typing();
        let before = self.model.current;
        self.model.buffers[before].draft = self.draft();
        let left = self.place();
        let lines_before = self.model.buffers.len();
        change(&mut self.model);
        self.changed = true;
        if self.model.current != before || self.model.buffers.len() != lines_before {
            if let Some(context) = self.context.take() {
                let text = self.composer.text().to_owned();
                self.contexts.insert(left, (context, text));
            }
            let draft = std::mem::take(&mut self.model.buffer_mut().draft);
            let (context, text) = match self.contexts.remove(&self.place()) {
                Some((context, text)) => (Some(context), text),
                None => (None, draft),
            };
            self.composer.reset(text);
            self.completion = None;
            self.context = context;
            self.pointed = None;
            if !matches!(self.mode, Mode::Compose) {
                self.mode = Mode::Compose;
            }
        }
        self.first_look();
        self.mark_read();
    }

    /// Tells the user something that is of interest for a moment only.
    pub(crate) fn flash(&mut self, text: &str) {
        self.flash = Some((SafeText::new(text), self.steady + FLASH));
        self.changed = true;
    }

    /// What is told for a moment.
    pub fn flashed(&self) -> Option<&SafeText> {
        let (text, until) = self.flash.as_ref()?;
        (self.steady < *until).then_some(text)
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

    /// Tells the user something, wherever they look; for what the outside has done.
    pub fn report(&mut self, text: &str, error: bool) {
        if error {
            self.complain(text);
        } else {
            self.tell(text);
        }
    }

    /// Tells the user something at the beginning; in their first room as well, since they are there
    /// before they have read it.
    pub fn remark(&mut self, text: &str) {
        self.tell(text);
        if let Some(network) = self.model.networks.first_mut() {
            network.notes.push(text.to_owned());
        }
    }

    /// What the user's editor has made of the text.
    pub fn edited(&mut self, text: &str) {
        let text = text.strip_suffix('\n').unwrap_or(text);
        self.composer.replace(String::new());
        self.composer.insert(text);
        self.changed = true;
    }

    /// Closes a buffer.
    pub(crate) fn close(&mut self, index: usize) {
        let buffer = &self.model.buffers[index];
        let (net, name) = (buffer.network, buffer.raw_name.clone());
        self.nets[net].questions.forget(|q| q == name);
        if index != self.model.current {
            self.model.close(index);
        } else {
            self.composer.reset(String::new());
            self.change_buffer(|model| model.close(index));
        }
        self.contexts.remove(&(net, name));
        self.dirty = true;
    }

    /// Changes something about a buffer, and puts it where it belongs then.
    pub(crate) fn change_at(&mut self, index: usize, change: impl FnOnce(&mut Buffer)) {
        if self.model.buffers[index].kind == BufferKind::Server {
            return self.complain("That works for rooms and people only.");
        }
        change(&mut self.model.buffers[index]);
        self.model.resettle(index);
        self.dirty = true;
    }

    /// Back to writing.
    pub(crate) fn leave_messages(&mut self) {
        if matches!(self.mode, Mode::Messages(_)) {
            self.mode = Mode::Compose;
        }
    }

    /// Bytes that what is typed may have; more cannot be sent as one.
    pub fn limit(&self) -> usize {
        let buffer = self.model.buffer();
        let session = &self.nets[buffer.network].session;
        if session.takes_lines() {
            session.most_lines().0
        } else {
            usize::MAX
        }
    }

    /// Other settings are in force from here on.
    pub fn set_settings(&mut self, settings: Settings) {
        self.model.joins = settings.joins;
        // What was added until the user leaves is there until they leave.
        let with_added = |now: &[String], before: &[String], new: &[String]| {
            let added = now.iter().filter(|word| !before.contains(word));
            new.iter().chain(added).cloned().collect::<Vec<String>>()
        };
        let (model, before) = (&mut self.model, &self.settings);
        model.highlights = with_added(&model.highlights, &before.highlights, &settings.highlights);
        model.ignored = with_added(&model.ignored, &before.ignored, &settings.ignored);
        self.settings = settings;
        self.command(HostCommand::Redraw);
        self.changed = true;
    }
}

//! Client core, free of sockets and terminals: keys, pastes, bytes and time go in; bytes for the
//! servers and commands to the host come out.

mod deletions;
mod events;
mod exec;
mod find;
mod help;
mod history;
mod history_requests;
mod host_command;
mod join;
mod jump;
pub mod keymap;
mod keys;
mod leaving;
mod lifecycle;
mod liveness;
mod menu;
pub(crate) mod messages;
pub mod mode;
pub mod mouse;
mod network;
mod nick;
mod overlay_keys;
mod parts;
pub mod password_form;
pub(crate) mod persist;
mod read_marker;
mod requests;
mod saved;
pub mod secret;
mod send;
pub mod switch;
mod typing;
pub(crate) mod upload;
mod vi;

use std::collections::{BTreeMap, HashMap, VecDeque};

use crate::SafeText;
use crate::clock::Now;
use crate::complete::Completion;
use crate::composer::Composer;
use crate::model::{Buffer, BufferId, BufferKind, LineId, Model};
use crate::settings::Settings;
use crate::view::layout::{Layout, Shape};
use crate::{NetworkId, PerNetwork};
use deletions::Deletions;
pub use host_command::{Hidden, HostCommand};
use keymap::Keymap;
use mode::{ComposeContext, Mode};
use network::Net;
pub use network::Start;
pub use saved::{SavedBuffer, SavedLine, SavedState};
use typing::TypingStatus;
use upload::PendingUploads;
pub use upload::{UploadId, UploadOrder};

/// Milliseconds for which a transient notice is shown.
const FLASH: u64 = 5_000;

/// Client core: model, composer, mode, and the state of every network.
pub struct App {
    /// Model of the networks, buffers and lines.
    pub model: Model,
    /// Text being typed.
    pub composer: Composer,
    /// Mode that gives the keys their meaning.
    pub mode: Mode,
    /// Message being replied to or edited.
    pub context: Option<ComposeContext>,
    /// Settings of behaviour and looks.
    pub settings: Settings,
    pub(crate) nets: PerNetwork<Net>,
    completion: Option<Completion>,
    shape: Shape,
    /// Wall clock, in milliseconds since 1970.
    pub(crate) now: u64,
    /// Monotonic clock, in milliseconds; durations are measured by it.
    pub(crate) monotonic: u64,
    interrupted: Option<u64>,
    vi_commands: bool,
    vi_pending: Option<char>,
    deletions: Deletions,
    /// Transient notice, and the monotonic time until which it is shown.
    flash: Option<(SafeText, u64)>,
    typing: TypingStatus,
    uploads: PendingUploads,
    /// Settings changed and not saved: keys of `[ui]` with their values.
    changed_settings: BTreeMap<String, String>,
    /// Line last found or jumped to.
    highlighted: Option<LineId>,
    /// Position of the search match from the bottom, and the number of matches.
    found: Option<(usize, usize)>,
    /// Error from joining the channel that was to be shown.
    pub join_error: Option<String>,
    /// True once the user has switched buffers themselves.
    moved: bool,
    /// Replies and edits begun in buffers that were left, with their text.
    contexts: HashMap<BufferId, (ComposeContext, String)>,
    /// Saved buffers of networks that the client is not on.
    unmatched_buffers: Vec<SavedBuffer>,
    commands: VecDeque<HostCommand>,
    changed: bool,
    dirty: bool,
}

impl App {
    /// Returns a client for these networks.
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
            monotonic: 0,
            interrupted: None,
            vi_commands: false,
            vi_pending: None,
            deletions: Deletions::default(),
            flash: None,
            typing: TypingStatus::default(),
            uploads: PendingUploads::default(),
            changed_settings: BTreeMap::new(),
            highlighted: None,
            found: None,
            join_error: None,
            moved: false,
            contexts: HashMap::new(),
            unmatched_buffers: Vec::new(),
            commands: VecDeque::new(),
            changed: true,
            dirty: false,
        }
    }

    /// Returns the key bindings.
    pub fn keymap(&self) -> &Keymap {
        &self.settings.keymap
    }

    /// Returns whether the screen has changed since the last call.
    pub fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// Returns whether saved state has changed since the last call.
    pub fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }

    /// Takes the pending commands to the host.
    pub fn take_commands(&mut self) -> Vec<HostCommand> {
        for alert in self.model.take_alerts() {
            self.commands.push_back(HostCommand::Notify(alert));
        }
        self.commands.drain(..).collect()
    }

    pub(crate) fn command(&mut self, command: HostCommand) {
        self.commands.push_back(command);
    }

    /// Takes the bytes for a network's server.
    pub fn take_output(&mut self, net: NetworkId) -> Vec<u8> {
        self.nets[net].take_output()
    }

    /// Returns the number of networks.
    pub fn networks(&self) -> usize {
        self.nets.len()
    }

    /// Returns the wall clock as last set, in milliseconds since 1970.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// Returns the monotonic clock as last set, in milliseconds.
    pub fn steady(&self) -> u64 {
        self.monotonic
    }

    /// Sets both clocks.
    fn set_time(&mut self, now: impl Into<Now>) {
        let now = now.into();
        (self.now, self.monotonic) = (now.wall, now.steady);
        self.model.steady = now.steady;
    }

    /// Sets the size of the screen, in cells.
    pub fn resize(&mut self, width: u16, height: u16) {
        self.shape.width = width.clamp(1, 1000);
        self.shape.height = height.clamp(1, 1000);
        self.changed = true;
    }

    /// Returns the layout of the screen.
    pub fn layout(&self) -> Layout {
        let nick = self.model.nick().as_str();
        let context = self.context.is_some();
        let text_width = self.settings.text_width;
        Layout::new(self.shape, &self.composer, nick, context, text_width)
    }

    /// Sets whether the window has the focus.
    pub fn focus(&mut self, now: impl Into<Now>, focused: bool) {
        self.set_time(now);
        if !focused && self.model.focused && !self.model.buffer().kept_unread {
            // Messages from here on are new: the next one starts the unread line afresh.
            self.model.buffer_mut().unread_from = None;
        }
        self.model.focused = focused;
        self.model.seen();
        self.mark_read();
        self.changed = true;
    }

    /// Shows a buffer. The text being typed stays with the one shown before.
    pub(crate) fn go(&mut self, index: usize) {
        self.change_buffer(|model| model.look_at(index));
    }

    /// Returns the draft of the shown buffer: while a message is edited, the text typed before
    /// that.
    fn draft(&self) -> String {
        match &self.context {
            Some(ComposeContext::Edit { draft, .. }) => draft.clone(),
            Some(ComposeContext::Reply { .. }) | None => self.composer.text().to_owned(),
        }
    }

    fn change_buffer(&mut self, change: impl FnOnce(&mut Model)) {
        self.typing_done();
        let before = self.model.current;
        // Stored before `change` runs, which may close buffers and shift their indices.
        self.model.buffers[before].draft = self.draft();
        let left = self.model.buffer().id;
        change(&mut self.model);
        self.changed = true;
        if self.model.buffer().id != left {
            if let Some(context) = self.context.take() {
                let text = self.composer.text().to_owned();
                self.contexts.insert(left, (context, text));
            }
            let draft = std::mem::take(&mut self.model.buffer_mut().draft);
            let (context, text) = match self.contexts.remove(&self.model.buffer().id) {
                Some((context, text)) => (Some(context), text),
                None => (None, draft),
            };
            // `reset`, not `replace`: undo must not bring back the text of another buffer.
            self.composer.reset(text);
            self.completion = None;
            self.context = context;
            self.highlighted = None;
            if !matches!(self.mode, Mode::Compose) {
                self.mode = Mode::Compose;
            }
        }
        self.first_look();
        self.mark_read();
    }

    /// Shows a transient notice.
    pub(crate) fn flash(&mut self, text: &str) {
        self.flash = Some((SafeText::new(text), self.monotonic + FLASH));
        self.changed = true;
    }

    /// Returns the transient notice, as long as it lasts.
    pub fn flashed(&self) -> Option<&SafeText> {
        let (text, until) = self.flash.as_ref()?;
        (self.monotonic < *until).then_some(text)
    }

    /// Adds a notice to the shown buffer.
    pub(crate) fn tell(&mut self, text: &str) {
        self.model.note(self.model.current, self.now, text, false);
        self.changed = true;
    }

    /// Adds an error to the shown buffer.
    pub(crate) fn report_error(&mut self, text: &str) {
        self.model.note(self.model.current, self.now, text, true);
        self.changed = true;
    }

    /// Reports the outcome of a host command, in whichever buffer is shown.
    pub fn report(&mut self, text: &str, error: bool) {
        if error {
            self.report_error(text);
        } else {
            self.tell(text);
        }
    }

    /// Shows a notice at startup, and again in the first channel, which is shown before the user
    /// has read it.
    pub fn startup_notice(&mut self, text: &str) {
        self.tell(text);
        if let Some(network) = self.model.networks.first_mut() {
            network.notes.push(text.to_owned());
        }
    }

    /// Replaces the typed text with the one from the user's editor.
    pub fn edited(&mut self, text: &str) {
        let text = text.strip_suffix('\n').unwrap_or(text);
        self.composer.replace(String::new());
        self.composer.insert(text);
        self.changed = true;
    }

    /// Closes a buffer.
    pub(crate) fn close(&mut self, index: usize) {
        let buffer = &self.model.buffers[index];
        let (net, name, id) = (buffer.network, buffer.raw_name.clone(), buffer.id);
        // Requests in flight stay, so that their answers are still matched.
        self.nets[net].history_requests.forget(|q| q == name);
        if index != self.model.current {
            self.model.close(index);
        } else {
            self.composer.reset(String::new());
            self.change_buffer(|model| model.close(index));
        }
        // Only now: `change_buffer` has just stored the context of the buffer it left.
        self.contexts.remove(&id);
        self.dirty = true;
    }

    /// Changes a property of a buffer, and moves the buffer to its new place in the list.
    pub(crate) fn change_at(&mut self, index: usize, change: impl FnOnce(&mut Buffer)) {
        if self.model.buffers[index].kind == BufferKind::Server {
            return self.report_error("That works for rooms and people only.");
        }
        change(&mut self.model.buffers[index]);
        self.model.resettle(index);
        self.dirty = true;
    }

    /// Leaves message mode for the composer.
    pub(crate) fn leave_messages(&mut self) {
        if matches!(self.mode, Mode::Messages(_)) {
            self.mode = Mode::Compose;
        }
    }

    /// Returns the most bytes that typed text may have to be sent as one message; without
    /// draft/multiline, there is no limit, since every line is a message of its own.
    pub fn limit(&self) -> usize {
        let buffer = self.model.buffer();
        let session = &self.nets[buffer.network].session;
        if session.supports_multiline() {
            session.multiline_limits().0
        } else {
            usize::MAX
        }
    }

    /// Applies reloaded settings.
    pub fn set_settings(&mut self, settings: Settings) {
        self.model.joins = settings.joins;
        // Words added at run time (/highlight, /ignore) outlive a reload.
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

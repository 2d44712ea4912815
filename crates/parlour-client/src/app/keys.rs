//! Keys, outside of overlays.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::keymap::Action;
use super::mode::{ComposeContext, Field, Mode};
use super::{App, HostCommand, secret};
use crate::clock::Now;
use crate::commands;
use crate::commands::table::Typed;
use crate::complete::Completion;
use crate::composer::Edit;
use crate::engine::Feature;
use crate::model::{Line, Model};
use crate::settings::{CtrlK, Up};
use crate::view::timeline;

/// Milliseconds within which a second Ctrl+C quits.
const TWICE: u64 = 2_000;

impl App {
    /// Handles a key press.
    pub fn key(&mut self, now: impl Into<Now>, key: KeyEvent) {
        if key.kind == KeyEventKind::Release {
            return;
        }
        // A user who has moved is not pulled away by a join that completes later.
        let before = self.model.buffer().id;
        self.key_pressed(now.into(), key);
        self.moved |= self.model.buffer().id != before;
    }

    fn key_pressed(&mut self, now: Now, key: KeyEvent) {
        self.set_time(now);
        self.changed = true;
        // Any other key accepts the completion.
        if !matches!(key.code, KeyCode::Tab | KeyCode::BackTab) {
            self.completion = None;
        }
        let action = self.keymap().action(key);
        // Only two presses of Ctrl+C in a row quit.
        if action != Some(Action::Interrupt) {
            self.interrupted = None;
        }
        // Redraw and suspend work in every mode.
        if matches!(action, Some(Action::Redraw | Action::Suspend)) {
            return self.act(action.unwrap_or(Action::Redraw));
        }
        // Leaves `Compose` in place: a handler whose overlay stays open puts its mode back.
        match std::mem::take(&mut self.mode) {
            Mode::Compose => self.compose_key(key, action),
            Mode::Messages(id) => {
                self.mode = Mode::Messages(id);
                if !self.message_key(id, key) {
                    self.elsewhere(key, action);
                }
            }
            mode @ (Mode::Switch(_)
            | Mode::Find(_)
            | Mode::FindSent(..)
            | Mode::Read(_)
            | Mode::Choose(_)
            | Mode::Pick(_)
            | Mode::Confirm(_)
            | Mode::Paste(_)
            | Mode::Secret(_)
            | Mode::React(..)) => self.overlay_key(mode, key, action),
        }
    }

    /// Handles a key unknown to message mode: scrolling stays in the mode, all else leaves it.
    fn elsewhere(&mut self, key: KeyEvent, action: Option<Action>) {
        use Action as A;
        let stays = [
            A::PageUp,
            A::PageDown,
            A::LineUp,
            A::LineDown,
            A::Top,
            A::NextMention,
            A::PreviousMention,
        ];
        if action.is_some_and(|action| stays.contains(&action)) {
            return self.act(action.unwrap_or(A::PageUp));
        }
        self.mode = Mode::Compose;
        self.compose_key(key, action);
    }

    fn compose_key(&mut self, key: KeyEvent, action: Option<Action>) {
        if self.settings.vi && self.vi_key(key) {
            return;
        }
        if let (Some(Action::Numbered), KeyCode::Char(digit)) = (action, key.code) {
            let number = digit.to_digit(10).map_or(1, |digit| digit as usize);
            // Alt+0 is the tenth buffer.
            let index = if number == 0 { 9 } else { number - 1 };
            return self.change_buffer(|model| model.look_at(index));
        }
        if let Some(action) = action {
            return self.act(action);
        }
        if let KeyCode::Char(c) = key.code
            && (key.modifiers - KeyModifiers::SHIFT).is_empty()
        {
            self.composer.insert(c.encode_utf8(&mut [0; 4]));
            self.has_typed();
        }
    }

    /// Performs the action of a key.
    #[expect(
        clippy::too_many_lines,
        reason = "a table with one row for each action"
    )]
    pub(crate) fn act(&mut self, action: Action) {
        use Action as A;
        match action {
            A::SwitchOrKill if self.kills() => self.edit(Edit::KillToEnd),
            A::SwitchOrKill | A::Switch => self.open_switcher(),
            A::NextActive => self.change_buffer(Model::look_active),
            A::NextBuffer => self.change_buffer(|m| m.look_next(1)),
            A::PreviousBuffer => self.change_buffer(|m| m.look_next(-1)),
            A::NextUnread | A::PreviousUnread => {
                let step = if action == A::NextUnread { 1 } else { -1 };
                self.change_buffer(|m| m.look_unread(step));
            }
            A::LastBuffer => self.change_buffer(|m| m.look_at(m.previous)),
            A::FirstUnread => self.first_unread(),
            A::NextMention => self.mention(false),
            A::PreviousMention => self.mention(true),
            A::Inbox => self.show_inbox(),
            A::Read => self.read(false),
            A::ReadAll => self.read(true),
            A::PageUp | A::PageDown => self.scroll(action == A::PageUp),
            A::LineUp | A::LineDown => self.scroll_rows(action == A::LineUp, 1),
            A::Top => self.oldest(),
            A::Bottom => self.newest(),
            A::Find => self.mode = Mode::Find(Field::default()),
            A::FindSent => self.mode = Mode::FindSent(Field::default(), None),
            A::Messages => self.escape(),
            A::EditLast => self.edit_last(),
            A::Send => self.enter(),
            A::NewLine => {
                self.composer.insert("\n");
                self.has_typed();
            }
            A::Complete => self.complete(true),
            A::CompleteBack => self.complete(false),
            // In these guards, `row` moves the cursor; it is false at the edge of the text only.
            A::Older if self.composer.row(true) => {}
            A::Older if self.settings.up == Up::EditLast && self.composer.is_empty() => {
                self.edit_last();
            }
            A::Older => self.older(),
            A::Newer if self.composer.row(false) => {}
            A::Newer => self.composer.newer(),
            A::DeleteOrDown | A::KillOrUp if self.composer.is_empty() => {
                self.half_page(action == A::KillOrUp)
            }
            A::Bold => self.enclose("*"),
            A::Italic => self.enclose("_"),
            A::Code => self.enclose("`"),
            // In an empty line, a scheduled deletion is undone first.
            A::Undo if self.composer.is_empty() && self.undo_delete() => {}
            A::Undo if self.composer.undo() => self.has_typed(),
            A::Undo => {}
            A::Redo => self.composer.redo(),
            A::Editor => self.command(HostCommand::Edit(self.composer.text().to_owned())),
            A::Rooms => self.shape.rooms = Some(!self.layout().has_rooms()),
            A::People => self.shape.people = Some(!self.layout().has_people()),
            A::Plain => {
                self.shape.plain = !self.shape.plain;
                let on = self.settings.mouse && !self.shape.plain;
                self.command(HostCommand::Mouse(on));
                self.command(HostCommand::Redraw);
            }
            A::Mouse => {
                self.settings.mouse = !self.settings.mouse;
                self.command(HostCommand::Mouse(self.settings.mouse));
                let text = if self.settings.mouse {
                    "The mouse is on."
                } else {
                    "The mouse is off: your terminal's own."
                };
                self.tell(text);
            }
            A::Redraw => self.command(HostCommand::Redraw),
            A::Help => self.help(false),
            A::Interrupt => self.interrupt(),
            A::Suspend => self.command(HostCommand::Suspend),
            A::Numbered
            | A::LineStart
            | A::LineEnd
            | A::Left
            | A::Right
            | A::WordLeft
            | A::WordRight
            | A::Backspace
            | A::DeleteOrDown
            | A::Delete
            | A::KillWordBefore
            | A::KillWordAfter
            | A::KillOrUp
            | A::Yank
            | A::Transpose => {
                if let Some(edit) = edit_of(action) {
                    self.edit(edit);
                }
            }
        }
    }

    /// Recalls the previously sent text; if its message is still shown, hints at editing it.
    fn older(&mut self) {
        self.composer.older();
        let own = |line: &&Line| line.own && line.is_message();
        let last = self.model.buffer().lines.iter().rev().find(own);
        let same = last.is_some_and(|line| line.text.as_str() == self.composer.text());
        if same && self.session().supports(Feature::Tags) {
            self.flash("Alt+E edits the message itself.");
        }
    }

    /// Types a pair of Markdown signs with the cursor between them; before a closing sign, steps
    /// over it.
    fn enclose(&mut self, sign: &str) {
        if !self.settings.markdown {
            return self.flash("/set markdown on sends *bold*, _italic_ and `code` as such.");
        }
        let (text, cursor) = (self.composer.text(), self.composer.cursor());
        let (before, behind) = text.split_at(cursor);
        if behind.starts_with(sign) && !before.ends_with(sign) {
            return self.edit(Edit::Right);
        }
        self.composer.insert(&sign.repeat(2));
        self.edit(Edit::Left);
    }

    fn edit(&mut self, edit: Edit) {
        self.composer.edit(edit);
        self.has_typed();
    }

    /// Returns whether Ctrl+K kills the text after the cursor.
    fn kills(&self) -> bool {
        match self.settings.ctrl_k {
            CtrlK::Auto => self.composer.cursor() < self.composer.text().len(),
            CtrlK::Switch => false,
            CtrlK::Kill => true,
        }
    }

    fn escape(&mut self) {
        if self.context.is_some() {
            return self.leave_context();
        }
        // `|`, not `||`: both panels are reset at once.
        if self.shape.rooms.take().is_some() | self.shape.people.take().is_some() {
            return;
        }
        self.choose_newest();
    }

    /// Enters a whole line, as if typed.
    pub fn enter_line(&mut self, now: impl Into<Now>, line: &str) {
        self.set_time(now);
        self.changed = true;
        if let Mode::Secret(form) = &self.mode {
            let mut form = form.clone();
            form.push(line);
            return self.answer_secret(form);
        }
        self.composer.set(line.to_owned());
        self.enter();
    }

    fn enter(&mut self) {
        if self.composer.text().trim().is_empty() {
            return;
        }
        let is_text = matches!(commands::table::typed(self.composer.text()), Typed::Text(_));
        if is_text && !self.can_say() {
            // The typed text and its context stay.
            return self.report_no_recipient();
        }
        let here = self.model.buffer().raw_name.clone();
        if let Some(shown) = secret::masked(self.composer.text(), secret::is_service(&here)) {
            // `forget`, not `take`: the line must not enter the history of sent text.
            let line = self.composer.forget();
            self.dirty = true;
            return self.send_secret(&line, &shown, &here);
        }
        // Taken before the command runs: it may switch buffers, which stores typed text as a draft.
        let line = self.composer.take();
        self.dirty = true;
        match commands::table::typed(&line) {
            Typed::Command(command) => {
                self.typing_done();
                commands::run(self, command);
            }
            Typed::Text(text) => {
                let text = crate::complete::with_emoji(text);
                self.say(&text, false);
            }
        }
    }

    /// Sends a line with a password, which is neither shown, recalled nor saved.
    pub(super) fn send_secret(&mut self, line: &str, shown: &str, here: &str) {
        if !self.is_online() {
            return;
        }
        match commands::table::typed(line) {
            Typed::Command(command) => commands::run_secret(self, command),
            Typed::Text(text) => self.request(|session| session.send_unrecorded(here, text)),
        }
        self.tell(&format!("Sent: {shown}"));
    }

    fn complete(&mut self, on: bool) {
        if self.completion.is_none() {
            let (text, cursor) = (self.composer.text(), self.composer.cursor());
            self.completion = Completion::begin(&self.model, text, cursor);
        }
        if let Some(completion) = &mut self.completion {
            let (text, cursor) = completion.step(on);
            self.composer.set_at(text, cursor);
        }
    }

    /// Returns the candidates of Tab completion, and the index of the chosen one.
    pub fn completion(&self) -> Option<(Vec<String>, Option<usize>)> {
        let shown = |(all, chosen): (&[String], Option<usize>)| {
            (
                all.iter()
                    .map(|one| crate::complete::display_text(one))
                    .collect(),
                chosen,
            )
        };
        if let Some(completion) = &self.completion {
            return Some(shown(completion.candidates()));
        }
        // Commands, channels, nicks and emoji are offered while they are typed.
        let (text, cursor) = (self.composer.text(), self.composer.cursor());
        if !matches!(self.mode, Mode::Compose) || !crate::complete::shows_popup(text, cursor) {
            return None;
        }
        let completion = Completion::begin(&self.model, text, cursor)?;
        Some(shown(completion.candidates()))
    }

    fn interrupt(&mut self) {
        if self.context.is_some() {
            return self.leave_context();
        }
        if !self.composer.is_empty() {
            return self.edit(Edit::Clear);
        }
        let twice = self
            .interrupted
            .is_some_and(|at| self.monotonic.saturating_sub(at) < TWICE);
        if twice {
            return self.leave("");
        }
        self.interrupted = Some(self.monotonic);
    }

    /// Returns whether one more Ctrl+C quits.
    pub fn is_about_to_leave(&self) -> bool {
        self.interrupted
            .is_some_and(|at| self.monotonic.saturating_sub(at) < TWICE)
    }

    /// Removes an expired notice, and ends the wait for a second Ctrl+C.
    pub(super) fn expire_notices(&mut self) {
        if self.interrupted.is_some() && !self.is_about_to_leave() {
            self.interrupted = None;
            self.changed = true;
        }
        if self.flash.is_some() && self.flashed().is_none() {
            self.flash = None;
            self.changed = true;
        }
    }

    /// Cancels a reply or an edit; the draft from before an edit returns.
    fn leave_context(&mut self) {
        if let Some(ComposeContext::Edit { draft, .. }) = self.context.take() {
            self.composer.replace(draft);
        }
    }

    /// Marks the shown buffer as read, or all buffers.
    pub(crate) fn read(&mut self, all: bool) {
        let current = self.model.current;
        for index in 0..self.model.buffers.len() {
            if all || index == current {
                let buffer = &mut self.model.buffers[index];
                (buffer.unread, buffer.mentions) = (0, 0);
                buffer.unread_from = None;
                self.tell_read(index);
            }
        }
    }

    fn scroll(&mut self, up: bool) {
        let rows = usize::from(self.layout().timeline.height);
        self.scroll_rows(up, rows.saturating_sub(2).max(1));
    }

    fn half_page(&mut self, up: bool) {
        let rows = usize::from(self.layout().timeline.height);
        self.scroll_rows(up, (rows / 2).max(1));
    }

    pub(super) fn scroll_rows(&mut self, up: bool, rows: usize) {
        let layout = self.layout();
        let current = self.model.current;
        let reached = timeline::scroll(&mut self.model, current, &layout, &self.settings, up, rows);
        if reached {
            self.load_older();
        }
        if !up && self.model.buffer().scroll.is_none() {
            self.load_newer();
            self.model.seen();
            self.mark_read();
        }
    }
}

/// Actions that edit the text.
const EDITS: [(Action, Edit); 14] = [
    (Action::LineStart, Edit::Start),
    (Action::LineEnd, Edit::End),
    (Action::Left, Edit::Left),
    (Action::Right, Edit::Right),
    (Action::WordLeft, Edit::WordLeft),
    (Action::WordRight, Edit::WordRight),
    (Action::Backspace, Edit::Backspace),
    (Action::Delete, Edit::Delete),
    (Action::DeleteOrDown, Edit::Delete),
    (Action::KillWordBefore, Edit::KillWordBefore),
    (Action::KillWordAfter, Edit::KillWordAfter),
    (Action::KillOrUp, Edit::KillToStart),
    (Action::Yank, Edit::Yank),
    (Action::Transpose, Edit::Transpose),
];

fn edit_of(action: Action) -> Option<Edit> {
    let mut edits = EDITS.iter();
    let found = edits.find(|(known, _)| *known == action);
    found.map(|(_, edit)| *edit)
}

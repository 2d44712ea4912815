//! Messages of the user: sending, resending, editing, deleting, reactions, typing notifications.

use irc_wire::text;

use super::App;
use super::deletions::Deletion;
use super::mode::ComposeContext;
use super::parts::{self, MessageLimits};
use crate::NetworkId;
use crate::engine::{Feature, OutgoingMessage, Typing};
use crate::markdown;
use crate::model::{BufferId, BufferKind, Line, LineId, LineKind, LineState};

impl App {
    /// Sends a message to the shown buffer.
    pub(crate) fn say(&mut self, text: &str, action: bool) {
        let mut context = self.context.take();
        if let Some(ComposeContext::Edit { draft, .. }) = &mut context {
            // The draft from before the edit returns.
            self.composer.reset(std::mem::take(draft));
        }
        let (mut reply, mut edit) = (None, None);
        match &context {
            Some(ComposeContext::Reply { msgid, .. }) => reply = Some(msgid.as_str()),
            Some(ComposeContext::Edit { msgid, .. }) => edit = Some(msgid.as_str()),
            None => {}
        }
        let text = self.formatted(text);
        let words = OutgoingMessage {
            text: &text,
            action,
            notice: false,
            reply,
            edit,
        };
        self.say_here(words);
    }

    /// Returns typed text as it is sent: with Markdown as formatting codes, unless that is off.
    pub(crate) fn formatted(&self, text: &str) -> String {
        if self.settings.markdown {
            markdown::formatted(text)
        } else {
            text.to_owned()
        }
    }

    /// Returns whether a message to the shown buffer reaches anybody.
    pub(super) fn can_say(&self) -> bool {
        let buffer = self.model.buffer();
        match buffer.kind {
            BufferKind::Server => false,
            BufferKind::Channel => buffer.joined,
            BufferKind::Person => true,
        }
    }

    pub(crate) fn say_here(&mut self, words: OutgoingMessage) {
        if !self.can_say() {
            return self.report_no_recipient();
        }
        let index = self.model.current;
        // The sent message appears at the end: show it.
        self.newest();
        self.say_in(index, words);
    }

    /// Reports that a message would reach nobody here.
    pub(super) fn report_no_recipient(&mut self) {
        self.report_error(match self.model.buffer().kind {
            BufferKind::Server => "This is the server's own buffer; /join #room joins a room.",
            BufferKind::Channel | BufferKind::Person => {
                "You are not in this room; /join rejoins it."
            }
        });
    }

    /// Sends a message to a buffer, in as few protocol messages as possible.
    pub(super) fn say_in(&mut self, index: usize, words: OutgoingMessage) {
        // Whoever sees the message knows that the user no longer types.
        self.typing.end();
        let buffer = &self.model.buffers[index];
        let (net, name) = (buffer.network, buffer.raw_name.clone());
        for (at, text) in self
            .messages_of(net, &name, words.text, words.action)
            .into_iter()
            .enumerate()
        {
            // Only the first part replies or edits; the rest follows as plain messages.
            let (edit, reply) = (
                words.edit.filter(|_| at == 0),
                words.reply.filter(|_| at == 0),
            );
            let words = OutgoingMessage {
                text,
                edit,
                reply,
                ..words
            };
            self.say_one(index, net, &name, words);
        }
    }

    /// Splits a text into messages: of several lines where the server supports draft/multiline,
    /// else one per line, with long lines in pieces.
    fn messages_of<'a>(
        &self,
        net: NetworkId,
        name: &str,
        text: &'a str,
        action: bool,
    ) -> Vec<&'a str> {
        let session = &self.nets[net].session;
        let line = session.max_text_len(name);
        if session.supports_multiline() && !action {
            let (bytes, lines) = session.multiline_limits();
            // At least 1: with a limit of 0, no piece would ever fit.
            let room = MessageLimits {
                bytes: bytes.max(1),
                lines: lines.max(1),
                line,
            };
            return parts::parts(text, room);
        }
        // The CTCP framing of an ACTION takes its share of the line.
        let frame = if action { "\u{1}ACTION \u{1}".len() } else { 0 };
        let most = line.saturating_sub(frame).max(64);
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        lines.flat_map(|line| text::pieces(line, most)).collect()
    }

    /// Returns the number of messages that a text is sent as in the shown buffer.
    pub fn message_count(&self, text: &str) -> usize {
        let buffer = self.model.buffer();
        self.messages_of(buffer.network, &buffer.raw_name, text, false)
            .len()
    }

    fn say_one(&mut self, index: usize, net: NetworkId, name: &str, words: OutgoingMessage) {
        let state = &mut self.nets[net];
        // Waiting lines are sent once there is a connection and the channel is joined.
        let state = if !state.is_online() || self.model.buffers[index].rejoining {
            LineState::Waiting
        } else {
            match state.session.send_message(name, words) {
                Some(label) => LineState::Pending { label },
                None => LineState::Sent,
            }
        };
        self.model.said_by_user(index, self.now, words, state);
        self.dirty = true;
        self.changed = true;
    }

    /// Sends a line again that was not delivered.
    pub(super) fn say_line_again(&mut self, index: usize, line: &Line) {
        let words = OutgoingMessage {
            text: line.raw.as_deref().unwrap_or(line.text.as_str()),
            action: line.kind == LineKind::Action,
            notice: line.kind == LineKind::Notice,
            reply: line.reply.as_ref().map(|reply| reply.msgid.as_str()),
            edit: line.edits.as_deref(),
        };
        self.say_in(index, words);
    }

    /// Sends a refused line again.
    pub(crate) fn retry(&mut self, id: LineId) {
        let index = self.model.current;
        let Some(at) = self.model.buffers[index].position(id) else {
            return;
        };
        let line = self.model.buffers[index].lines[at].clone();
        if matches!(line.state, LineState::Failed { .. }) {
            // Removed first: sending appends it again, as the newest line.
            self.model.drop_line(index, id);
            self.say_line_again(index, &line);
        }
    }

    /// Reacts to a message; removes the reaction if the user has given it already.
    pub(crate) fn react(&mut self, id: LineId, text: &str) {
        let text = text.trim().trim_matches(':');
        let emoji = emojis::get_by_shortcode(text).map_or(text, emojis::Emoji::as_str);
        if emoji.contains(char::is_whitespace) {
            return self.flash("Give one emoji, or its name.");
        }
        if !emoji.is_empty() && emoji.is_ascii() {
            return self.flash(&format!("There is no emoji called {emoji}."));
        }
        let index = self.model.current;
        let buffer = &self.model.buffers[index];
        let (net, name) = (buffer.network, buffer.raw_name.clone());
        let Some(line) = buffer.position(id).map(|at| &buffer.lines[at]) else {
            return;
        };
        let Some(msgid) = line.msgid.clone() else {
            return self
                .report_error("The server gave that message no id, so it cannot be reacted to.");
        };
        if emoji.is_empty() {
            return;
        }
        if !self.session().supports(Feature::Tags) {
            return self.report_error("This server does not support reactions.");
        }
        let own = line
            .reactions
            .iter()
            .any(|r| r.own && r.text.as_str() == emoji);
        if self.is_online() {
            self.nets[net].session.react(&name, &msgid, emoji, own);
            // Without echo-message, the server does not tell the user of their own reaction.
            if !self.nets[net].session.supports(Feature::Echo) {
                let nick = self.model.nick().to_string();
                let event = crate::engine::Event::Reacted {
                    buffer: name,
                    from: nick,
                    own: true,
                    to: msgid,
                    text: emoji.to_owned(),
                    removed: own,
                };
                self.event(net, event);
            }
        }
    }

    /// Schedules the deletion of a message; until it is due, it can be undone.
    pub(crate) fn schedule_delete(&mut self, id: LineId) {
        let buffer = self.model.buffer();
        let (net, target) = (buffer.network, buffer.raw_name.clone());
        let id_of_buffer = buffer.id;
        let Some(line) = buffer.position(id).map(|at| &buffer.lines[at]) else {
            return;
        };
        let own = line.own;
        let Some(msgid) = line.msgid.clone() else {
            match line.state {
                LineState::Sent => {
                    self.flash("The server gave that message no id, so it cannot be deleted.")
                }
                LineState::Pending { .. } => {
                    self.flash("It is on its way; delete it once the server has it.");
                }
                LineState::Waiting | LineState::Unconfirmed | LineState::Failed { .. } => {
                    self.model.drop_line(self.model.current, id);
                    self.dirty = true;
                }
            }
            return;
        };
        // Each edit is a message with an ID of its own, and is redacted as well.
        let msgids = std::iter::once(msgid).chain(line.edit_ids.iter().cloned());
        let msgids = msgids.collect();
        if !self.session().supports(Feature::Redaction) {
            return self.flash("This server cannot delete messages.");
        }
        if !own && !self.is_operator() {
            return self.flash("Only operators of the room can delete others' messages.");
        }
        let deletion = Deletion {
            network: net,
            buffer: id_of_buffer,
            target,
            msgids,
        };
        self.deletions.schedule(self.monotonic, deletion);
        self.flash("Deleted in five seconds; Ctrl+_ on an empty line or /undo keeps it.");
    }

    /// Returns whether the user is an operator of the shown channel, at least a half-operator.
    pub(super) fn is_operator(&self) -> bool {
        let buffer = self.model.buffer();
        let folded = self
            .session()
            .isupport()
            .casemap
            .fold(self.model.nick().as_str());
        let member = buffer.members.get(&folded);
        member.is_some_and(|member| member.prefix.contains(['~', '&', '@', '%']))
    }

    /// Makes all scheduled deletions due, since there is no later.
    pub(super) fn delete_now(&mut self) {
        self.deletions.hurry();
        self.delete_due();
    }

    /// Cancels the last scheduled deletion. Returns whether there was one.
    pub(crate) fn undo_delete(&mut self) -> bool {
        let spared = self.deletions.undo();
        if spared {
            self.flash("The message stays.");
        }
        spared
    }

    pub(super) fn delete_due(&mut self) {
        // Deletions on a lost connection wait for the next one.
        let (now, nets) = (self.monotonic, &self.nets);
        let can_do = |deletion: &Deletion| nets[deletion.network].is_online();
        for deletion in self.deletions.take_due(now, can_do) {
            let index = self.model.index_of(deletion.buffer);
            let target = index.map_or(&deletion.target, |at| &self.model.buffers[at].raw_name);
            let session = &mut self.nets[deletion.network].session;
            for msgid in &deletion.msgids {
                session.redact(target, msgid);
            }
        }
    }

    /// Sends a typing notification after a key, at intervals.
    pub(super) fn has_typed(&mut self) {
        let buffer = self.model.buffer();
        let text = self.composer.text();
        // A command is no message; a text that begins with `//` is.
        let command = text.starts_with('/') && !text.starts_with("//");
        if !self.settings.typing || buffer.kind == BufferKind::Server || command {
            return;
        }
        if text.trim().is_empty() {
            return self.typing_done();
        }
        let (net, id) = (buffer.network, buffer.id);
        let state = &mut self.nets[net];
        if state.is_online()
            && state.session.supports(Feature::Tags)
            && self.typing.typed(id, self.monotonic)
        {
            state.session.typing(&buffer.raw_name, Typing::Active);
        }
    }

    /// Sends that the user no longer types.
    pub(super) fn typing_done(&mut self) {
        let buffer = self.typing.end();
        self.tell_typing(buffer, Typing::Done);
    }

    pub(super) fn paused_typing(&mut self) {
        let buffer = self.typing.end_after_pause(self.monotonic);
        if !self.composer.is_empty() {
            self.tell_typing(buffer, Typing::Paused);
        }
    }

    /// Sends a typing notification to a buffer, if there is one.
    fn tell_typing(&mut self, buffer: Option<BufferId>, state: Typing) {
        let Some(index) = buffer.and_then(|id| self.model.index_of(id)) else {
            return;
        };
        let buffer = &self.model.buffers[index];
        let net = &mut self.nets[buffer.network];
        if net.is_online() {
            net.session.typing(&buffer.raw_name, state);
        }
    }
}

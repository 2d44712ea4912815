//! Chat messages of a network: shown once, at their place, and counted.

use super::buffer::TypingUser;
use super::mentions::names;
use super::{Alert, BufferKind, Line, LineKind, LineState, Mention, Model, Notify, hue};
use crate::NetworkId;
use crate::SafeText;
use crate::app::secret;
use crate::engine::{ChatMessage, Isupport, MessageKind, Typing};
use crate::formatting::FormattedText;

/// Maximum users shown as typing.
const TYPISTS: usize = 50;
/// Milliseconds after which a typing notification expires (typing, §Format).
const TYPING: u64 = 6_000;
/// Milliseconds after which a paused one expires.
const TYPING_PAUSED: u64 = 30_000;

impl Model {
    pub(super) fn said(
        &mut self,
        net: NetworkId,
        now: u64,
        isupport: &Isupport,
        said: ChatMessage,
    ) {
        let kind = if isupport.is_channel(&said.buffer) {
            BufferKind::Channel
        } else {
            BufferKind::Person
        };
        let time = said.time.unwrap_or(now);
        let who = self.networks[net].casemap.fold(&said.from);
        if let Some(label) = &said.label {
            if !said.own {
                // A labelled answer: the message was delivered, but this is not its echo.
                self.settle(net, label);
            } else if self.acknowledge(net, label, time, said.msgid.clone()) {
                // The echo of a line that is shown already.
                return;
            }
        }
        let account = said.account.as_deref();
        self.people.heard(net, &who, said.place.as_deref(), account);
        if !said.own && self.ignores(net, &said.from) {
            return;
        }
        if kind == BufferKind::Channel && self.find(net, &said.buffer).is_none() {
            // The user has just left that channel.
            return;
        }
        let index = self.open_for_others(net, &said.buffer, kind);
        self.buffers[index].wanted |= said.own;
        let (said, text) = shown(said);
        if kind == BufferKind::Person && !said.own {
            self.buffers[index].away_told = None;
        }
        if self.apply_edit(net, index, &said, &text) {
            return;
        }
        let line = self.line_said(net, index, time, &said, text);
        let mention = line.mention;
        let direct = kind == BufferKind::Person;
        if said.own && said.history && self.catching_up {
            // The user has read what they answered.
            self.buffers[index].read();
        }
        let for_user = !said.own && (mention || direct);
        let found = Mention {
            network: net,
            buffer: said.buffer,
            line: line.id,
            msgid: line.msgid.clone(),
            from: line.from.clone(),
            text: line.text.text.clone(),
            time,
        };
        let buffer = &self.buffers[index];
        let newest = buffer.scroll.is_none() && !buffer.detached;
        let watched = index == self.current && self.focused && newest;
        let after = buffer.marker.is_none_or(|marker| time > marker);
        // Unread is what is not on the screen, lies after the read marker, and is live or was
        // missed.
        let counts = !watched && after && (!said.history || self.catching_up);
        let wanted = match buffer.notify {
            Notify::All => true,
            Notify::Mentions => for_user,
            Notify::Off => false,
        };
        let muted = buffer.muted;
        let buffer = &mut self.buffers[index];
        buffer.typing.retain(|typist| typist.nick != found.from);
        buffer.has_spoken(who, time);
        let new = buffer.said(line, said.history, counts, direct);
        // A mention in a channel is kept for the inbox even if it was seen as it came.
        let kept = counts || mention || direct && !said.history;
        if new && for_user && kept {
            if counts && wanted && !muted && !said.own && !said.history {
                self.alert(index, &found);
            }
            self.keep_mention(found);
        } else if new && counts && wanted && !muted && !said.own && !said.history {
            self.alert(index, &found);
        }
        if index != self.current {
            self.buffers[index].shrink();
        }
    }

    /// Adds an unread message to the user, saved before the client was restarted.
    pub(crate) fn unread_before(
        &mut self,
        index: usize,
        from: &str,
        text: &str,
        time: u64,
        msgid: Option<String>,
    ) {
        let mut line = self.line(time, LineKind::Message, from, FormattedText::plain(text));
        line.msgid = msgid;
        let found = Mention {
            network: self.buffers[index].network,
            buffer: self.buffers[index].raw_name.clone(),
            line: line.id,
            msgid: line.msgid.clone(),
            from: line.from.clone(),
            text: line.text.text.clone(),
            time,
        };
        if self.buffers[index].said(line, true, true, true) {
            self.keep_mention(found);
        }
    }

    /// Returns the line of a message.
    fn line_said(
        &mut self,
        net: NetworkId,
        index: usize,
        time: u64,
        said: &ChatMessage,
        text: FormattedText,
    ) -> Line {
        let kind = match said.kind {
            MessageKind::Message => LineKind::Message,
            MessageKind::Action => LineKind::Action,
            MessageKind::Notice => LineKind::Notice,
        };
        let answers = said.reply.as_deref();
        let answers = answers.and_then(|id| self.buffers[index].by_msgid(id));
        let to_user = answers.is_some_and(|line| line.own);
        let mention = !said.own && (to_user || self.is_for_user(net, text.as_str()));
        let mut line = self.line(time, kind, &said.from, text);
        if let Some(account) = &said.account {
            line.hue = hue(account);
        }
        line.own = said.own;
        line.msgid.clone_from(&said.msgid);
        line.mention = mention;
        line.edited = said.edit.is_some();
        let reply = said.reply.as_ref();
        line.reply = reply.map(|id| Box::new(self.reply_to(index, id)));
        line
    }

    /// Applies an edit; returns whether the message edits one that is present.
    fn apply_edit(
        &mut self,
        net: NetworkId,
        index: usize,
        said: &ChatMessage,
        text: &FormattedText,
    ) -> bool {
        let casemap = self.networks[net].casemap;
        let buffer = &mut self.buffers[index];
        let Some(original) = &said.edit else {
            return false;
        };
        let Some(line) = buffer.by_msgid(original) else {
            return false;
        };
        // Only the sender may edit a message; edits of others are ignored.
        if casemap.same(line.from.as_str(), &said.from) {
            let from = SafeText::name(&said.from);
            buffer.typing.retain(|typist| typist.nick != from);
            buffer.edit(original, text.clone(), said.msgid.clone());
            if said.own && said.history {
                buffer.adopt_edit(original, text.as_str());
            }
        }
        true
    }

    fn alert(&mut self, index: usize, found: &Mention) {
        let buffer = &self.buffers[index];
        let title = match buffer.kind {
            BufferKind::Channel => format!("{} in {}", found.from, buffer.name),
            BufferKind::Server | BufferKind::Person => found.from.to_string(),
        };
        let title = SafeText::name(&title);
        self.alerts.push(Alert {
            title,
            body: found.text.clone(),
        });
    }

    /// Returns whether a text contains the user's nick or a highlight word.
    fn is_for_user(&self, net: NetworkId, text: &str) -> bool {
        let nick = self.networks[net].nick.as_str();
        names(text, nick) || self.highlights.iter().any(|word| names(text, word))
    }

    fn acknowledge(
        &mut self,
        net: NetworkId,
        label: &str,
        time: u64,
        msgid: Option<String>,
    ) -> bool {
        let mut buffers = self.buffers.iter_mut().filter(|b| b.network == net);
        buffers.any(|buffer| buffer.acknowledge(label, time, msgid.clone()))
    }

    pub(super) fn settle(&mut self, net: NetworkId, label: &str) {
        let mut buffers = self.buffers.iter_mut().filter(|b| b.network == net);
        // The server gave neither a time nor an id: the line keeps its own.
        buffers.any(
            |buffer| match buffer.pending_mut(label).map(|line| line.time) {
                Some(time) => buffer.acknowledge(label, time, None),
                None => false,
            },
        );
    }

    pub(super) fn refused(&mut self, net: NetworkId, now: u64, label: &str, why: &str) {
        let mut buffers = self.buffers.iter_mut().filter(|b| b.network == net);
        match buffers.find_map(|buffer| buffer.pending_mut(label)) {
            Some(line) => {
                line.state = LineState::Failed {
                    why: SafeText::new(why),
                };
            }
            None => {
                let index = self.answer_buffer(net);
                self.note(index, now, why, true);
            }
        }
    }

    pub(super) fn typing(&mut self, net: NetworkId, buffer: &str, nick: &str, state: Typing) {
        let Some(index) = self.find(net, buffer) else {
            return;
        };
        if self.ignores(net, nick) {
            return;
        }
        let (nick, now) = (SafeText::name(nick), self.steady);
        let typing = &mut self.buffers[index].typing;
        typing.retain(|typist| typist.nick != nick && now < typist.until);
        let until = match state {
            Typing::Active => now + TYPING,
            Typing::Paused => now + TYPING_PAUSED,
            Typing::Done => return,
        };
        if typing.len() < TYPISTS {
            typing.push(TypingUser { nick, until });
        }
    }

    pub(super) fn redacted(
        &mut self,
        net: NetworkId,
        buffer: &str,
        msgid: &str,
        by: &str,
        reason: &str,
    ) {
        let Some(index) = self.find(net, buffer) else {
            return;
        };
        let reason = if reason.is_empty() {
            String::new()
        } else {
            format!(": {reason}")
        };
        // First of all: the count needs the line as it was, with its mention.
        self.buffers[index].uncount(msgid);
        if let Some(line) = self.buffers[index].by_msgid_mut(msgid) {
            line.text = FormattedText::plain(&format!("— message removed by {by}{reason} —"));
            line.kind = LineKind::Message;
            line.redacted = true;
            line.mention = false;
            line.reply = None;
            line.reactions.clear();
        }
        // The text must not survive in quotes or the inbox.
        for line in &mut self.buffers[index].lines {
            if let Some(reply) = &mut line.reply
                && reply.msgid == msgid
            {
                reply.text = SafeText::new("message removed");
            }
        }
        self.inbox
            .retain(|mention| mention.msgid.as_deref() != Some(msgid));
    }
}

/// Returns a message and its text as shown: the user's own passwords are masked, and a STATUSMSG is
/// marked, so that nobody answers it to the whole channel.
fn shown(said: ChatMessage) -> (ChatMessage, FormattedText) {
    let to_service = secret::is_service(&said.buffer);
    let hidden = said.own.then(|| secret::masked(&said.text, to_service));
    let said = match hidden.flatten() {
        Some(text) => ChatMessage { text, ..said },
        None => said,
    };
    let text = match said.ranks.as_str() {
        "" => FormattedText::new(&said.text),
        ranks => FormattedText::new(&format!("[to {ranks}] {}", said.text)),
    };
    (said, text)
}

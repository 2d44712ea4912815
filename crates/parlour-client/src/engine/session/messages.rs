//! Incoming messages, tag messages, and the batches that contain them.

use irc_wire::{Message, time};

use super::{Batch, MAX_BATCHES, MultilineMessage, Session};
use crate::engine::{ChatMessage, Event, MessageKind, MessageRef, Page, Typing};

/// Type of batches of search results.
const SEARCH: &str = "soju.im/search";
/// Type of batches that are one multiline message.
const MULTILINE: &str = "draft/multiline";
/// Maximum bytes of a multiline message; the rest is cut.
const LINES_BYTES: usize = 16 * 1024;

impl Batch {
    /// Counts a message of the batch, and keeps its reference.
    fn note(&mut self, message: &Message) {
        self.count += 1;
        let point = MessageRef {
            msgid: message.tags.get("msgid").map(|id| id.into_owned()),
            time: message.tags.get("time").and_then(|t| time::parse(&t)),
        };
        if point != MessageRef::default() {
            self.first.get_or_insert_with(|| point.clone());
            self.last = Some(point);
        }
    }
}

impl Session {
    /// Returns whether a line belongs to a history page; if so, it is counted there.
    pub(super) fn is_replayed(&mut self, message: &Message) -> bool {
        match self.batch_of(message) {
            Some(batch) if batch.kind.ends_with("chathistory") => {
                batch.note(message);
                true
            }
            _ => false,
        }
    }

    pub(super) fn batch(&mut self, message: &Message) {
        let reference = message.params.get(0).unwrap_or_default();
        if let Some(name) = reference.strip_prefix('+') {
            let kind = message.params.get(1).unwrap_or_default().to_owned();
            let lines = (kind == MULTILINE).then(|| {
                let from = message.source.unwrap_or_default();
                let nick = from.split('!').next().unwrap_or_default().to_owned();
                let own = self.is_own(&nick);
                let target = message.params.get(2).unwrap_or_default();
                // Its opening line counts the message in the enclosing batch; `said` only adds to
                // the text.
                let whole =
                    self.build_message(message, nick, own, target, MessageKind::Message, "");
                MultilineMessage { whole, empty: true }
            });
            let batch = Batch {
                events: Vec::new(),
                kind,
                target: message.params.get(2).map(str::to_owned),
                label: message.tags.get("label").map(|label| label.into_owned()),
                count: 0,
                first: None,
                last: None,
                refused: None,
                parent: message.tags.get("batch").map(|parent| parent.into_owned()),
                lines,
            };
            // Messages of a batch beyond the bound are handled one by one.
            if self.batches.len() < MAX_BATCHES {
                self.batches.insert(name.to_owned(), batch);
            }
        } else if let Some(batch) = reference
            .strip_prefix('-')
            .and_then(|name| self.batches.remove(name))
        {
            if let Some(lines) = batch.lines {
                // A multiline message of a history page has its place in that page.
                self.current_batch = batch.parent;
                self.emit(Event::Message(lines.whole));
                self.current_batch = None;
                return;
            }
            if batch.kind == SEARCH {
                self.emit(Event::SearchEnd);
            }
            if let (true, Some(buffer)) = (batch.kind.ends_with("chathistory"), batch.target) {
                self.emit(Event::History(Page {
                    buffer,
                    events: batch.events,
                    count: batch.count,
                    first: batch.first,
                    last: batch.last,
                }));
            }
            if let (Some(label), Some(why)) = (batch.label, batch.refused) {
                self.emit(Event::Refused { label, why });
            }
        }
    }

    /// Returns the batch of a message, if it is in one.
    pub(super) fn batch_of(&mut self, message: &Message) -> Option<&mut Batch> {
        self.batches.get_mut(message.tags.get("batch")?.as_ref())
    }

    /// Returns the label of a message, of its batch, or of the batch around that.
    fn label_of(&mut self, message: &Message) -> Option<String> {
        if let Some(label) = message.tags.get("label") {
            return Some(label.into_owned());
        }
        let batch = self.batch_of(message)?;
        if let Some(label) = &batch.label {
            return Some(label.clone());
        }
        let parent = batch.parent.clone()?;
        self.batches.get(&parent)?.label.clone()
    }

    /// Returns the buffer of a message that `nick` sent to `target`.
    pub(super) fn buffer_of(&self, target: &str, nick: &str, own: bool) -> String {
        // A STATUSMSG is shown in the channel.
        let (_, target) = self.isupport.split_ranks(target);
        if own || self.isupport.is_channel(target) {
            target.to_owned()
        } else {
            nick.to_owned()
        }
    }

    /// Returns a message with all that its tags say, and counts it in its batch.
    fn build_message(
        &mut self,
        message: &Message,
        nick: String,
        own: bool,
        target: &str,
        kind: MessageKind,
        text: &str,
    ) -> ChatMessage {
        let tag = |name: &str| message.tags.get(name).map(|value| value.into_owned());
        let label = self.label_of(message);
        let (history, found) = self.batch_of(message).map_or((false, false), |batch| {
            batch.note(message);
            let found = batch.kind == SEARCH;
            (batch.kind.ends_with("chathistory") || found, found)
        });
        ChatMessage {
            buffer: self.buffer_of(target, &nick, own),
            ranks: self.isupport.split_ranks(target).0.to_owned(),
            from: nick,
            place: super::place(message),
            account: tag("account"),
            own,
            kind,
            text: text.to_owned(),
            reply: tag("+draft/reply").or_else(|| tag("+reply")),
            edit: tag("+draft/edit"),
            time: message.tags.get("time").and_then(|t| time::parse(&t)),
            msgid: tag("msgid"),
            label,
            history,
            found,
        }
    }

    pub(super) fn said(&mut self, message: &Message, nick: String, own: bool) {
        let target = message.params.get(0).unwrap_or_default();
        let text = message.params.get(1).unwrap_or_default();
        let concat = message.tags.get("draft/multiline-concat").is_some();
        if let Some(Batch {
            lines: Some(lines), ..
        }) = self.batch_of(message)
        {
            // The batch does not say which it is; its lines are all of one kind.
            if message.command.eq_ignore_ascii_case("NOTICE") {
                lines.whole.kind = MessageKind::Notice;
            }
            let whole = &mut lines.whole.text;
            // The first line gets no line feed before it, even if it is empty: hence the flag.
            if !std::mem::take(&mut lines.empty) && !concat {
                whole.push('\n');
            }
            let room = LINES_BYTES.saturating_sub(whole.len());
            whole.push_str(irc_wire::text::cut(text, room));
            return;
        }
        let action = text
            .strip_prefix("\u{1}ACTION ")
            .map(|t| t.strip_suffix('\u{1}').unwrap_or(t));
        let notice = message.command.eq_ignore_ascii_case("NOTICE");
        let (kind, text) = match action {
            Some(body) => (MessageKind::Action, body),
            // Other CTCPs are not shown, and never answered.
            None if text.starts_with('\u{1}') => return,
            None if notice => (MessageKind::Notice, text),
            None => (MessageKind::Message, text),
        };
        // A sender without `!` is a server, whose notices belong to no buffer.
        let of_server = message.source.is_none_or(|source| !source.contains('!'));
        if notice && (!self.registered || of_server) {
            return self.emit(Event::ServerText {
                buffer: None,
                text: text.to_owned(),
                error: false,
            });
        }
        let said = self.build_message(message, nick, own, target, kind, text);
        let react = message.tags.get("+draft/react");
        if let (Some(react), Some(to)) = (react, &said.reply) {
            // The text of a reaction is a fallback for clients that do not support reactions.
            let event = Event::Reacted {
                buffer: said.buffer,
                from: said.from,
                own,
                to: to.clone(),
                text: react.into_owned(),
                removed: false,
            };
            return self.emit(event);
        }
        self.emit(Event::Message(said));
    }

    /// Handles TAGMSG: typing notifications and reactions.
    pub(super) fn tags_only(&mut self, message: &Message, nick: String, own: bool) {
        let target = message.params.get(0).unwrap_or_default();
        let tag = |name: &str| message.tags.get(name).map(|value| value.into_owned());
        let buffer = self.buffer_of(target, &nick, own);
        if let Some(batch) = self.batch_of(message) {
            batch.note(message);
        }
        if let Some(state) = tag("+typing").filter(|_| !own) {
            let state = match state.as_str() {
                "active" => Typing::Active,
                "paused" => Typing::Paused,
                _ => Typing::Done,
            };
            self.emit(Event::Typing {
                buffer: buffer.clone(),
                nick: nick.clone(),
                state,
            });
        }
        let to = tag("+draft/reply").or_else(|| tag("+reply"));
        for (name, removed) in [("+draft/react", false), ("+draft/unreact", true)] {
            if let (Some(text), Some(to)) = (tag(name), to.clone()) {
                self.emit(Event::Reacted {
                    buffer: buffer.clone(),
                    from: nick.clone(),
                    own,
                    to,
                    text,
                    removed,
                });
            }
        }
    }

    /// Handles commands of IRCv3 other than messages.
    pub(super) fn extension(&mut self, message: &Message, nick: String, own: bool) {
        let param = |index: usize| message.params.get(index).unwrap_or_default().to_owned();
        let event = match message.command.to_ascii_uppercase().as_str() {
            "REDACT" => Event::Redacted {
                buffer: self.buffer_of(&param(0), &nick, own),
                msgid: param(1),
                by: nick,
                reason: param(2),
            },
            "MARKREAD" => Event::ReadMarker {
                buffer: param(0),
                time: param(1).strip_prefix("timestamp=").and_then(time::parse),
            },
            "CHATHISTORY" if param(0) == "TARGETS" => Event::Conversation(param(1)),
            "AWAY" => Event::Away {
                nick,
                away: !message.params.is_empty(),
            },
            "ACCOUNT" => Event::Account {
                nick,
                account: super::account(param(0)),
            },
            "RENAME" => Event::ChannelRenamed {
                old: param(0),
                new: param(1),
            },
            _ => return,
        };
        self.emit(event);
    }
}

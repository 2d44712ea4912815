//! Saved state: drafts, sent text, unsent messages, mutes and pins.

use super::App;
use super::saved::{SavedBuffer, SavedLine, SavedState, UnreadLine};
use crate::NetworkId;
use crate::engine::OutgoingMessage;
use crate::model::{Buffer, BufferKind, LineKind, LineState, Notify};

/// Conversations begun by others and never shown whose unread messages are saved, at most.
const STRANGERS: usize = 20;
/// Unread messages saved per conversation, at most.
const UNREAD: usize = 100;

/// Returns the unread messages of a private conversation.
fn unread_of(buffer: &Buffer) -> Vec<UnreadLine> {
    if buffer.kind != BufferKind::Person {
        return Vec::new();
    }
    let others =
        buffer.lines.iter().rev().filter(|line| {
            line.is_message() && !line.own && !line.redacted && line.state.is_sent()
        });
    let lines = others
        .take(buffer.unread.min(UNREAD))
        .map(|line| UnreadLine {
            from: line.from.to_string(),
            text: line.text.to_string(),
            time: line.time,
            msgid: line.msgid.clone(),
        });
    let mut lines: Vec<UnreadLine> = lines.collect();
    lines.reverse();
    lines
}

impl App {
    /// Returns the state to save.
    pub fn saved_state(&self) -> SavedState {
        let name = |net: NetworkId| self.nets[net].key().to_owned();
        let current = self.model.buffer();
        let mut buffers = Vec::new();
        for (index, buffer) in self.model.buffers.iter().enumerate() {
            // The draft of the shown buffer is in the composer, where `is_passing` does not look.
            let here = index == self.model.current && !self.composer.is_empty();
            let passing = buffer.is_passing() && !here;
            if buffer.kind == BufferKind::Server || passing && !self.keeps_unread(index) {
                continue;
            }
            let draft = if index == self.model.current {
                self.draft()
            } else {
                buffer.draft.clone()
            };
            let waits = buffer
                .lines
                .iter()
                .filter(|line| !line.state.is_sent() && line.own && line.is_message());
            let outbox = waits.map(|line| SavedLine {
                // The raw text still has its formatting codes.
                text: line.raw.as_deref().unwrap_or(line.text.as_str()).to_owned(),
                action: line.kind == LineKind::Action,
                reply: line.reply.as_ref().map(|reply| reply.msgid.clone()),
                edit: line.edits.clone(),
                time: line.time,
                sent: !matches!(line.state, LineState::Waiting),
                refused: match &line.state {
                    LineState::Failed { why } => Some(why.to_string()),
                    LineState::Sent
                    | LineState::Waiting
                    | LineState::Pending { .. }
                    | LineState::Unconfirmed => None,
                },
            });
            let held = buffer
                .scroll
                .and_then(|scroll| buffer.position(scroll.line));
            buffers.push(SavedBuffer {
                network: name(buffer.network),
                name: buffer.raw_name.clone(),
                room: buffer.kind == BufferKind::Channel,
                joined: buffer.joined,
                key: self.nets[buffer.network]
                    .key_of(&buffer.raw_name)
                    .map(str::to_owned),
                seen: buffer.seen_until().unwrap_or(0),
                draft,
                outbox: outbox.collect(),
                muted: buffer.muted,
                pinned: buffer.pinned,
                notify: word(buffer.notify).into(),
                scroll: held.and_then(|at| buffer.lines[at].msgid.clone()),
                passing,
                unread: unread_of(buffer),
            });
        }
        // Networks that are not in this run keep their saved buffers.
        buffers.extend(self.unmatched_buffers.iter().cloned());
        SavedState {
            sent: self.composer.sent().to_vec(),
            buffers,
            current: Some((name(current.network), current.raw_name.clone())),
        }
    }

    /// Returns whether a stranger's unread messages are saved; those of the latest strangers are.
    fn keeps_unread(&self, index: usize) -> bool {
        let buffers = &self.model.buffers;
        let unread = |buffer: &Buffer| {
            buffer.kind == BufferKind::Person && buffer.unread > 0 && buffer.is_passing()
        };
        let age = |index: usize| (buffers[index].lines.back().map(|line| line.time), index);
        let newer =
            (0..buffers.len()).filter(|&other| unread(&buffers[other]) && age(other) > age(index));
        unread(&buffers[index]) && newer.count() < STRANGERS
    }

    /// Restores the state of the previous run.
    pub fn restore(&mut self, kept: SavedState) {
        self.composer.recall(kept.sent);
        self.restore_buffers(kept.buffers);
        if let Some((network, name)) = kept.current
            && let Some(net) = self.network_of(&network)
            && let Some(index) = self.model.find(net, &name)
        {
            // `look_at`, not `go`: typed text is no draft of a restored buffer.
            self.model.look_at(index);
            self.keep_restored_buffer();
        }
        // The draft of the shown buffer moves to the composer.
        let draft = std::mem::take(&mut self.model.buffer_mut().draft);
        if !draft.is_empty() {
            self.composer.reset(draft);
        }
    }

    /// Restores buffers; those of networks that the client is not on are kept as they are.
    pub(super) fn restore_buffers(&mut self, buffers: Vec<SavedBuffer>) {
        for before in buffers {
            let Some(net) = self.network_of(&before.network) else {
                self.unmatched_buffers.push(before);
                continue;
            };
            let kind = if before.room {
                BufferKind::Channel
            } else {
                BufferKind::Person
            };
            let index = self.model.open(net, &before.name, kind);
            let buffer = &mut self.model.buffers[index];
            buffer.joined = before.joined || !before.room;
            buffer.rejoining = before.joined && before.room;
            buffer.draft = before.draft;
            buffer.marker = Some(before.seen).filter(|seen| *seen > 0);
            buffer.wanted = !before.room && !before.passing;
            (buffer.muted, buffer.pinned) = (before.muted, before.pinned);
            buffer.notify = notify(&before.notify).unwrap_or_default();
            for line in before.unread {
                self.model
                    .unread_before(index, &line.from, &line.text, line.time, line.msgid);
            }
            for line in before.outbox {
                let words = OutgoingMessage {
                    text: &line.text,
                    action: line.action,
                    notice: false,
                    reply: line.reply.as_deref(),
                    edit: line.edit.as_deref(),
                };
                let state = match (&line.refused, line.sent) {
                    (Some(why), _) => LineState::Failed {
                        why: crate::SafeText::new(why),
                    },
                    (None, true) => LineState::Unconfirmed,
                    (None, false) => LineState::Waiting,
                };
                let time = if line.time > 0 { line.time } else { self.now };
                self.model.said_by_user(index, time, words, state);
            }
            if let Some(key) = before.key {
                self.nets[net].remember_keys(&before.name, &key);
            }
            // The place in the list depends on the pin set above; the index changes.
            let index = self.model.resettle(index);
            if let Some(msgid) = before.scroll {
                self.nets[net]
                    .held
                    .insert(self.model.buffers[index].raw_name.clone(), msgid);
            }
        }
    }
}

/// Returns the configuration word for a notification level.
pub(crate) fn word(notify: Notify) -> &'static str {
    match notify {
        Notify::All => "all",
        Notify::Mentions => "mentions",
        Notify::Off => "off",
    }
}

/// Parses the configuration word for a notification level.
pub(crate) fn notify(word: &str) -> Option<Notify> {
    Some(match word {
        "all" => Notify::All,
        "mentions" => Notify::Mentions,
        "off" => Notify::Off,
        _ => return None,
    })
}

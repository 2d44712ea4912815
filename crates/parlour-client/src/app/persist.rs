//! What outlives the client: drafts, what was sent, what waits to be sent, what is muted.

use serde::{Deserialize, Serialize};

use super::App;
use crate::engine::OutgoingMessage;
use crate::model::{Buffer, BufferKind, LineKind, LineState, Notify};

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedState {
    /// What was sent, oldest first.
    pub sent: Vec<String>,
    /// The buffers.
    pub buffers: Vec<SavedBuffer>,
    /// The one that was looked at: its network and name.
    pub current: Option<(String, String)>,
}

/// Of one buffer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedBuffer {
    /// The network, as the client was told to reach it.
    pub network: String,
    /// The buffer.
    pub name: String,
    /// Whether it is a room.
    pub room: bool,
    /// Whether the user is in it.
    pub joined: bool,
    /// The key that the room wants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Up to when all of it was seen, in milliseconds since 1970; 0: nothing.
    pub seen: u64,
    /// What was typed and not sent.
    pub draft: String,
    /// What was said and not acknowledged.
    pub outbox: Vec<SavedLine>,
    /// Nothing in it counts.
    pub muted: bool,
    /// It stands before the others.
    pub pinned: bool,
    /// `all`, `mentions`, `off`.
    pub notify: String,
    /// The message at which the user was reading.
    pub scroll: Option<String>,
    /// Whether it is kept for what was not read in it alone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub passing: bool,
    /// Of a conversation, what was not read; the oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<UnreadLine>,
}

/// Something that somebody said to the user and that was not read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UnreadLine {
    /// Who said it.
    pub from: String,
    /// What.
    pub text: String,
    /// When, in milliseconds since 1970.
    pub time: u64,
    /// Its id, where the server gave it one: the same line in the history is not shown twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub msgid: Option<String>,
}

/// Conversations that others began and the user has not looked at, of which that is kept.
const STRANGERS: usize = 20;
/// Unread lines that are kept of one conversation.
const UNREAD: usize = 100;

/// What is not read of a conversation.
fn unread_of(buffer: &Buffer) -> Vec<UnreadLine> {
    if buffer.kind != BufferKind::Person {
        return Vec::new();
    }
    let others = buffer
        .lines
        .iter()
        .rev()
        .filter(|line| line.is_said() && !line.own && !line.redacted && line.state.is_sent());
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

/// Something that was said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedLine {
    /// The text.
    pub text: String,
    /// Whether it tells what the user does.
    pub action: bool,
    /// The id of what it answers to.
    pub reply: Option<String>,
    /// The id of what it stands in the place of.
    pub edit: Option<String>,
    /// When it was said, in milliseconds since 1970.
    pub time: u64,
    /// Whether it was sent, and nothing heard of it.
    pub sent: bool,
    /// Why it was refused, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

impl App {
    /// What is to outlive the client.
    pub fn kept(&self) -> SavedState {
        let name = |net: usize| self.nets[net].key().to_owned();
        let current = self.model.buffer();
        let mut buffers = Vec::new();
        for (index, buffer) in self.model.buffers.iter().enumerate() {
            let here = index == self.model.current && !self.composer.is_empty();
            let passing = buffer.is_passing() && !here;
            if buffer.kind == BufferKind::Server || passing && !self.is_read_later(index) {
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
                .filter(|line| !line.state.is_sent() && line.own && line.is_said());
            let outbox = waits.map(|line| SavedLine {
                text: line.raw.as_deref().unwrap_or(line.text.as_str()).to_owned(),
                action: line.kind == LineKind::Action,
                reply: line.reply.as_ref().map(|reply| reply.msgid.clone()),
                edit: line.edits.clone(),
                time: line.time,
                sent: !matches!(line.state, LineState::Waiting),
                refused: match &line.state {
                    LineState::Failed { why } => Some(why.to_string()),
                    _ => None,
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
        buffers.extend(self.elsewhere.iter().cloned());
        SavedState {
            sent: self.composer.sent().to_vec(),
            buffers,
            current: Some((name(current.network), current.raw_name.clone())),
        }
    }

    /// Whether what a stranger has said is kept until it is read: of the last of them that is.
    fn is_read_later(&self, index: usize) -> bool {
        let buffers = &self.model.buffers;
        let unread = |buffer: &Buffer| {
            buffer.kind == BufferKind::Person && buffer.unread > 0 && buffer.is_passing()
        };
        let age = |index: usize| (buffers[index].lines.back().map(|line| line.time), index);
        let newer =
            (0..buffers.len()).filter(|&other| unread(&buffers[other]) && age(other) > age(index));
        unread(&buffers[index]) && newer.count() < STRANGERS
    }

    /// Takes up what an earlier life has left.
    pub fn restore(&mut self, kept: SavedState) {
        self.composer.recall(kept.sent);
        self.restore_buffers(kept.buffers);
        if let Some((network, name)) = kept.current
            && let Some(net) = self.nets.iter().position(|net| net.key() == network)
            && let Some(index) = self.model.find(net, &name)
        {
            // What is typed here belongs to no buffer of before.
            self.model.look_at(index);
            self.begins_elsewhere();
        }
        let draft = std::mem::take(&mut self.model.buffer_mut().draft);
        if !draft.is_empty() {
            self.composer.reset(draft);
        }
    }

    /// Takes up buffers; those of networks that there are not now are kept as they are.
    pub(super) fn restore_buffers(&mut self, buffers: Vec<SavedBuffer>) {
        for before in buffers {
            let Some(net) = self.nets.iter().position(|net| net.key() == before.network) else {
                self.elsewhere.push(before);
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
            buffer.entering = before.joined && before.room;
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
            let index = self.model.resettle(index);
            if let Some(msgid) = before.scroll {
                self.nets[net]
                    .held
                    .insert(self.model.buffers[index].raw_name.clone(), msgid);
            }
        }
    }
}

/// The word for it.
pub(crate) fn word(notify: Notify) -> &'static str {
    match notify {
        Notify::All => "all",
        Notify::Mentions => "mentions",
        Notify::Off => "off",
    }
}

/// What a word means.
pub(crate) fn notify(word: &str) -> Option<Notify> {
    Some(match word {
        "all" => Notify::All,
        "mentions" => Notify::Mentions,
        "off" => Notify::Off,
        _ => return None,
    })
}

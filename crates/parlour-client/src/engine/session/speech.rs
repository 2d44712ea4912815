//! Outgoing messages, reactions, typing notifications and searches.

use irc_wire::{Line, MAX_LINE, text};

use super::{Session, one_line, one_word};
use crate::engine::Typing;

/// Message to be sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct OutgoingMessage<'a> {
    /// Text; several lines only with [`Session::supports_multiline`].
    pub text: &'a str,
    /// True for a CTCP ACTION (`/me`).
    pub action: bool,
    /// True for a notice.
    pub notice: bool,
    /// Message id of the message that it replies to.
    pub reply: Option<&'a str>,
    /// Message id of the message that it edits.
    pub edit: Option<&'a str>,
}

impl Session {
    /// Sends a message; returns the label of its echo or refusal, if the server acknowledges.
    pub fn send_message(&mut self, target: &str, words: OutgoingMessage) -> Option<String> {
        let label = self.acknowledges().then(|| {
            self.next_label += 1;
            format!("m{}", self.next_label)
        });
        let tagged = self.has("message-tags");
        let tags = [
            ("label", label.as_deref()),
            ("+draft/reply", words.reply.filter(|_| tagged)),
            ("+draft/edit", words.edit.filter(|_| tagged)),
        ];
        let most = self.max_text_len(target);
        let command = if words.notice { "NOTICE" } else { "PRIVMSG" };
        if words.action {
            let text = format!("\u{1}ACTION {}\u{1}", one_line(words.text));
            self.tagged(&tags, &[command, target, &text]);
        } else if self.supports_multiline()
            && (words.text.contains('\n') || words.text.len() > most)
        {
            self.say_lines(&tags, command, target, words.text, most);
        } else {
            self.tagged(&tags, &[command, target, words.text]);
        }
        label
    }

    /// Sends a multiline batch (draft/multiline): each line, and long ones in pieces.
    fn say_lines(
        &mut self,
        tags: &[(&str, Option<&str>)],
        command: &str,
        target: &str,
        said: &str,
        most: usize,
    ) {
        let batch = format!("b{}", self.next_label);
        self.tagged(
            tags,
            &["BATCH", &format!("+{batch}"), "draft/multiline", target],
        );
        for line in said.split('\n') {
            let mut begin = 0;
            // Where a line is split between words, the space stays at the end of the earlier piece.
            for piece in text::pieces(line, most) {
                let from = piece.as_ptr() as usize - line.as_ptr() as usize;
                let to = from + piece.len();
                let to = to + usize::from(line[to..].starts_with(' '));
                // Pieces after the first continue their line without a line feed.
                let concat = if begin > 0 { Some("") } else { None };
                let tags = [("batch", Some(&*batch)), ("draft/multiline-concat", concat)];
                self.tagged(&tags, &[command, target, &line[begin..to]]);
                begin = to;
            }
        }
        self.send(&["BATCH", &format!("-{batch}")]);
    }

    /// Returns whether the server accepts multiline messages.
    pub fn supports_multiline(&self) -> bool {
        self.has("draft/multiline") && self.has("batch")
    }

    /// Returns the maximum bytes and lines of a multiline message.
    pub fn multiline_limits(&self) -> (usize, usize) {
        let value = self
            .offered
            .get("draft/multiline")
            .map_or("", String::as_str);
        let key = |name: &str| {
            let mut pairs = value.split(',').filter_map(|pair| pair.split_once('='));
            pairs.find(|(key, _)| *key == name)?.1.parse().ok()
        };
        (
            key("max-bytes").unwrap_or(4096),
            key("max-lines").unwrap_or(24),
        )
    }

    /// Returns the maximum bytes of text that a message to `target` carries uncut.
    pub fn max_text_len(&self, target: &str) -> usize {
        // `:nick!user@host PRIVMSG target :text` as others get it; user and host are estimated.
        const USER_AND_HOST: usize = 20 + 64;
        let frame = self.nick.len() + USER_AND_HOST + target.len() + 16;
        (MAX_LINE - 2).saturating_sub(frame).max(64)
    }

    /// Adds or removes a reaction to a message.
    pub fn react(&mut self, target: &str, msgid: &str, text: &str, remove: bool) {
        let react = if remove {
            "+draft/unreact"
        } else {
            "+draft/react"
        };
        let tags = [(react, Some(text)), ("+draft/reply", Some(msgid))];
        self.tagged(&tags, &["TAGMSG", target]);
    }

    /// Sends a typing notification.
    pub fn typing(&mut self, target: &str, state: Typing) {
        let state = match state {
            Typing::Active => "active",
            Typing::Paused => "paused",
            Typing::Done => "done",
        };
        self.tagged(&[("+typing", Some(state))], &["TAGMSG", target]);
    }

    pub(super) fn tagged(&mut self, tags: &[(&str, Option<&str>)], words: &[&str]) {
        let Some((command, params)) = words.split_first() else {
            return;
        };
        let mut line = Line::new(&mut self.out);
        for (name, value) in tags {
            if let Some(value) = value {
                line = line.tag(name, value);
            }
        }
        line = line.command(command);
        if let Some((last, middle)) = params.split_last() {
            for word in middle {
                line = line.word(&one_word(word));
            }
            line = line.last(&one_line(last));
        }
        line.end();
    }
}

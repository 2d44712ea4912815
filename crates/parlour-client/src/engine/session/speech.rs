//! What the user says, on its way to the server.

use irc_wire::{Line, MAX_LINE, text};

use super::{Session, one_line, one_word};
use crate::engine::Typing;

/// Something to say.
#[derive(Clone, Copy, Debug, Default)]
pub struct OutgoingMessage<'a> {
    /// The text; of several lines only with [`Session::takes_lines`].
    pub text: &'a str,
    /// Whether it tells what the user does.
    pub action: bool,
    /// Whether it is a notice.
    pub notice: bool,
    /// The id of what it answers to.
    pub reply: Option<&'a str>,
    /// The id of what it stands in the place of.
    pub edit: Option<&'a str>,
}

impl Session {
    /// Says something; the label under which its echo or refusal will come, if the server tells.
    pub fn say(&mut self, target: &str, words: OutgoingMessage) -> Option<String> {
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
        let most = self.room_for(target);
        let command = if words.notice { "NOTICE" } else { "PRIVMSG" };
        if words.action {
            let text = format!("\u{1}ACTION {}\u{1}", one_line(words.text));
            self.tagged(&tags, &[command, target, &text]);
        } else if self.takes_lines() && (words.text.contains('\n') || words.text.len() > most) {
            self.say_lines(&tags, command, target, words.text, most);
        } else {
            self.tagged(&tags, &[command, target, words.text]);
        }
        label
    }

    /// In a batch (draft/multiline): each line, and long ones in pieces.
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
            // Where words are split, the space stays at the end of the piece before.
            for piece in text::pieces(line, most) {
                let from = piece.as_ptr() as usize - line.as_ptr() as usize;
                let to = from + piece.len();
                let to = to + usize::from(line[to..].starts_with(' '));
                let concat = if begin > 0 { Some("") } else { None };
                let tags = [("batch", Some(&*batch)), ("draft/multiline-concat", concat)];
                self.tagged(&tags, &[command, target, &line[begin..to]]);
                begin = to;
            }
        }
        self.send(&["BATCH", &format!("-{batch}")]);
    }

    /// Whether a message may be of several lines.
    pub fn takes_lines(&self) -> bool {
        self.has("draft/multiline") && self.has("batch")
    }

    /// The most bytes and lines of one message, where it may be of several.
    pub fn most_lines(&self) -> (usize, usize) {
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

    /// The most bytes of text that a message to `target` carries whole.
    pub fn room_for(&self, target: &str) -> usize {
        // `:nick!user@host PRIVMSG target :text`; user and host are not known for sure.
        const USER_AND_HOST: usize = 20 + 64;
        let frame = self.nick.len() + USER_AND_HOST + target.len() + 16;
        (MAX_LINE - 2).saturating_sub(frame).max(64)
    }

    /// Reacts to a message, or takes that back.
    pub fn react(&mut self, target: &str, msgid: &str, text: &str, remove: bool) {
        let react = if remove {
            "+draft/unreact"
        } else {
            "+draft/react"
        };
        let tags = [(react, Some(text)), ("+draft/reply", Some(msgid))];
        self.tagged(&tags, &["TAGMSG", target]);
    }

    /// Tells that the user types.
    pub fn typing(&mut self, target: &str, state: Typing) {
        let state = match state {
            Typing::Active => "active",
            Typing::Paused => "paused",
            Typing::Done => "done",
        };
        self.tagged(&[("+typing", Some(state))], &["TAGMSG", target]);
    }

    /// Searches what was said (soju.im/search): attributes with their values.
    pub fn search(&mut self, attributes: &[(&str, &str)]) {
        let escaped = attributes
            .iter()
            .map(|(name, value)| format!("{name}={}", escape(value)));
        let escaped: Vec<String> = escaped.collect();
        self.send(&["SEARCH", &escaped.join(";")]);
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

/// A value as message tags write it.
pub(crate) fn escape(value: &str) -> String {
    let mut out = String::new();
    for c in value.chars() {
        match c {
            ';' => out.push_str("\\:"),
            ' ' => out.push_str("\\s"),
            '\\' => out.push_str("\\\\"),
            '\r' | '\n' | '\0' => {}
            other => out.push(other),
        }
    }
    out
}

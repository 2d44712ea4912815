//! Messages of Slack's form, reduced to text: `text`, `attachments`, `blocks`, and its mark-up.
//!
//! Senders differ: some leave `text` empty and say everything in attachments, some repeat it in
//! blocks, some send null for a list. Whatever cannot be shown is left out.

use std::collections::HashSet;

use serde_json::Value;

/// Depth of blocks inside blocks beyond which nothing is read.
const DEPTH: usize = 6;

/// Returns the text of a message.
pub(super) fn reduce(message: &Value) -> String {
    let mut lines = Lines::default();
    lines.add(&field(message, "text"));
    lines.blocks(&message["blocks"], DEPTH);
    for attachment in list(&message["attachments"]) {
        lines.attachment(attachment);
    }
    lines.0.join("\n")
}

/// Lines so far. A line that is there already is not said again.
#[derive(Default)]
struct Lines(Vec<String>, HashSet<String>);

impl Lines {
    fn add(&mut self, text: &str) {
        for line in text.split('\n') {
            let line = line.trim_end();
            if !line.is_empty() && self.1.insert(line.to_owned()) {
                self.0.push(line.to_owned());
            }
        }
    }

    fn attachment(&mut self, attachment: &Value) {
        let before = self.0.len();
        self.add(&field(attachment, "pretext"));
        self.add(&field(attachment, "author_name"));
        let (title, link) = (field(attachment, "title"), field(attachment, "title_link"));
        self.add(&linked(&title, &link));
        self.add(&field(attachment, "text"));
        self.blocks(&attachment["blocks"], DEPTH);
        for entry in list(&attachment["fields"]) {
            let (name, value) = (field(entry, "title"), field(entry, "value"));
            self.add(&match (name.is_empty(), value.is_empty()) {
                (false, false) => format!("{name}: {value}"),
                _ => format!("{name}{value}"),
            });
        }
        for action in list(&attachment["actions"]) {
            self.add(&linked(&field(action, "text"), &field(action, "url")));
        }
        self.add(&field(attachment, "image_url"));
        if self.0.len() == before {
            self.add(&field(attachment, "fallback"));
        }
    }

    fn blocks(&mut self, blocks: &Value, depth: usize) {
        for block in list(blocks) {
            self.block(block, depth);
        }
    }

    fn block(&mut self, block: &Value, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        match block["type"].as_str().unwrap_or_default() {
            "divider" => {}
            "image" => {
                let title = text_of(&block["title"]);
                let title = match title.is_empty() {
                    true => field(block, "alt_text"),
                    false => title,
                };
                self.add(&linked(&title, &field(block, "image_url")));
            }
            "context" => {
                let parts =
                    list(&block["elements"])
                        .iter()
                        .map(|element| match element["type"].as_str() {
                            Some("image") => field(element, "alt_text"),
                            _ => text_of(element),
                        });
                let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
                self.add(&parts.join(" "));
            }
            "actions" => {
                for element in list(&block["elements"]) {
                    let url = field(element, "url");
                    if !url.is_empty() {
                        self.add(&linked(&text_of(&element["text"]), &url));
                    }
                }
            }
            "rich_text" => {
                for section in list(&block["elements"]) {
                    self.add(&rich(section, depth));
                }
            }
            _ => {
                self.add(&text_of(&block["text"]));
                for entry in list(&block["fields"]) {
                    self.add(&text_of(entry));
                }
            }
        }
    }
}

/// Returns the text of an element of rich text.
fn rich(element: &Value, depth: usize) -> String {
    let Some(depth) = depth.checked_sub(1) else {
        return String::new();
    };
    match element["type"].as_str().unwrap_or_default() {
        "text" => raw(element, "text"),
        "link" => linked(&raw(element, "text"), &raw(element, "url")),
        "emoji" => format!(":{}:", raw(element, "name")),
        "user" => format!("@{}", raw(element, "user_id")),
        kind => {
            let inner = list(&element["elements"])
                .iter()
                .map(|inner| rich(inner, depth));
            let parts: Vec<String> = inner.collect();
            parts.join(if kind == "rich_text_list" { "\n" } else { "" })
        }
    }
}

/// Returns the elements of a list; none for anything else.
fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Returns a field as it is.
fn raw(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

/// Returns a field with its mark-up resolved.
fn field(value: &Value, name: &str) -> String {
    markup(value[name].as_str().unwrap_or_default())
}

/// Returns the text of a text object, or of a bare string.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => markup(text),
        Value::Object(_) => match value["type"].as_str() {
            Some("plain_text") => entities(&raw(value, "text")),
            _ => field(value, "text"),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => String::new(),
    }
}

/// Returns a text with the address that it leads to.
fn linked(text: &str, url: &str) -> String {
    match (text.is_empty(), url.is_empty()) {
        (true, _) => url.to_owned(),
        (false, true) => text.to_owned(),
        (false, false) if text.contains(url) => text.to_owned(),
        (false, false) => format!("{text} ({url})"),
    }
}

/// Resolves Slack's mark-up in angle brackets; a group is named, but nobody is called by it.
fn markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('<') {
        out.push_str(&entities(before));
        let Some((inside, after)) = behind.split_once('>') else {
            // Nothing behind it is closed either.
            out.push('<');
            out.push_str(&entities(behind));
            return out;
        };
        rest = after;
        let (target, label) = match inside.split_once('|') {
            Some((target, label)) => (target, Some(label)),
            None => (inside, None),
        };
        out.push_str(&entities(&match target.chars().next() {
            Some('@') => format!("@{}", label.unwrap_or(&target[1..]).trim_start_matches('@')),
            Some('#') => format!("#{}", label.unwrap_or(&target[1..]).trim_start_matches('#')),
            Some('!') if target.starts_with("!date^") => label.unwrap_or_default().to_owned(),
            Some('!') => {
                let name = target[1..].rsplit('^').next().unwrap_or_default();
                format!("@{}", label.unwrap_or(name).trim_start_matches('@'))
            }
            _ => {
                let url = target.strip_prefix("mailto:").unwrap_or(target);
                linked(label.unwrap_or_default(), url)
            }
        }));
    }
    out.push_str(&entities(rest));
    out
}

/// Resolves the three entities of Slack's text, the ampersand last.
fn entities(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn senders_are_understood() {
        for (message, want) in [
            // Prometheus' Alertmanager: no text at all.
            (
                json!({"channel": "#x", "attachments": [{
                    "title": "[FIRING:1] disk full", "title_link": "http://a/x",
                    "text": "", "pretext": "", "fallback": "ignored", "color": "danger"}]}),
                "[FIRING:1] disk full (http://a/x)",
            ),
            (
                json!({"text": "a <b\n1 < 2 &amp; 2 < 3\n1 < 2 &amp; 2 < 3"}),
                "a <b\n1 < 2 & 2 < 3",
            ),
            (
                json!({"attachments": [{"fallback": "only this"}]}),
                "only this",
            ),
            // Uptime Kuma: blocks inside of an attachment repeat the text.
            (
                json!({"text": "db is down", "attachments": [{"blocks": [
                    {"type": "header", "text": {"type": "plain_text", "text": "db is down"}},
                    {"type": "section", "fields": [{"type": "mrkdwn", "text": "*Time*\n12:00"}]},
                    {"type": "actions", "elements": [{"type": "button",
                        "text": {"type": "plain_text", "text": "Visit"}, "url": "http://k"}]}]}]}),
                "db is down\n*Time*\n12:00\nVisit (http://k)",
            ),
            // Gitea: null for a list, numbers for flags.
            (
                json!({"text": "[<http://g/r|repo>] pushed by <@U1|kim>", "attachments": null,
                    "unfurl_links": 0}),
                "[repo (http://g/r)] pushed by @kim",
            ),
            (
                json!({"attachments": [{"fields": [{"title": "Branch", "value": "main"}]}]}),
                "Branch: main",
            ),
            (
                json!({"text": "a &lt;b&gt; &amp;amp; <!here> <http://x>"}),
                "a <b> &amp; @here http://x",
            ),
            (json!({"text": "1 < 2"}), "1 < 2"),
            (json!({"text": 5, "blocks": "no"}), ""),
        ] {
            assert_eq!(reduce(&message), want, "{message}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let mut element = json!({"type": "text", "text": "deep"});
        for _ in 0..100 {
            element = json!({"type": "rich_text_section", "elements": [element]});
        }
        let message = json!({"blocks": [{"type": "rich_text", "elements": [element]}]});
        assert_eq!(reduce(&message), "");
    }
}

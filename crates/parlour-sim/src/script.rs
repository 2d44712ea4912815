//! Interpreter of test scripts: lines that clients send, and lines that they must get.
//!
//! ```text
//! # a comment
//! with oper root secret kill,see    settings, before anybody connects; see `settings.rs`
//! bob +                      bob connects as an IRC client and registers
//! bob + cap another          the same, with these capabilities
//! bob +tls cap another       the same, over TLS
//! eve ~                      eve connects and says nothing yet
//! bob > JOIN #a              bob sends a line
//! bob < :bob!* JOIN #a       the next line that bob gets; * and ? as in masks
//! bob <<                     whatever else bob has got is skipped
//! bob <.                     bob has got nothing more
//! bob <|                     the connection is closed
//! bob = robert               bob is logged into an account (= alone: out of it)
//! keep id msgid              of the line that came last, remembers a tag as $id
//! wait 100                   milliseconds pass
//! clock -20000               the wall clock is set by so many milliseconds; no time passes
//! restart                    the node starts anew from what it has kept; nobody is connected
//! reload with … ; with …     settings that are in force after the next REHASH
//! ```
//!
//! At the end of a script no client may have a line left that the script neither expects nor skips.

use std::collections::{BTreeMap, VecDeque};

use irc_wire::Message;
use parlour_core::mask;

use crate::Disk;
use crate::settings::ScriptSettings;
use crate::{Client, Node};

/// Client of a script.
struct Actor {
    client: Client,
    lines: VecDeque<String>,
    partial: Vec<u8>,
}

#[derive(Default)]
/// State of a running script.
struct Stage {
    wanted: ScriptSettings,
    node: Option<Node>,
    actors: BTreeMap<String, Actor>,
    kept: BTreeMap<String, String>,
    /// Line that was compared last.
    last: String,
}

/// Runs a script on a fresh node with two shards.
///
/// # Errors
/// The line of the script that fails, and the reason.
pub fn run(script: &str) -> Result<(), String> {
    let mut stage = Stage::default();
    for (number, line) in script.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        stage
            .step(line)
            .map_err(|why| format!("line {}: {line}\n{why}", number + 1))?;
    }
    stage.end()
}

impl Stage {
    fn end(&mut self) -> Result<(), String> {
        let Some(node) = &mut self.node else {
            return Ok(());
        };
        for (name, actor) in &mut self.actors {
            read(node, actor);
            if !actor.lines.is_empty() {
                return Err(format!(
                    "at the end, {name} has got more than the script says: {:#?}",
                    actor.lines
                ));
            }
        }
        Ok(())
    }

    fn step(&mut self, line: &str) -> Result<(), String> {
        if let Some(setting) = line.strip_prefix("with ") {
            return self.wanted.set(setting);
        }
        let wanted = &self.wanted;
        let node = self.node.get_or_insert_with(|| {
            let (chat, doors) = wanted.settings();
            Node::with(2, chat, doors, Disk::default())
        });
        if let Some(ms) = line.strip_prefix("wait ") {
            node.wait(ms.parse().map_err(|_| "wait needs milliseconds")?);
            return Ok(());
        }
        if let Some(ms) = line.strip_prefix("clock ") {
            node.set_clock(ms.parse().map_err(|_| "clock needs milliseconds")?);
            return Ok(());
        }
        if line == "restart" {
            let (chat, doors) = wanted.settings();
            let disk = self.node.take().map(Node::kill).unwrap_or_default();
            self.node = Some(Node::with(2, chat, doors, disk));
            self.actors.clear();
            return Ok(());
        }
        if let Some(settings) = line.strip_prefix("reload ") {
            let mut wanted = ScriptSettings::default();
            for setting in settings.split(';').map(str::trim) {
                wanted.set(setting.strip_prefix("with ").unwrap_or(setting))?;
            }
            node.reloaded = Some(wanted.settings());
            return Ok(());
        }
        if let Some(rest) = line.strip_prefix("keep ") {
            let (name, tag) = rest.split_once(' ').ok_or("keep needs a name and a tag")?;
            let message = Message::parse(&self.last).map_err(|e| format!("{e:?}"))?;
            let value = message
                .tags
                .get(tag)
                .ok_or("the last line has no such tag")?;
            self.kept.insert(format!("${name}"), value.into_owned());
            return Ok(());
        }
        let line = self.with_kept(line);
        let (name, rest) = line.split_once(' ').ok_or("no such instruction")?;
        let (sign, text) = rest.split_once(' ').unwrap_or((rest, ""));
        self.act(name, sign, text.trim_start())
    }

    /// Returns the line with its `$variables` replaced.
    fn with_kept(&self, line: &str) -> String {
        let mut line = line.to_owned();
        for (name, value) in &self.kept {
            line = line.replace(name.as_str(), value);
        }
        line
    }

    fn act(&mut self, name: &str, sign: &str, text: &str) -> Result<(), String> {
        let node = self.node.as_mut().ok_or("nothing runs")?;
        if matches!(sign, "+" | "+tls" | "~" | "~tls") {
            let secure = sign.ends_with("tls");
            // Clients alternate between the shards, so that every script runs across both.
            let client = node.connect_from(self.actors.len() % 2, secure);
            let mut actor = Actor {
                client,
                lines: VecDeque::new(),
                partial: Vec::new(),
            };
            if sign.starts_with('+') {
                register(node, &mut actor, name, text)?;
            }
            self.actors.insert(name.to_owned(), actor);
            return Ok(());
        }
        let actor = self
            .actors
            .get_mut(name)
            .ok_or("nobody of that name has connected")?;
        match sign {
            ">" => {
                let bytes = text
                    .replace("\\r", "\r")
                    .replace("\\n", "\n")
                    .replace("\\0", "\0")
                    .replace("\\x01", "\u{1}");
                node.send(actor.client, format!("{bytes}\r\n").as_bytes());
                return Ok(());
            }
            "=" => {
                node.log_in(actor.client, Some(text).filter(|text| !text.is_empty()));
                return Ok(());
            }
            _ => {}
        }
        read(node, actor);
        match sign {
            "<" => {
                let got = actor.lines.pop_front().ok_or("nothing has come")?;
                self.last = got.clone();
                if mask::matches(text, &got) {
                    Ok(())
                } else {
                    Err(format!("came instead: {got}"))
                }
            }
            "<<" => {
                actor.lines.clear();
                Ok(())
            }
            "<." if actor.lines.is_empty() => Ok(()),
            "<." => Err(format!("came: {:#?}", actor.lines)),
            "<|" if node.is_closed(actor.client) => Ok(()),
            "<|" => Err("the connection is open".into()),
            _ => Err("no such instruction".into()),
        }
    }
}

fn register(node: &mut Node, actor: &mut Actor, name: &str, caps: &str) -> Result<(), String> {
    let caps = if caps.is_empty() {
        String::new()
    } else {
        format!("CAP REQ :{caps}\r\nCAP END\r\n")
    };
    node.send(
        actor.client,
        format!("NICK {name}\r\nUSER {name} 0 * :Real {name}\r\n{caps}").as_bytes(),
    );
    read(node, actor);
    if !actor.lines.iter().any(|line| line.contains(" 001 ")) {
        return Err(format!("{name} is not welcome: {:#?}", actor.lines));
    }
    actor.lines.clear();
    Ok(())
}

fn read(node: &mut Node, actor: &mut Actor) {
    actor.partial.extend(node.output(actor.client));
    while let Some(end) = actor.partial.iter().position(|&b| b == b'\n') {
        let line: Vec<u8> = actor.partial.drain(..=end).collect();
        let text = String::from_utf8_lossy(&line);
        actor
            .lines
            .push_back(text.trim_end_matches(['\r', '\n']).to_owned());
    }
}

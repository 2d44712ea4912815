//! Tests that are lines in and lines out.
//!
//! ```text
//! # a comment
//! bob +                      bob connects as an IRC client and registers
//! bob + cap another          the same, with these capabilities
//! eve ~                      eve connects and says nothing yet
//! bob > JOIN #a              bob sends a line
//! bob < :bob!* JOIN #a       the next line that bob gets; * and ? as in masks
//! bob <<                     whatever else bob has got is skipped
//! bob <.                     bob has got nothing more
//! bob <|                     the connection is closed
//! wait 100                   milliseconds pass
//! ```
//!
//! At its end nobody may have got a line that the script does not name or skip.

use std::collections::{BTreeMap, VecDeque};

use parlour_core::mask;

use crate::{Client, Node};

struct Actor {
    client: Client,
    lines: VecDeque<String>,
    partial: Vec<u8>,
}

/// Runs a script on a fresh node with two halls.
///
/// # Errors
/// The script's line that does not hold, and what happened instead.
pub fn run(script: &str) -> Result<(), String> {
    let mut node = Node::new(2);
    let mut actors: BTreeMap<String, Actor> = BTreeMap::new();
    for (number, line) in script.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        step(&mut node, &mut actors, line)
            .map_err(|why| format!("line {}: {line}\n{why}", number + 1))?;
    }
    for (name, actor) in &mut actors {
        read(&mut node, actor);
        if !actor.lines.is_empty() {
            return Err(format!(
                "at the end, {name} has got more than the script says: {:#?}",
                actor.lines
            ));
        }
    }
    Ok(())
}

fn step(node: &mut Node, actors: &mut BTreeMap<String, Actor>, line: &str) -> Result<(), String> {
    if let Some(ms) = line.strip_prefix("wait ") {
        node.wait(ms.parse().map_err(|_| "wait needs milliseconds")?);
        return Ok(());
    }
    let (name, rest) = line.split_once(' ').ok_or("no such instruction")?;
    let (sign, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let text = text.trim_start();
    if matches!(sign, "+" | "~") {
        let client = node.connect(actors.len() % 2);
        let mut actor = Actor {
            client,
            lines: VecDeque::new(),
            partial: Vec::new(),
        };
        if sign == "+" {
            let caps = if text.is_empty() {
                String::new()
            } else {
                format!("CAP REQ :{text}\r\nCAP END\r\n")
            };
            node.send(
                client,
                format!("NICK {name}\r\nUSER {name} 0 * :Real {name}\r\n{caps}").as_bytes(),
            );
            read(node, &mut actor);
            if !actor.lines.iter().any(|line| line.contains(" 001 ")) {
                return Err(format!("{name} is not welcome: {:#?}", actor.lines));
            }
            actor.lines.clear();
        }
        actors.insert(name.to_owned(), actor);
        return Ok(());
    }
    let actor = actors
        .get_mut(name)
        .ok_or("nobody of that name has connected")?;
    if sign == ">" {
        let bytes = text
            .replace("\\r", "\r")
            .replace("\\n", "\n")
            .replace("\\0", "\0")
            .replace("\\x01", "\u{1}");
        node.send(actor.client, format!("{bytes}\r\n").as_bytes());
        return Ok(());
    }
    read(node, actor);
    match sign {
        "<" => {
            let got = actor.lines.pop_front().ok_or("nothing has come")?;
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

//! Talkers: clients of every door, each of which says one thing after the other and notes what became of it.

use std::io::{Error, Result};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::lines::{self, Lines};
use crate::roster::Roster;
use crate::support::http;

/// Pause of a client after a refusal or a failed connection.
const AGAIN: Duration = Duration::from_millis(100);
/// Nick that all IRC clients want now and then.
const CROWN: &str = "crown";
/// Password of the accounts.
pub const PASSWORD: &str = "correct-horse";

/// Door that a talker comes through.
#[derive(Clone, Debug)]
pub enum Door {
    /// As with netcat.
    Plain,
    Irc,
    /// IRC with an account, whose name is the talker's: its user stays while its node is lost.
    Account,
    WebSocket,
    /// HTTP, with the token of a hook.
    Hook(String),
}

/// Notes of a talker.
#[derive(Debug, Default)]
pub struct Notes {
    pub acknowledged: Vec<String>,
    pub refused: Vec<String>,
    /// Lines by which a nick had two owners.
    pub wrong: Vec<String>,
}

/// Outcome of something that was said; an error if nobody knows.
enum Outcome {
    Acknowledged,
    Refused,
}

/// Talkers that run.
#[derive(Default)]
pub struct Talkers {
    is_over: Arc<AtomicBool>,
    threads: Vec<(String, Arc<AtomicU64>, JoinHandle<Notes>)>,
}

impl Talkers {
    /// Starts one: its name, its door, and the nodes, its own first.
    pub fn start(&mut self, name: String, door: Door, nodes: Vec<SocketAddr>) {
        let (is_over, count) = (self.is_over.clone(), Arc::new(AtomicU64::new(0)));
        let (counted, shown) = (count.clone(), name.clone());
        let thread = thread::spawn(move || {
            let mut talker = Talker {
                name,
                door,
                said: 0,
                connections: 0,
                notes: Notes::default(),
            };
            // Its own node first, and the next one whenever a node does not serve it.
            for node in nodes.iter().cycle() {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                if talker.talk(*node, &is_over, &counted).is_err() {
                    thread::park_timeout(AGAIN);
                }
            }
            talker.notes
        });
        self.threads.push((shown, count, thread));
    }

    /// Returns how often each has been acknowledged, by its name.
    pub fn counts(&self) -> Vec<(String, u64)> {
        let counts = self.threads.iter();
        counts
            .map(|(name, count, _)| (name.clone(), count.load(Ordering::Relaxed)))
            .collect()
    }

    /// Ends all of them.
    pub fn end(self) -> Vec<Notes> {
        self.is_over.store(true, Ordering::Relaxed);
        self.threads
            .into_iter()
            .map(|(_, _, thread)| thread.join().unwrap())
            .collect()
    }
}

struct Talker {
    name: String,
    door: Door,
    said: u64,
    connections: u64,
    notes: Notes,
}

impl Talker {
    /// Connects to a node and talks until it is over, or the node does not serve it any more.
    fn talk(&mut self, node: SocketAddr, is_over: &AtomicBool, count: &AtomicU64) -> Result<()> {
        self.connections += 1;
        let mut connection = Connection::open(&self.door, &self.name, self.connections, node)?;
        let talked = loop {
            if is_over.load(Ordering::Relaxed) {
                break Ok(());
            }
            self.said += 1;
            let text = format!("{}-{}", self.name, self.said);
            match connection.say(&text) {
                Ok(Outcome::Acknowledged) => {
                    self.notes.acknowledged.push(text);
                    count.fetch_add(1, Ordering::Relaxed);
                }
                Ok(Outcome::Refused) => {
                    self.notes.refused.push(text);
                    break Err(Error::other("refused"));
                }
                Err(error) => break Err(error),
            }
            if self.said.is_multiple_of(8) && connection.crown(self.said).is_err() {
                break Err(Error::other("the nick"));
            }
        };
        if let Connection::Irc { roster, .. } = connection {
            self.notes.wrong.extend(roster.wrong);
        }
        talked
    }
}

enum Connection {
    Irc {
        lines: Box<dyn Lines>,
        nick: String,
        roster: Roster,
    },
    Plain(Box<dyn Lines>),
    Hook {
        node: SocketAddr,
        token: String,
    },
}

impl Connection {
    fn open(door: &Door, name: &str, number: u64, node: SocketAddr) -> Result<Connection> {
        // A guest's name may be taken for a while by what it was on a lost node.
        let nick = format!("{name}x{number}");
        Ok(match door {
            Door::Plain => {
                let mut lines = lines::tcp(node)?;
                lines.send(&nick)?;
                until(&mut lines, |line| line.contains("in #lobby"))?;
                Connection::Plain(Box::new(lines))
            }
            Door::Irc => irc(Box::new(lines::tcp(node)?), nick, false)?,
            Door::WebSocket => irc(Box::new(lines::web(node)?), nick, false)?,
            Door::Account => irc(Box::new(lines::tcp(node)?), name.to_owned(), true)?,
            Door::Hook(token) => Connection::Hook {
                node,
                token: token.clone(),
            },
        })
    }

    fn say(&mut self, text: &str) -> Result<Outcome> {
        match self {
            Connection::Irc { lines, roster, .. } => {
                lines.send(&format!("PRIVMSG #lobby :{text}"))?;
                loop {
                    let line = lines.line()?;
                    roster.take(&line);
                    if line.contains(" CUT_OFF ") {
                        return Ok(Outcome::Refused);
                    }
                    if line.ends_with(&format!(" PRIVMSG #lobby :{text}")) {
                        return Ok(Outcome::Acknowledged);
                    }
                }
            }
            Connection::Plain(lines) => {
                // Not echoed; but what comes next is answered next.
                lines.send(text)?;
                lines.send("/names")?;
                let line = until(lines.as_mut(), |line| {
                    ["in #lobby", "cut off", "on its way"]
                        .iter()
                        .any(|answer| line.contains(answer))
                })?;
                // It may have been kept, or not.
                if line.contains("on its way") {
                    return Err(Error::other("unconfirmed"));
                }
                Ok(if line.contains("cut off") {
                    Outcome::Refused
                } else {
                    Outcome::Acknowledged
                })
            }
            Connection::Hook { node, token } => post(*node, token, text),
        }
    }

    /// Takes the nick that many want, if it is free, and gives it back.
    fn crown(&mut self, number: u64) -> Result<()> {
        let Connection::Irc {
            lines,
            nick,
            roster,
        } = self
        else {
            return Ok(());
        };
        let mut wanted = vec![nick.clone(), CROWN.to_owned()];
        while let Some(new) = wanted.pop() {
            lines.send(&format!("NICK {new}"))?;
            lines.send(&format!("PING :nick{number}"))?;
            loop {
                let line = lines.line()?;
                roster.take(&line);
                if line.contains(" CUT_OFF ") {
                    return Err(Error::other("cut off"));
                }
                if line.ends_with(&format!(":nick{number}")) {
                    break;
                }
            }
        }
        Ok(())
    }
}

fn until(lines: &mut dyn Lines, is_it: impl Fn(&str) -> bool) -> Result<String> {
    loop {
        let line = lines.line()?;
        if is_it(&line) {
            return Ok(line);
        }
    }
}

fn irc(mut lines: Box<dyn Lines>, nick: String, has_account: bool) -> Result<Connection> {
    lines.send("CAP REQ :sasl echo-message")?;
    lines.send(&format!("NICK {nick}"))?;
    lines.send("USER u 0 * :r")?;
    if has_account {
        lines.send("AUTHENTICATE PLAIN")?;
        lines.send(&format!(
            "AUTHENTICATE {}",
            BASE64.encode(format!("\0{nick}\0{PASSWORD}"))
        ))?;
        let answer = until(lines.as_mut(), |line| {
            line.contains(" 903 ") || line.contains(" 904 ")
        })?;
        if answer.contains(" 904 ") {
            return Err(Error::other("not logged in"));
        }
    }
    lines.send("CAP END")?;
    lines.send("JOIN #lobby")?;
    let mut roster = Roster::of(&nick);
    loop {
        let line = lines.line()?;
        roster.take(&line);
        if line.contains(" CUT_OFF ") || line.starts_with("ERROR") || line.contains(" 433 ") {
            return Err(Error::other(line));
        }
        if line.contains(" 366 ") {
            return Ok(Connection::Irc {
                lines,
                nick,
                roster,
            });
        }
    }
}

/// Posts by a hook.
fn post(node: SocketAddr, token: &str, text: &str) -> Result<Outcome> {
    let answer = http::try_ask(
        node,
        &format!("POST /hooks/{token}"),
        &[("Content-Type", "text/plain")],
        text.as_bytes(),
    )?;
    match answer.status {
        200..300 => Ok(Outcome::Acknowledged),
        503 if answer.text().contains("cut off") => Ok(Outcome::Refused),
        status => Err(Error::other(status.to_string())),
    }
}

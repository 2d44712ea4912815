//! World of a random run: a node, its disk, people, and what they were promised.

use std::collections::BTreeSet;

use parlour_core::Settings;
use parlour_doors::DoorSettings;

use super::Counts;
use super::model::{Model, Redaction, Said};
use super::person::{CHANNELS, Person, Shown};
use crate::{Disk, Node, Random};

/// People of a run; the first have accounts, of which the first two stay always on.
const PEOPLE: usize = 5;
const WITH_ACCOUNT: usize = 3;
const ALWAYS_ON: usize = 2;

/// Channel that is registered, with a topic and bans.
const OWNED: &str = "#a";

/// Answers of one page of history.
const PAGE: usize = 100;

pub(super) struct World {
    node: Node,
    people: Vec<Person>,
    /// Number of the connection of each person, and of the next one.
    connections: Vec<usize>,
    next_connection: usize,
    model: Model,
    counts: Counts,
}

fn settings() -> Settings {
    let mut settings = Settings {
        plaintext_passwords: true,
        ..Settings::default()
    };
    settings.accounts.password_min = 3;
    settings
}

fn start(disk: Disk) -> Node {
    Node::with(2, settings(), DoorSettings::default(), disk)
}

fn nick(number: usize) -> String {
    format!("n{number}")
}

impl World {
    /// Creates a world in which nothing fails yet.
    pub fn new() -> World {
        let mut node = start(Disk::default());
        let people = (0..PEOPLE)
            .map(|number| {
                let mut person = Person::connect(&mut node, number % 2, &nick(number), false);
                if number < WITH_ACCOUNT {
                    node.log_in(person.client, Some(&person.nick));
                }
                if number < ALWAYS_ON {
                    person.send(&mut node, "NS SET ALWAYS-ON on");
                }
                person.has_account = number < WITH_ACCOUNT;
                person
            })
            .collect();
        let mut world = World {
            node,
            people,
            connections: (0..PEOPLE).collect(),
            next_connection: PEOPLE,
            model: Model::default(),
            counts: Counts::default(),
        };
        world.send(0, &format!("CS REGISTER {OWNED}"));
        world.model.accounts = (0..WITH_ACCOUNT).map(nick).collect();
        world.model.always_on = (0..ALWAYS_ON).map(nick).collect();
        world.read();
        world
    }

    fn send(&mut self, who: usize, line: &str) {
        self.people[who].send(&mut self.node, line);
    }

    /// Does one step: what a person does, or what befalls the machine.
    pub fn step(&mut self, random: &mut Random, step: usize) {
        let who = random.below(PEOPLE);
        match random.below(40) {
            0 => self.restart(random),
            1 => self.lose(who),
            2 => self.node.disk().set_full(true),
            3 | 4 => self.node.disk().set_full(false),
            5 | 6 => {
                let others = random.below(12) as u64;
                self.node.disk().fail_in(others);
            }
            7 => self.node.commits_at_once = false,
            8 | 9 => self.node.commits_at_once = true,
            10 => self.commit(),
            11 => {
                let hours = random.below(7) as i64 - 3;
                self.node.set_clock(hours * 3_600_000);
            }
            12 => self.node.wait(random.below(20_000) as u64),
            13 => self.stall(who),
            14 => self.register(step),
            15 => {
                // 0 is no topic.
                let topic = step + 1;
                self.model.asked_topics.insert(topic);
                self.send(0, &format!("TOPIC {OWNED} :{topic}"));
            }
            16 => self.send(0, &format!("MODE {OWNED} +b m{step}!*@*")),
            17..=19 => self.redact(random, who),
            20..=23 => {
                let other = nick(random.below(PEOPLE));
                self.say(who, &other, &format!("s{step}"));
            }
            _ => {
                let channel = CHANNELS[random.below(CHANNELS.len())];
                self.say(who, channel, &format!("s{step}"));
            }
        }
        if random.below(3) > 0 {
            self.read();
        }
    }

    /// Ends the run: all faults are over, and everything that was promised must hold.
    pub fn end(mut self) -> Counts {
        self.heal();
        self.check();
        for who in 0..PEOPLE {
            let text = format!("last{who}");
            self.say(who, "#b", &text);
            self.read();
            let said = &self.model.said[&text];
            assert!(said.id.is_some(), "{} is no longer heard", nick(who));
        }
        self.end_of_process(Node::kill);
        self.check();
        for said in self.model.said.values() {
            self.counts.acknowledged += usize::from(said.id.is_some());
            self.counts.lost += usize::from(said.id.is_none());
            self.counts.redacted += usize::from(said.redaction == Redaction::Done);
        }
        self.counts
    }

    fn say(&mut self, who: usize, to: &str, text: &str) {
        self.model.say(&nick(who), to, text);
        self.send(who, &format!("PRIVMSG {to} :{text}"));
    }

    /// Has a person take back one of their messages.
    fn redact(&mut self, random: &mut Random, who: usize) {
        let nick = nick(who);
        let own = |said: &&mut Said| said.from == nick && said.id.is_some();
        let own: Vec<&mut Said> = self.model.said.values_mut().filter(own).collect();
        if own.is_empty() {
            return;
        }
        let number = random.below(own.len());
        let Some(said) = own.into_iter().nth(number) else {
            return;
        };
        if said.redaction == Redaction::None {
            said.redaction = Redaction::Asked;
        }
        let id = said.id.as_deref().unwrap_or_default();
        let line = format!("REDACT {} {id}", said.to);
        self.send(who, &line);
    }

    /// Registers an account, by a connection of its own.
    fn register(&mut self, step: usize) {
        let name = format!("x{step}");
        let node = &mut self.node;
        let mut person = Person::connect(node, 0, &name, false);
        person.send(node, "REGISTER * * sesame");
        let shown = person.read(node);
        node.lose(person.client);
        for shown in shown {
            if let Shown::Account { name } = shown {
                self.model.accounts.insert(name);
            }
        }
    }

    fn stall(&mut self, who: usize) {
        let World { node, people, .. } = self;
        let person = &mut people[who];
        person.is_stalled = !person.is_stalled;
        if person.is_stalled {
            node.stall(person.client);
        } else {
            node.unstall(person.client);
            node.run();
        }
    }

    fn lose(&mut self, who: usize) {
        self.read();
        let client = self.people[who].client;
        self.node.lose(client);
        self.reconnect(who);
    }

    fn reconnect(&mut self, who: usize) {
        let (nick, has_account) = (nick(who), self.people[who].has_account);
        let number = self.next_connection;
        let person = Person::connect(&mut self.node, number % 2, &nick, has_account);
        self.people[who] = person;
        self.connections[who] = number;
        self.next_connection += 1;
    }

    /// Completes the commit in flight, by hand.
    fn commit(&mut self) {
        let node = &mut self.node;
        node.commit();
        node.run();
    }

    /// Ends the process in one of three ways, starts it again, and checks what it still knows.
    fn restart(&mut self, random: &mut Random) {
        match random.below(3) {
            0 => self.end_of_process(Node::kill),
            1 => self.end_of_process(|node| {
                let disk = node.kill();
                disk.lose_power(random);
                disk
            }),
            _ => self.end_of_process(Node::stop),
        }
        self.check();
    }

    /// Ends the process, and starts it again on the same disk. People come back.
    fn end_of_process(&mut self, end: impl FnOnce(Node) -> Disk) {
        self.read();
        // Its place is taken only until it starts again.
        let node = std::mem::replace(&mut self.node, start(Disk::default()));
        self.counts.failures += node.disk().failures();
        let disk = end(node);
        disk.crash();
        self.node = start(disk);
        self.counts.restarts += 1;
        for who in 0..PEOPLE {
            self.reconnect(who);
        }
        self.read();
    }

    /// Ends all faults.
    fn heal(&mut self) {
        let node = &mut self.node;
        node.disk().mend();
        node.commits_at_once = true;
        node.run();
        for who in 0..PEOPLE {
            if self.people[who].is_stalled {
                self.stall(who);
            }
        }
        self.read();
        for who in 0..PEOPLE {
            let Person {
                client, is_refused, ..
            } = self.people[who];
            if is_refused || self.node.is_closed(client) {
                self.node.lose(client);
                self.reconnect(who);
            }
        }
        // Whoever was refused while nothing could be written may try again.
        self.node.wait(10_000);
        self.read();
    }

    /// Notes what everybody was shown since.
    fn read(&mut self) {
        let World {
            node,
            people,
            connections,
            model,
            ..
        } = self;
        for (person, connection) in people.iter_mut().zip(connections) {
            for shown in person.read(node) {
                match shown {
                    Shown::Message { to, text, id } => {
                        model.see(*connection, &person.nick, &to, &text, &id);
                    }
                    Shown::Redaction { id } => model.see_redaction(&id),
                    Shown::Topic { topic, .. } => model.see_topic(topic),
                    Shown::Ban { mask, .. } => {
                        model.bans.insert(mask);
                    }
                    Shown::Account { .. } | Shown::Reply { .. } => {}
                }
            }
        }
    }

    /// Compares what the node knows with what was promised.
    fn check(&mut self) {
        self.read();
        for name in &self.model.accounts {
            let is_kept = self.node.replica().has_account(name);
            assert!(is_kept, "account {name} was registered, and is lost");
        }
        let number = self.next_connection;
        self.next_connection += 1;
        let node = &mut self.node;
        let mut observer = Person::connect(node, 0, &format!("o{number}"), false);
        self.model.check_topic(topic(&observer.read(node)));
        for channel in CHANNELS {
            let history = history(node, &mut observer, channel);
            self.model
                .check_history(&history, |said| said.to == channel);
            self.model.check_order(channel, &history);
        }
        observer.send(node, &format!("MODE {OWNED} +b"));
        let bans = list(&observer.read(node), "367", 2);
        let lost: Vec<&String> = self.model.bans.difference(&bans).collect();
        assert!(lost.is_empty(), "bans {lost:?} are lost");
        observer.send(node, "NAMES #b");
        let names = list(&observer.read(node), "353", 3);
        for nick in &self.model.always_on {
            let is_there = names.iter().any(|names| {
                let mut names = names.split(' ');
                names.any(|name| name.trim_start_matches(['@', '+', '~']) == nick)
            });
            assert!(is_there, "{nick} is always on, and not in #b: {names:?}");
        }
        for (text, is_kept) in self.model.samples("#b") {
            observer.send(node, &format!("SEARCH in=#b;text={text}"));
            let found = observer.read(node);
            let is_found = found
                .iter()
                .any(|shown| matches!(shown, Shown::Message { .. }));
            assert_eq!(is_found, is_kept, "search for {text}");
        }
        node.lose(observer.client);
        self.check_private();
    }

    /// Compares the history of the two who stay.
    fn check_private(&mut self) {
        let node = &mut self.node;
        let [a, b] = [nick(0), nick(1)];
        let mut other = Person::connect(node, 1, &a, true);
        other.read(node);
        let history = history(node, &mut other, &b);
        self.model.check_history(&history, |said| {
            (said.from == a && said.to == b) || (said.from == b && said.to == a)
        });
        node.lose(other.client);
    }
}

/// Returns the topic that a person was shown when they joined.
fn topic(shown: &[Shown]) -> usize {
    let mut topics = shown.iter().rev().filter_map(|shown| match shown {
        Shown::Reply { command, params } if command == "332" && params[1] == OWNED => {
            params[2].parse().ok()
        }
        _ => None,
    });
    topics.next().unwrap_or_default()
}

/// Returns a parameter of all replies with a numeric.
fn list(shown: &[Shown], numeric: &str, index: usize) -> BTreeSet<String> {
    let found = shown.iter().filter_map(|shown| match shown {
        Shown::Reply { command, params } if command == numeric => params.get(index).cloned(),
        _ => None,
    });
    found.collect()
}

/// Reads a whole history, page by page.
fn history(node: &mut Node, person: &mut Person, target: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut after = "timestamp=1970-01-01T00:00:00.000Z".to_owned();
    loop {
        person.send(node, &format!("CHATHISTORY AFTER {target} {after} {PAGE}"));
        let before = texts.len();
        for shown in person.read(node) {
            if let Shown::Message { text, id, .. } = shown {
                texts.push(text);
                after = format!("msgid={id}");
            }
        }
        if texts.len() == before {
            return texts;
        }
    }
}

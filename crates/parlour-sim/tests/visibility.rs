//! Random channels with ranks, bans and modes against a model so simple that it is obviously right:
//! who may speak is heard by all members, once and in one order, and nobody else hears or reads any
//! of it.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

use std::collections::{BTreeMap, BTreeSet};

use parlour_sim::{Client, Node, Random};

const SEEDS: u64 = 80;
const STEPS: usize = 140;
const CLIENTS: usize = 6;
const CHANNELS: [&str; 2] = ["#a", "#b"];

/// Channel of the model.
#[derive(Default)]
struct Channel {
    members: BTreeSet<usize>,
    operators: BTreeSet<usize>,
    voiced: BTreeSet<usize>,
    banned: BTreeSet<usize>,
    moderated: bool,
    invite_only: bool,
    secret: bool,
    auditorium: bool,
    open_to_outside: bool,
}

impl Channel {
    fn ranks(&self, who: usize) -> bool {
        self.operators.contains(&who) || self.voiced.contains(&who)
    }

    fn may_speak(&self, who: usize) -> bool {
        (self.members.contains(&who) || self.open_to_outside)
            && (self.ranks(who) || !(self.moderated || self.banned.contains(&who)))
    }

    fn may_join(&self, who: usize) -> bool {
        !self.banned.contains(&who) && !self.invite_only
    }

    fn leave(&mut self, who: usize) {
        self.members.remove(&who);
        self.operators.remove(&who);
        self.voiced.remove(&who);
        // Whoever comes next is the first again; with a ban or +i the channel begins anew, and
        // without, modes stay.
        if self.members.is_empty() && (self.invite_only || !self.banned.is_empty()) {
            *self = Channel::default();
        }
    }
}

struct World {
    node: Node,
    clients: Vec<Client>,
    channels: BTreeMap<&'static str, Channel>,
    /// Messages that each client has to have got, in order.
    expected: Vec<Vec<String>>,
    got: Vec<Vec<String>>,
    partial: Vec<Vec<u8>>,
}

fn nick(number: usize) -> String {
    format!("n{number}")
}

impl World {
    fn new() -> World {
        let mut node = Node::new(2);
        let clients = (0..CLIENTS).map(|number| {
            let client = node.connect(number % 2);
            let text = format!("NICK {0}\r\nUSER {0} 0 * :r\r\n", nick(number));
            node.send(client, text.as_bytes());
            node.output(client);
            client
        });
        let clients = clients.collect();
        World {
            node,
            clients,
            channels: CHANNELS
                .iter()
                .map(|name| (*name, Channel::default()))
                .collect(),
            expected: vec![Vec::new(); CLIENTS],
            got: vec![Vec::new(); CLIENTS],
            partial: vec![Vec::new(); CLIENTS],
        }
    }

    fn send(&mut self, who: usize, line: &str) {
        self.node
            .send(self.clients[who], format!("{line}\r\n").as_bytes());
    }

    /// Collects the messages that each client has got.
    fn read(&mut self) {
        for who in 0..CLIENTS {
            self.partial[who].extend(self.node.output(self.clients[who]));
            while let Some(end) = self.partial[who].iter().position(|&b| b == b'\n') {
                let line: Vec<u8> = self.partial[who].drain(..=end).collect();
                let line = String::from_utf8(line).unwrap();
                if let Some((_, said)) = line.trim_end().split_once(" PRIVMSG ") {
                    self.got[who].push(said.replacen(" :", " ", 1));
                }
            }
        }
    }

    fn step(&mut self, random: &mut Random, step: usize) {
        let who = random.below(CLIENTS);
        let name = CHANNELS[random.below(CHANNELS.len())];
        let other = random.below(CLIENTS);
        let on = random.below(2) == 0;
        let sign = if on { "+" } else { "-" };
        let channel = self.channels.get_mut(name).unwrap();
        let runs = channel.operators.contains(&who);
        let line = match random.below(16) {
            0..=3 => {
                if !channel.members.contains(&who) && channel.may_join(who) {
                    if channel.members.is_empty() {
                        channel.operators.insert(who);
                    }
                    channel.members.insert(who);
                }
                format!("JOIN {name}")
            }
            4 => {
                if channel.members.contains(&who) {
                    channel.leave(who);
                }
                format!("PART {name}")
            }
            5 => {
                if runs && channel.members.contains(&other) {
                    channel.leave(other);
                }
                format!("KICK {name} {} :out", nick(other))
            }
            6 | 7 => {
                let (letter, set) = match random.below(2) {
                    0 => ("o", &mut channel.operators),
                    _ => ("v", &mut channel.voiced),
                };
                if runs && channel.members.contains(&other) {
                    if on {
                        set.insert(other);
                    } else {
                        set.remove(&other);
                    }
                }
                format!("MODE {name} {sign}{letter} {}", nick(other))
            }
            8 => {
                if runs {
                    if on {
                        channel.banned.insert(other);
                    } else {
                        channel.banned.remove(&other);
                    }
                }
                format!("MODE {name} {sign}b {}!*@*", nick(other))
            }
            9 => {
                let (letter, flag, value) = match random.below(5) {
                    0 => ("m", &mut channel.moderated, on),
                    1 => ("i", &mut channel.invite_only, on),
                    2 => ("s", &mut channel.secret, on),
                    3 => ("u", &mut channel.auditorium, on),
                    _ => ("n", &mut channel.open_to_outside, !on),
                };
                if runs {
                    *flag = value;
                }
                format!("MODE {name} {sign}{letter}")
            }
            _ => {
                let text = format!("s{step} by {}", nick(who));
                // A channel that nobody is in is not there.
                if channel.may_speak(who) && !channel.members.is_empty() {
                    let members: Vec<usize> = channel.members.iter().copied().collect();
                    for member in members.into_iter().filter(|member| *member != who) {
                        self.expected[member].push(format!("{name} {text}"));
                    }
                }
                format!("PRIVMSG {name} :{text}")
            }
        };
        self.send(who, &line);
    }

    /// Whoever is outside sees nothing of a secret channel, and reads no channel's history.
    fn look_from_outside(&mut self, seed: u64) {
        for (name, channel) in &self.channels {
            let outside = (0..CLIENTS).find(|who| !channel.members.contains(who));
            let Some(who) = outside else { continue };
            let client = self.clients[who];
            self.node.output(client);
            let text = format!("CHATHISTORY LATEST {name} * 50\r\nNAMES {name}\r\nWHO {name}\r\n");
            self.node.send(client, text.as_bytes());
            let seen = String::from_utf8(self.node.output(client)).unwrap();
            assert!(!seen.contains("PRIVMSG"), "seed {seed}: {seen}");
            if channel.secret {
                for member in &channel.members {
                    let word = format!("{} ", nick(*member));
                    let listed = seen
                        .lines()
                        .filter(|line| line.contains(" 353 ") || line.contains(" 352 "));
                    for line in listed {
                        assert!(
                            !line.contains(&word),
                            "seed {seed}, {name} from {who}: {line}"
                        );
                    }
                }
            }
        }
    }

    /// Whoever is inside sees all members; in an auditorium only operators do, and the others see
    /// those with a rank.
    fn look_from_inside(&mut self, seed: u64) -> usize {
        let mut hidden = 0;
        for (name, channel) in &self.channels {
            for who in &channel.members {
                let client = self.clients[*who];
                self.node.output(client);
                self.node
                    .send(client, format!("NAMES {name}\r\n").as_bytes());
                let seen = String::from_utf8(self.node.output(client)).unwrap();
                let lists = seen.lines().filter(|line| line.contains(" 353 "));
                let names: BTreeSet<String> = lists
                    .filter_map(|line| line.rsplit_once(" :"))
                    .flat_map(|(_, names)| names.split_ascii_whitespace())
                    .map(|name| name.trim_start_matches(['@', '+']).to_owned())
                    .collect();
                let all = !channel.auditorium || channel.operators.contains(who);
                let members = channel.members.iter();
                let visible = members.filter(|other| all || channel.ranks(**other));
                let visible: BTreeSet<String> = visible.map(|other| nick(*other)).collect();
                assert_eq!(names, visible, "seed {seed}, {name} from {who}");
                hidden += channel.members.len() - visible.len();
            }
        }
        hidden
    }
}

#[test]
fn only_members_hear_and_only_those_who_may_are_heard() {
    let (mut heard, mut hidden) = (0, 0);
    for seed in 0..SEEDS {
        let mut random = Random::new(seed);
        let mut world = World::new();
        for step in 0..STEPS {
            world.step(&mut random, step);
        }
        world.read();
        for who in 0..CLIENTS {
            assert_eq!(
                world.got[who],
                world.expected[who],
                "seed {seed}, {}",
                nick(who)
            );
            heard += world.got[who].len();
        }
        world.look_from_outside(seed);
        hidden += world.look_from_inside(seed);
    }
    // A run in which nobody may speak would prove nothing.
    assert!(heard > 5_000, "only {heard} messages were heard");
    assert!(hidden > 20, "only {hidden} members were hidden");
}

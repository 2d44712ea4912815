//! Several nodes over one stream: whatever is delivered twice, late or not at all for a while, and
//! whichever node goes, all hold the same state, and what was acknowledged is on each of them once.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

use std::collections::BTreeMap;

use parlour_cluster::{Batch, Epoch, Message, Order, OrderError, Ordered, Version};
use parlour_core::{
    Actor, CallId, Cause, Change, Entry, MsgId, NodeId, Proposal, Replica, SNAPSHOT_VERSION,
    SessionId, Settings, Time,
};
use parlour_doors::DoorSettings;
use parlour_sim::{Client, Disk, Node, Random};

const SEEDS: u64 = 40;
const STEPS: usize = 800;
const NAMES: [&str; 3] = ["alpha", "beta", "gamma"];

/// Stream that orders the messages of all nodes.
struct Stream {
    messages: Vec<(Time, Vec<u8>)>,
    now: u64,
    /// Version that the members write.
    version: Version,
}

impl Stream {
    /// Appends a message and returns its sequence number.
    fn publish(&mut self, random: &mut Random, message: &Message) -> u64 {
        // Its clock may go back: another server leads.
        self.now = (self.now + random.below(40) as u64).saturating_sub(5);
        let bytes = message.encode(self.version).unwrap();
        self.messages.push((Time(self.now), bytes));
        self.messages.len() as u64
    }
}

/// Running node.
struct Member {
    node: Node,
    order: Order,
    /// Number and run, once it has seen that it has joined.
    joined: Option<(NodeId, Epoch)>,
    /// Sequence number of its Join.
    join: u64,
    /// Batch that was published and has not come back.
    in_flight: Option<Batch>,
    batches: u64,
    clients: Vec<Client>,
    /// Output of each client.
    seen: BTreeMap<usize, String>,
}

struct World {
    random: Random,
    stream: Stream,
    first: Replica,
    members: Vec<Option<Member>>,
    disks: Vec<Disk>,
    said: usize,
    /// Texts that their senders have seen echoed.
    acknowledged: Vec<String>,
    nicks: usize,
    /// Newest version that each node reads; nodes are updated while they are down.
    reads: Vec<Version>,
}

fn settings() -> Settings {
    Settings::default()
}

impl World {
    fn new(seed: u64) -> World {
        let node = Node::with(1, settings(), DoorSettings::default(), Disk::default());
        let mut world = World {
            random: Random::new(seed),
            stream: Stream {
                messages: Vec::new(),
                version: Version::OLDEST,
                now: node.replica().last().time().0.max(1_795_348_800_000),
            },
            first: node.replica().clone(),
            members: NAMES.iter().map(|_| None).collect(),
            disks: NAMES.iter().map(|_| Disk::default()).collect(),
            said: 0,
            acknowledged: Vec::new(),
            nicks: 0,
            reads: vec![Version::OLDEST; NAMES.len()],
        };
        for at in 0..NAMES.len() {
            world.start(at);
        }
        world
    }

    /// Starts a node from its disk: it reads the stream from the beginning, and joins. Some are updated first; those
    /// that cannot read what the others write have to be.
    fn start(&mut self, at: usize) {
        if self.stream.version > self.reads[at] || self.random.below(2) == 0 {
            self.reads[at] = Version::NEWEST;
        }
        let reads = self.reads[at];
        let disk = self.disks[at].clone();
        let node = Node::with(1, settings(), DoorSettings::default(), disk);
        let (stored, mut replica, mut order) =
            (node.stored_until(), self.first.clone(), Order::default());
        // What its store has is applied without being stored again.
        let mut rest = Vec::new();
        for (index, (time, bytes)) in self.stream.messages.iter().enumerate() {
            for ordered in order
                .take(index as u64 + 1, *time, Message::decode(bytes, reads))
                .unwrap()
            {
                match ordered {
                    Ordered::Entry(entry) if entry.id <= stored => assert!(replica.catch_up(entry)),
                    Ordered::Entry(entry) => rest.push(entry),
                    Ordered::Joined { .. }
                    | Ordered::Lost { .. }
                    | Ordered::Batch { .. }
                    | Ordered::Digest { .. }
                    | Ordered::Version(_)
                    | Ordered::Ignored(_) => {}
                }
            }
        }
        let mut node = node.in_cluster(replica);
        rest.into_iter().for_each(|entry| node.take_entry(entry));
        let join = Message::Join {
            name: NAMES[at].into(),
            last: stored,
            nonce: 0,
        };
        let join = self.stream.publish(&mut self.random, &join);
        self.members[at] = Some(Member {
            node,
            order,
            joined: None,
            join,
            in_flight: None,
            batches: 0,
            clients: Vec::new(),
            seen: BTreeMap::new(),
        });
    }

    /// Has a node read some messages; now and then one that it has read before.
    fn read(&mut self, at: usize, most: usize) {
        for _ in 0..most {
            let reads = self.reads[at];
            let Some(member) = &mut self.members[at] else {
                return;
            };
            let next = member.order.sequence() as usize;
            if next > 0 && self.random.below(6) == 0 {
                let again = self.random.below(next);
                let (time, bytes) = &self.stream.messages[again];
                let before = member.order.clone();
                assert_eq!(
                    member
                        .order
                        .take(again as u64 + 1, *time, Message::decode(bytes, reads)),
                    Ok(vec![])
                );
                assert!(member.order == before);
            }
            let Some((time, bytes)) = self.stream.messages.get(next) else {
                return;
            };
            let message = Message::decode(bytes, reads);
            let all = match member.order.take(next as u64 + 1, *time, message) {
                Ok(all) => all,
                // It was away when the others went on to a version that it does not read.
                Err(OrderError::Version { .. }) => return self.kill(at),
                Err(error) => panic!("{error}"),
            };
            for ordered in all {
                if !self.ordered(at, ordered) {
                    return;
                }
            }
        }
    }

    /// Handles what came of a message; false if the node has ended.
    fn ordered(&mut self, at: usize, ordered: Ordered) -> bool {
        let Some(member) = &mut self.members[at] else {
            return false;
        };
        match ordered {
            Ordered::Entry(entry) => member.node.take_entry(entry),
            Ordered::Joined {
                name, node, epoch, ..
            } => {
                if name == NAMES[at] && epoch == Epoch(member.join) {
                    member.node.set_node(node);
                    member.joined = Some((node, epoch));
                }
            }
            // Another has declared it lost: it has to begin anew.
            Ordered::Lost { node, epoch, .. } if member.joined == Some((node, epoch)) => {
                self.members[at] = None;
                return false;
            }
            Ordered::Batch {
                node,
                epoch,
                number,
            } if member.joined == Some((node, epoch)) => {
                assert!(
                    member
                        .in_flight
                        .take_if(|batch| batch.number == number)
                        .is_some()
                );
            }
            Ordered::Lost { .. } | Ordered::Batch { .. } => {}
            Ordered::Digest { .. } | Ordered::Version(_) | Ordered::Ignored(_) => {}
        }
        self.look(at);
        true
    }

    /// Notes what the clients of a node have been sent.
    fn look(&mut self, at: usize) {
        let Some(member) = &mut self.members[at] else {
            return;
        };
        for (number, client) in member.clients.clone().into_iter().enumerate() {
            let bytes = member.node.output(client);
            let text = String::from_utf8(bytes).unwrap();
            for line in text.lines() {
                if let Some((_, words)) = line.split_once("PRIVMSG #c :") {
                    self.acknowledged.push(words.to_owned());
                }
            }
            *member.seen.entry(number).or_default() += &text;
        }
    }

    /// Publishes what a node proposes, unless a batch is on its way: that one is published again at times,
    /// since its acknowledgement may be lost.
    fn publish(&mut self, at: usize) {
        let Some(member) = &mut self.members[at] else {
            return;
        };
        let Some((node, epoch)) = member.joined else {
            return;
        };
        if let Some(batch) = &member.in_flight {
            if self.random.below(3) == 0 {
                let again = Message::Batch(batch.clone());
                self.stream.publish(&mut self.random, &again);
            }
            return;
        }
        let mut proposals = member.node.take_proposals();
        for proposal in &mut proposals {
            proposal.change = member.order.version().lowered(proposal.change.clone());
        }
        if proposals.is_empty() {
            return;
        }
        member.batches += 1;
        let batch = Batch {
            node,
            epoch,
            number: member.batches,
            proposals,
        };
        member.in_flight = Some(batch.clone());
        // Some get lost on their way to the stream.
        if self.random.below(5) > 0 {
            self.stream
                .publish(&mut self.random, &Message::Batch(batch));
        }
    }

    fn act(&mut self) {
        let at = self.random.below(NAMES.len());
        match self.random.below(200) {
            0 | 1 => self.kill(at),
            2..=9 => {
                if self.members[at].is_none() {
                    self.start(at);
                }
            }
            // A node declares another one lost, rightly or not.
            10 => {
                let member = self.members[at].as_ref();
                if let Some((node, epoch)) = member.and_then(|member| member.joined) {
                    let by = (node, epoch);
                    let lost = Message::Lost { node, epoch, by };
                    self.stream.publish(&mut self.random, &lost);
                }
            }
            11..=14 => {
                let member = self.members.iter().flatten().next();
                if let Some(lost) = member.and_then(|member| member.order.graces().next()) {
                    self.stream
                        .publish(&mut self.random, &Message::GraceOver(lost));
                }
            }
            16 => self.raise_version(at),
            15 => self
                .stream
                .messages
                .push((Time(self.stream.now), b"noise".to_vec())),
            17..=25 => self.connect(at),
            26..=80 => self.speak(at),
            81..=120 => self.publish(at),
            _ => {
                let most = 1 + self.random.below(6);
                self.read(at, most);
            }
        }
    }

    /// Has a node raise the version, as it does once it knows that all read it.
    fn raise_version(&mut self, at: usize) {
        let Some(by) = self.members[at].as_ref().and_then(|member| member.joined) else {
            return;
        };
        let version = self.reads.iter().copied().min().unwrap();
        if version > self.stream.version {
            self.stream
                .publish(&mut self.random, &Message::Version { version, by });
            self.stream.version = version;
        }
    }

    fn connect(&mut self, at: usize) {
        let Some(member) = self.members[at].as_mut().filter(|m| m.joined.is_some()) else {
            return;
        };
        let client = member.node.connect(0);
        // Two of three nodes may give the same nick: one owner at a time.
        self.nicks += 1;
        let nick = format!("n{}", self.random.below(6));
        // Some come back to who they were, if that is still there.
        let secret = "s".repeat(22 + self.random.below(12));
        let text = format!(
            "RESUME {secret}\r\nCAP REQ :echo-message server-time\r\nNICK {nick}\r\nUSER u 0 * :r\r\nCAP END\r\nJOIN #c\r\n"
        );
        member.node.send(client, text.as_bytes());
        member.clients.push(client);
    }

    fn speak(&mut self, at: usize) {
        let Some(member) = self.members[at].as_mut() else {
            return;
        };
        if member.clients.is_empty() {
            return;
        }
        let client = member.clients[self.random.below(member.clients.len())];
        self.said += 1;
        let line = match self.random.below(12) {
            0 => "QUIT\r\n".to_owned(),
            1 => format!("NICK n{}\r\n", self.random.below(6)),
            2 => format!("TOPIC #c :t{}\r\n", self.said),
            _ => format!("PRIVMSG #c :s{}\r\n", self.said),
        };
        if !member.node.is_closed(client) {
            member.node.send(client, line.as_bytes());
        }
        self.look(at);
    }

    /// Ends a node at once; its disk stays.
    fn kill(&mut self, at: usize) {
        if let Some(member) = self.members[at].take() {
            self.disks[at] = member.node.kill();
        }
    }

    /// Has all nodes run, publish and read until nothing is left.
    fn settle(&mut self) {
        for at in 0..NAMES.len() {
            if self.members[at].is_none() {
                self.start(at);
            }
        }
        for _ in 0..40 {
            for at in 0..NAMES.len() {
                if self.members[at].is_none() {
                    self.start(at);
                }
                self.read(at, usize::MAX);
                self.publish(at);
            }
        }
        for at in 0..NAMES.len() {
            self.read(at, usize::MAX);
        }
    }
}

#[test]
fn all_nodes_hold_one_state() {
    let mut raised = 0;
    for seed in 0..SEEDS {
        let mut world = World::new(seed);
        for _ in 0..STEPS {
            world.act();
        }
        world.settle();
        let members: Vec<&Member> = world.members.iter().flatten().collect();
        let first = members[0];
        for other in &members[1..] {
            assert!(first.order == other.order, "seed {seed}");
            assert_eq!(
                first.node.replica().digest(SNAPSHOT_VERSION).unwrap(),
                other.node.replica().digest(SNAPSHOT_VERSION).unwrap(),
                "seed {seed}"
            );
        }
        assert!(!world.acknowledged.is_empty(), "seed {seed}");
        // A fresh replica that reads the stream is like them.
        let (mut order, mut replica) = (Order::default(), world.first.clone());
        let mut entries: Vec<Entry> = Vec::new();
        for (index, (time, bytes)) in world.stream.messages.iter().enumerate() {
            let message = Message::decode(bytes, Version::NEWEST);
            for ordered in order.take(index as u64 + 1, *time, message).unwrap() {
                if let Ordered::Entry(entry) = ordered {
                    entries.push(entry);
                }
            }
        }
        assert!(entries.windows(2).all(|pair| pair[0].id < pair[1].id));
        for entry in entries {
            replica.catch_up(entry);
        }
        assert!(replica == *first.node.replica(), "seed {seed}");
        raised += usize::from(first.order.version() == Version::NEWEST);
    }
    // Most began with nodes of two versions side by side.
    assert!(raised > 0 && raised < SEEDS as usize, "{raised}");
}

#[test]
fn what_was_acknowledged_is_stored_once_on_each_node() {
    for seed in 0..SEEDS {
        let mut world = World::new(1_000 + seed);
        for _ in 0..STEPS {
            world.act();
        }
        world.settle();
        let mut texts: Option<Vec<String>> = None;
        for at in 0..NAMES.len() {
            // Started again, each has what its disk holds.
            world.kill(at);
            let disk = world.disks[at].clone();
            let mut node = Node::with(1, settings(), DoorSettings::default(), disk);
            let client = node.connect(0);
            node.send(client, b"NICK reader\r\nUSER r 0 * :r\r\nJOIN #c\r\n");
            node.output(client);
            let found = history(&mut node, client);
            for said in &world.acknowledged {
                let times = found.iter().filter(|text| *text == said).count();
                assert_eq!(times, 1, "seed {seed}, node {at}: {said}");
            }
            let texts = texts.get_or_insert_with(|| found.clone());
            assert_eq!(*texts, found, "seed {seed}, node {at}");
        }
    }
}

/// Returns the messages of the channel, oldest first.
fn history(node: &mut Node, client: Client) -> Vec<String> {
    node.send(client, b"CAP REQ :draft/chathistory batch\r\n");
    node.output(client);
    node.send(client, b"CHATHISTORY LATEST #c * 1000\r\n");
    let text = String::from_utf8(node.output(client)).unwrap();
    let lines = text
        .lines()
        .filter_map(|line| line.split_once("PRIVMSG #c :"));
    lines.map(|(_, words)| words.to_owned()).collect()
}

#[test]
fn a_batch_that_is_too_long_is_cut_and_the_rest_waits() {
    let proposals: Vec<Proposal> = (0..100)
        .map(|number| Proposal {
            node: NodeId(1),
            actor: Actor::Server,
            origin: Cause {
                session: SessionId::SERVER,
                call: CallId(number),
            },
            done: false,
            change: Change::Wallops("x".repeat(100).into()),
        })
        .collect();
    let batch = |proposals| {
        Message::Batch(Batch {
            node: NodeId(1),
            epoch: Epoch(1),
            number: 1,
            proposals,
        })
    };
    let mut waiting = Vec::new();
    let bytes = batch(proposals.clone())
        .encode_within(Version::OLDEST, 3_000, &mut waiting)
        .unwrap();
    assert!(bytes.len() <= 3_000);
    let Message::Batch(Batch {
        proposals: sent, ..
    }) = Message::decode(&bytes, Version::OLDEST).unwrap()
    else {
        unreachable!()
    };
    assert!(!sent.is_empty());
    assert_eq!([sent, waiting].concat(), proposals);
    // One alone is sent whatever its size.
    let mut waiting = Vec::new();
    let one = batch(proposals[..1].to_vec());
    assert!(one.encode_within(Version::OLDEST, 10, &mut waiting).is_ok() && waiting.is_empty());
}

#[test]
fn ids_begin_after_what_the_first_node_has() {
    let (mut order, last) = (Order::default(), MsgId::first_of(Time(5_000)));
    let join = Message::Join {
        name: "a".into(),
        last,
        nonce: 0,
    };
    order.take(1, Time(1_000), Ok(join)).unwrap();
    let (node, epoch) = (NodeId(1), Epoch(1));
    let by = (node, epoch);
    let lost = Message::Lost { node, epoch, by };
    order.take(2, Time(1_000), Ok(lost)).unwrap();
    assert!(order.last() > last);
}

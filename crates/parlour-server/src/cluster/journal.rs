//! Journal of one of several nodes: its proposals go to the stream, in batches, and come back as entries.

mod description;
mod gathering;
mod outage;

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use parlour_cluster::{
    Batch, Epoch, Link, LinkEvent, Message, Order, OrderError, Ordered, Snapshot, Version,
};
use parlour_core::{Actor, Cause, Change, Entry, MsgId, NodeId, Proposal, Replica, Time};

use super::backlog::Backlog;
use super::digests::{Digest, Digests, Finding};
use super::presence::Watch;
use super::signs::Sign;
use super::snapshots::State;
use gathering::gathers;
use outage::Outage;

/// Proposals in one batch.
const BATCH: usize = 2_048;
/// Bytes of a message at the most: it is copied and sent several times. No proposal has that many.
const MESSAGE_BYTES: usize = 900_000;

/// Effects that may wait for the disk, beyond which the stream is read no further.
const WAITING: usize = 100_000;

/// Messages of the stream after which the nodes compare their states.
const DIGEST_EVERY: u64 = 4_096;

/// Pause between two ticks after which the node may have missed the others' signs of life.
const LATE: Duration = Duration::from_millis(750);

/// Step for the core thread.
#[derive(Debug)]
pub(crate) enum Step {
    /// Apply an entry.
    Entry(Entry),
    /// The node is cut off from the stream (true), or not any more.
    CutOff(bool),
    /// The node is a member (true), or has been declared lost and not joined again.
    Member(bool),
    /// Publish the digest of the replica, by [`ClusterJournal::publish_digest`].
    Digest,
    /// Refuse a request, whose proposal has no place; true if its end is to be reported.
    Refuse(Cause, bool),
    /// Tell all users that the node has been cut off for a while (true), or is not any more.
    Announce(bool),
    /// Answer a request of which nobody knows yet whether its proposal has a place.
    Unconfirm(Cause, bool),
    /// Stop: the reason.
    Stop(String),
}

/// Beginning of a node's journal.
pub(crate) struct Begun {
    /// Name of the node.
    pub name: String,
    /// Number and run.
    pub run: (NodeId, Epoch),
    /// Number by which the node knows that it has joined, and no other of its name.
    pub nonce: u64,
    /// Message as of which the state is stored.
    pub snapshot_at: u64,
    /// Time in which users of a lost node may come back.
    pub grace: Duration,
    /// Messages of the stream after which the state is stored anew.
    pub snapshot_every: u64,
    /// Newest version that the node reads.
    pub reads: Version,
    /// Outlet for states to be stored.
    pub states: SyncSender<State>,
    /// Places for events in the core.
    pub backlog: Arc<Backlog>,
}

/// Journal of a node.
pub(crate) struct ClusterJournal {
    link: Arc<Link>,
    order: Order,
    name: String,
    node: NodeId,
    /// Run; none while it has not come back from being declared lost.
    epoch: Option<Epoch>,
    /// Proposals without a place, in order.
    waiting: Vec<Proposal>,
    /// Requests of the batch that is on its way; none if none is.
    in_flight: Vec<(Cause, bool)>,
    /// Rules in that batch.
    rules: Vec<Proposal>,
    /// Time of the last batch, and its proposals.
    published: (Instant, usize),
    /// Batches of this run.
    batches: u64,
    is_cut_off: bool,
    outage: Outage,
    watch: Watch,
    snapshot_every: u64,
    /// Message as of which this node has offered the state last, or began.
    snapshot_at: u64,
    states: SyncSender<State>,
    /// True if the state is to be stored anew before it is time.
    is_state_due: bool,
    digests: Digests,
    /// True if this node was declared lost, and has to join again.
    is_join_due: bool,
    /// Number of the message by which it joins again.
    nonce: u64,
    /// Time of the last tick.
    ticked: Instant,
    /// Newest version that the node reads.
    reads: Version,
    backlog: Arc<Backlog>,
    /// Places that the events have which the core has taken.
    places: usize,
}

impl Drop for ClusterJournal {
    fn drop(&mut self) {
        self.backlog.close();
    }
}

impl ClusterJournal {
    /// Creates the journal of a node that has joined.
    pub fn new(link: Arc<Link>, order: Order, begun: Begun) -> Self {
        ClusterJournal {
            link,
            snapshot_at: begun.snapshot_at,
            snapshot_every: begun.snapshot_every,
            states: begun.states,
            order,
            name: begun.name,
            node: begun.run.0,
            epoch: Some(begun.run.1),
            waiting: Vec::new(),
            in_flight: Vec::new(),
            rules: Vec::new(),
            published: (Instant::now(), 0),
            batches: 0,
            is_cut_off: false,
            outage: Outage::default(),
            watch: Watch::new(begun.grace),
            is_state_due: false,
            digests: Digests::default(),
            is_join_due: false,
            nonce: begun.nonce,
            ticked: Instant::now(),
            reads: begun.reads,
            backlog: begun.backlog,
            places: 0,
        }
    }

    /// Takes a proposal; returns whether it will have a place: it has none while the node is cut off, unless it waits.
    pub fn propose(&mut self, mut proposal: Proposal) -> bool {
        proposal.change = self.order.version().lowered(proposal.change);
        let is_placed = match self.epoch {
            Some(_) => !self.is_cut_off || waits(&proposal),
            None => is_rule(&proposal),
        };
        if is_placed {
            self.waiting.push(proposal);
        }
        is_placed
    }

    /// Has further events come, once the core has no more than `waiting` effects that wait for the disk.
    pub fn go_on(&mut self, waiting: usize) {
        if waiting <= WAITING {
            self.backlog.give_back(std::mem::take(&mut self.places));
        }
    }

    /// Returns whether a proposal is a session's end that waits for the stream, which its connection need not.
    pub fn ends_before(&self, proposal: &Proposal) -> bool {
        self.is_cut_off && matches!(proposal.change, Change::Quit { .. })
    }

    /// Returns whether requests of this node are on their way to the stream, which can be reached.
    pub fn awaits(&self) -> bool {
        let is_idle = self.in_flight.is_empty() && self.waiting.is_empty();
        !is_idle && !self.is_cut_off && self.epoch.is_some()
    }

    /// Takes an event of the link.
    pub fn event(&mut self, event: LinkEvent) -> Vec<Step> {
        self.places += 1;
        match event {
            LinkEvent::Message {
                sequence,
                time,
                bytes,
            } => match self.take(sequence, time, &bytes) {
                Ok(all) => {
                    let mut steps: Vec<Step> =
                        all.into_iter().flat_map(|one| self.ordered(one)).collect();
                    // Only now: the same message may have another node of this name join. And only with what is
                    // there: until it has read that it has joined, it gives no sign of life.
                    if self.is_join_due && sequence >= self.link.last_sequence() {
                        self.is_join_due = false;
                        tracing::warn!(
                            "the other nodes did not hear from this one and have let its users go elsewhere; it joins again"
                        );
                        self.join();
                    }
                    if sequence % DIGEST_EVERY == 0 {
                        steps.push(Step::Digest);
                    }
                    steps
                }
                Err(error) => vec![Step::Stop(stopped(&error))],
            },
            LinkEvent::Alive(bytes) => {
                if let Some(sign) = Sign::decode(&bytes) {
                    self.watch.heard(sign, Instant::now());
                }
                Vec::new()
            }
            LinkEvent::CutOff(is_cut_off) => {
                self.is_cut_off = is_cut_off;
                self.watch.reset();
                // What is on its way may have reached the stream.
                let mut steps = vec![Step::CutOff(is_cut_off)];
                if is_cut_off {
                    self.outage.begin(Instant::now());
                } else if self.outage.end() {
                    steps.push(Step::Announce(false));
                }
                steps.extend(self.refuse_waiting());
                steps
            }
            LinkEvent::Broken(why) => vec![Step::Stop(why)],
            LinkEvent::Tick => {
                self.tick();
                self.unconfirm()
            }
        }
    }

    /// Takes a message of the stream.
    fn take(
        &mut self,
        sequence: u64,
        time: Time,
        bytes: &[u8],
    ) -> Result<Vec<Ordered>, OrderError> {
        let message = Message::decode(bytes, self.reads);
        self.order.take(sequence, time, message)
    }

    /// Returns the answers to what was on its way when the node was cut off, if that lasts.
    fn unconfirm(&mut self) -> Vec<Step> {
        if !self.outage.is_due(Instant::now()) {
            return Vec::new();
        }
        let requests = self.in_flight.iter();
        let unconfirm = requests.map(|&(origin, done)| Step::Unconfirm(origin, done));
        std::iter::once(Step::Announce(true))
            .chain(unconfirm)
            .collect()
    }

    /// Has the state stored if it is time, and this node's turn: the replica is as of the last message.
    pub fn store_state(&mut self, replica: &Replica) {
        let sequence = self.order.sequence();
        let is_time = sequence >= self.snapshot_at + self.snapshot_every;
        if !(is_time || self.is_state_due && self.is_first()) {
            return;
        }
        self.snapshot_at = sequence;
        self.is_state_due = false;
        if !self.is_first() {
            return;
        }
        match Snapshot::encode(&self.order, replica) {
            Ok(bytes) => {
                let state = State {
                    bytes,
                    last: self.order.last(),
                    sequence,
                };
                // While one is being stored, the next one will do.
                let _ = self.states.try_send(state);
            }
            Err(error) => tracing::error!("the state cannot be encoded: {error}"),
        }
    }

    /// Gives a sign of life, and declares what is due.
    fn tick(&mut self) {
        let now = Instant::now();
        let pause = now.duration_since(std::mem::replace(&mut self.ticked, now));
        let Some(epoch) = self.epoch else { return };
        let own = (self.node, epoch);
        let sign = Sign {
            run: own,
            reads: self.reads,
            taken: self.order.sequence(),
        };
        self.link.alive(sign.encode());
        if self.is_cut_off || pause > LATE {
            // It has heard nobody meanwhile; that says nothing about the others.
            return self.watch.reset();
        }
        self.raise_version(own);
        for message in self.watch.due(&self.order, own, now) {
            let id = match &message {
                Message::Lost { node, epoch, .. } => {
                    // Of this run: what another one says may not count.
                    let (own, run) = (own.0.0, own.1.0);
                    format!("lost {} {} {own} {run}", node.0, epoch.0)
                }
                Message::GraceOver(lost) => format!("over {lost}"),
                Message::Join { .. }
                | Message::Batch(_)
                | Message::Digest { .. }
                | Message::Version { .. } => continue,
            };
            self.send(id, &message);
        }
    }

    /// Raises the version that all write, if all read a newer one and it is this node's turn.
    fn raise_version(&self, own: (NodeId, Epoch)) {
        let common = self
            .watch
            .common(&self.order, own.0, self.reads, Instant::now());
        if common > self.order.version() && self.is_first() {
            let id = format!("version {} {} {}", common.0, own.0.0, own.1.0);
            self.send(
                id,
                &Message::Version {
                    version: common,
                    by: own,
                },
            );
        }
    }

    /// Handles what a message has come to.
    fn ordered(&mut self, ordered: Ordered) -> Vec<Step> {
        let is_own = |node, epoch| node == self.node && Some(epoch) == self.epoch;
        match ordered {
            Ordered::Entry(entry) => {
                if matches!(entry.proposal.change, Change::Settings(_)) {
                    let node = self.name_of(entry.proposal.node);
                    tracing::info!("the rules are now those that node {node} has read");
                }
                return vec![Step::Entry(entry)];
            }
            Ordered::Batch { node, epoch, .. } => {
                if is_own(node, epoch) {
                    self.in_flight.clear();
                    self.rules.clear();
                }
            }
            Ordered::Lost { node, epoch, .. } if is_own(node, epoch) => {
                self.epoch = None;
                self.batches = 0;
                let mut steps: Vec<Step> = std::mem::take(&mut self.in_flight)
                    .into_iter()
                    .map(|(origin, done)| Step::Refuse(origin, done))
                    .collect();
                steps.extend(self.refuse_waiting());
                self.waiting.splice(0..0, std::mem::take(&mut self.rules));
                steps.push(Step::Member(false));
                self.is_join_due = true;
                return steps;
            }
            Ordered::Lost { node, .. } => {
                let name = self.name_of(node);
                tracing::warn!("node {name} is lost; its users may come back elsewhere");
            }
            Ordered::Joined {
                name,
                node,
                epoch,
                nonce,
            } => {
                if name == self.name {
                    return vec![self.joined(node, epoch, nonce)];
                }
                tracing::info!("node {name} has joined");
            }
            Ordered::Digest { node, at, digest } => {
                return self.compare((node, at, digest)).into_iter().collect();
            }
            Ordered::Version(version) => {
                let version = version.0;
                tracing::info!("the nodes write version {version} of the encoding from here on");
            }
            Ordered::Ignored(why) => {
                tracing::debug!("cluster: a message changes nothing: {why}");
            }
        }
        Vec::new()
    }

    /// Publishes the digest of the replica as of the last entry, which all nodes do at the same message.
    pub fn publish_digest(&self, replica: &Replica) {
        let (node, at) = (self.node, self.order.last());
        match replica.digest(self.order.version().of_replica()) {
            Ok(digest) => {
                let id = format!("digest {} {at}", node.0);
                self.send(id, &Message::Digest { node, at, digest });
            }
            Err(error) => tracing::error!("the state cannot be encoded: {error}"),
        }
    }

    /// Compares the digest of a node with those of the others.
    fn compare(&mut self, given: (NodeId, MsgId, Digest)) -> Option<Step> {
        match self.digests.note(given, self.node, &self.order.live())? {
            Finding::This => Some(Step::Stop(
                "what it holds differs from what the other nodes hold; it takes over theirs when it is started again".into(),
            )),
            Finding::Others(nodes) => {
                let names: Vec<String> = nodes.into_iter().map(|node| self.name_of(node)).collect();
                let names = names.join(", ");
                tracing::error!("what this node holds differs from what {names} holds");
                // The last one may be of a node that differs, and it begins with that when it comes back.
                self.is_state_due = true;
                None
            }
        }
    }

    /// Returns the refusals of what waits.
    fn refuse_waiting(&mut self) -> Vec<Step> {
        let is_member = self.epoch.is_some();
        let (kept, refused): (Vec<Proposal>, Vec<Proposal>) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|proposal| is_rule(proposal) || is_member && waits(proposal));
        self.waiting = kept;
        let refuse = |proposal: Proposal| Step::Refuse(proposal.origin, proposal.done);
        refused.into_iter().map(refuse).collect()
    }

    /// Notes that a node of this name has joined: this one again, or another one in its place.
    fn joined(&mut self, node: NodeId, epoch: Epoch, nonce: u64) -> Step {
        // Also if its own message is in the stream twice.
        self.is_join_due = false;
        if self.nonce != nonce {
            // It is not driven out in turn.
            let name = &self.name;
            return Step::Stop(format!(
                "another node has joined by the name {name}; give each a name of its own"
            ));
        }
        self.node = node;
        self.epoch = Some(epoch);
        tracing::info!("this node has joined again");
        Step::Member(true)
    }

    /// Joins again.
    fn join(&mut self) {
        self.nonce = draw();
        let nonce = self.nonce;
        let message = Message::Join {
            name: self.name.clone(),
            last: self.order.last(),
            nonce,
        };
        let id = format!("join {} {nonce}", self.name);
        self.send(id, &message);
    }

    /// Publishes what waits, unless a batch is on its way. To be called when all that is known is proposed.
    pub fn publish(&mut self) {
        let Some(epoch) = self.epoch else { return };
        if !self.may_publish() || self.gathers_for().is_some() {
            return;
        }
        let count = self.waiting.len().min(BATCH);
        self.published = (Instant::now(), count);
        let proposals: Vec<Proposal> = self.waiting.drain(..count).collect();
        let origins = proposals.iter();
        self.in_flight = origins
            .map(|proposal| (proposal.origin, proposal.done))
            .collect();
        self.rules = proposals
            .iter()
            .filter(|one| is_rule(one))
            .cloned()
            .collect();
        self.batches += 1;
        let batch = Message::Batch(Batch {
            node: self.node,
            epoch,
            number: self.batches,
            proposals,
        });
        let left = self.waiting.len();
        let version = self.order.version();
        let most = MESSAGE_BYTES.min(self.link.message_bytes());
        match batch.encode_within(version, most, &mut self.waiting) {
            Ok(bytes) => {
                let back = self.waiting.len() - left;
                self.in_flight.truncate(count - back);
                let id = format!("{} {} {}", self.node.0, epoch.0, self.batches);
                self.link.publish(id, bytes);
            }
            Err(error) => tracing::error!("a message of the cluster cannot be encoded: {error}"),
        }
    }

    fn may_publish(&self) -> bool {
        !self.is_cut_off && self.in_flight.is_empty() && !self.waiting.is_empty()
    }

    /// Returns for how long the next batch gathers more, if it does.
    pub fn gathers_for(&self) -> Option<Duration> {
        let (at, count) = self.published;
        match self.may_publish() {
            true => gathers(at.elapsed(), count, self.waiting.len()),
            false => None,
        }
    }

    fn send(&self, id: String, message: &Message) {
        match message.encode(self.order.version()) {
            Ok(bytes) => self.link.publish(id, bytes),
            Err(error) => tracing::error!("a message of the cluster cannot be encoded: {error}"),
        }
    }

    fn name_of(&self, node: NodeId) -> String {
        let mut members = self.order.members();
        let found = members.find(|(_, member)| member.node == node);
        found.map_or_else(|| node.0.to_string(), |(name, _)| name.to_owned())
    }

    /// Returns whether this node does what is to be done once: it has the lowest number of the live ones.
    pub fn is_first(&self) -> bool {
        self.order.live().first() == Some(&self.node)
    }

    /// Ends the node's run, so that nobody waits for its signs of life.
    pub fn leave(&self) {
        if let Some(epoch) = self.epoch {
            let lost = Message::Lost {
                node: self.node,
                epoch,
                by: (self.node, epoch),
            };
            let id = format!("leaves {} {}", self.node.0, epoch.0);
            self.send(id, &lost);
            self.link.finish();
        }
    }
}

/// Returns whether a proposal waits for the stream while the node is cut off: what is said once and by nobody who
/// could try again.
fn waits(proposal: &Proposal) -> bool {
    // The node's own end, which is that of all its sessions, may come first.
    matches!(proposal.change, Change::Quit { .. }) || is_rule(proposal)
}

/// Returns whether a proposal is of the rules of the configuration, which outlive the node's run.
fn is_rule(proposal: &Proposal) -> bool {
    matches!(proposal.change, Change::Settings(_)) && proposal.actor == Actor::Server
}

/// Returns the sentence for an order that cannot go on.
fn stopped(error: &OrderError) -> String {
    match error {
        OrderError::Gap { .. } => format!(
            "{error}: the stream has lost messages; this node stops rather than differ from the others"
        ),
        OrderError::Version { .. } => {
            format!("{error}: a node of a newer version runs; update this one")
        }
    }
}

/// Draws a number at random.
pub(super) fn draw() -> u64 {
    // The keys of each are random.
    RandomState::new().build_hasher().finish()
}

//! Joining of a node: it founds the cluster, or takes over what the others have.

use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use parlour_cluster::{Epoch, Link, LinkError, LinkEvent, Message, Order, Ordered, Snapshot};
use parlour_core::{Core, Effects, Entry, Input, MsgId, NodeId, Record, Time};
use parlour_store::{DataDir, Writer};

use super::journal::{Begun, ClusterJournal, draw};
use super::settings::ClusterSettings;
use super::snapshots::{self, STATE, State, stored_until};
use crate::{ServerError, clock};

/// File in the data directory that names the cluster that the data belongs to.
const MARKER: &str = "cluster";
/// Time in which the founder of the cluster stores its state.
const FOUNDING: Duration = Duration::from_secs(60);
/// Pause between two looks for it.
const AGAIN: Duration = Duration::from_millis(500);
/// Records that are committed at once while the node catches up.
const AT_ONCE: usize = 10_000;

/// Node that is about to join.
pub(crate) struct Joining {
    link: Link,
    settings: ClusterSettings,
    marker: PathBuf,
    /// State of the others; none if this node founds the cluster.
    snapshot: Option<Snapshot>,
}

/// Node that has joined.
pub(crate) struct Found {
    pub core: Core,
    pub journal: ClusterJournal,
    pub rest: Rest,
}

/// Work beside the core.
pub(crate) struct Rest {
    /// Events of the link, from where the journal is on.
    pub events: Events,
    /// States that are to be stored for others.
    pub to_store: mpsc::Receiver<State>,
    pub link: Arc<Link>,
}

/// Events of a link.
pub(crate) type Events = tokio::sync::mpsc::Receiver<LinkEvent>;

impl Joining {
    /// Connects, and gets what this node lacks; none for a server on its own. To be done before the store is
    /// opened: a new node takes over a copy of the database.
    ///
    /// # Errors
    /// The stream does not answer, or does not go with the data directory.
    pub fn begin(
        settings: Option<ClusterSettings>,
        dir: &DataDir,
    ) -> Result<Option<Joining>, ServerError> {
        let Some(settings) = settings else {
            return Ok(None);
        };
        if settings.link.replicas == 1 {
            tracing::warn!(
                "the journal of the cluster has one copy: if its NATS server is lost, what it holds is lost; set replicas = 3 in [cluster] with three of them"
            );
        }
        let data = dir.path();
        let marker = data.join(MARKER);
        // A stream that was deleted is not to look to the others as if it were there again.
        let link = match Link::connect(&settings.link, !marker.exists()) {
            Err(LinkError::Missing(_)) => {
                check_data(data, &marker, &settings.link.cluster, true)?;
                return Err(ServerError::Cluster("the stream is gone".into()));
            }
            other => other.map_err(cluster)?,
        };
        let (_, last) = link.reach().map_err(cluster)?;
        let has_data = data.join(parlour_store::FILE).exists();
        check_data(data, &marker, &settings.link.cluster, last == 0)?;
        let snapshot = match last {
            0 => None,
            _ => Some(state(&link)?),
        };
        if let Some(snapshot) = &snapshot {
            // The stream may not have what came between.
            let is_behind =
                !has_data || stored_until(dir).map_err(cluster)? < snapshot.order.last();
            if is_behind {
                tracing::info!("this node takes over a copy of the database");
                snapshots::take_over(&link, data).map_err(cluster)?;
                // At once: it is the cluster's from here on, whatever comes.
                mark(&marker, &settings.link.cluster)?;
            }
        }
        Ok(Some(Joining {
            link,
            settings,
            marker,
            snapshot,
        }))
    }

    /// Joins: the node holds what the others hold when this returns. `found` makes the core of a node that
    /// founds the cluster, from its own data.
    ///
    /// # Errors
    /// The stream does not answer, or does not go with the data directory.
    pub fn complete(
        mut self,
        writer: &mut Writer,
        data: &DataDir,
        stored: MsgId,
        found: impl FnOnce() -> Core,
    ) -> Result<Found, ServerError> {
        let founds = self.snapshot.is_none();
        let (order, core) = match self.snapshot.take() {
            None => (Order::default(), found()),
            Some(Snapshot { order, replica }) => (order, Core::with_replica(replica)),
        };
        let mut events = self.link.follow(order.sequence() + 1);
        let mut member = CatchingUp {
            order,
            core,
            stored,
            applied: stored,
            records: Vec::new(),
            writer,
        };
        let run = self.join(&mut member, &mut events)?;
        member.commit()?;
        mark(&self.marker, &self.settings.link.cluster)?;
        if founds {
            self.store_state(run.1, &mut member, data)?;
        }
        let CatchingUp {
            order, mut core, ..
        } = member;
        core.set_node(run.0);
        let name = self.settings.link.node;
        tracing::info!("this node, {name}, is number {} of the cluster", run.0.0);
        let link = Arc::new(self.link);
        let (states, to_store) = mpsc::sync_channel(1);
        let begun = Begun {
            name,
            run,
            grace: self.settings.grace,
            snapshot_every: self.settings.snapshot_every,
            states,
        };
        Ok(Found {
            core,
            journal: ClusterJournal::new(link.clone(), order, begun),
            rest: Rest {
                events,
                to_store,
                link,
            },
        })
    }

    /// Reads the stream, publishes that this node joins once it has what was there, and goes on until that has
    /// come back. Returns the node's number and its run.
    fn join(
        &self,
        member: &mut CatchingUp,
        events: &mut Events,
    ) -> Result<(NodeId, Epoch), ServerError> {
        let (_, until) = self.link.reach().map_err(cluster)?;
        let (mut is_published, nonce) = (false, draw());
        loop {
            // Only then: its own message would come late otherwise.
            if !is_published && member.order.sequence() >= until {
                member.check()?;
                self.publish_join(member, nonce)?;
                is_published = true;
            }
            let Some(event) = events.blocking_recv() else {
                return Err(ServerError::Panicked("the link to the cluster"));
            };
            match event {
                LinkEvent::Message {
                    sequence,
                    time,
                    bytes,
                } => {
                    let joined = member.take(sequence, time, &bytes)?;
                    if let Some(joined) = joined.filter(|joined| joined.nonce == nonce) {
                        return Ok(joined.run);
                    }
                }
                LinkEvent::Broken(why) => return Err(ServerError::Cluster(why)),
                LinkEvent::Alive(_) | LinkEvent::CutOff(_) | LinkEvent::Tick => {}
            }
        }
    }

    fn publish_join(&self, member: &CatchingUp, nonce: u64) -> Result<(), ServerError> {
        let name = self.settings.link.node.clone();
        let id = format!("join {name} {nonce}");
        let last = member.stored;
        let message = Message::Join { name, last, nonce };
        self.link.publish(id, message.encode().map_err(cluster)?);
        Ok(())
    }

    /// Stores the state of the node that founds the cluster, for the others.
    fn store_state(
        &self,
        epoch: Epoch,
        member: &mut CatchingUp,
        data: &DataDir,
    ) -> Result<(), ServerError> {
        if epoch != Epoch(1) {
            return Err(ServerError::Cluster(
                "another node has founded the cluster at the same moment; start this one again with an empty data directory".into(),
            ));
        }
        let (order, replica) = (&member.order, member.core.replica());
        let state = State {
            bytes: Snapshot::encode(order, replica).map_err(cluster)?,
            last: order.last(),
            sequence: order.sequence(),
        };
        member.writer.catch_up()?;
        snapshots::store(&self.link, &state, data).map_err(cluster)
    }
}

/// Core and database of a node that catches up.
struct CatchingUp<'a> {
    order: Order,
    core: Core,
    /// Place that the database had when the node began.
    stored: MsgId,
    /// Place that it is to have with the records.
    applied: MsgId,
    records: Vec<Record>,
    writer: &'a mut Writer,
}

/// Node that joins by a message.
struct Joined {
    nonce: u64,
    run: (NodeId, Epoch),
}

impl CatchingUp<'_> {
    /// Takes a message of the stream. Returns the node that joins by it.
    fn take(
        &mut self,
        sequence: u64,
        time: Time,
        bytes: &[u8],
    ) -> Result<Option<Joined>, ServerError> {
        let mut joined = None;
        for ordered in self.order.take(sequence, time, bytes).map_err(cluster)? {
            match ordered {
                Ordered::Entry(entry) => self.apply(entry)?,
                Ordered::Joined {
                    node, epoch, nonce, ..
                } => {
                    let run = (node, epoch);
                    joined = Some(Joined { nonce, run });
                }
                Ordered::Lost { .. }
                | Ordered::Batch { .. }
                | Ordered::Digest { .. }
                | Ordered::Ignored(_) => {}
            }
        }
        Ok(joined)
    }

    /// Applies an entry, and stores what comes of it if the database lacks it. Nobody is there to be told.
    fn apply(&mut self, entry: Entry) -> Result<(), ServerError> {
        let mut effects = Effects::default();
        let is_stored = entry.id <= self.stored;
        self.applied = entry.id.max(self.stored);
        self.core
            .step(clock::now(), Input::Entry(entry), &mut effects);
        if !is_stored {
            self.records.append(&mut effects.records);
        }
        if self.records.len() >= AT_ONCE {
            self.commit()?;
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), ServerError> {
        self.writer
            .commit_to(&std::mem::take(&mut self.records), self.applied)?;
        Ok(())
    }

    /// Checks that the stream has what the database has.
    fn check(&self) -> Result<(), ServerError> {
        // The first node brings its own.
        if self.order.sequence() > 0 && self.order.last() < self.stored {
            return Err(ServerError::Cluster(
                "the stream lacks what this node has stored: it was put back to an earlier state"
                    .into(),
            ));
        }
        Ok(())
    }
}

/// Marks the data directory as one of a cluster.
fn mark(marker: &Path, name: &str) -> std::io::Result<()> {
    std::fs::write(marker, format!("{name}\n"))
}

/// Checks that a data directory goes with the stream of a cluster, which may be empty.
fn check_data(data: &Path, marker: &Path, name: &str, is_empty: bool) -> Result<(), ServerError> {
    let member_of = std::fs::read_to_string(marker).ok();
    let member_of = member_of.as_deref().map(str::trim);
    let has_data = data.join(parlour_store::FILE).exists();
    let shown = data.display();
    match member_of {
        Some(other) if other != name => {
            return Err(ServerError::Cluster(format!(
                "the data directory {shown} belongs to the cluster {other}, not to {name}"
            )));
        }
        Some(_) if is_empty => {
            return Err(ServerError::Cluster(format!(
                "the stream of the cluster {name} is empty, but {shown} has what was in it: it was deleted. To begin a new stream with what this node has, remove {}",
                marker.display()
            )));
        }
        None if !is_empty && has_data => {
            return Err(ServerError::Cluster(format!(
                "the cluster {name} exists, and the data directory {shown} has messages of its own; start a further node with an empty directory"
            )));
        }
        Some(_) | None => {}
    }
    Ok(())
}

/// Returns the state that the others have stored; the founder may be about to.
fn state(link: &Link) -> Result<Snapshot, ServerError> {
    let begun = Instant::now();
    loop {
        match link.get(STATE) {
            Ok(bytes) => {
                return Snapshot::decode(&bytes).map_err(|error| {
                    ServerError::Cluster(format!(
                        "the state of the cluster cannot be read: {error:?}"
                    ))
                });
            }
            Err(error) if begun.elapsed() > FOUNDING => return Err(cluster(error)),
            // Another machine is about to store it, and tells nobody.
            Err(_) => std::thread::sleep(AGAIN),
        }
    }
}

/// Returns an error of the cluster, with its reason.
fn cluster(error: impl std::fmt::Display) -> ServerError {
    ServerError::Cluster(error.to_string())
}

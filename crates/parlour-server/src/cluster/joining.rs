//! Joining of a node: it founds the cluster, or takes over what the others have.

use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use parlour_cluster::{
    Epoch, Link, LinkError, LinkEvent, Message, Order, Ordered, Snapshot, Version,
};
use parlour_core::{Core, Effects, Entry, Input, MsgId, NodeId, Record, Time};
use parlour_store::{DataDir, Writer};

use super::backlog::Backlog;
use super::files::SharedFiles;
use super::founding::Mark;
use super::journal::{Begun, ClusterJournal, draw};
use super::settings::ClusterSettings;
use super::snapshots::{self, State, stored_until};
use crate::messages::UploadMsg;
use crate::{ServerError, clock, upload_worker};

/// Time in which the founder of the cluster stores its state.
const FOUNDING: Duration = Duration::from_secs(60);
/// Pause between two looks for it.
const AGAIN: Duration = Duration::from_millis(500);
/// Records that are committed at once while the node catches up.
const AT_ONCE: usize = 10_000;

/// Node that is about to join.
pub(crate) struct Joining {
    link: Arc<Link>,
    settings: ClusterSettings,
    mark: Mark,
    /// State of the others, and its number; none if this node founds the cluster.
    snapshot: Option<(Snapshot, u64)>,
    /// True if the database is a copy that it has just taken over.
    has_taken_over: bool,
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
    /// Messages for the uploads, from what the node has missed.
    pub missed: Vec<UploadMsg>,
    /// Places for events in the core.
    pub backlog: Arc<Backlog>,
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
            Mark::check_alone(dir.path())?;
            return Ok(None);
        };
        if settings.link.replicas == 1 {
            tracing::warn!(
                "the journal of the cluster has one copy: if its NATS server is lost, what it holds is lost; set replicas = 3 in [cluster] with three of them"
            );
        }
        let data = dir.path();
        let mut mark = Mark::read(data, &settings.link.cluster)?;
        // A stream that was deleted is not to look to the others as if it were there again.
        let link = match Link::connect(&settings.link, !mark.is_member()) {
            Err(LinkError::Missing(_)) => {
                mark.check_stream(true)?;
                return Err(ServerError::Cluster("the stream is gone".into()));
            }
            other => other.map_err(cluster)?,
        };
        let (_, last) = link.reach().map_err(cluster)?;
        let has_data = data.join(parlour_store::FILE).exists();
        let stored = match has_data {
            true => stored_until(dir).map_err(cluster)?,
            false => MsgId::default(),
        };
        mark.check_stream(last == 0)?;
        let is_stored = snapshots::newest(&link).map_err(cluster)?.is_some();
        let may_found = mark.has_begun() || !is_stored && !mark.is_member();
        let has_founded = may_found && mark.found(&link, &settings.link.node, stored)?;
        if !has_founded {
            mark.check_data(has_data)?;
        }
        let snapshot = match has_founded && !is_stored {
            true => None,
            false => Some(state(&link, settings.reads)?),
        };
        let mut has_taken_over = false;
        if let Some((snapshot, number)) = &snapshot {
            // The stream may not have what came between.
            if !has_data || stored < snapshot.order.last() {
                tracing::info!("this node takes over a copy of the database");
                snapshots::take_over(&link, data, *number, || mark.set_member())
                    .map_err(cluster)?;
                has_taken_over = true;
            }
        }
        Ok(Some(Joining {
            link: Arc::new(link),
            settings,
            mark,
            snapshot,
            has_taken_over,
        }))
    }

    /// Returns whether the database is a copy that this node has just taken over.
    pub fn has_taken_over(&self) -> bool {
        self.has_taken_over
    }

    /// Returns the files that the nodes share.
    pub fn files(&self) -> SharedFiles {
        SharedFiles::new(self.link.clone())
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
        let (order, core, number) = match self.snapshot.take() {
            None => (Order::default(), found(), None),
            Some((Snapshot { order, replica }, number)) => {
                (order, Core::with_replica(replica), Some(number))
            }
        };
        let mut events = self.link.follow(order.sequence() + 1);
        let mut member = CatchingUp {
            has_met: founds || order.last() == stored,
            order,
            core,
            stored,
            applied: stored,
            records: Vec::new(),
            missed: Vec::new(),
            reads: self.settings.reads,
            writer,
        };
        let nonce = draw();
        let run = self.join(&mut member, &mut events, nonce)?;
        member.commit()?;
        if founds {
            self.store_state(&mut member, data)?;
        }
        self.mark.set_member()?;
        let CatchingUp {
            order,
            mut core,
            missed,
            ..
        } = member;
        core.set_node(run.0);
        let name = self.settings.link.node;
        tracing::info!("this node, {name}, is number {} of the cluster", run.0.0);
        let link = self.link;
        let (states, to_store) = mpsc::sync_channel(1);
        let begun = Begun {
            name,
            run,
            nonce,
            snapshot_at: number.unwrap_or(order.sequence()),
            grace: self.settings.grace,
            snapshot_every: self.settings.snapshot_every,
            reads: self.settings.reads,
            states,
            backlog: Arc::default(),
        };
        let backlog = begun.backlog.clone();
        Ok(Found {
            core,
            journal: ClusterJournal::new(link.clone(), order, begun),
            rest: Rest {
                events,
                to_store,
                link,
                missed,
                backlog,
            },
        })
    }

    /// Reads the stream, publishes that this node joins once it has what was there, and goes on until that has
    /// come back, which the nonce tells. Returns the node's number and its run.
    fn join(
        &self,
        member: &mut CatchingUp,
        events: &mut Events,
        nonce: u64,
    ) -> Result<(NodeId, Epoch), ServerError> {
        let (_, until) = self.link.reach().map_err(cluster)?;
        let mut is_published = false;
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
        let bytes = message.encode(member.order.version());
        self.link.publish(id, bytes.map_err(cluster)?);
        Ok(())
    }

    /// Stores the state of the node that founds the cluster, for the others.
    fn store_state(&self, member: &mut CatchingUp, data: &DataDir) -> Result<(), ServerError> {
        let (order, replica) = (&member.order, member.core.replica());
        let state = State {
            bytes: Snapshot::encode(order, replica).map_err(cluster)?,
            last: order.last(),
            sequence: order.sequence(),
        };
        member.writer.catch_up()?;
        snapshots::store(&self.link, &state, data).map_err(cluster)?;
        snapshots::clear_others(&self.link).map_err(cluster)
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
    /// True once the stream has brought the entry that the database reaches, or needs not: what it has ordered
    /// since, it has ordered after that.
    has_met: bool,
    /// Messages for the uploads.
    missed: Vec<UploadMsg>,
    /// Newest version that the node reads.
    reads: Version,
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
        let message = Message::decode(bytes, self.reads);
        for ordered in self.order.take(sequence, time, message).map_err(cluster)? {
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
                | Ordered::Version(_)
                | Ordered::Ignored(_) => {}
            }
        }
        Ok(joined)
    }

    /// Applies an entry, and stores what comes of it if the database lacks it. Nobody is there to be told.
    fn apply(&mut self, entry: Entry) -> Result<(), ServerError> {
        let mut effects = Effects::default();
        let is_stored = entry.id <= self.stored;
        self.has_met |= entry.id == self.stored;
        if !is_stored {
            self.check()?;
        }
        self.applied = entry.id.max(self.stored);
        self.core
            .step(clock::now(), Input::Entry(entry), &mut effects);
        if !is_stored {
            let (linked, gone) = upload_worker::messages_for(&effects.records);
            self.missed.extend(linked.into_iter().chain(gone));
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

    /// Checks that the stream has what the database has, which has been read up to there. The entry itself tells:
    /// a stream that was put back gives later ids to what comes then.
    fn check(&self) -> Result<(), ServerError> {
        if self.has_met {
            return Ok(());
        }
        Err(ServerError::Cluster(
            "the stream lacks what this node has stored: it was put back to an earlier state"
                .into(),
        ))
    }
}

/// Returns the state that the others have stored, and its number; the founder may be about to.
fn state(link: &Link, reads: Version) -> Result<(Snapshot, u64), ServerError> {
    let begun = Instant::now();
    loop {
        let found = snapshots::newest(link).and_then(|newest| match newest {
            Some(number) => Ok(Some((snapshots::state(link, number)?, number))),
            None => Ok(None),
        });
        match found {
            Ok(Some((bytes, number))) => {
                let snapshot = Snapshot::decode(&bytes, reads).map_err(|error| {
                    ServerError::Cluster(format!(
                        "the state of the cluster cannot be read: {error}"
                    ))
                })?;
                return Ok((snapshot, number));
            }
            Ok(None) if begun.elapsed() > FOUNDING => {
                return Err(ServerError::Cluster(
                    "the node that founds the cluster has not stored its state yet; start it again, it goes on where it was".into(),
                ));
            }
            Err(error) if begun.elapsed() > FOUNDING => return Err(cluster(error)),
            // Another machine is about to store it, and tells nobody.
            Ok(None) | Err(_) => std::thread::sleep(AGAIN),
        }
    }
}

/// Returns an error of the cluster, with its reason.
pub(super) fn cluster(error: impl std::fmt::Display) -> ServerError {
    ServerError::Cluster(error.to_string())
}

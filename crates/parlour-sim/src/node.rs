//! Node without sockets and threads, on a simulated disk.

use std::net::IpAddr;
use std::sync::Arc;

use crate::Disk;
use crate::journal::Journal;
use crate::store::Store;
use crate::wires::{Client, Wire, Wires};
use parlour_core::commit_gate::{CommitGate, Ready, Step};
use parlour_core::login::{Login, Proof};
use parlour_core::request::{NewAccount, Origin};
use parlour_core::{
    Call, CallId, Change, Core, Effect, Entry, Input, Instant, MailResult, MsgId, Name, NodeId,
    Now, Proposal, Record, Replica, Request, Secret, SessionId, Settings, Task, TaskResult, Ticket,
    Time,
};
use parlour_doors::{Connections, DoorSettings, Doors, LogEvent, Peer};

/// Start of the virtual clock: 2026-11-22, noon, UTC.
const START: Time = Time(1_795_348_800_000);

/// Password of the accounts that [`Node::log_in`] creates.
pub const PASSWORD: &str = "sesame";

/// Node: core, journal, commit gate, doors and store.
pub struct Node {
    now: Now,
    core: Core,
    journal: Journal,
    commit_gate: CommitGate,
    shards: Vec<Connections>,
    wires: Wires,
    store: Store,
    disk: Disk,
    /// Records committed since the node began.
    kept: Vec<Record>,
    /// Commit in flight: its records, and the place of the journal that it reaches.
    writing: Option<(Vec<Record>, MsgId)>,
    /// Set while commits fail.
    is_unwritable: bool,
    /// Tasks of the core that are not done yet.
    tasks: Vec<(Ticket, Task)>,
    /// Result of the next configuration reload; none if it fails.
    pub reloaded: Option<(Settings, DoorSettings)>,
    /// True if tasks are done at once, false if by [`Node::run_tasks`].
    pub answers_at_once: bool,
    /// True if commits are done at once, false if by [`Node::commit`].
    pub commits_at_once: bool,
    /// Number of calls that the core has taken.
    calls_taken: usize,
}

impl Node {
    /// Creates a node with a number of shards and an empty store.
    pub fn new(shards: usize) -> Node {
        let disk = Disk::default();
        Node::with(shards, Settings::default(), DoorSettings::default(), disk)
    }

    /// Creates a node that starts from what is on a disk.
    ///
    /// # Panics
    /// If the store cannot be opened: whatever has happened to the disk, it must be readable.
    pub fn with(shards: usize, chat: Settings, settings: DoorSettings, disk: Disk) -> Node {
        let (chat, settings) = align_settings(chat, settings);
        let store = Store::open(&disk, chat.casemapping, settings.cloak.clone());
        let store = store.unwrap_or_else(|error| panic!("the store cannot be opened: {error}"));
        let restored = store.restore();
        let restored = restored.unwrap_or_else(|error| panic!("nothing is restored: {error}"));
        let mut commit_gate = CommitGate::default();
        let core = Core::new(START, chat, restored, commit_gate.gathering());
        Node {
            now: Now {
                time: START,
                instant: Instant(0),
            },
            journal: Journal::new(core.last()),
            core,
            commit_gate,
            shards: (0..shards)
                .map(|n| Connections::new(settings.clone(), n as u8))
                .collect(),
            wires: Wires::default(),
            store,
            disk,
            kept: Vec::new(),
            writing: None,
            is_unwritable: false,
            tasks: Vec::new(),
            reloaded: None,
            answers_at_once: true,
            commits_at_once: true,
            calls_taken: 0,
        }
    }

    /// Makes it one node of several: it has the state of the others, and hands its proposals out
    /// ([`Node::take_proposals`]) rather than placing them.
    #[must_use]
    pub fn in_cluster(self, replica: Replica) -> Node {
        let mut journal = Journal::new(replica.last());
        journal.at_once = false;
        Node {
            journal,
            core: Core::with_replica(replica),
            ..self
        }
    }

    /// Sets the number of this node, before it has connections.
    pub fn set_node(&mut self, node: NodeId) {
        self.core.set_node(node);
        self.shards
            .iter_mut()
            .for_each(|shard| shard.set_node(node));
    }

    /// Returns the place that the store reaches.
    ///
    /// # Panics
    /// If the store cannot be read.
    pub fn stored_until(&self) -> MsgId {
        let restored = self.store.restore();
        restored
            .unwrap_or_else(|error| panic!("nothing is restored: {error}"))
            .last
    }

    /// Delivers an entry of the stream, and what comes of it.
    pub fn take_entry(&mut self, entry: Entry) {
        // The node's clocks are not behind what it knows.
        self.now.time = self.now.time.max(entry.id.time());
        self.deliver(entry);
        self.run();
    }

    /// Removes and returns the proposals that have no place yet.
    pub fn take_proposals(&mut self) -> Vec<Proposal> {
        self.journal.take()
    }

    /// Returns the disk of the node.
    pub fn disk(&self) -> &Disk {
        &self.disk
    }

    /// Stops the node, and returns its disk.
    pub fn stop(self) -> Disk {
        self.disk.clone()
    }

    /// Ends the node at once, as `kill -9` does, and returns its disk.
    pub fn kill(self) -> Disk {
        // Copied first: closing the store writes to the disk.
        let disk = self.disk.copy();
        disk.crash();
        disk
    }

    /// Returns the committed records, in the order of the journal.
    pub fn kept(&self) -> &[Record] {
        &self.kept
    }

    /// Opens a connection to a shard.
    pub fn connect(&mut self, shard: usize) -> Client {
        self.connect_from(shard, false)
    }

    /// Opens a connection to a shard, with TLS if `secure`.
    pub fn connect_from(&mut self, shard: usize, secure: bool) -> Client {
        let peer = Peer {
            host: "host".into(),
            shown: "192.0.2.1".into(),
            address: Some(IpAddr::from([192, 0, 2, 1])),
            secure,
            exempt: false,
            doors: Doors::ALL,
            irc_port: false,
            certificate: None,
        };
        let id = self.shards[shard].open(self.now, peer);
        let client = Client { shard, id };
        self.wires.wires.insert(client, Wire::default());
        client
    }

    /// Sends bytes from a client; their calls do not reach the core yet.
    pub fn feed(&mut self, client: Client, bytes: &[u8]) {
        self.shards[client.shard].receive(self.now, client.id, bytes);
    }

    /// Sends bytes from a client, and runs the node.
    pub fn send(&mut self, client: Client, bytes: &[u8]) {
        self.feed(client, bytes);
        self.run();
    }

    /// Sends the end of file from a client.
    pub fn end(&mut self, client: Client) {
        self.shards[client.shard].ended(self.now, client.id);
        self.run();
    }

    /// Breaks a client's connection.
    pub fn lose(&mut self, client: Client) {
        self.shards[client.shard].lost(self.now, client.id, "Connection reset by peer");
        self.run();
    }

    /// Stops a client's socket from taking bytes.
    pub fn stall(&mut self, client: Client) {
        self.wires.room.insert(client, 0);
    }

    /// Signals that bytes of the client have arrived at its socket, which is not read now.
    pub fn stir(&mut self, client: Client) {
        self.shards[client.shard].note_activity(self.now, client.id);
    }

    /// Lets a stalled client's socket take this many more bytes.
    pub fn take(&mut self, client: Client, bytes: usize) {
        *self.wires.room.entry(client).or_default() += bytes;
        self.wires.shard = client.shard;
        self.shards[client.shard].writable(self.now, client.id, &mut self.wires);
    }

    /// Lets a stalled client's socket take everything again.
    pub fn unstall(&mut self, client: Client) {
        self.wires.room.remove(&client);
        self.wires.shard = client.shard;
        self.shards[client.shard].writable(self.now, client.id, &mut self.wires);
    }

    /// Moves the wall clock by `ms` milliseconds; the monotonic clock is unaffected.
    pub fn set_clock(&mut self, ms: i64) {
        self.now.time = Time(self.now.time.0.saturating_add_signed(ms));
    }

    /// Lets time pass, and runs the timers in it.
    pub fn wait(&mut self, ms: u64) {
        let end = self.now.instant.plus(ms);
        loop {
            let next = self
                .shards
                .iter()
                .filter_map(Connections::next_deadline)
                .min();
            let before = self.now.instant;
            // From deadline to deadline, so that each timer runs at its time; never backwards.
            self.now.instant = next.map_or(end, |at| at.max(before)).min(end);
            self.now.time = self.now.time.plus(self.now.instant.since(before));
            for (number, shard) in self.shards.iter_mut().enumerate() {
                self.wires.shard = number;
                shard.tick(self.now, &mut self.wires);
            }
            self.run();
            if self.now.instant == end {
                return;
            }
        }
    }

    /// Runs until nothing is left to do without time, held-up commits and held-up tasks.
    pub fn run(&mut self) {
        loop {
            // First, since connections that have written their replies may resume and make calls.
            self.flush();
            let mut worked = self.take_calls();
            worked |= self.advance();
            if self.commits_at_once {
                worked |= self.commit();
                // As the server does: deferred records are flushed when nothing else is going on.
                if !worked && let Step::Commit(records) = self.commit_gate.flush() {
                    self.begin_commit(records);
                    worked = true;
                }
            }
            if self.answers_at_once {
                worked |= self.run_tasks();
            }
            worked |= self.shards.iter().any(Connections::has_output);
            if !worked {
                return;
            }
        }
    }

    /// Takes the calls of one shard only; those of the others wait.
    pub fn take_calls_of(&mut self, shard: usize) -> bool {
        let calls = self.shards[shard].take_calls();
        let worked = !calls.is_empty();
        self.calls_taken += calls.len();
        for call in calls {
            self.step(Input::Call(call));
        }
        worked
    }

    fn take_calls(&mut self) -> bool {
        (0..self.shards.len()).fold(false, |worked, shard| self.take_calls_of(shard) | worked)
    }

    fn step(&mut self, input: Input) {
        let now = self.now;
        self.journal
            .feed(&mut self.core, now, input, self.commit_gate.gathering());
    }

    /// Returns the replicated state.
    pub fn replica(&self) -> &Replica {
        self.core.replica()
    }

    /// Returns the entries that the journal has placed so far.
    pub fn entries(&self) -> &[Entry] {
        self.journal.placed()
    }

    /// Sets whether the journal places proposals at once, or by [`Node::place`].
    pub fn places_at_once(&mut self, at_once: bool) {
        self.journal.at_once = at_once;
        while at_once && self.place() {}
    }

    /// Has the journal place the next proposal; false if none waits.
    pub fn place(&mut self) -> bool {
        let effects = self.commit_gate.gathering();
        self.journal.place(&mut self.core, self.now, effects)
    }

    /// Has the journal lose touch with what it places: see [`Node::places_at_once`].
    pub fn unconfirm(&mut self) {
        let effects = self.commit_gate.gathering();
        self.journal.unconfirm(&mut self.core, self.now, effects);
        self.run();
    }

    /// Delivers an entry, for instance one that was applied before.
    pub fn deliver(&mut self, entry: Entry) {
        self.step(Input::Entry(entry));
    }

    fn advance(&mut self) -> bool {
        match self.commit_gate.advance() {
            Step::Nothing => return false,
            Step::Deliver(released) => self.release(released),
            Step::Commit(records) => self.begin_commit(records),
            Step::DeliverAndCommit(released, records) => {
                self.begin_commit(records);
                self.release(released);
            }
        }
        true
    }

    /// Does the waiting tasks; returns false if there are none.
    pub fn run_tasks(&mut self) -> bool {
        let tasks = std::mem::take(&mut self.tasks);
        let any = !tasks.is_empty();
        for (ticket, task) in tasks {
            let result = match task {
                Task::History(query) => TaskResult::History(self.store.history(&query)),
                Task::Conversations(query) => {
                    TaskResult::Conversations(self.store.conversations(&query))
                }
                Task::Replay(query) => TaskResult::Replay(self.store.replay(&query)),
                Task::Search(query) => TaskResult::Search(self.store.search(&query)),
                Task::Secrets { secrets, .. } => TaskResult::Secrets(crate::secrets::work(secrets)),
                // Outcome by the address: refused, temporarily unavailable, or sent.
                Task::Mail { to, .. } => {
                    let sent = match to.split('@').next() {
                        Some("nobody") => MailResult::Refused,
                        Some("later") => MailResult::Unavailable,
                        _ => MailResult::Sent,
                    };
                    TaskResult::Mail(sent)
                }
                Task::Rehash => TaskResult::Rehash(self.reload()),
            };
            self.step(Input::Done(ticket, result));
        }
        any
    }

    /// Applies the settings in `reloaded`, if there are any.
    fn reload(&mut self) -> Result<Name, Name> {
        let (chat, settings) = self.reloaded.take().ok_or("it cannot be read")?;
        let (chat, settings) = align_settings(chat, settings);
        self.step(Input::Settings(chat));
        for shard in &mut self.shards {
            shard.resettle(self.now, settings.clone());
        }
        Ok("parlour.toml".into())
    }

    /// Logs a client's user in to an account, or out. The core's replies are not shown.
    pub fn log_in(&mut self, client: Client, account: Option<&str>) {
        let session = self.shards[client.shard].session_of(client.id);
        let origin = Origin {
            address: "127.0.0.1".into(),
            secure: true,
        };
        let password = || Secret::new(PASSWORD);
        let mut changes = vec![Change::Logout];
        if let Some(name) = account {
            changes.push(if self.core.replica().has_account(name) {
                Change::Login(Box::new(Login {
                    account: Some(name.into()),
                    acting_as: None,
                    proof: Proof::Password(password()),
                    origin,
                }))
            } else {
                Change::CreateAccount(Box::new(NewAccount {
                    name: Some(name.into()),
                    nick: None,
                    for_another: false,
                    mail: None,
                    code: None,
                    password: Some(password()),
                    verifier: None,
                    origin,
                }))
            });
        }
        for change in changes {
            self.step(Input::Call(Call {
                session,
                id: CallId(0),
                done: false,
                request: Request::Do(change),
            }));
            self.run();
        }
    }

    /// Sets whether the store can be written.
    pub fn set_writable(&mut self, writable: bool) {
        let now = self.now;
        self.shards
            .iter_mut()
            .for_each(|shard| shard.set_writable(now, writable));
        self.run();
    }

    /// Completes the commit in flight; returns false if there is none, or if it fails. Then it stays
    /// in flight, and is tried again.
    pub fn commit(&mut self) -> bool {
        let Some((records, place)) = &mut self.writing else {
            return false;
        };
        let mut unkept = records.clone();
        let is_unwritable = self.store.commit(&mut unkept, *place).is_err();
        if std::mem::replace(&mut self.is_unwritable, is_unwritable) != is_unwritable {
            let now = self.now;
            let shards = self.shards.iter_mut();
            shards.for_each(|shard| shard.set_writable(now, !is_unwritable));
        }
        if is_unwritable {
            return false;
        }
        let written = self.writing.take();
        self.kept
            .extend(written.into_iter().flat_map(|(records, _)| records));
        let released = self.commit_gate.committed();
        self.release(released);
        true
    }

    /// Begins a commit. All entries applied so far have their records in it, or in an earlier one.
    fn begin_commit(&mut self, records: Vec<Record>) {
        self.writing = Some((records, self.core.last()));
    }

    fn release(&mut self, released: Ready) {
        let effects: &[Effect] = &released.out;
        for (number, shard) in self.shards.iter_mut().enumerate() {
            // Each shard gets all effects, but only its own sessions' taken calls. Effects come
            // first, as in the server: a connection resumes after it has its replies.
            let own =
                |session: &&SessionId| usize::from(Connections::shard_of(**session)) == number;
            let taken: Vec<SessionId> = released.taken.iter().filter(own).copied().collect();
            shard.deliver(self.now, effects);
            shard.taken(self.now, &taken);
        }
        self.tasks.extend(released.tasks);
    }

    fn flush(&mut self) {
        for (number, shard) in self.shards.iter_mut().enumerate() {
            self.wires.shard = number;
            shard.flush(self.now, &mut self.wires);
            shard.continue_lazy_replies(self.now, usize::MAX, &mut self.wires);
            shard.resume_written(self.now, usize::MAX);
            for event in shard.take_log_events() {
                // A dialect that panics ends its connection only; here it is a failure.
                assert!(!matches!(event, LogEvent::Panicked(_)), "{event:?}");
            }
        }
    }

    /// Removes and returns the bytes that a client has been sent.
    pub fn output(&mut self, client: Client) -> Vec<u8> {
        self.writes(client).concat()
    }

    /// Removes and returns the writes that a client has been sent, one by one.
    pub fn writes(&mut self, client: Client) -> Vec<Vec<u8>> {
        self.wires
            .wires
            .get_mut(&client)
            .map(|wire| std::mem::take(&mut wire.writes))
            .unwrap_or_default()
    }

    /// Returns whether the node has closed the connection.
    pub fn is_closed(&self, client: Client) -> bool {
        self.wires
            .wires
            .get(&client)
            .is_some_and(|wire| wire.closed)
    }

    /// Returns the number of calls of a shard that the core has not taken.
    pub fn calls_in_flight(&self, shard: usize) -> usize {
        self.shards[shard].calls_in_flight()
    }

    /// Returns the number of calls that the core has taken.
    pub fn calls_taken(&self) -> usize {
        self.calls_taken
    }

    /// Returns the number of bytes that readers have not taken yet.
    pub fn queued(&self) -> usize {
        self.shards.iter().map(Connections::queued).sum()
    }

    /// Returns whether the node would read more from the client now.
    pub fn wants_input(&self, client: Client) -> bool {
        self.shards[client.shard].wants_input(client.id)
    }
}

/// Returns settings for core and doors that agree, with a short server name.
fn align_settings(chat: Settings, settings: DoorSettings) -> (Arc<Settings>, Arc<DoorSettings>) {
    let chat = Arc::new(Settings {
        server_name: "srv".into(),
        ..chat
    });
    let settings = DoorSettings {
        // A script sees what everybody gets at once, without waiting.
        gather_for: 0,
        chat: chat.clone(),
        ..settings
    };
    (chat, Arc::new(settings))
}

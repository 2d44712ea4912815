//! Node without sockets, threads and disk.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, IoSlice};
use std::net::IpAddr;
use std::sync::Arc;

use crate::journal::Journal;
use parlour_core::commit_gate::{CommitGate, Ready, Step};
use parlour_core::hidden::Hidden;
use parlour_core::history::{
    ConversationsQuery, HistoryQuery, HistoryResult, Log, LogPart, Party, Range, ReplayQuery,
    SearchQuery,
};
use parlour_core::login::{Login, Proof};
use parlour_core::names::Casemapping;
use parlour_core::request::{MessageKind, NewAccount, Origin};
use parlour_core::search::Term;
use parlour_core::{
    Body, Call, CallId, Change, Core, Effect, Entry, Event, Input, Instant, MailResult, MsgId,
    Name, Now, Record, Replica, Request, Restored, Secret, SessionId, Settings, Task, TaskResult,
    Ticket, Time,
};
use parlour_doors::{ConnId, Connections, DoorSettings, Doors, LogEvent, Peer, Sink};

/// Start of the virtual clock: 2026-11-22, noon, UTC.
const START: Time = Time(1_795_348_800_000);

/// Password of the accounts that [`Node::log_in`] creates.
pub const PASSWORD: &str = "sesame";

/// Connection to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Client {
    shard: usize,
    id: ConnId,
}

/// Output that a client's socket has taken.
#[derive(Debug, Default)]
struct Wire {
    /// All writes, in order.
    writes: Vec<Vec<u8>>,
    closed: bool,
}

#[derive(Default)]
/// Sockets of all clients.
struct Wires {
    shard: usize,
    wires: BTreeMap<Client, Wire>,
    /// Number of bytes that a socket still takes; none if it takes everything.
    room: BTreeMap<Client, usize>,
}

impl Sink for Wires {
    fn write(&mut self, id: ConnId, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let client = Client {
            shard: self.shard,
            id,
        };
        let mut bytes: Vec<u8> = parts.iter().flat_map(|part| part.iter().copied()).collect();
        if let Some(room) = self.room.get_mut(&client) {
            bytes.truncate(*room);
            *room -= bytes.len();
        }
        let count = bytes.len();
        if count == 0 {
            return Ok(0);
        }
        self.wires.entry(client).or_default().writes.push(bytes);
        Ok(count)
    }

    fn finished(&mut self, id: ConnId) {
        self.wires
            .entry(Client {
                shard: self.shard,
                id,
            })
            .or_default()
            .closed = true;
    }
}

/// Node: core, journal, commit gate and doors.
pub struct Node {
    now: Now,
    core: Core,
    journal: Journal,
    commit_gate: CommitGate,
    shards: Vec<Connections>,
    wires: Wires,
    /// Committed records.
    kept: Vec<Record>,
    /// Records of the commit in flight.
    writing: Option<Vec<Record>>,
    /// Tasks of the core that are not done yet.
    tasks: Vec<(Ticket, Task)>,
    /// Result of the next configuration reload; none if it fails.
    pub reloaded: Option<(Settings, DoorSettings)>,
    /// True if tasks are done at once, false if by [`Node::look_up`].
    pub answers_at_once: bool,
    /// True if commits are done at once, false if by [`Node::commit`].
    pub commits_at_once: bool,
    /// Number of calls that the core has taken.
    calls_taken: usize,
}

impl Node {
    /// Creates a node with a number of shards and an empty store.
    pub fn new(shards: usize) -> Node {
        Node::with(
            shards,
            Settings::default(),
            DoorSettings::default(),
            Vec::new(),
        )
    }

    /// Creates a node that starts from the records of another.
    pub fn with(shards: usize, chat: Settings, settings: DoorSettings, kept: Vec<Record>) -> Node {
        let (chat, settings) = align_settings(chat, settings);
        let restored = restore(&kept);
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
            kept,
            writing: None,
            tasks: Vec::new(),
            reloaded: None,
            answers_at_once: true,
            commits_at_once: true,
            calls_taken: 0,
        }
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
                    self.writing = Some(records);
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

    /// Delivers an entry, for instance one that was applied before.
    pub fn deliver(&mut self, entry: Entry) {
        self.step(Input::Entry(entry));
    }

    fn advance(&mut self) -> bool {
        match self.commit_gate.advance() {
            Step::Nothing => return false,
            Step::Deliver(released) => self.release(released),
            Step::Commit(records) => {
                self.writing = Some(records);
            }
            Step::DeliverAndCommit(released, records) => {
                self.writing = Some(records);
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
                Task::History(query) => TaskResult::History(self.answer(&query)),
                Task::Conversations(wanted) => {
                    TaskResult::Conversations(Ok(self.conversations(&wanted)))
                }
                Task::Replay(wanted) => TaskResult::Replay(Ok(self.replay(&wanted))),
                Task::Search(wanted) => TaskResult::Search(Ok(self.search(&wanted))),
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
            // The newest record about the account decides whether it exists.
            let mut kept = self.kept.iter().rev().filter(|record| match record {
                Record::Account(account) => *account.name == *name,
                Record::AccountDropped(dropped) => dropped.as_str() == name,
                Record::Message(..)
                | Record::ChannelEvent(..)
                | Record::ReadMarker(..)
                | Record::Channel(_)
                | Record::Renamed(..)
                | Record::AlwaysOn(_)
                | Record::AlwaysOnEnded(_)
                | Record::Banned(_)
                | Record::Unbanned(_)
                | Record::Erased(..)
                | Record::Audit(_)
                | Record::ChannelForgotten(..)
                | Record::Redacted(..) => false,
            });
            changes.push(if matches!(kept.next(), Some(Record::Account(_))) {
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

    /// Completes the commit in flight; returns false if there is none.
    pub fn commit(&mut self) -> bool {
        let Some(records) = self.writing.take() else {
            return false;
        };
        self.kept.extend(records);
        let released = self.commit_gate.committed();
        self.release(released);
        true
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

    fn answer(&self, query: &HistoryQuery) -> HistoryResult {
        let mut of_log: Vec<&Arc<Event>> = Vec::new();
        // Channels are renamed. From the newest record to the oldest, `name` follows to the older
        // names.
        let mut name = query.log.clone();
        let mut gone = BTreeSet::new();
        let mut erased: BTreeSet<Name> = BTreeSet::new();
        for record in self.kept.iter().rev() {
            match record {
                Record::Message(_, event) | Record::ChannelEvent(_, event)
                    if event
                        .from
                        .account
                        .as_ref()
                        .is_some_and(|a| erased.contains(a)) => {}
                Record::Message(log, event) if *log == name && !gone.contains(&event.id) => {
                    let tags_alone = matches!(
                        event.body,
                        Body::Message {
                            kind: MessageKind::Tags,
                            ..
                        }
                    );
                    if query.events || !tags_alone {
                        of_log.push(event);
                    }
                }
                Record::ChannelEvent(log, event) if *log == name && query.events => {
                    of_log.push(event);
                }
                Record::Renamed(old, now) if Log::Channel(now.folded.clone()) == name => {
                    name = Log::Channel(old.clone());
                }
                Record::ChannelForgotten(channel, true)
                    if Log::Channel(channel.clone()) == name =>
                {
                    break;
                }
                Record::Erased(account, ..) => {
                    erased.insert(account.clone());
                }
                Record::Redacted(log, message) if *log == name => {
                    gone.insert(*message);
                }
                Record::Message(..)
                | Record::ChannelEvent(..)
                | Record::ReadMarker(..)
                | Record::Channel(_)
                | Record::Renamed(..)
                | Record::Account(_)
                | Record::AccountDropped(_)
                | Record::AlwaysOn(_)
                | Record::AlwaysOnEnded(_)
                | Record::Banned(_)
                | Record::Unbanned(_)
                | Record::Audit(_)
                | Record::ChannelForgotten(..)
                | Record::Redacted(..) => {}
            }
        }
        of_log.reverse();
        let mut found = Vec::new();
        for range in &query.ranges {
            let inside: Vec<_> = of_log
                .iter()
                .filter(|event| event.id > range.after && event.id < range.before)
                .filter(|event| !query.hidden.hides_event(event))
                .collect();
            // The limit keeps the end or the beginning of the range.
            let skip = if range.newest {
                inside.len().saturating_sub(range.limit)
            } else {
                0
            };
            found.extend(
                inside
                    .into_iter()
                    .skip(skip)
                    .take(range.limit)
                    .map(|event| Arc::clone(event)),
            );
        }
        Ok(found)
    }

    fn conversations(&self, wanted: &ConversationsQuery) -> Vec<(Log, MsgId)> {
        let private = self.private_logs(&wanted.party).into_iter();
        let nothing = Hidden::default();
        let nobodys = |log| (log, (MsgId::default(), &nothing));
        let mut logs: BTreeMap<Log, (MsgId, &Hidden)> = private.map(nobodys).collect();
        let channels = wanted.channels.iter();
        logs.extend(channels.map(|view| {
            let log = Log::Channel(view.channel.clone());
            (log, (view.from, &view.hidden))
        }));
        let newest = |(log, (from, hidden)): (Log, (MsgId, &Hidden))| {
            let query = HistoryQuery {
                log: log.clone(),
                ranges: vec![Range {
                    after: from,
                    before: MsgId(u64::MAX),
                    newest: true,
                    limit: 1,
                }],
                events: false,
                hidden: hidden.clone(),
            };
            let last = self.answer(&query).ok()?.first()?.id;
            (last > wanted.after && last < wanted.before).then_some((log, last))
        };
        let mut found: Vec<_> = logs.into_iter().filter_map(newest).collect();
        found.sort_by_key(|(_, last)| *last);
        found
    }

    fn private_logs(&self, party: &Party) -> BTreeSet<Log> {
        let said = self.kept.iter().filter_map(|record| match record {
            Record::Message(log @ Log::Private(a, b), _) if a == party || b == party => Some(log),
            Record::Message(..)
            | Record::ChannelEvent(..)
            | Record::ReadMarker(..)
            | Record::Channel(_)
            | Record::Renamed(..)
            | Record::Account(_)
            | Record::AccountDropped(_)
            | Record::AlwaysOn(_)
            | Record::AlwaysOnEnded(_)
            | Record::Banned(_)
            | Record::Unbanned(_)
            | Record::Erased(..)
            | Record::Audit(_)
            | Record::ChannelForgotten(..)
            | Record::Redacted(..) => None,
        });
        said.cloned().collect()
    }

    fn replay(&self, wanted: &ReplayQuery) -> Vec<LogPart> {
        let query = |log, after: MsgId, before, hidden| HistoryQuery {
            log,
            ranges: vec![Range {
                after: wanted.after.max(after),
                before,
                newest: true,
                limit: wanted.limit,
            }],
            events: false,
            hidden,
        };
        let channels = wanted.channels.iter().map(|view| {
            let log = Log::Channel(view.channel.clone());
            query(log, view.from, wanted.before, view.hidden.clone())
        });
        let private = match &wanted.with {
            None => self.private_logs(&wanted.party),
            Some(with) => {
                let with = with.iter().cloned();
                with.map(|other| Log::private(wanted.party.clone(), other))
                    .collect()
            }
        };
        let private = private.into_iter();
        let private = private.map(|log| {
            query(
                log,
                MsgId::default(),
                wanted.private_before,
                Hidden::default(),
            )
        });
        let found = channels.chain(private).filter_map(|query| {
            let said = self.answer(&query).ok()?;
            (!said.is_empty()).then_some((query.log, said))
        });
        found.collect()
    }

    fn search(&self, wanted: &SearchQuery) -> Vec<(Log, Arc<Event>)> {
        let everything = ReplayQuery {
            channels: wanted.channels.clone(),
            party: wanted.party.clone(),
            with: wanted.with.clone(),
            after: wanted.after,
            before: wanted.before,
            private_before: wanted.before,
            limit: usize::MAX,
        };
        let parts = self.replay(&everything).into_iter();
        let said = parts.flat_map(|(log, said)| said.into_iter().map(move |m| (log.clone(), m)));
        let mut found: Vec<_> = said
            .filter(|(_, message)| is_found(wanted, message))
            .collect();
        found.sort_by_key(|(_, message)| message.id);
        if wanted.newest {
            found.drain(..found.len().saturating_sub(wanted.limit));
        } else {
            found.truncate(wanted.limit);
        }
        found
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

/// Returns whether a message matches a search, as a store decides it: runs of words, the last of
/// which may be a prefix.
fn is_found(wanted: &SearchQuery, message: &Event) -> bool {
    let Body::Message { text, .. } = &message.body else {
        return false;
    };
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphanumeric());
        let words = words.filter(|word| !word.is_empty());
        words.map(str::to_lowercase).collect()
    };
    let said = words(text);
    let holds = |term: &Term| {
        let asked = words(&term.words);
        !asked.is_empty()
            && said.windows(asked.len()).any(|run| {
                let mut pairs = run.iter().zip(&asked).enumerate();
                pairs.all(|(at, (said, asked))| {
                    said == asked
                        || (term.prefix && at + 1 == run.len() && said.starts_with(asked.as_str()))
                })
            })
    };
    let from = wanted.from.as_ref();
    from.is_none_or(|nick| Casemapping::Ascii.fold(&message.from.nick) == *nick)
        && wanted.terms.iter().all(holds)
}

/// Returns settings for core and doors that agree, with a short server name.
fn align_settings(chat: Settings, settings: DoorSettings) -> (Arc<Settings>, Arc<DoorSettings>) {
    let chat = Arc::new(Settings {
        server_name: "srv".into(),
        ..chat
    });
    let settings = DoorSettings {
        chat: chat.clone(),
        ..settings
    };
    (chat, Arc::new(settings))
}

/// Returns the state that a store would restore from these records.
fn restore(kept: &[Record]) -> Restored {
    let mut channels = BTreeMap::new();
    let mut accounts = BTreeMap::new();
    let mut markers = BTreeMap::new();
    let mut present = BTreeMap::new();
    let mut bans = BTreeMap::new();
    let mut last = Restored::default().last;
    for record in kept {
        match record {
            Record::Message(_, event) | Record::ChannelEvent(_, event) => last = last.max(event.id),
            Record::Channel(channel) => {
                channels.insert(channel.folded.clone(), channel.clone());
            }
            // A later record replaces an earlier one of the same key.
            Record::Renamed(old, channel) => {
                channels.remove(old);
                channels.insert(channel.folded.clone(), channel.clone());
            }
            Record::ChannelForgotten(channel, _) => {
                channels.remove(channel);
            }
            Record::ReadMarker(whose, target, at) => {
                markers.insert((whose.clone(), target.clone()), *at);
            }
            Record::Account(account) => {
                accounts.insert(account.folded.clone(), account.clone());
            }
            Record::AlwaysOn(kept) => {
                present.insert(kept.account.clone(), kept.clone());
            }
            Record::Banned(ban) => {
                bans.insert(ban.target.shown(), ban.clone());
            }
            Record::Unbanned(target) => {
                bans.remove(target);
            }
            Record::AlwaysOnEnded(account) => {
                present.remove(account);
            }
            Record::AccountDropped(name) => {
                present.remove(name);
                accounts.remove(name);
            }
            Record::Redacted(..) | Record::Audit(_) | Record::Erased(..) => {}
        }
    }
    Restored {
        last,
        channels: channels.into_values().collect(),
        accounts: accounts.into_values().collect(),
        bans: bans.into_values().collect(),
        always_on: present.into_values().collect(),
        markers: markers
            .into_iter()
            .map(|((whose, target), at)| (whose, target, at))
            .collect(),
    }
}

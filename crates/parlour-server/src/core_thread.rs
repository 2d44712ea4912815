//! Core thread: owns the core, the journal and the commit gate.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use parlour_cluster::LinkEvent;
use parlour_core::commit_gate::{CommitGate, Ready, Step};
use parlour_core::login::SecretsResult;
use parlour_core::record::Audit;
use parlour_core::{
    Audience, Change, Core, Effect, Input, Now, Record, SessionId, Task, TaskResult, Ticket,
};
use parlour_doors::{Connections, SHARD_CALLS_MAX};

use crate::channel_feed::ChannelFeed;
use crate::clock;
use crate::cluster;
use crate::mailbox::Mailbox;
use crate::messages::{
    CoreMsg, JournalMsg, MailMsg, PasswordMsg, ReaderMsg, ReloadMsg, SearchMsg, ShardMsg, UploadMsg,
};
use crate::metrics::Metrics;
use crate::placed_by::PlacedBy;
use crate::push_worker::{Push, Pushes};
use crate::pushes_due::PushesDue;
use crate::service_sessions::ServiceSessions;
use crate::upload_worker;
use crate::worker::Inboxes;

/// Delay after which deferred records are committed when no other commit is due.
const SOON: Duration = Duration::from_secs(1);

/// Messages for the core that may wait: the calls that the shards may have in flight, one result for
/// each session, and what the console and the workers post besides.
pub(crate) fn waiting(shards: usize) -> usize {
    const SESSIONS: usize = 1 << 20;
    const BESIDES: usize = 1024;
    shards * SHARD_CALLS_MAX + SESSIONS + BESIDES
}

/// Mailboxes that the core thread sends to.
pub(crate) struct Outlets {
    pub shards: Vec<Arc<Mailbox<ShardMsg>>>,
    pub journal: Arc<Mailbox<JournalMsg>>,
    pub reader: Arc<Mailbox<ReaderMsg>>,
    pub searcher: Arc<Mailbox<SearchMsg>>,
    pub reloader: Arc<Mailbox<ReloadMsg>>,
    pub passwords: Arc<Mailbox<PasswordMsg>>,
    pub mailer: Arc<Mailbox<MailMsg>>,
    /// Readers of channels outside the chat.
    pub feed: Arc<ChannelFeed>,
    /// Worker of push messages, if there is one.
    pub pushes: Option<Pushes>,
    /// Worker of the uploads, if there is one.
    pub uploads: Option<Arc<Mailbox<UploadMsg>>>,
    pub metrics: Arc<Metrics>,
    /// Inboxes of all workers, to stop them.
    pub workers: Inboxes,
    /// Reason for which the server stops by itself.
    pub failure: Arc<OnceLock<String>>,
    /// Mailbox of the core thread itself, for results that are known at once.
    pub core: Arc<Mailbox<CoreMsg>>,
}

/// State of the core thread.
pub(crate) struct CoreThread {
    core: Core,
    placed_by: PlacedBy,
    commit_gate: CommitGate,
    outlets: Outlets,
    stopping: Option<String>,
    /// True once it takes nothing of the stream any more, and gives nothing to it: what comes later would have gaps.
    is_deaf: bool,
    services: ServiceSessions,
    /// Calls of service sessions whose end is not reported yet.
    service_calls: usize,
    /// Time since when deferred records wait for their commit.
    deferred_since: Option<Instant>,
    /// Push messages of the commit that is on its way.
    unkept_pushes: Vec<Push>,
    /// Uploads that go by the commit that is on its way.
    unkept_uploads: Option<UploadMsg>,
    pushes_due: PushesDue,
    step_watch: clock::StepWatch,
}

impl CoreThread {
    pub fn new(core: Core, placed_by: PlacedBy, commit_gate: CommitGate, outlets: Outlets) -> Self {
        CoreThread {
            placed_by,
            core,
            commit_gate,
            outlets,
            stopping: None,
            is_deaf: false,
            services: ServiceSessions::default(),
            service_calls: 0,
            deferred_since: None,
            unkept_pushes: Vec::new(),
            unkept_uploads: None,
            pushes_due: PushesDue::default(),
            step_watch: clock::StepWatch::default(),
        }
    }

    /// Runs until the server stops and everything accepted is committed and delivered.
    pub fn run(mut self, inbox: &Mailbox<CoreMsg>) {
        let mut messages = Vec::new();
        loop {
            match self.pause() {
                Some(pause) => inbox.take_within(pause, &mut messages),
                None => inbox.take(&mut messages),
            }
            // The whole batch is stepped before the gate moves on: many calls share one commit.
            for message in messages.drain(..) {
                self.message(message);
            }
            if let PlacedBy::Stream(journal) = &mut self.placed_by {
                // All that the batch proposes goes in one message.
                journal.publish();
                journal.store_state(self.core.replica());
            }
            self.advance();
            self.flush_deferred();
            self.measure();
            if let PlacedBy::Stream(journal) = &mut self.placed_by {
                journal.go_on(self.commit_gate.gathered_len());
            }
            // Idle means that no effect waits for a commit: only now may the other threads stop.
            if let Some(words) = &self.stopping
                && self.commit_gate.is_idle()
                && !self.awaits_stream()
            {
                if let PlacedBy::Stream(journal) = &self.placed_by {
                    journal.leave();
                }
                for shard in &self.outlets.shards {
                    shard.post_anyway(ShardMsg::Stop(words.clone()));
                }
                for worker in &self.outlets.workers {
                    worker.stop();
                }
                return;
            }
        }
    }

    /// Returns the time after which there is something to do, whatever comes.
    fn pause(&self) -> Option<Duration> {
        let deferred = self.deferred_since;
        let deferred = deferred.map(|since| SOON.saturating_sub(since.elapsed()));
        let gathers = match &self.placed_by {
            PlacedBy::ThisServer(_) => None,
            PlacedBy::Stream(journal) => journal.gathers_for(),
        };
        deferred.into_iter().chain(gathers).min()
    }

    /// Passes on the push messages of the commit that is done, and the uploads that go by it: a file must
    /// not go before the deletion of its message is kept.
    fn pass_on_kept(&mut self) {
        if let Some((uploads, message)) = self
            .outlets
            .uploads
            .as_ref()
            .zip(self.unkept_uploads.take())
        {
            uploads.post_anyway(message);
        }
        if let Some(pushes) = &self.outlets.pushes {
            for push in self.unkept_pushes.drain(..) {
                pushes.push(push);
            }
        }
    }

    /// Notes the sizes of the state for the metrics.
    fn measure(&self) {
        let (sessions, users, channels) = self.core.replica().sizes();
        let metrics = &self.outlets.metrics;
        metrics.sessions.set(sessions as i64);
        metrics.users.set(users as i64);
        metrics.channels.set(channels as i64);
        if let PlacedBy::Stream(journal) = &self.placed_by {
            metrics.set_cluster(journal.figures());
        }
    }

    /// Handles a message.
    fn message(&mut self, message: CoreMsg) {
        match message {
            // While stopping, new calls are dropped: they were not acknowledged.
            CoreMsg::Calls(..) if self.stopping.is_some() => {}
            CoreMsg::Calls(calls) => {
                let now = self.look_at_clocks();
                for call in calls {
                    self.step(now, Input::Call(call));
                }
            }
            CoreMsg::OpenService(session, outlet) => self.services.open(session, outlet),
            CoreMsg::ServiceCall(call) => {
                self.service_calls += 1;
                self.step_now(Input::Call(call));
            }
            CoreMsg::Done(ticket, result) => {
                if let TaskResult::Secrets(SecretsResult::Wrong) = result {
                    self.outlets.metrics.logins_refused.inc();
                }
                self.step_now(Input::Done(ticket, result));
            }
            CoreMsg::Settings(settings) => self.step_now(Input::Settings(settings)),
            CoreMsg::Stream(event) => self.stream(event),
            CoreMsg::DescribeCluster(answer) => {
                let status = match &self.placed_by {
                    PlacedBy::ThisServer(_) => None,
                    PlacedBy::Stream(journal) => Some(journal.status()),
                };
                // Nobody waits any more: it took too long.
                let _ = answer.send(status);
            }
            CoreMsg::Drain => self.outlets.metrics.set_draining(),
            CoreMsg::Committed => {
                self.pass_on_kept();
                let released = self.commit_gate.committed();
                self.release(released);
            }
            CoreMsg::Writable(writable) => {
                self.outlets.metrics.set_writable(writable);
                for shard in &self.outlets.shards {
                    shard.post(ShardMsg::Writable(writable));
                }
            }
            CoreMsg::Stop(words) => self.stop(words),
        }
    }

    /// Stops once everything accepted is committed, with these words for the clients.
    fn stop(&mut self, words: String) {
        self.stopping.get_or_insert(words);
        // The commit in flight may be retrying: limit its retries.
        if self.commit_gate.is_committing() {
            self.outlets.journal.post_anyway(JournalMsg::LimitRetries);
        }
    }

    /// Reads both clocks, and logs a step of the wall clock.
    fn look_at_clocks(&mut self) -> Now {
        let now = clock::now();
        if let Some(ms) = self.step_watch.look(now) {
            log_clock_step(ms);
        }
        now
    }

    /// Steps the core with one input, at the present time.
    fn step_now(&mut self, input: Input) {
        let now = self.look_at_clocks();
        self.step(now, input);
    }

    /// Steps the core with one input, and with the proposals it makes once the journal has ordered
    /// them.
    fn step(&mut self, now: Now, input: Input) {
        let effects = self.commit_gate.gathering();
        self.core.step(now, input, effects);
        // Applying an entry may resume queued calls, which propose again: hence the loop. Nothing
        // is pending in the journal when this returns.
        while !effects.proposals.is_empty() {
            for proposal in std::mem::take(&mut effects.proposals) {
                let input = match &mut self.placed_by {
                    PlacedBy::ThisServer(journal) => Input::Entry(journal.place(now, proposal)),
                    PlacedBy::Stream(journal) => {
                        let (origin, done) = (proposal.origin, proposal.done);
                        if journal.ends_before(&proposal) {
                            let why = "Closed while the server is cut off".into();
                            effects.out.push(Effect::Close(origin.session, why));
                        }
                        if !self.is_deaf && journal.propose(proposal) {
                            continue;
                        }
                        Input::Unplaced(origin, done)
                    }
                };
                self.core.step(now, input, effects);
            }
        }
    }

    /// Returns whether requests that were accepted are on their way to the stream, and may be acknowledged.
    fn awaits_stream(&self) -> bool {
        match &self.placed_by {
            PlacedBy::ThisServer(_) => false,
            // One that stops by itself is not to go on with what it holds.
            PlacedBy::Stream(journal) => {
                !self.is_deaf && self.outlets.failure.get().is_none() && journal.awaits()
            }
        }
    }

    /// Takes an event of the link to the stream.
    fn stream(&mut self, event: LinkEvent) {
        // What the others do would never end.
        self.is_deaf |= self.stopping.is_some() && !self.awaits_stream();
        if self.is_deaf {
            return;
        }
        let PlacedBy::Stream(journal) = &mut self.placed_by else {
            return;
        };
        for step in journal.event(event) {
            match step {
                cluster::Step::Entry(entry) => {
                    if let Change::Settings(chat) = &entry.proposal.change {
                        let follow = ReloadMsg::Follow(chat.clone());
                        self.outlets.reloader.post_anyway(follow);
                    }
                    self.step_now(Input::Entry(entry));
                }
                cluster::Step::Digest => {
                    if let PlacedBy::Stream(journal) = &self.placed_by {
                        journal.publish_digest(self.core.replica());
                    }
                }
                cluster::Step::Refuse(origin, done) => self.step_now(Input::Unplaced(origin, done)),
                cluster::Step::Announce(is_cut_off) => {
                    for shard in &self.outlets.shards {
                        shard.post(ShardMsg::CutOff(is_cut_off));
                    }
                }
                cluster::Step::Unconfirm(origin, done) => {
                    self.step_now(Input::Unconfirmed(origin, done));
                }
                cluster::Step::CutOff(is_cut_off) => {
                    self.outlets.metrics.set_cut_off(is_cut_off);
                    if is_cut_off {
                        tracing::warn!(
                            "this node is cut off from the stream: it shows what it has, and refuses changes"
                        );
                    } else {
                        tracing::info!("this node reaches the stream again");
                    }
                }
                cluster::Step::Member(is_member) => {
                    self.outlets.metrics.set_cut_off(!is_member);
                }
                cluster::Step::Stop(why) => {
                    tracing::error!("this node stops: {why}");
                    // The first reason counts; what follows comes of it.
                    let _ = self.outlets.failure.set(why);
                    self.stop("This server has to stop; connect to another one".into());
                }
            }
        }
    }

    /// Moves the commit gate on, as far as it can go.
    fn advance(&mut self) {
        match self.commit_gate.advance() {
            Step::Nothing => {}
            Step::Deliver(released) => self.release(released),
            Step::Commit(records) => self.commit(records),
            Step::DeliverAndCommit(released, records) => {
                // The commit starts first: delivery may block on a full shard.
                self.commit(records);
                self.release(released);
            }
        }
    }

    /// Commits records deferred for [`SOON`]; while stopping, all of them.
    fn flush_deferred(&mut self) {
        let is_time = |since: Instant| since.elapsed() >= SOON || self.stopping.is_some();
        if self.deferred_since.is_some_and(is_time)
            && let Step::Commit(records) = self.commit_gate.flush()
        {
            self.commit(records);
        }
        // The start stays while records are deferred: new ones must not extend the delay.
        let now = self.commit_gate.has_deferred().then(Instant::now);
        self.deferred_since = now.map(|now| self.deferred_since.unwrap_or(now));
    }

    /// Sends records to the journal; logs the entries of the audit log among them.
    fn commit(&mut self, records: Vec<Record>) {
        // They wait until the messages are kept.
        if self.outlets.pushes.is_some() && self.placed_by.is_first() {
            self.unkept_pushes = self.pushes_due.of(self.core.replica(), &records);
        }
        let is_message = |record: &&Record| matches!(record, Record::Message(..));
        let messages = records.iter().filter(is_message).count();
        self.outlets.metrics.messages.inc_by(messages as u64);
        for record in &records {
            if let Record::Audit(audit) = record {
                let Audit {
                    who,
                    action,
                    about,
                    detail,
                    ..
                } = audit;
                tracing::info!("{who}: {action} {about} {detail}");
            }
        }
        if let Some(uploads) = &self.outlets.uploads {
            let (linked, gone) = upload_worker::messages_for(&records);
            if let Some(linked) = linked {
                uploads.post_anyway(linked);
            }
            self.unkept_uploads = gone;
        }
        // All entries applied so far have their records in this commit or in an earlier one.
        let message = JournalMsg::Commit(records, self.core.last());
        self.outlets.journal.post_anyway(message);
        // A commit sent after the stop must not be retried forever either.
        if self.stopping.is_some() {
            self.outlets.journal.post_anyway(JournalMsg::LimitRetries);
        }
    }

    /// Delivers effects to the shards whose sessions they concern. Blocks while a shard is far
    /// behind, so that its queue is bounded.
    fn release(&mut self, mut released: Ready) {
        self.outlets.feed.deliver(&released.out);
        // First, since service sessions are of no shard. The console hears only what its calls bring:
        // while none is open, there is nothing for it.
        if self.service_calls > 0 {
            self.service_calls -= self.services.take(&mut released.out, &mut released.taken);
        }
        for (ticket, task) in released.tasks {
            self.start_task(ticket, task);
        }
        if let [shard] = self.outlets.shards.as_slice() {
            shard.post(ShardMsg::Deliver {
                effects: released.out,
                taken: released.taken,
            });
            return;
        }
        let mut parts: Vec<Vec<Effect>> = self.outlets.shards.iter().map(|_| Vec::new()).collect();
        for effect in released.out {
            distribute(effect, &mut parts);
        }
        let mut taken: Vec<Vec<SessionId>> =
            self.outlets.shards.iter().map(|_| Vec::new()).collect();
        for session in released.taken {
            if let Some(part) = taken.get_mut(usize::from(Connections::shard_of(session))) {
                part.push(session);
            }
        }
        for ((shard, effects), taken) in self.outlets.shards.iter().zip(parts).zip(taken) {
            if !effects.is_empty() || !taken.is_empty() {
                shard.post(ShardMsg::Deliver { effects, taken });
            }
        }
    }
}

impl CoreThread {
    /// Sends a task to its worker; if that has no room, the task is refused. A session has at most
    /// one at a time.
    fn start_task(&self, ticket: Ticket, task: Task) {
        let outlets = &self.outlets;
        let refused = task.refused();
        let has_room = match task {
            Task::History(query) => outlets.reader.try_post(ReaderMsg::History(ticket, query)),
            Task::Conversations(wanted) => outlets
                .reader
                .try_post(ReaderMsg::Conversations(ticket, wanted)),
            Task::Replay(wanted) => outlets.reader.try_post(ReaderMsg::Replay(ticket, wanted)),
            Task::Search(wanted) => outlets.searcher.try_post(SearchMsg::Search(ticket, wanted)),
            Task::Secrets { secrets, place } => outlets.passwords.try_post(PasswordMsg::Work {
                ticket,
                secrets,
                place,
            }),
            Task::Mail { to, account, code } => outlets.mailer.try_post(MailMsg::Send {
                ticket,
                to,
                account,
                code,
            }),
            Task::Rehash if outlets.metrics.is_cut_off() => {
                // The rules are the cluster's: here alone they would not count.
                let why = "this server is cut off from the others; try again in a moment";
                let refused = TaskResult::Rehash(Err(why.into()));
                return outlets.core.post_anyway(CoreMsg::Done(ticket, refused));
            }
            Task::Rehash => outlets.reloader.try_post(ReloadMsg::Rehash(Some(ticket))),
        };
        if !has_room {
            // Through the inbox, not at once: the session takes its answers in order.
            outlets.core.post_anyway(CoreMsg::Done(ticket, refused));
        }
    }
}

/// Logs that the wall clock was set: timestamps have a gap or an overlap there.
fn log_clock_step(ms: i64) {
    let seconds = ms.unsigned_abs() as f64 / 1000.0;
    if ms < 0 {
        tracing::warn!(
            "the system clock was set back by {seconds:.1} s: messages keep their order, and show the time before the step until the clock has passed it"
        );
    } else {
        tracing::warn!("the system clock was set forward by {seconds:.1} s");
    }
}

/// Distributes an effect to the shards that it concerns.
fn distribute(effect: Effect, parts: &mut [Vec<Effect>]) {
    let session = match &effect {
        Effect::Reply(cause, _) | Effect::Done(cause) => cause.session,
        Effect::Enter(session, _) | Effect::Leave(session, _) | Effect::Close(session, _) => {
            *session
        }
        Effect::Event {
            audience: Audience::Sessions(sessions),
            ..
        } if sessions.len() == 1 => sessions[0],
        Effect::Event { .. } => {
            // Each shard picks its own sessions; the last one gets the original instead of a clone.
            if let Some((last, others)) = parts.split_last_mut() {
                for part in others {
                    part.push(effect.clone());
                }
                last.push(effect);
            }
            return;
        }
    };
    if let Some(part) = parts.get_mut(usize::from(Connections::shard_of(session))) {
        part.push(effect);
    }
}

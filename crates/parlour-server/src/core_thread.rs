//! The thread that owns the core.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use parlour_core::hold::{Advance, Hold, Released};
use parlour_core::journal::Loopback;
use parlour_core::record::Audit;
use parlour_core::{
    Audience, Call, Core, Effect, Errand, Input, Mailing, Now, Record, Reply, Request, SessionId,
    Settings, Ticket,
};
use parlour_doors::Hall;

use crate::clock;
use crate::console::Console;
use crate::indexer::{ForIndexer, ForSearcher};
use crate::keyring::ForKeyring;
use crate::mailbox::Mailbox;
use crate::mailer::ForMailer;
use crate::shard::ForShard;
use crate::store_threads::{ForReader, ForWriter};
use crate::warden::ForWarden;

/// How soon what was told before it was kept is kept, when nothing else is to be.
const SOON: Duration = Duration::from_secs(1);

/// For the core's thread.
pub(crate) enum ForCore {
    /// Requests of sessions of one shard, in order.
    Calls(Vec<Call>),
    /// Something else for the core.
    Input(Input),
    /// Other settings are in force.
    Settings(Arc<Settings>),
    /// A request of the console, and where its answer goes.
    Console(Request, Sender<Reply>),
    /// The commit that was on its way is done.
    Committed,
    /// The store cannot be written now, or can again.
    Writable(bool),
    /// The server is to stop, with these words.
    Stop(String),
}

/// Where the core's thread sends things.
pub(crate) struct Outlets {
    pub shards: Vec<Arc<Mailbox<ForShard>>>,
    pub writer: Arc<Mailbox<ForWriter>>,
    pub reader: Arc<Mailbox<ForReader>>,
    pub indexer: Arc<Mailbox<ForIndexer>>,
    pub searcher: Arc<Mailbox<ForSearcher>>,
    pub warden: Arc<Mailbox<ForWarden>>,
    pub keyring: Arc<Mailbox<ForKeyring>>,
    pub mailer: Arc<Mailbox<ForMailer>>,
    /// The core's own, for what is answered at once.
    pub core: Arc<Mailbox<ForCore>>,
}

pub(crate) struct CoreThread {
    core: Core,
    journal: Loopback,
    hold: Hold,
    outlets: Outlets,
    stopping: Option<String>,
    console: Console,
    /// Since when something that was told is still to be kept.
    owing_since: Option<Instant>,
    step_watch: clock::StepWatch,
}

impl CoreThread {
    pub fn new(core: Core, hold: Hold, outlets: Outlets) -> Self {
        CoreThread {
            journal: Loopback::new(core.last()),
            core,
            hold,
            outlets,
            stopping: None,
            console: Console::default(),
            owing_since: None,
            step_watch: clock::StepWatch::default(),
        }
    }

    /// Runs until the server stops and all that was taken is kept and told.
    pub fn run(mut self, inbox: &Mailbox<ForCore>) {
        let mut letters = Vec::new();
        loop {
            if let Some(since) = self.owing_since {
                inbox.take_within(SOON.saturating_sub(since.elapsed()), &mut letters);
            } else {
                inbox.take(&mut letters);
            }
            for letter in letters.drain(..) {
                self.letter(letter);
            }
            self.advance();
            self.settle();
            if let Some(words) = &self.stopping
                && self.hold.is_idle()
            {
                for shard in &self.outlets.shards {
                    shard.post_unbounded(ForShard::Stop(words.clone()));
                }
                self.outlets.writer.post_unbounded(ForWriter::Stop);
                self.outlets.reader.post_unbounded(ForReader::Stop);
                self.outlets.indexer.post_unbounded(ForIndexer::Stop);
                self.outlets.searcher.post_unbounded(ForSearcher::Stop);
                self.outlets.warden.post_unbounded(ForWarden::Stop);
                self.outlets.keyring.post_unbounded(ForKeyring::Stop);
                self.outlets.mailer.post_unbounded(ForMailer::Stop);
                return;
            }
        }
    }

    fn letter(&mut self, letter: ForCore) {
        match letter {
            // Once it is to stop, nothing new is begun: it was not acknowledged.
            ForCore::Calls(..) if self.stopping.is_some() => {}
            ForCore::Calls(calls) => {
                let now = self.look_at_clocks();
                for call in calls {
                    self.step(now, Input::Call(call));
                }
            }
            ForCore::Console(request, answer) => {
                let call = self.console.call(request, answer);
                self.step_now(Input::Call(call));
            }
            ForCore::Input(input) => self.step_now(input),
            ForCore::Settings(settings) => self.step_now(Input::Settings(settings)),
            ForCore::Committed => {
                let released = self.hold.committed();
                self.release(released);
            }
            ForCore::Writable(writable) => {
                for shard in &self.outlets.shards {
                    shard.post(ForShard::Writable(writable));
                }
            }
            ForCore::Stop(words) => {
                self.stopping.get_or_insert(words);
                if self.hold.is_committing() {
                    self.outlets.writer.post_unbounded(ForWriter::Hurry);
                }
            }
        }
    }

    /// Reads both clocks, and tells the log if one was set.
    fn look_at_clocks(&mut self) -> Now {
        let now = clock::now();
        if let Some(ms) = self.step_watch.look(now) {
            tell_step(ms);
        }
        now
    }

    fn step_now(&mut self, input: Input) {
        let now = self.look_at_clocks();
        self.step(now, input);
    }

    /// One input, and what its proposals become when the journal has placed them.
    fn step(&mut self, now: Now, input: Input) {
        self.journal
            .feed(&mut self.core, now, input, self.hold.gathering());
    }

    fn advance(&mut self) {
        match self.hold.advance() {
            Advance::Nothing => {}
            Advance::Release(released) => self.release(released),
            Advance::Commit(records) => self.commit(records),
            Advance::ReleaseAndCommit(released, records) => {
                self.commit(records);
                self.release(released);
            }
        }
    }

    /// Keeps what was told a while ago; at the end, all that was told.
    fn settle(&mut self) {
        let is_time = |since: Instant| since.elapsed() >= SOON || self.stopping.is_some();
        if self.owing_since.is_some_and(is_time)
            && let Advance::Commit(records) = self.hold.settle()
        {
            self.commit(records);
        }
        let now = self.hold.owes().then(Instant::now);
        self.owing_since = now.map(|now| self.owing_since.unwrap_or(now));
    }

    fn commit(&self, records: Vec<Record>) {
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
        let letter = ForWriter::Commit(records);
        self.outlets.writer.post_unbounded(letter);
        if self.stopping.is_some() {
            self.outlets.writer.post_unbounded(ForWriter::Hurry);
        }
    }

    /// Hands effects to the shards whose sessions see them. Waits for a shard that has
    /// fallen far behind, so that what waits for it is bounded.
    fn release(&mut self, mut released: Released) {
        self.console.take(&mut released.out, &mut released.taken);
        for (ticket, errand) in released.errands {
            self.send_out(ticket, errand);
        }
        if let [shard] = self.outlets.shards.as_slice() {
            shard.post(ForShard::Deliver {
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
            if let Some(part) = taken.get_mut(usize::from(Hall::shard_of(session))) {
                part.push(session);
            }
        }
        for ((shard, effects), taken) in self.outlets.shards.iter().zip(parts).zip(taken) {
            if !effects.is_empty() || !taken.is_empty() {
                shard.post(ForShard::Deliver { effects, taken });
            }
        }
    }
}

impl CoreThread {
    /// Hands an errand to who does it. A session has at most one.
    fn send_out(&self, ticket: Ticket, errand: Errand) {
        let outlets = &self.outlets;
        match errand {
            Errand::Look(query) => outlets
                .reader
                .post_unbounded(ForReader::Look(ticket, query)),
            Errand::Conversations(wanted) => outlets
                .reader
                .post_unbounded(ForReader::Conversations(ticket, wanted)),
            Errand::Replay(wanted) => outlets
                .reader
                .post_unbounded(ForReader::Replay(ticket, wanted)),
            Errand::Search(wanted) => outlets
                .searcher
                .post_unbounded(ForSearcher::Search(ticket, wanted)),
            // The core bounds them, by place and in all.
            Errand::Secrets { secrets, place } => {
                let letter = ForKeyring::Work {
                    ticket,
                    secrets,
                    place,
                };
                outlets.keyring.post_unbounded(letter);
            }
            Errand::Mail { to, account, code } => {
                let letter = ForMailer::Send {
                    ticket,
                    to,
                    account,
                    code,
                };
                if outlets.mailer.try_post(letter).is_err() {
                    let failed = Input::Mailed(ticket, Mailing::Unavailable);
                    outlets.core.post_unbounded(ForCore::Input(failed));
                }
            }
            Errand::Rehash => outlets
                .warden
                .post_unbounded(ForWarden::Rehash(Some(ticket))),
        }
    }
}

/// Tells the log that the wall clock was set: times that people read have a seam there.
fn tell_step(ms: i64) {
    let seconds = ms.unsigned_abs() as f64 / 1000.0;
    if ms < 0 {
        tracing::warn!(
            "the system clock was set back by {seconds:.1} s: messages keep their order, and show the time before the step until the clock has passed it"
        );
    } else {
        tracing::warn!("the system clock was set forward by {seconds:.1} s");
    }
}

/// Gives an effect to the shards that it concerns.
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
            if let Some((last, others)) = parts.split_last_mut() {
                for part in others {
                    part.push(effect.clone());
                }
                last.push(effect);
            }
            return;
        }
    };
    if let Some(part) = parts.get_mut(usize::from(Hall::shard_of(session))) {
        part.push(effect);
    }
}

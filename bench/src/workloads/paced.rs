//! paced: one room at a steady rate, for latencies; churn: the same while connections come and go.

use std::collections::VecDeque;

use clap::Args;

use super::room::{Room, RoomArgs};
use crate::BenchError;
use crate::clock::{self, MILLISECOND, Nanos, SECOND};
use crate::connection::{Notice, Plan, Reading, Stage};
use crate::engine::Engine;
use crate::figures::Figures;
use crate::histogram::Histogram;
use crate::payload::Payload;
use crate::window::Window;
use crate::workload::{Run, Times, Workload};

/// Time for a connection that has said QUIT to be closed by the server.
const GOODBYE: Nanos = 2 * SECOND;
/// Time after the window for what is still on its way.
const AFTER: Nanos = 5 * SECOND;

/// `parlour bench paced`
#[derive(Clone, Debug, Args)]
pub struct PacedArgs {
    #[command(flatten)]
    room: RoomArgs,
    #[command(flatten)]
    times: Times,
    /// Messages a second, of all senders together.
    #[arg(long, default_value_t = 50.0)]
    rate: f64,
}

/// `parlour bench churn`
#[derive(Clone, Debug, Args)]
pub struct ChurnArgs {
    #[command(flatten)]
    paced: PacedArgs,
    /// Connections a second that join the room.
    #[arg(long, default_value_t = 50.0)]
    churn_rate: f64,
    /// Milliseconds that each stays.
    #[arg(long, default_value_t = 300.0)]
    stay_ms: f64,
}

impl Workload for PacedArgs {
    fn name(&self) -> &'static str {
        "paced"
    }

    fn run(&self, run: &mut Run<'_>) -> Result<(), BenchError> {
        run_paced(self, None, run)
    }
}

impl Workload for ChurnArgs {
    fn name(&self) -> &'static str {
        "churn"
    }

    fn run(&self, run: &mut Run<'_>) -> Result<(), BenchError> {
        let channel = self.paced.room.channel.clone();
        let churn = Churn::new(self.churn_rate, self.stay_ms, channel);
        run_paced(&self.paced, Some(churn), run)
    }
}

/// Things that are due at regular times.
struct Beat {
    next: Nanos,
    step: Nanos,
}

impl Beat {
    fn new(rate: f64) -> Beat {
        let step = (SECOND as f64 / rate) as Nanos;
        Beat {
            next: clock::now() + step,
            step,
        }
    }

    /// Begins again now.
    fn restart(&mut self) {
        self.next = clock::now() + self.step;
    }

    /// Returns whether one is due, and by how much it is late. Beats that were missed stay due: the
    /// load does not slacken because the load generator was held up.
    fn is_due(&mut self, now: Nanos) -> Option<Nanos> {
        let late = now.checked_sub(self.next)?;
        self.next += self.step;
        Some(late)
    }
}

/// Connections that come, stay and go.
struct Churn {
    beat: Beat,
    stay: Nanos,
    channel: String,
    /// Those that have joined, and when they leave.
    staying: VecDeque<(Nanos, usize)>,
    /// Those that have said QUIT, and when they are closed at last.
    leaving: VecDeque<(Nanos, usize)>,
    times: Histogram,
    started: u64,
    joined: u64,
    left: u64,
    failed: u64,
}

impl Churn {
    fn new(rate: f64, stay_ms: f64, channel: String) -> Churn {
        Churn {
            beat: Beat::new(rate),
            stay: clock::seconds(stay_ms / 1000.0),
            channel,
            staying: VecDeque::new(),
            leaving: VecDeque::new(),
            times: Histogram::new(),
            started: 0,
            joined: 0,
            left: 0,
            failed: 0,
        }
    }

    /// Returns whether all that have come are gone again.
    fn is_over(&self) -> bool {
        self.joined + self.failed == self.started
            && self.staying.is_empty()
            && self.leaving.is_empty()
    }

    /// Returns the time when the next one comes or goes.
    fn next(&self) -> Nanos {
        let leaves = self.staying.front().map_or(Nanos::MAX, |(until, _)| *until);
        self.beat.next.min(leaves)
    }

    /// Adds its figures.
    fn figures(&self, figures: &mut Figures) {
        figures.add("churn_started", self.started);
        figures.add("churn_joined", self.joined);
        figures.add("churn_left", self.left);
        figures.add("churn_failed", self.failed);
        figures.times("join", &self.times);
    }

    /// Opens those that are due, while the window is open.
    fn come(&mut self, engine: &mut Engine, now: Nanos) -> Result<(), BenchError> {
        while self.beat.is_due(now).is_some() {
            engine.open(Plan {
                nick: format!("c{:05}", self.started),
                channel: Some(self.channel.clone()),
                prefix: Vec::new(),
            })?;
            self.started += 1;
        }
        Ok(())
    }

    /// Sends those away that have stayed long enough.
    fn go(&mut self, engine: &mut Engine, now: Nanos) {
        let is_due = |front: Option<&(Nanos, usize)>| front.is_some_and(|(until, _)| *until <= now);
        while is_due(self.staying.front())
            && let Some((_, number)) = self.staying.pop_front()
        {
            engine.send(number, "QUIT :bye\r\n");
            self.leaving.push_back((now + GOODBYE, number));
        }
        while let Some(&(by, number)) = self.leaving.front()
            && (by <= now || engine.connections[number].stage == Stage::Closed)
        {
            self.leaving.pop_front();
            self.left += 1;
            engine.close(number);
        }
    }

    /// Notes who has joined, and who was closed before.
    fn note(&mut self, engine: &mut Engine, stable: usize, measured: Nanos) {
        let now = clock::now();
        for (number, notice) in std::mem::take(&mut engine.notices) {
            match notice {
                _ if number < stable => {}
                Notice::Registered => {}
                Notice::Joined => {
                    let since = engine.connections[number].since;
                    self.joined += 1;
                    if since >= measured {
                        self.times.add(now - since);
                    }
                    self.staying.push_back((now + self.stay, number));
                }
                Notice::Closed => {
                    // An end that was asked for is no fault.
                    engine.totals.disconnects -= 1;
                    let has_left = self.leaving.iter().any(|(_, leaving)| *leaving == number);
                    self.failed += u64::from(!has_left);
                }
            }
        }
        // Goodbyes are no errors either.
        engine.errors.retain(|error| {
            let error = error.to_lowercase();
            !(error.contains("bye") || error.contains("quit") || error.contains("closed in ready"))
        });
    }
}

fn run_paced(
    args: &PacedArgs,
    mut churn: Option<Churn>,
    run: &mut Run<'_>,
) -> Result<(), BenchError> {
    let room = args.room.open(run.engine)?;
    let (members, stable) = (room.members, room.members + room.senders);
    let engine = &mut *run.engine;
    engine.begin(|_| Reading::Parse);
    let mut sent = vec![0u32; room.senders];
    let (mut times, mut latest) = (Histogram::new(), 0);
    let mut window = Window::begin(engine, args.times.warmup(), args.times.length());
    let mut beat = Beat::new(args.rate);
    if let Some(churn) = &mut churn {
        churn.beat.restart();
    }
    loop {
        let goes_on = window.goes_on(engine, run.meter)?;
        let now = clock::now();
        let messages: u64 = sent.iter().copied().map(u64::from).sum();
        if goes_on {
            while let Some(late) = beat.is_due(now) {
                latest = latest.max(late);
                send(engine, &room, &mut sent);
            }
            if let Some(churn) = &mut churn {
                churn.come(engine, now)?;
            }
        } else {
            let is_complete = engine.totals.marks >= room.deliveries(messages)
                && churn.as_ref().is_none_or(Churn::is_over);
            if is_complete || now > window.end + AFTER {
                break;
            }
        }
        if let Some(churn) = &mut churn {
            churn.go(engine, now);
        }
        let next = churn.as_ref().map_or(Nanos::MAX, Churn::next);
        let next = beat.next.min(next);
        let timeout = next.saturating_sub(clock::now()).min(20 * MILLISECOND);
        engine.poll(timeout);
        for delivery in &engine.deliveries {
            let sent = delivery.payload.sent;
            if delivery.to < stable && (window.start..window.end).contains(&sent) {
                times.add(delivery.at.saturating_sub(sent));
            }
        }
        if let Some(churn) = &mut churn {
            churn.note(engine, stable, window.start);
        }
    }
    let messages: u64 = sent.iter().copied().map(u64::from).sum();
    let drain = engine.drain(room.deliveries(messages));
    let (lost, extra) = engine.lost_and_extra(|number| match number.checked_sub(members) {
        None => Some(messages),
        Some(sender) => {
            let own = sent.get(sender).filter(|_| !room.echo);
            (number < stable).then(|| messages - own.copied().map_or(0, u64::from))
        }
    });
    let figures = &mut *run.figures;
    figures.add("members", members);
    figures.add("senders", room.senders);
    figures.ratio("rate", args.rate);
    if let Some((start, end)) = window.ends() {
        figures.between(start, end);
    }
    figures.add("messages", messages);
    figures.times("lat", &times);
    figures.add("lost", lost);
    figures.add("extra", extra);
    figures.ratio("sched_late_max_us", latest as f64 / 1000.0);
    figures.ratio("drain_ms", drain as f64 / MILLISECOND as f64);
    if let Some(churn) = churn {
        churn.figures(figures);
    }
    Ok(())
}

/// Sends a message of the sender whose turn it is.
fn send(engine: &mut Engine, room: &Room, sent: &mut [u32]) {
    let messages: u32 = sent.iter().sum();
    let sender = messages as usize % room.senders;
    let payload = Payload {
        sent: clock::now(),
        sender: sender as u32,
        number: sent[sender],
    };
    engine.queue(room.members + sender, payload);
    engine.flush(room.members + sender);
    sent[sender] += 1;
}

//! paced: one room at a steady rate, for latencies; churn: the same while connections come and go.

use clap::Args;

use super::beat::Beat;
use super::churn::Churn;
use super::room::{Room, RoomArgs};
use crate::BenchError;
use crate::clock::{self, MILLISECOND, Nanos, SECOND};
use crate::connection::Reading;
use crate::engine::Engine;
use crate::histogram::Histogram;
use crate::payload::Payload;
use crate::window::Window;
use crate::workload::{Run, Times, Workload};

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

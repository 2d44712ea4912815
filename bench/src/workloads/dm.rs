//! dm: pairs who write to each other in turns.

use clap::Args;

use crate::BenchError;
use crate::clock::{self, MILLISECOND, SECOND};
use crate::connection::{Plan, Reading};
use crate::histogram::Histogram;
use crate::payload::Payload;
use crate::window::Window;
use crate::workload::{Run, SetupArgs, Times, Workload};

/// `parlour bench dm`
#[derive(Clone, Debug, Args)]
pub struct DmArgs {
    /// Pairs.
    #[arg(long, default_value_t = 500)]
    pairs: usize,
    #[command(flatten)]
    times: Times,
    #[command(flatten)]
    setup: SetupArgs,
}

impl Workload for DmArgs {
    fn name(&self) -> &'static str {
        "dm"
    }

    fn run(&self, run: &mut Run<'_>) -> Result<(), BenchError> {
        let engine = &mut *run.engine;
        let nick = |number: usize| format!("d{number:05}");
        let plans = (0..2 * self.pairs).map(|number| Plan {
            nick: nick(number),
            channel: None,
            prefix: format!("PRIVMSG {} :", nick(number ^ 1)).into_bytes(),
        });
        let at_once = self.setup.setup_concurrency.unwrap_or(50);
        engine.connect_all(plans.collect(), at_once, self.setup.setup_limit)?;
        engine.settle(300 * MILLISECOND, 20 * SECOND);
        engine.begin(|_| Reading::Parse);
        let mut sent = vec![0u64; 2 * self.pairs];
        let (mut times, mut trips, mut foreign) = (Histogram::new(), 0u64, 0u64);
        let mut window = Window::begin(engine, self.times.warmup(), self.times.length());
        for first in (0..2 * self.pairs).step_by(2) {
            let payload = Payload {
                sent: clock::now(),
                sender: first as u32,
                number: 0,
            };
            engine.queue(first, payload);
            engine.flush(first);
            sent[first] = 1;
        }
        let mut deliveries = Vec::new();
        while window.goes_on(engine, run.meter)? {
            engine.poll(20 * MILLISECOND);
            std::mem::swap(&mut deliveries, &mut engine.deliveries);
            for delivery in deliveries.drain(..) {
                let (to, payload) = (delivery.to, delivery.payload);
                if payload.sender as usize != to ^ 1 {
                    foreign += 1;
                    continue;
                }
                let is_answer = to % 2 == 0;
                if is_answer && window.is_measuring() {
                    trips += 1;
                    times.add(delivery.at.saturating_sub(payload.sent));
                }
                let next = Payload {
                    // An answer carries the time of its question.
                    sent: if is_answer {
                        clock::now()
                    } else {
                        payload.sent
                    },
                    sender: to as u32,
                    number: sent[to] as u32,
                };
                engine.queue(to, next);
                engine.flush(to);
                sent[to] += 1;
            }
        }
        // Nobody answers any more; what is on its way still has to arrive.
        let messages: u64 = sent.iter().sum();
        let drain = engine.drain(messages);
        let (lost, extra) = engine.lost_and_extra(|number| Some(sent[number ^ 1]));
        let figures = &mut *run.figures;
        figures.add("pairs", self.pairs);
        if let Some((start, end)) = window.ends() {
            let seconds = (end.at - start.at) as f64 / SECOND as f64;
            figures.ratio("round_trips_per_s", trips as f64 / seconds);
            figures.between(start, end);
            let server = (end.server - start.server) as f64 / 1000.0;
            figures.ratio("server_cpu_us_per_round_trip", server / trips as f64);
        }
        figures.add("messages", messages);
        figures.times("lat", &times);
        figures.add("lost", lost);
        figures.add("extra", extra);
        figures.add("foreign", foreign);
        figures.ratio("drain_ms", drain as f64 / MILLISECOND as f64);
        Ok(())
    }
}

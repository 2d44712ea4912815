//! rooms: many small rooms, in which every member speaks.

use clap::Args;

use crate::BenchError;
use crate::clock::{self, MILLISECOND, SECOND};
use crate::connection::{Plan, Reading};
use crate::histogram::Histogram;
use crate::payload::Payload;
use crate::window::Window;
use crate::workload::{Run, SetupArgs, Times, Workload};

/// `parlour bench rooms`
#[derive(Clone, Debug, Args)]
pub struct RoomsArgs {
    /// Rooms.
    #[arg(long, default_value_t = 200)]
    rooms: usize,
    /// Members of each.
    #[arg(long, default_value_t = 10)]
    members: usize,
    /// Messages of a member that are on their way at once.
    #[arg(long, default_value_t = 1)]
    window: u32,
    #[command(flatten)]
    times: Times,
    #[command(flatten)]
    setup: SetupArgs,
}

impl Workload for RoomsArgs {
    fn name(&self) -> &'static str {
        "rooms"
    }

    fn run(&self, run: &mut Run<'_>) -> Result<(), BenchError> {
        let (size, engine) = (self.members, &mut *run.engine);
        let all = self.rooms * size;
        let plans = (0..all).map(|number| {
            let channel = format!("#r{}", number / size);
            Plan {
                nick: format!("r{number:05}"),
                prefix: format!("PRIVMSG {channel} :").into_bytes(),
                channel: Some(channel),
            }
        });
        let at_once = self.setup.setup_concurrency.unwrap_or(50);
        engine.connect_all(plans.collect(), at_once, self.setup.setup_limit)?;
        engine.settle(300 * MILLISECOND, 20 * SECOND);
        engine.begin(|_| Reading::Parse);
        let mut sent = vec![0u32; all];
        let mut under_way = vec![0u32; all];
        let (mut times, mut foreign) = (Histogram::new(), 0u64);
        // Members who may send.
        let mut free: Vec<usize> = (0..all).collect();
        let mut window = Window::begin(engine, self.times.warmup(), self.times.length());
        while window.goes_on(engine, run.meter)? {
            for number in free.drain(..) {
                let now = clock::now();
                while under_way[number] < self.window {
                    let payload = Payload {
                        sent: now,
                        sender: number as u32,
                        number: sent[number],
                    };
                    engine.queue(number, payload);
                    sent[number] += 1;
                    under_way[number] += 1;
                }
                engine.flush(number);
            }
            engine.poll(20 * MILLISECOND);
            for delivery in &engine.deliveries {
                if window.is_measuring() {
                    times.add(delivery.at.saturating_sub(delivery.payload.sent));
                }
                let (to, sender) = (delivery.to, delivery.payload.sender as usize);
                if sender >= all || sender / size != to / size {
                    foreign += 1;
                } else if sender / size * size + (sender % size + 1) % size == to {
                    // The next member of the room sees it: another may follow.
                    under_way[sender] = under_way[sender].saturating_sub(1);
                    free.push(sender);
                }
            }
        }
        let of_room = |room: usize| {
            let sent = &sent[room * size..(room + 1) * size];
            sent.iter().copied().map(u64::from).sum::<u64>()
        };
        let messages: u64 = (0..self.rooms).map(of_room).sum();
        let drain = engine.drain(messages * (size as u64 - 1));
        let (lost, extra) =
            engine.lost_and_extra(|number| Some(of_room(number / size) - u64::from(sent[number])));
        let figures = &mut *run.figures;
        figures.add("rooms", self.rooms);
        figures.add("members", size);
        figures.add("window", self.window);
        if let Some((start, end)) = window.ends() {
            figures.between(start, end);
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

//! fanout: one room at saturation. Each sender has so many messages on their way, as one member sees
//! them; more are sent as they arrive there.

use clap::{Args, ValueEnum};

use super::room::RoomArgs;
use crate::BenchError;
use crate::clock::{self, MILLISECOND};
use crate::connection::Reading;
use crate::engine::{Engine, Protocol};
use crate::histogram::Histogram;
use crate::payload::Payload;
use crate::window::Window;
use crate::workload::{Run, Times, Workload};

/// Member whose deliveries pace the senders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Reader {
    First,
    Mid,
    Last,
}

/// Way to count the deliveries of most members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Count {
    /// Each payload, by its last byte.
    Markers,
    /// By bytes, which are not even copied: they must be as many as those of a member whose payloads
    /// are parsed.
    Bytes,
}

/// `parlour bench fanout`
#[derive(Clone, Debug, Args)]
pub struct FanoutArgs {
    #[command(flatten)]
    room: RoomArgs,
    #[command(flatten)]
    times: Times,
    /// Messages of a sender that are on their way at once; by default 64, or 1 of pyChat.
    #[arg(long)]
    window: Option<u32>,
    /// Members whose deliveries are parsed, for latencies.
    #[arg(long, default_value_t = 32)]
    sample: usize,
    /// Member whose deliveries pace the senders.
    #[arg(long, value_enum, default_value = "last")]
    designated: Reader,
    /// Way to count the deliveries of most members.
    #[arg(long, value_enum, default_value = "markers")]
    count: Count,
}

/// Sender of the room.
#[derive(Clone, Copy, Default)]
struct Sender {
    sent: u32,
    under_way: u32,
    /// Number of the next message that the paced member ought to see.
    next: u32,
}

impl Sender {
    /// Sends until `most` messages are under way. `number` is that of the sender, whose connection
    /// comes behind those of the members.
    fn fill(&mut self, engine: &mut Engine, members: usize, number: usize, most: u32) {
        if self.under_way == most {
            return;
        }
        let sent = clock::now();
        while self.under_way < most {
            let payload = Payload {
                sent,
                sender: number as u32,
                number: self.sent,
            };
            engine.queue(members + number, payload);
            self.sent += 1;
            self.under_way += 1;
        }
        engine.flush(members + number);
    }
}

impl Workload for FanoutArgs {
    fn name(&self) -> &'static str {
        "fanout"
    }

    fn run(&self, run: &mut Run<'_>) -> Result<(), BenchError> {
        let room = self.room.open(run.engine)?;
        let members = room.members;
        let is_irc = run.engine.target.protocol == Protocol::Irc;
        let most = self.window.unwrap_or(if is_irc { 64 } else { 1 });
        let designated = match self.designated {
            Reader::First => 0,
            Reader::Mid => members / 2,
            Reader::Last => members - 1,
        };
        let sample = self.sample.clamp(1, members);
        let is_sample = |number: usize| {
            number < members && (number == designated || number * sample % members < sample)
        };
        let is_by_bytes =
            |number: usize| self.count == Count::Bytes && number < members && !is_sample(number);
        run.engine.begin(|number| {
            if is_sample(number) {
                Reading::Parse
            } else if is_by_bytes(number) {
                Reading::Bytes
            } else {
                Reading::Count
            }
        });
        run.engine.model = designated;
        let mut senders = vec![Sender::default(); room.senders];
        let (mut times, mut disorder) = (Histogram::new(), 0u64);
        let engine = &mut *run.engine;
        let mut window = Window::begin(engine, self.times.warmup(), self.times.length());
        while window.goes_on(engine, run.meter)? {
            for (number, sender) in senders.iter_mut().enumerate() {
                sender.fill(engine, members, number, most);
            }
            engine.poll(20 * MILLISECOND);
            for delivery in &engine.deliveries {
                let payload = delivery.payload;
                if window.is_measuring() {
                    times.add(delivery.at.saturating_sub(payload.sent));
                }
                if delivery.to == designated
                    && let Some(sender) = senders.get_mut(payload.sender as usize)
                {
                    sender.under_way = sender.under_way.saturating_sub(1);
                    disorder += u64::from(payload.number != sender.next);
                    sender.next = payload.number + 1;
                }
            }
        }
        let sent: u64 = senders.iter().map(|sender| u64::from(sender.sent)).sum();
        let drain = engine.drain(room.deliveries(sent));
        let numbers: Vec<usize> = (0..members).filter(|&number| is_by_bytes(number)).collect();
        count_by_bytes(engine, designated, &numbers);
        let (lost, extra) = engine.lost_and_extra(|number| {
            let own = number
                .checked_sub(members)
                .map(|sender| senders[sender].sent);
            Some(sent - own.filter(|_| !room.echo).map_or(0, u64::from))
        });
        let figures = &mut *run.figures;
        figures.add("members", members);
        figures.add("senders", room.senders);
        figures.add("window", most);
        if let Some((start, end)) = window.ends() {
            figures.between(start, end);
        }
        figures.add("messages", sent);
        figures.times("lat", &times);
        figures.add("lost", lost);
        figures.add("extra", extra);
        figures.add("order_errors", disorder);
        figures.ratio("drain_ms", drain as f64 / MILLISECOND as f64);
        Ok(())
    }
}

/// Converts the bytes of these members to deliveries. Any byte more or less than the model's counts
/// as a message at least.
fn count_by_bytes(engine: &mut Engine, model: usize, members: &[usize]) {
    let model = &engine.connections[model];
    let (bytes, counted) = (model.bytes as i64, model.counted);
    let line = bytes as f64 / counted.max(1) as f64;
    for &member in members {
        let member = &mut engine.connections[member];
        let apart = member.bytes as i64 - bytes;
        let messages = (apart as f64 / line).abs().ceil() as i64 * apart.signum();
        member.counted = counted.saturating_add_signed(messages);
    }
}

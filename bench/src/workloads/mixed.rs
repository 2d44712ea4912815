//! mixed: a network as it is used. Channels of all sizes (Zipf), few who talk and many who listen, others
//! who come and go, and some who read history.

use clap::Args;

use super::beat::Beat;
use super::churn::Churn;
use crate::BenchError;
use crate::clock::{self, MILLISECOND, Nanos, SECOND};
use crate::connection::{Plan, Reading};
use crate::engine::Engine;
use crate::histogram::Histogram;
use crate::payload::Payload;
use crate::window::Window;
use crate::workload::{Run, SetupArgs, Times, Workload};

/// Time after the window for what is still on its way.
const AFTER: Nanos = 5 * SECOND;
/// Connections that read history in turns.
const READERS: usize = 8;
/// Messages of a page of history.
const PAGE: usize = 50;

/// `parlour bench mixed`
#[derive(Clone, Debug, Args)]
pub struct MixedArgs {
    /// Users.
    #[arg(long, default_value_t = 1000)]
    users: usize,
    /// Channels; the size of the nth is a nth of that of the first.
    #[arg(long, default_value_t = 100)]
    channels: usize,
    /// Users among a hundred who talk.
    #[arg(long, default_value_t = 10)]
    talkers: usize,
    /// Messages a second, of all together.
    #[arg(long, default_value_t = 200.0)]
    rate: f64,
    /// Users a second who come to the largest channel.
    #[arg(long, default_value_t = 10.0)]
    join_rate: f64,
    /// Milliseconds that each of them stays.
    #[arg(long, default_value_t = 1000.0)]
    stay_ms: f64,
    /// Pages of history that are read a second.
    #[arg(long, default_value_t = 10.0)]
    history_rate: f64,
    #[command(flatten)]
    times: Times,
    #[command(flatten)]
    setup: SetupArgs,
}

impl Workload for MixedArgs {
    fn name(&self) -> &'static str {
        "mixed"
    }

    fn run(&self, run: &mut Run<'_>) -> Result<(), BenchError> {
        let engine = &mut *run.engine;
        self.check()?;
        let channel_of: Vec<usize> = (0..self.users).map(|user| self.channel(user)).collect();
        let talkers: Vec<usize> = (0..self.users)
            .filter(|user| user % 100 < self.talkers.max(1))
            .collect();
        let readers = self.users..self.users + READERS;
        self.open(engine, &channel_of)?;
        engine.begin(|_| Reading::Parse);
        let mut said = vec![0u64; self.channels];
        let mut sent = vec![0u32; self.users];
        let (mut times, mut turn, mut reads) = (Histogram::new(), 0, 0usize);
        let mut churn = Churn::new(self.join_rate, self.stay_ms, name(0));
        let stable = self.users + READERS;
        let mut window = Window::begin(engine, self.times.warmup(), self.times.length());
        let (mut beat, mut pages) = (Beat::new(self.rate), Beat::new(self.history_rate));
        churn.beat.restart();
        loop {
            let goes_on = window.goes_on(engine, run.meter)?;
            let now = clock::now();
            if goes_on {
                while beat.is_due(now).is_some() {
                    let sender = talkers[turn % talkers.len()];
                    turn += 1;
                    let payload = Payload {
                        sent: clock::now(),
                        sender: sender as u32,
                        number: sent[sender],
                    };
                    engine.queue(sender, payload);
                    engine.flush(sender);
                    sent[sender] += 1;
                    said[channel_of[sender]] += 1;
                }
                while pages.is_due(now).is_some() {
                    let reader = readers.start + reads % READERS;
                    reads += 1;
                    engine.send(
                        reader,
                        &format!("CHATHISTORY LATEST {} * {PAGE}\r\n", name(0)),
                    );
                }
                churn.come(engine, now)?;
            } else if churn.is_over() && now > window.end + SECOND || now > window.end + AFTER {
                break;
            }
            churn.go(engine, now);
            let next = beat.next.min(pages.next).min(churn.next());
            engine.poll(next.saturating_sub(clock::now()).min(20 * MILLISECOND));
            for delivery in &engine.deliveries {
                let sent = delivery.payload.sent;
                if delivery.to < self.users && (window.start..window.end).contains(&sent) {
                    times.add(delivery.at.saturating_sub(sent));
                }
            }
            churn.note(engine, stable, window.start);
        }
        // Readers get what they read besides, and those who come and go only some.
        let (lost, extra) = engine.lost_and_extra(|number| {
            let channel = channel_of.get(number)?;
            Some(said[*channel] - u64::from(sent[number]))
        });
        let figures = &mut *run.figures;
        figures.add("users", self.users);
        figures.add("channels", self.channels);
        figures.add("talkers", talkers.len());
        figures.ratio("rate", self.rate);
        // The first is the largest, and the readers are there.
        let largest = channel_of.iter().filter(|&&channel| channel == 0).count() + READERS;
        figures.add("largest_channel", largest);
        figures.add("history_pages", reads);
        if let Some((start, end)) = window.ends() {
            figures.between(start, end);
        }
        figures.add("messages", said.iter().sum::<u64>());
        figures.times("lat", &times);
        figures.add("lost", lost);
        figures.add("extra", extra);
        churn.figures(figures);
        Ok(())
    }
}

impl MixedArgs {
    fn check(&self) -> Result<(), BenchError> {
        if self.users > 0 && self.channels > 0 {
            return Ok(());
        }
        let text = "--users and --channels are at least 1";
        Err(BenchError::Value(text.into()))
    }

    /// Returns the channel of a user. Sizes follow Zipf's law: the nth channel has a nth of the members
    /// of the first.
    fn channel(&self, user: usize) -> usize {
        let weight = |channel: usize| 1.0 / (channel + 1) as f64;
        let total: f64 = (0..self.channels).map(weight).sum();
        // Spread evenly, by the golden ratio: the same in each run, and talkers are everywhere.
        let mut at = (user as f64 * 0.618_033_988_749_895).fract() * total;
        for channel in 0..self.channels {
            at -= weight(channel);
            if at <= 0.0 {
                return channel;
            }
        }
        self.channels - 1
    }

    /// Connects users and readers.
    fn open(&self, engine: &mut Engine, channel_of: &[usize]) -> Result<(), BenchError> {
        let users = channel_of.iter().enumerate().map(|(user, &channel)| Plan {
            nick: format!("u{user:05}"),
            prefix: format!("PRIVMSG {} :", name(channel)).into_bytes(),
            channel: Some(name(channel)),
        });
        let readers = (0..READERS).map(|reader| Plan {
            nick: format!("h{reader:05}"),
            channel: Some(name(0)),
            prefix: Vec::new(),
        });
        let at_once = self.setup.setup_concurrency.unwrap_or(50);
        let plans = users.chain(readers).collect();
        engine.connect_all(plans, at_once, self.setup.setup_limit)?;
        engine.settle(300 * MILLISECOND, 20 * SECOND);
        Ok(())
    }
}

/// Returns the name of a channel.
fn name(channel: usize) -> String {
    format!("#z{channel}")
}

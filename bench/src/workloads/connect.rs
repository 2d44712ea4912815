//! connect: many register, then all join one of some channels.

use clap::Args;

use crate::BenchError;
use crate::clock::{self, MILLISECOND, Nanos, SECOND};
use crate::connection::{Notice, Plan, Stage};
use crate::engine::Engine;
use crate::histogram::Histogram;
use crate::meter::Meter;
use crate::workload::{Run, Workload};

/// Share of one processor below which the server counts as idle.
const IDLE: f64 = 0.02;

/// `parlour bench connect`
#[derive(Clone, Debug, Args)]
pub struct ConnectArgs {
    /// Connections.
    #[arg(long, default_value_t = 5000)]
    connections: usize,
    /// Connections on their way at once.
    #[arg(long, default_value_t = 200)]
    concurrency: usize,
    /// Channels that they join.
    #[arg(long, default_value_t = 50)]
    channels: usize,
    /// Seconds for all to register, and for all to join.
    #[arg(long, default_value_t = 60)]
    limit: u64,
}

impl Workload for ConnectArgs {
    fn name(&self) -> &'static str {
        "connect"
    }

    fn run(&self, run: &mut Run<'_>) -> Result<(), BenchError> {
        let (engine, meter) = (&mut *run.engine, run.meter);
        let empty = meter.resident();
        let begun = meter.snapshot(engine);
        let mut times = Histogram::new();
        let registered = self.register(engine, &mut times)?;
        let done = meter.snapshot(engine);
        if registered == 0 {
            return Err(BenchError::Closed(engine.errors()));
        }
        engine.settle(200 * MILLISECOND, 5 * SECOND);
        let after_registration = meter.resident();
        let joins_begun = meter.snapshot(engine);
        let joined = self.join(engine);
        let last_join = clock::now();
        let idle = wait_until_idle(engine, meter, last_join);
        let joins_done = meter.snapshot(engine);
        let after_joins = meter.resident();

        let figures = &mut *run.figures;
        let seconds = (done.at - begun.at) as f64 / SECOND as f64;
        let micros = |from: Nanos, to: Nanos| to.saturating_sub(from) as f64 / 1000.0;
        figures.add("connections", self.connections);
        figures.add("concurrency", self.concurrency);
        figures.add("channels", self.channels);
        figures.add("registered", registered);
        figures.add("joined", joined);
        figures.ratio("seconds", seconds);
        figures.ratio("connects_per_s", registered as f64 / seconds);
        figures.times("reg", &times);
        let server = micros(begun.server, done.server);
        figures.ratio("server_cpu_us_per_connect", server / registered as f64);
        let joins = micros(joins_begun.server, joins_done.server);
        figures.ratio("server_cpu_us_per_join", joins / joined as f64);
        figures.ratio("server_cpu_pct", server / 1e4 / seconds);
        figures.ratio("load_cpu_pct", micros(begun.own, done.own) / 1e4 / seconds);
        let since = |at: Nanos, from: Nanos| at.saturating_sub(from) as f64 / MILLISECOND as f64;
        figures.ratio("join_s", since(last_join, joins_begun.at) / 1000.0);
        figures.ratio("settle_ms", since(idle, last_join));
        figures.add("rss_before_kb", empty);
        figures.add("rss_registered_kb", after_registration);
        figures.add("rss_joined_kb", after_joins);
        let each = |memory: u64| (memory as f64 - empty as f64) * 1024.0 / registered as f64;
        figures.ratio("rss_bytes_per_conn_registered", each(after_registration));
        figures.ratio("rss_bytes_per_conn_joined", each(after_joins));
        figures.add("lost", self.connections.saturating_sub(joined));
        Ok(())
    }
}

impl ConnectArgs {
    /// Registers all connections. Returns how many were welcomed.
    fn register(&self, engine: &mut Engine, times: &mut Histogram) -> Result<usize, BenchError> {
        let end = clock::now() + self.limit * SECOND;
        let (mut opened, mut registered, mut closed, mut under_way) = (0, 0, 0, 0usize);
        while registered + closed < self.connections && clock::now() < end {
            while under_way < self.concurrency && opened < self.connections {
                engine.open(Plan {
                    nick: format!("k{opened:06}"),
                    ..Plan::default()
                })?;
                opened += 1;
                under_way += 1;
            }
            engine.poll(20 * MILLISECOND);
            for &(number, notice) in &engine.notices {
                match notice {
                    Notice::Registered => {
                        registered += 1;
                        times.add(clock::now() - engine.connections[number].since);
                    }
                    Notice::Closed => closed += 1,
                    Notice::Joined => {}
                }
                under_way = under_way.saturating_sub(1);
            }
        }
        Ok(registered)
    }

    /// Has all that are registered join. Returns how many did.
    fn join(&self, engine: &mut Engine) -> usize {
        let end = clock::now() + self.limit * SECOND;
        let all = engine.connections.iter().enumerate();
        let registered = all.filter(|(_, connection)| connection.stage == Stage::Registered);
        let waiting: Vec<usize> = registered.map(|(number, _)| number).collect();
        let (mut asked, mut joined) = (0, 0);
        while joined < waiting.len() && clock::now() < end {
            while asked - joined < self.concurrency && asked < waiting.len() {
                let number = waiting[asked];
                engine.connections[number].stage = Stage::Joining;
                engine.send(number, &format!("JOIN #k{}\r\n", asked % self.channels));
                asked += 1;
            }
            engine.poll(20 * MILLISECOND);
            let notices = engine.notices.iter();
            joined += notices
                .filter(|(_, notice)| *notice == Notice::Joined)
                .count();
        }
        joined
    }
}

/// Waits until nothing arrives and the server is idle for half a second. Returns the time when it was
/// last busy.
fn wait_until_idle(engine: &mut Engine, meter: &Meter, since: Nanos) -> Nanos {
    let mut busy = since;
    engine.last_read = since;
    let (mut server, mut looked) = (meter.server_time(), since);
    loop {
        engine.poll(20 * MILLISECOND);
        let now = clock::now();
        busy = busy.max(engine.last_read);
        if now - looked > 100 * MILLISECOND {
            let time = meter.server_time();
            if (time - server) as f64 / (now - looked) as f64 > IDLE {
                busy = now;
            }
            (server, looked) = (time, now);
        }
        if now - busy > SECOND / 2 || now - since > 20 * SECOND {
            return busy;
        }
    }
}

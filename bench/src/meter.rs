//! Meter of what a run costs the server and the load generator: processor time and memory, from /proc.

use std::fs;

use rustix::time::{ClockId, clock_gettime};

use crate::clock::{self, Nanos};
use crate::engine::Engine;

/// Nanoseconds of one tick of /proc (USER_HZ is 100 on Linux).
const TICK: Nanos = 10 * clock::MILLISECOND;

/// Meter of the processes that are loaded.
pub(crate) struct Meter {
    pids: Vec<u32>,
    processors: Vec<usize>,
}

/// Counters at one time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Snapshot {
    /// Time.
    pub at: Nanos,
    /// Processor time of the server.
    pub server: Nanos,
    /// Processor time of the server in ticks: in user mode, in the kernel.
    pub ticks: (u64, u64),
    /// Processor time of the load generator.
    pub own: Nanos,
    /// Ticks in which the server's processors were busy; those in soft interrupts.
    pub busy: (u64, u64),
    /// Deliveries.
    pub deliveries: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Calls that read.
    pub reads: u64,
}

impl Meter {
    /// Creates a meter for these processes, which run on these processors.
    pub fn new(pids: Vec<u32>, processors: Vec<usize>) -> Meter {
        Meter { pids, processors }
    }

    /// Returns the processor time of the server so far.
    pub fn server_time(&self) -> Nanos {
        self.pids.iter().map(|&pid| processor_time(pid)).sum()
    }

    /// Returns the resident memory of the server in KiB.
    pub fn resident(&self) -> u64 {
        self.pids.iter().map(|&pid| resident(pid)).sum()
    }

    /// Reads all counters.
    pub fn snapshot(&self, engine: &Engine) -> Snapshot {
        let ticks = self.pids.iter().map(|&pid| ticks(pid));
        let own = clock_gettime(ClockId::ProcessCPUTime);
        Snapshot {
            at: clock::now(),
            server: self.server_time(),
            ticks: ticks.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1)),
            own: own.tv_sec as Nanos * clock::SECOND + own.tv_nsec as Nanos,
            busy: busy(&self.processors),
            deliveries: engine.deliveries_so_far(),
            bytes: engine.totals.bytes,
            reads: engine.totals.reads,
        }
    }
}

/// Returns the processor time of a process. The threads' own counters are exact to the nanosecond;
/// those of the process count in ticks, but are there everywhere.
fn processor_time(pid: u32) -> Nanos {
    let threads = fs::read_dir(format!("/proc/{pid}/task"));
    let of_thread = |entry: fs::DirEntry| {
        let text = fs::read_to_string(entry.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<Nanos>().ok()
    };
    let exact: Option<Nanos> = threads
        .ok()
        .and_then(|threads| threads.flatten().map(of_thread).sum());
    exact.filter(|&time| time > 0).unwrap_or_else(|| {
        let (user, system) = ticks(pid);
        (user + system) * TICK
    })
}

/// Returns the ticks of a process in user mode and in the kernel (proc(5), /proc/pid/stat).
fn ticks(pid: u32) -> (u64, u64) {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name of the command, in brackets, may hold anything.
    let fields = text.rsplit_once(')').map_or("", |(_, fields)| fields);
    let mut fields = fields.split_whitespace().skip(11);
    let mut next = || fields.next().and_then(|field| field.parse().ok());
    (next().unwrap_or(0), next().unwrap_or(0))
}

/// Returns the resident memory of a process in KiB.
fn resident(pid: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok())
        .unwrap_or(0)
}

/// Returns the ticks in which processors were busy, and those in soft interrupts (/proc/stat).
fn busy(processors: &[usize]) -> (u64, u64) {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let (mut busy, mut soft) = (0, 0);
    for line in text.lines() {
        let mut fields = line.split_whitespace();
        let number = fields.next().and_then(|name| name.strip_prefix("cpu"));
        let Some(number) = number.and_then(|number| number.parse().ok()) else {
            continue;
        };
        if processors.contains(&number) {
            // user nice system idle iowait irq softirq steal
            let ticks: Vec<u64> = fields.map(|field| field.parse().unwrap_or(0)).collect();
            let of = |at: usize| ticks.get(at).copied().unwrap_or(0);
            busy += of(0) + of(1) + of(2) + of(5) + of(6) + of(7);
            soft += of(6);
        }
    }
    (busy, soft)
}

//! Log of the server, on stderr. A thread of its own writes it: whoever reads the log, and has stopped,
//! must not stop the server.

use std::io::{self, IsTerminal as _, Write, stderr};
use std::sync::{Arc, OnceLock};

use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Lines that wait to be written; beyond them lines are dropped.
const WAITING: usize = 16_384;

/// Stderr, which is told how many lines were dropped before the next one.
struct Output {
    dropped: Arc<OnceLock<ErrorCounter>>,
    /// Dropped lines that it has been told of.
    told: usize,
}

impl Write for Output {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let dropped = self.dropped.get().map_or(0, ErrorCounter::dropped_lines);
        if dropped > self.told {
            let count = dropped - self.told;
            writeln!(
                stderr(),
                "{count} lines of the log were lost: nobody took them"
            )?;
            self.told = dropped;
        }
        stderr().write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        stderr().flush()
    }
}

/// Starts the log. When the guard is dropped, what waits is written, unless nobody takes it.
pub(crate) fn start() -> WorkerGuard {
    let dropped = Arc::new(OnceLock::new());
    let output = Output {
        dropped: dropped.clone(),
        told: 0,
    };
    let (lines, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(WAITING)
        .thread_name("log")
        .finish(output);
    // Set once, here.
    let _ = dropped.set(lines.error_counter());
    // The cluster says itself what becomes of its connections.
    let targets = Targets::new()
        .with_default(LevelFilter::INFO)
        .with_target("async_nats", LevelFilter::OFF);
    tracing_subscriber::fmt()
        .with_writer(lines)
        .with_ansi(stderr().is_terminal())
        .with_target(false)
        .finish()
        .with(targets)
        .init();
    guard
}

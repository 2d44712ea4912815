//! Signals to the client's process.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Signal that concerns the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostSignal {
    /// End of the client: SIGTERM, SIGHUP, SIGINT.
    End,
    /// Suspension to the shell (SIGTSTP).
    Stop,
    /// Return from it (SIGCONT).
    Continue,
    /// New size of the terminal (SIGWINCH).
    Resize,
}

/// Signals of the process.
pub(crate) struct Signals {
    terminate: Signal,
    hangup: Signal,
    interrupt: Signal,
    stop: Signal,
    resume: Signal,
    resize: Signal,
}

impl Signals {
    /// Takes over the signals.
    ///
    /// # Errors
    /// The system refuses it.
    pub fn new() -> io::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            stop: signal(SignalKind::from_raw(signal_hook::consts::SIGTSTP))?,
            resume: signal(SignalKind::from_raw(signal_hook::consts::SIGCONT))?,
            resize: signal(SignalKind::window_change())?,
        })
    }

    /// Waits for the next signal. Cancel safe.
    pub async fn next(&mut self) -> HostSignal {
        tokio::select! {
            _ = self.terminate.recv() => HostSignal::End,
            _ = self.hangup.recv() => HostSignal::End,
            _ = self.interrupt.recv() => HostSignal::End,
            _ = self.stop.recv() => HostSignal::Stop,
            _ = self.resume.recv() => HostSignal::Continue,
            _ = self.resize.recv() => HostSignal::Resize,
        }
    }

    /// Waits for the end of the client.
    pub async fn end(&mut self) {
        while self.next().await != HostSignal::End {}
    }
}

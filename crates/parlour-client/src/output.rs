//! The thread that writes to the terminal: however slow that is, nothing else waits for it.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

/// Bytes on their way to the terminal, one frame at a time.
pub(crate) struct Output {
    frames: Sender<Vec<u8>>,
    written: mpsc::Receiver<io::Result<Duration>>,
    busy: bool,
}

impl Output {
    /// Starts the thread, which writes what it is given with `write`.
    pub fn start(write: fn(&[u8]) -> io::Result<()>) -> io::Result<Output> {
        let (frames, inbox) = channel();
        let (done, written) = mpsc::channel(1);
        std::thread::Builder::new()
            .name("terminal".into())
            .spawn(move || write_all(write, &inbox, &done))?;
        Ok(Output {
            frames,
            written,
            busy: false,
        })
    }

    /// Whether nothing is on its way.
    pub fn is_idle(&self) -> bool {
        !self.busy
    }

    /// Gives it bytes; only while it is idle.
    pub fn write(&mut self, bytes: Vec<u8>) {
        // Whether its thread is there shows in what comes back.
        self.busy = self.frames.send(bytes).is_ok();
    }

    /// What was given is written: how long that took. Never comes while nothing is on its way.
    ///
    /// # Errors
    /// The terminal is gone.
    pub async fn written(&mut self) -> io::Result<Duration> {
        if !self.busy {
            return std::future::pending().await;
        }
        let result = self.written.recv().await;
        self.busy = false;
        result.unwrap_or_else(|| Err(io::ErrorKind::BrokenPipe.into()))
    }

    /// Waits until what is on its way is written, for so long at most.
    pub async fn settle(&mut self, most: Duration) {
        if self.busy {
            let _ = tokio::time::timeout(most, self.written()).await;
        }
    }
}

fn write_all(
    write: fn(&[u8]) -> io::Result<()>,
    inbox: &Receiver<Vec<u8>>,
    done: &mpsc::Sender<io::Result<Duration>>,
) {
    while let Ok(bytes) = inbox.recv() {
        let begin = Instant::now();
        let result = write(&bytes);
        let over = result.is_err();
        if done
            .blocking_send(result.map(|()| begin.elapsed()))
            .is_err()
            || over
        {
            return;
        }
    }
}

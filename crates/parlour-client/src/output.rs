//! Thread that writes to the terminal, so that a slow terminal delays nothing else.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

/// Queue to the terminal of one frame at a time.
pub(crate) struct Output {
    frames: Sender<Vec<u8>>,
    written: mpsc::Receiver<io::Result<Duration>>,
    busy: bool,
}

impl Output {
    /// Starts the thread, which writes with `write`.
    pub fn start(write: fn(&[u8]) -> io::Result<()>) -> io::Result<Output> {
        let (frames, inbox) = channel();
        // Capacity 1 suffices: there is one frame in flight, so `blocking_send` never waits.
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

    /// Returns whether no frame is in flight.
    pub fn is_idle(&self) -> bool {
        !self.busy
    }

    /// Writes bytes; called only while idle.
    pub fn write(&mut self, bytes: Vec<u8>) {
        // If the thread has ended, `written` reports it.
        self.busy = self.frames.send(bytes).is_ok();
    }

    /// Waits until the frame is written; returns how long that took. Pending while idle.
    ///
    /// # Errors
    /// The terminal is gone.
    pub async fn written(&mut self) -> io::Result<Duration> {
        if !self.busy {
            return std::future::pending().await;
        }
        // `busy` is cleared only after the result has come: dropping this future in a `select!`
        // loses nothing.
        let result = self.written.recv().await;
        self.busy = false;
        result.unwrap_or_else(|| Err(io::ErrorKind::BrokenPipe.into()))
    }

    /// Waits until the frame in flight is written, at most for `most`.
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

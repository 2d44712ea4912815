//! Reader of the terminal, on a thread that can leave it to another program.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Instant, sleep_until};

use super::{Decoder, Input};

/// Reads that may wait to be decoded; the kernel buffers the rest.
const READS: usize = 256;
/// Size of the read buffer in bytes; at least that of the standard library, so that no bytes stay
/// there unseen by `poll`.
const READ: usize = 16 * 1024;
/// Timeout of the rest of a key: Alt is sent as ESC and the key, which a slow line may split.
const KEY: Duration = Duration::from_millis(50);
/// Timeout of the rest of a paste.
const PASTE: Duration = Duration::from_secs(2);
/// Commands to the reader thread.
const PAUSE: u8 = b'p';
const RESUME: u8 = b'r';

/// Terminal input.
pub(crate) struct Tty {
    reads: Receiver<Vec<u8>>,
    orders: PipeWriter,
    decoder: Decoder,
    last: Instant,
}

impl Tty {
    /// Starts the reader thread.
    ///
    /// # Errors
    /// The thread or its pipe cannot be created.
    pub fn open() -> io::Result<Tty> {
        let (inbox, orders) = io::pipe()?;
        let (sender, reads) = channel(READS);
        std::thread::Builder::new()
            .name("keys".into())
            .spawn(move || read(inbox, &sender))?;
        Ok(Tty {
            reads,
            orders,
            decoder: Decoder::default(),
            last: Instant::now(),
        })
    }

    /// Pauses reading for another program, or resumes it.
    pub fn pause(&mut self, pause: bool) {
        // If the thread is gone, so is the terminal; the next read reports it.
        let _ = self.orders.write_all(&[if pause { PAUSE } else { RESUME }]);
    }

    /// Waits for the next inputs; returns `None` when the terminal is gone. Cancel safe.
    pub async fn next(&mut self) -> Option<Vec<Input>> {
        loop {
            let patience = if self.decoder.is_in_paste() {
                PASTE
            } else {
                KEY
            };
            // Measured from the last read, not from this call: other events in the loop do not
            // extend it.
            let end = self.last + patience;
            let inputs = tokio::select! {
                bytes = self.reads.recv() => {
                    self.last = Instant::now();
                    self.decoder.feed(&bytes?)
                }
                () = sleep_until(end), if self.decoder.waits() => self.decoder.expire(),
            };
            if !inputs.is_empty() {
                return Some(inputs);
            }
        }
    }
}

/// Reads until the terminal or the client is gone.
fn read(mut orders: PipeReader, reads: &Sender<Vec<u8>>) {
    let stdin = io::stdin();
    let mut buffer = vec![0; READ];
    loop {
        let (ordered, typed) = {
            let mut waiting = [
                PollFd::new(&orders, PollFlags::IN),
                PollFd::new(&stdin, PollFlags::IN),
            ];
            match poll(&mut waiting, None) {
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(_) => return,
            }
            // Any event counts, also a hangup: the read reports it.
            let [orders, stdin] = waiting.map(|one| !one.revents().is_empty());
            (orders, stdin)
        };
        if ordered {
            let mut order = [0];
            loop {
                match orders.read(&mut order) {
                    // While paused the thread blocks here, and standard input belongs to the other
                    // program.
                    Ok(1) if order[0] == RESUME => break,
                    Ok(1) => {}
                    _ => return,
                }
            }
            continue;
        }
        if typed {
            match stdin.lock().read(&mut buffer) {
                Ok(0) | Err(_) => return,
                Ok(count) => {
                    // A full queue blocks the thread: the kernel buffers, and the sender of a large
                    // paste waits.
                    if reads.blocking_send(buffer[..count].to_vec()).is_err() {
                        return;
                    }
                }
            }
        }
    }
}

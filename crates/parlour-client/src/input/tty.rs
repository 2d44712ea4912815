//! Reading the terminal, on a thread of its own that can be told to leave it to somebody else.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Instant, sleep_until};

use super::{Decoder, Input};

/// Reads that wait to be decoded; the terminal keeps what is more.
const READS: usize = 256;
/// Bytes read at once; not less than the standard library's own buffer, so that nothing stays there.
const READ: usize = 16 * 1024;
/// How long the rest of a key may take: a terminal sends Alt as ESC and the key, a slow line can
/// split them.
const KEY: Duration = Duration::from_millis(50);
/// And the rest of a paste.
const PASTE: Duration = Duration::from_secs(2);
/// What the thread is told.
const PAUSE: u8 = b'p';
const RESUME: u8 = b'r';

/// The terminal's input.
pub(crate) struct Tty {
    reads: Receiver<Vec<u8>>,
    orders: PipeWriter,
    decoder: Decoder,
    last: Instant,
}

impl Tty {
    /// Begins to read.
    ///
    /// # Errors
    /// There can be no thread, or no pipe to it.
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

    /// Leaves the terminal to another program, or takes it back.
    pub fn pause(&mut self, pause: bool) {
        // If the thread is gone, so is the terminal, which shows at the next read.
        let _ = self.orders.write_all(&[if pause { PAUSE } else { RESUME }]);
    }

    /// What the terminal says next; none when it is gone. May be given up at any point.
    pub async fn next(&mut self) -> Option<Vec<Input>> {
        loop {
            let patience = if self.decoder.is_in_paste() {
                PASTE
            } else {
                KEY
            };
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
            let [orders, stdin] = waiting.map(|one| !one.revents().is_empty());
            (orders, stdin)
        };
        if ordered {
            let mut order = [0];
            loop {
                match orders.read(&mut order) {
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
                    if reads.blocking_send(buffer[..count].to_vec()).is_err() {
                        return;
                    }
                }
            }
        }
    }
}

//! Terminal mode: entered once, and restored on every way out.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;

/// True while the client has the terminal.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// Lock of writers: restoring the terminal does not interrupt a frame.
static WRITING: Mutex<()> = Mutex::new(());
/// True if the mouse is captured.
static MOUSE: AtomicBool = AtomicBool::new(true);

/// Sequence on entry: saves the title, and turns on the alternate screen, bracketed paste, focus
/// events, colour scheme reports and the kitty keyboard protocol.
const ENTER: &str = "\x1b[22;2t\x1b[?1049h\x1b[?2004h\x1b[?1004h\x1b[?2031h\x1b[>1u";
/// Sequences for mouse capture: buttons and wheel, SGR encoding.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1002h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1002l\x1b[?1003l\x1b[?1000l";
/// Sequence on exit: undoes everything, also a frame in progress, colours, scroll region and
/// cursor.
const LEAVE: &str = "\x1b[?2026l\x1b[0m\x1b[r\x1b[<u\x1b[?2031l\x1b[?1004l\x1b[?2004l\x1b[0 q\x1b[?1049l\x1b[?25h\x1b[23;2t";
/// Time without progress after which a terminal counts as stuck, and the interval of checking.
const PATIENCE: Duration = Duration::from_secs(2);
const STEP: Duration = Duration::from_millis(10);
/// Bytes per write.
const CHUNK: usize = 1024;
/// Number of successful writes, as a sign of progress.
static TAKES: AtomicUsize = AtomicUsize::new(0);
/// Queries of the background colour and of synchronized output. Terminals that know neither are
/// silent.
const QUESTIONS: &str = "\x1b]11;?\x1b\\\x1b[?2026$p";

/// Guard of the terminal; restores it when dropped.
pub struct Terminal {
    _private: (),
}

impl Terminal {
    /// Takes the terminal. A panic anywhere restores it before its message is printed.
    ///
    /// # Errors
    /// There is no terminal, or its mode cannot be set.
    pub fn take(mouse: bool) -> io::Result<Terminal> {
        MOUSE.store(mouse, Ordering::SeqCst);
        let printed = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            restore();
            printed(info);
        }));
        // After the hook: a panic from here on restores the terminal.
        raw()?;
        // From here on dropping it restores the terminal, also when the next line fails.
        let terminal = Terminal { _private: () };
        write(enter().as_bytes())?;
        Ok(terminal)
    }

    /// Restores the terminal until [`Terminal::resume`].
    pub fn pause(&self) {
        restore();
    }

    /// Takes the terminal again after [`Terminal::pause`].
    ///
    /// # Errors
    /// As for [`Terminal::take`].
    pub fn resume(&self) -> io::Result<()> {
        raw()?;
        // A stuck terminal is not waited for: the next frame it accepts is complete.
        let _ = write_in_time(enter().as_bytes());
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

/// Returns the sequence that turns mouse capture on or off, and remembers the state for `enter`.
pub fn mouse(on: bool) -> &'static str {
    MOUSE.store(on, Ordering::SeqCst);
    if on { MOUSE_ON } else { MOUSE_OFF }
}

/// Sets raw mode, whatever another program has set meanwhile.
///
/// # Errors
/// The mode cannot be set.
pub(crate) fn raw() -> io::Result<()> {
    // crossterm does nothing if it believes raw mode is on already.
    disable_raw_mode()?;
    enable_raw_mode()
}

/// Marks the terminal as taken; returns the sequences to write.
fn enter() -> String {
    // Set before the sequences are written: a panic in between restores the terminal as well.
    TAKEN.store(true, Ordering::SeqCst);
    let mouse = match MOUSE.load(Ordering::SeqCst) {
        true => MOUSE_ON,
        false => "",
    };
    format!("{ENTER}{mouse}{QUESTIONS}")
}

/// Restores the terminal; a second call does nothing.
fn restore() {
    // Cleared first: `write_frame` drops any frame that has not begun, so none follows the
    // sequences.
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    if !is_foreground() {
        // The shell has it already; setting its mode from the background would stop the client
        // (SIGTTOU).
        return;
    }
    // Nothing can be done about a terminal that is gone.
    let _ = write_in_time(format!("{MOUSE_OFF}{LEAVE}").as_bytes());
    let _ = disable_raw_mode();
}

/// Returns whether the client is in the foreground process group of the terminal.
pub(crate) fn is_foreground() -> bool {
    let front = rustix::termios::tcgetpgrp(io::stdin());
    front.is_ok_and(|front| front == rustix::process::getpgrp()) || front.is_err()
}

/// Writes to the terminal, however long that takes.
///
/// # Errors
/// The terminal is gone.
pub(crate) fn write(bytes: &[u8]) -> io::Result<()> {
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    write_all(bytes)
}

/// Writes a frame, unless the terminal was restored before.
///
/// # Errors
/// The terminal is gone.
pub(crate) fn write_frame(bytes: &[u8]) -> io::Result<()> {
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    // Checked under the lock: `restore` waits for the lock before it writes.
    if TAKEN.load(Ordering::SeqCst) {
        write_all(bytes)
    } else {
        Ok(())
    }
}

fn write_all(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    // In pieces, so that `TAKES` shows progress within a large frame.
    for some in bytes.chunks(CHUNK) {
        out.write_all(some)?;
        TAKES.fetch_add(1, Ordering::Relaxed);
    }
    out.flush()
}

/// Waits for the writer lock, and flushes stdout. Returns false if the writer is stuck.
fn wait_for_writer() -> bool {
    let mut patience = Patience::new();
    loop {
        match WRITING.try_lock() {
            Err(TryLockError::WouldBlock) if patience.is_over() => return false,
            // `Mutex` has no lock with a timeout.
            Err(TryLockError::WouldBlock) => thread::sleep(STEP),
            Ok(_) | Err(TryLockError::Poisoned(_)) => {
                let _ = io::stdout().flush();
                return true;
            }
        }
    }
}

/// Timeout that restarts with each sign of progress.
struct Patience {
    taken: usize,
    until: Instant,
}

impl Patience {
    fn new() -> Patience {
        Patience {
            taken: TAKES.load(Ordering::Relaxed),
            until: Instant::now() + PATIENCE,
        }
    }

    fn is_over(&mut self) -> bool {
        let taken = TAKES.load(Ordering::Relaxed);
        if taken != self.taken {
            *self = Patience::new();
        }
        Instant::now() >= self.until
    }
}

/// Writes a control sequence, if the terminal knows any; a stuck terminal is not waited for.
///
/// # Errors
/// The terminal is gone.
pub(crate) fn write_control(code: &str) -> io::Result<()> {
    let plain = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    match if plain {
        Ok(())
    } else {
        write_in_time(code.as_bytes())
    } {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
        other => other,
    }
}

/// Writes to the terminal without blocking, and gives up on one that is stuck, so that the client
/// can always exit.
fn write_in_time(mut bytes: &[u8]) -> io::Result<()> {
    // Opened anew: O_NONBLOCK on the inherited descriptor would affect other processes.
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let mut open = OpenOptions::new();
    open.write(true).custom_flags(flags.bits() as i32);
    let opened = ["/dev/stdout", "/dev/tty"].map(|name| open.open(name));
    let Some(mut terminal) = opened.into_iter().find_map(Result::ok) else {
        io::stdout().write_all(bytes)?;
        return io::stdout().flush();
    };
    // A stuck writer may hold the lock for ever: then one attempt is made without waiting.
    let free = wait_for_writer();
    let mut patience = Patience::new();
    while !bytes.is_empty() {
        match terminal.write(bytes) {
            Ok(count) => {
                bytes = &bytes[count..];
                TAKES.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock && free && !patience.is_over() => {
                let wait = Timespec::try_from(STEP).map_err(io::Error::other)?;
                poll(&mut [PollFd::new(&terminal, PollFlags::OUT)], Some(&wait))?;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

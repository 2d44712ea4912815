//! The terminal, taken and given back: once and whole, whatever happens.

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

/// Whether the terminal is ours now.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// Held by whoever writes to it: what gives it back does not come into the middle of a frame.
static WRITING: Mutex<()> = Mutex::new(());
/// Whether the mouse is asked for.
static MOUSE: AtomicBool = AtomicBool::new(true);

/// The title is put away, another screen, pastes told from typing, the focus, the colours when they
/// change, keys told apart (kitty).
const ENTER: &str = "\x1b[22;2t\x1b[?1049h\x1b[?2004h\x1b[?1004h\x1b[?2031h\x1b[>1u";
/// The mouse: buttons and the wheel, in SGR's form.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1002h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1002l\x1b[?1003l\x1b[?1000l";
/// All of it back, whatever was on: the frame under way, colours, the scroll region, the cursor.
const LEAVE: &str = "\x1b[?2026l\x1b[0m\x1b[r\x1b[<u\x1b[?2031l\x1b[?1004l\x1b[?2004l\x1b[0 q\x1b[?1049l\x1b[?25h\x1b[23;2t";
/// How long the terminal may take nothing before it is not waited for, and for how long it is at a
/// time.
const PATIENCE: Duration = Duration::from_secs(2);
const STEP: Duration = Duration::from_millis(10);
/// Bytes written at a time.
const CHUNK: usize = 1024;
/// How often the terminal has taken some.
static TAKES: AtomicUsize = AtomicUsize::new(0);
/// The background's colour, whether frames can be told their ends. Terminals that know neither say nothing.
const QUESTIONS: &str = "\x1b]11;?\x1b\\\x1b[?2026$p";

/// Holds the terminal; dropping it gives it back.
pub struct Terminal {
    _private: (),
}

impl Terminal {
    /// Takes the terminal. A panic anywhere gives it back before its message is printed.
    ///
    /// # Errors
    /// There is no terminal, or it cannot be switched.
    pub fn take(mouse: bool) -> io::Result<Terminal> {
        MOUSE.store(mouse, Ordering::SeqCst);
        let printed = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            restore();
            printed(info);
        }));
        raw()?;
        write(enter().as_bytes())?;
        Ok(Terminal { _private: () })
    }

    /// Gives the terminal back until [`Terminal::resume`].
    pub fn pause(&self) {
        restore();
    }

    /// Takes it again.
    ///
    /// # Errors
    /// As [`Terminal::take`].
    pub fn resume(&self) -> io::Result<()> {
        raw()?;
        // One that takes nothing is not waited for: the next frame that it takes is whole.
        let _ = write_in_time(enter().as_bytes());
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

/// What switches the mouse on or off; remembered for when the terminal is taken again.
pub fn mouse(on: bool) -> &'static str {
    MOUSE.store(on, Ordering::SeqCst);
    if on { MOUSE_ON } else { MOUSE_OFF }
}

/// The terminal without its own editing of lines, whatever somebody else has made of it meanwhile.
///
/// # Errors
/// It cannot be switched.
pub(crate) fn raw() -> io::Result<()> {
    // What was switched once is not switched again otherwise.
    disable_raw_mode()?;
    enable_raw_mode()
}

/// What takes the terminal.
fn enter() -> String {
    TAKEN.store(true, Ordering::SeqCst);
    let mouse = match MOUSE.load(Ordering::SeqCst) {
        true => MOUSE_ON,
        false => "",
    };
    format!("{ENTER}{mouse}{QUESTIONS}")
}

/// Everything back as it was; the second call does nothing.
fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    if !is_in_front() {
        // The shell has taken it already; whoever meddles from behind is stopped for it.
        return;
    }
    // Nothing can be done about a terminal that is gone.
    let _ = write_in_time(format!("{MOUSE_OFF}{LEAVE}").as_bytes());
    let _ = disable_raw_mode();
}

/// Whether the terminal is this program's now, not the shell's.
pub(crate) fn is_in_front() -> bool {
    let front = rustix::termios::tcgetpgrp(io::stdin());
    front.is_ok_and(|front| front == rustix::process::getpgrp()) || front.is_err()
}

/// Writes to the terminal, however long that takes.
///
/// # Errors
/// It is gone.
pub(crate) fn write(bytes: &[u8]) -> io::Result<()> {
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    write_all(bytes)
}

/// Writes a frame, unless the terminal was given back before it began.
///
/// # Errors
/// It is gone.
pub(crate) fn write_frame(bytes: &[u8]) -> io::Result<()> {
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    if TAKEN.load(Ordering::SeqCst) {
        write_all(bytes)
    } else {
        Ok(())
    }
}

fn write_all(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for some in bytes.chunks(CHUNK) {
        out.write_all(some)?;
        TAKES.fetch_add(1, Ordering::Relaxed);
    }
    out.flush()
}

/// Waits until nobody writes; what was not flushed is written then. False if what is on its way is
/// stuck.
fn settle() -> bool {
    let mut patience = Patience::new();
    loop {
        match WRITING.try_lock() {
            Err(TryLockError::WouldBlock) if patience.is_over() => return false,
            // A lock cannot be waited for with an end to it.
            Err(TryLockError::WouldBlock) => thread::sleep(STEP),
            Ok(_) | Err(TryLockError::Poisoned(_)) => {
                let _ = io::stdout().flush();
                return true;
            }
        }
    }
}

/// How long is waited for a terminal: while it takes anything, for ever.
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

/// Tells the terminal how to behave, if it is one that can: nobody waits for one that is stuck.
///
/// # Errors
/// It is gone.
pub(crate) fn tell(code: &str) -> io::Result<()> {
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

/// Writes to the terminal past what may be stuck on its way there, or gives up: a terminal that
/// takes nothing keeps nobody from leaving.
fn write_in_time(mut bytes: &[u8]) -> io::Result<()> {
    // Opened anew, so that nobody else's writes are changed by that they are not to block.
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let mut open = OpenOptions::new();
    open.write(true).custom_flags(flags.bits() as i32);
    let opened = ["/dev/stdout", "/dev/tty"].map(|name| open.open(name));
    let Some(mut terminal) = opened.into_iter().find_map(Result::ok) else {
        io::stdout().write_all(bytes)?;
        return io::stdout().flush();
    };
    let free = settle();
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

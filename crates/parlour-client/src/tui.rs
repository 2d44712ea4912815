//! The loop of the terminal client: keys, network and time in; frames out.

use std::io::{self, IsTerminal};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crossterm::event::{Event, EventStream};
use futures_util::StreamExt;
use ratatui::backend::CrosstermBackend;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use crate::Address;
use crate::app::{App, Wish};
use crate::engine::Identity;
use crate::link::{self, Link, LinkEvent, LinkWish};
use crate::pins::Pins;
use crate::terminal::Terminal;
use crate::view::{self, Zone, theme::Theme};

/// What the client is started with.
pub struct Options {
    /// Where to.
    pub address: Address,
    /// As whom.
    pub identity: Identity,
    /// Rooms to go into.
    pub rooms: Vec<String>,
    /// Known certificates.
    pub pins: Pins,
}

/// Time between two frames at least, when much arrives: 30 a second.
const FRAME: Duration = Duration::from_millis(33);
/// Time that the server gets to take the last words.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Runs the terminal client until its user leaves.
///
/// # Errors
/// There is no terminal, or it cannot be used.
pub fn run(options: Options) -> io::Result<()> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return Err(io::Error::other(
            "the terminal client needs a terminal; for scripts there are parlour send and parlour tail",
        ));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(main(options));
    // A name that is still being looked up is not waited for.
    runtime.shutdown_background();
    result
}

struct Signals {
    terminate: Signal,
    hangup: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> io::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn any(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

type Screen = ratatui::Terminal<CrosstermBackend<io::Stdout>>;

async fn main(options: Options) -> io::Result<()> {
    let mut app = App::new(
        &options.address.to_string(),
        options.identity,
        options.rooms,
    );
    let mut link = link::start(options.address, options.pins);
    let mut signals = Signals::new()?;
    let terminal = Terminal::take()?;
    let mut screen = Screen::new(CrosstermBackend::new(io::stdout()))?;
    let theme = Theme::from_environment();
    let size = screen.size()?;
    app.resize(size.width, size.height);
    let mut keys = EventStream::new();
    let mut second = interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut next_frame = Instant::now();
    let mut due = true;
    let mut linked = true;
    loop {
        tokio::select! {
            event = keys.next() => match event {
                Some(Ok(event)) => {
                    if user(&mut app, event) {
                        // What the user does is seen at once.
                        next_frame = Instant::now();
                    }
                }
                // The terminal is gone.
                Some(Err(_)) | None => app.quit(""),
            },
            event = link.events.recv(), if linked => match event {
                Some(event) => network(&mut app, event),
                // It has said why before.
                None => linked = false,
            },
            _ = second.tick() => {
                if !app.tick(now()) {
                    let _ = link.wishes.try_send(LinkWish::Drop("the server does not answer"));
                }
            }
            () = signals.any() => app.quit(""),
            () = sleep_until(next_frame), if due => {}
        }
        let output = app.take_output();
        if !output.is_empty() && link.wishes.try_send(LinkWish::Send(output)).is_err() {
            app.complain("The network takes nothing at the moment.");
        }
        for wish in app.take_wishes() {
            match wish {
                Wish::Quit => {
                    drop(terminal);
                    return leave(link).await;
                }
                Wish::Redraw => screen.clear()?,
                Wish::Suspend => {
                    terminal.pause();
                    signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
                    terminal.resume()?;
                    screen.clear()?;
                }
            }
            due = true;
        }
        due |= app.take_changed();
        if due && Instant::now() >= next_frame {
            screen.draw(|frame| view::draw(frame, &app, &theme, Zone::Local))?;
            due = false;
            next_frame = Instant::now() + FRAME;
        }
    }
}

/// Waits until the last words are written, for a moment at most.
async fn leave(mut link: Link) -> io::Result<()> {
    drop(link.wishes);
    let drained = async { while link.events.recv().await.is_some() {} };
    let _ = tokio::time::timeout(LAST_WORDS, drained).await;
    Ok(())
}

/// A terminal's event; true if its effect should be seen at once.
fn user(app: &mut App, event: Event) -> bool {
    match event {
        Event::Key(key) => app.key(now(), key),
        Event::Paste(text) => app.paste(&text),
        Event::Resize(width, height) => {
            app.resize(width, height);
            return false;
        }
        Event::FocusGained | Event::FocusLost | Event::Mouse(_) => return false,
    }
    true
}

fn network(app: &mut App, event: LinkEvent) {
    match event {
        LinkEvent::Connected { secure, remark } => app.connected(now(), secure, remark.as_deref()),
        LinkEvent::Bytes(bytes) => app.receive(now(), &bytes),
        LinkEvent::Lost { reason, wait } => app.disconnected(now(), &reason, wait),
        LinkEvent::Ended(reason) => app.ended(now(), &reason),
    }
}

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64)
}

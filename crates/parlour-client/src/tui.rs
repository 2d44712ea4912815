//! Client on a terminal: keys in, frames out.

use std::io::{self, IsTerminal};
use std::time::Duration;

use crossterm::event::MouseEventKind;
use tokio::time::{Instant, sleep_until};

use crate::SafeText;
use crate::app::{App, HostCommand};
use crate::clock::Now;
use crate::connection::ConnectionEvent;
use crate::host_services;
use crate::input::{Input, tty::Tty};
use crate::options::ClientOptions;
use crate::output::Output;
use crate::renderer::Renderer;
use crate::runtime::{self, Client, Surface};
use crate::signals::{HostSignal, Signals};
use crate::terminal::{self, Terminal};
use crate::view::{self, Canvas};

/// Minimum time between two frames: 30 per second.
const FRAME: Duration = Duration::from_millis(33);
/// Write time of a frame above which the line counts as slow; `SLOW_FRAME` is the delay then.
const SLOW: Duration = Duration::from_millis(50);
const SLOW_FRAME: Duration = Duration::from_millis(100);
/// Timeout of writing the frame in flight.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// Limit in bytes of pending sequences above which notifications are dropped.
const MAX_PENDING: usize = 64 * 1024;
/// Runs the terminal client until its user quits.
///
/// # Errors
/// There is no terminal, or it cannot be used.
pub fn run(options: ClientOptions) -> io::Result<()> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return Err(io::Error::other(
            "the terminal client needs a terminal; parlour --plain runs without one, for scripts there are parlour send and tail",
        ));
    }
    runtime::block_on(async {
        let signals = Signals::new()?;
        let mut client = Client::start(options);
        resize(&mut client.app);
        let tui = Tui::start(client.app.settings.mouse)?;
        runtime::run(client, tui, Some(signals)).await
    })
}

/// Event of the terminal.
enum TuiEvent {
    /// Keys, clicks and the like; none if the terminal is gone.
    Inputs(Option<Vec<Input>>),
    /// Time that a frame took to be written.
    Written(io::Result<Duration>),
    /// Time for a frame.
    Frame,
}

/// Client's terminal.
struct Tui {
    output: Output,
    renderer: Renderer,
    keys: Tty,
    /// Terminal; none once it was given back.
    terminal: Option<Terminal>,
    /// Sequences to write before the next frame: notifications, mouse capture.
    aside: Vec<u8>,
    shown: Option<Canvas>,
    next_frame: Instant,
    due: bool,
    /// Set while a frame waits for its time.
    waits: bool,
    /// Set while the client runs in the shell's background.
    behind: bool,
    title: String,
}

impl Tui {
    /// Takes the terminal.
    fn start(mouse: bool) -> io::Result<Tui> {
        Ok(Tui {
            output: Output::start(terminal::write_frame)?,
            renderer: Renderer::default(),
            terminal: Some(Terminal::take(mouse)?),
            keys: Tty::open()?,
            aside: Vec::new(),
            shown: None,
            next_frame: Instant::now(),
            due: true,
            waits: false,
            behind: false,
            title: String::new(),
        })
    }

    fn may_draw(&self, client: &Client) -> bool {
        // One frame in flight at most: a slow terminal skips frames instead of queueing them.
        self.output.is_idle() && !client.host.is_editing() && !self.behind
    }

    fn draw(&mut self, app: &App) {
        let canvas = view::draw(app);
        // Written with the frame, since another writer could land inside an escape sequence.
        let mut bytes = std::mem::take(&mut self.aside);
        let title = host_services::title(app);
        if app.settings.title && title != self.title {
            bytes.extend_from_slice(format!("\x1b]2;{title}\x1b\\").as_bytes());
            self.title = title;
        }
        // Kept for clicks: they refer to the frame the user saw, not to the model of now.
        self.shown = Some(canvas.clone());
        bytes.append(&mut self.renderer.paint(canvas));
        if !bytes.is_empty() {
            self.output.write(bytes);
        }
        self.due = false;
        self.next_frame = Instant::now() + FRAME;
    }

    fn inputs(&mut self, client: &mut Client, inputs: Vec<Input>) {
        let at = Now::read();
        let app = &mut client.app;
        for input in inputs {
            match input {
                Input::Key(key) => app.key(at, key),
                Input::Paste(text) => app.paste(at, &text),
                Input::Focus(focused) => app.focus(at, focused),
                Input::Background(r, g, b) => app.settings.theme.set_background(r, g, b),
                Input::Dark(dark) => app.settings.theme.set_dark(dark),
                Input::Synchronised => self.renderer.synchronised = true,
                Input::Mouse(mouse) => match mouse.kind {
                    MouseEventKind::ScrollUp => app.wheel(at, true),
                    MouseEventKind::ScrollDown => app.wheel(at, false),
                    MouseEventKind::Down(_) => {
                        let shown = self.shown.as_ref();
                        let (x, y) = (mouse.column, mouse.row);
                        match shown.and_then(|canvas| canvas.link_at(x, y)) {
                            Some(url) => app.click_link(at, url),
                            None => app.click(at, shown.and_then(|canvas| canvas.hit(x, y))),
                        }
                    }
                    MouseEventKind::Up(_)
                    | MouseEventKind::Drag(_)
                    | MouseEventKind::Moved
                    | MouseEventKind::ScrollLeft
                    | MouseEventKind::ScrollRight => continue,
                },
            }
            self.due = true;
        }
        // User input is drawn at once, and typed text is saved.
        self.next_frame = Instant::now();
        client.save_soon();
    }

    /// Restores the terminal, runs `elsewhere`, and takes the terminal again.
    fn return_from(
        &mut self,
        client: &mut Client,
        elsewhere: impl FnOnce() -> io::Result<()>,
    ) -> io::Result<()> {
        if client.host.is_editing() {
            // The editor has the terminal.
            return elsewhere();
        }
        // The reader stops first: otherwise it takes keys meant for the shell.
        self.keys.pause(true);
        self.pause_terminal();
        elsewhere()?;
        // In the background the terminal is the shell's; SIGCONT or `tick` reports the return.
        self.behind = !terminal::is_foreground();
        if self.behind {
            return Ok(());
        }
        self.take_terminal(client)
    }

    /// Takes the terminal again, and redraws everything.
    fn take_terminal(&mut self, client: &mut Client) -> io::Result<()> {
        // Raw mode first: a key read before it would wait for Enter.
        if let Some(terminal) = &mut self.terminal {
            terminal.resume()?;
        }
        self.keys.pause(false);
        self.renderer.forget();
        // The title was restored with the screen.
        self.title.clear();
        resize(&mut client.app);
        self.due = true;
        Ok(())
    }

    fn pause_terminal(&mut self) {
        if let Some(terminal) = &mut self.terminal {
            terminal.pause();
        }
    }
}

/// Tells the app the size of the terminal.
fn resize(app: &mut App) {
    let (width, height) = crossterm::terminal::size().unwrap_or((80, 24));
    app.resize(width, height);
}

impl Surface for Tui {
    type Event = TuiEvent;

    fn prepare(&mut self, client: &mut Client) {
        self.waits = self.due && self.may_draw(client);
    }

    async fn next(&mut self) -> io::Result<TuiEvent> {
        Ok(tokio::select! {
            inputs = self.keys.next() => TuiEvent::Inputs(inputs),
            written = self.output.written() => TuiEvent::Written(written),
            // Frames have a least distance, so that a burst of lines costs one.
            () = sleep_until(self.next_frame), if self.waits => TuiEvent::Frame,
        })
    }

    fn event(&mut self, client: &mut Client, event: TuiEvent) -> io::Result<()> {
        match event {
            TuiEvent::Inputs(Some(inputs)) => self.inputs(client, inputs),
            // On a slow line, frames are spaced out, and each covers more changes.
            TuiEvent::Written(Ok(took)) if took > SLOW => {
                self.next_frame = Instant::now() + SLOW_FRAME;
            }
            TuiEvent::Written(Ok(_)) | TuiEvent::Frame => {}
            // The terminal is gone.
            TuiEvent::Inputs(None) | TuiEvent::Written(Err(_)) => client.app.quit(""),
        }
        Ok(())
    }

    fn takes_more(&self) -> bool {
        true
    }

    async fn connection(&mut self, _: &mut Client, _: &ConnectionEvent) -> io::Result<()> {
        Ok(())
    }

    async fn applied(&mut self, _: &mut Client) -> io::Result<()> {
        Ok(())
    }

    fn edited(&mut self, client: &mut Client, text: Result<String, String>) -> io::Result<()> {
        self.take_terminal(client)?;
        match text {
            Ok(text) => client.app.edited(&text),
            Err(error) => client.app.report(&error, true),
        }
        Ok(())
    }

    fn signal(&mut self, client: &mut Client, signal: HostSignal) -> io::Result<()> {
        match signal {
            HostSignal::Resize => resize(&mut client.app),
            HostSignal::Continue => self.return_from(client, || Ok(()))?,
            HostSignal::End | HostSignal::Stop => {}
        }
        Ok(())
    }

    fn tick(&mut self, client: &mut Client) -> io::Result<()> {
        // Shells send no SIGCONT to a running program that they bring to the foreground.
        if self.behind && terminal::is_foreground() {
            self.return_from(client, || Ok(()))?;
        }
        Ok(())
    }

    async fn command(&mut self, client: &mut Client, command: HostCommand) -> io::Result<()> {
        self.due = true;
        match command {
            HostCommand::Redraw => self.renderer.forget(),
            HostCommand::Suspend => {
                self.output.settle(LAST_WORDS).await;
                self.return_from(client, || {
                    signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)
                })?;
            }
            HostCommand::Edit(text) => {
                // The frame in flight and the reader both stop before the editor gets the terminal.
                self.output.settle(LAST_WORDS).await;
                self.keys.pause(true);
                self.pause_terminal();
                client.host.edit(text);
            }
            // A stuck terminal does not pile up notifications.
            HostCommand::Notify(_) if self.aside.len() > MAX_PENDING => {}
            HostCommand::Mouse(on) => self.aside.extend_from_slice(terminal::mouse(on).as_bytes()),
            command @ (HostCommand::Quit
            | HostCommand::Copy(_)
            | HostCommand::Open(_)
            | HostCommand::Notify(_)
            | HostCommand::Reconnect(_)
            | HostCommand::Hold(_)
            | HostCommand::Leave(_)
            | HostCommand::Connect(..)
            | HostCommand::KeepPassword { .. }
            | HostCommand::Trust(_)
            | HostCommand::TrustNew(..)
            | HostCommand::Export(..)
            | HostCommand::Upload(_)
            | HostCommand::CancelUploads
            | HostCommand::LookForFile(_)
            | HostCommand::Reload
            | HostCommand::SaveSettings(_)
            | HostCommand::Exec { .. }) => {
                let bytes = client.host.command(&mut client.app, command);
                self.aside.extend_from_slice(&bytes);
            }
        }
        Ok(())
    }

    fn show(&mut self, client: &mut Client) {
        self.due |= client.app.take_changed();
        if self.due && self.may_draw(client) && Instant::now() >= self.next_frame {
            self.draw(&client.app);
        }
    }

    async fn leave(&mut self, _: &mut Client, _: Option<&mut Signals>) -> io::Result<()> {
        self.output.settle(LAST_WORDS).await;
        drop(self.terminal.take());
        Ok(())
    }

    fn outcome(self, _: &App, saved: Result<(), String>) -> io::Result<()> {
        if let Err(error) = saved {
            eprintln!("parlour: {}", SafeText::new(&error));
        }
        Ok(())
    }
}

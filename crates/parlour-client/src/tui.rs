//! Event loop of the terminal client: keys, network and time in; frames out.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::time::Duration;

use crossterm::event::MouseEventKind;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::yield_now;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout_at};

use crate::NetworkId;
use crate::app::{self, App, HostCommand};
use crate::clock::Now;
use crate::connect::Trust;
use crate::connection::{ConnectionCommand, ConnectionEvent};
use crate::connections::Connections;
use crate::engine::Identity;
use crate::host_services::{self, HostResult, HostServices};
use crate::input::{Input, tty::Tty};
use crate::output::Output;
use crate::proxy::Proxy;
use crate::renderer::Renderer;
use crate::secrets::Secrets;
use crate::settings::Settings;
use crate::state::State;
use crate::terminal::{self, Terminal};
use crate::view::{self, Canvas};
use crate::{Address, SafeText};

/// Configuration of a network to connect to.
#[derive(Clone, Debug)]
pub struct NetworkConfig {
    /// Address of the server.
    pub address: Address,
    /// Nick, real name and login.
    pub identity: Identity,
    /// Channels to join.
    pub rooms: Vec<String>,
    /// True if the user has just named the channels.
    pub asked: bool,
    /// Set to store the password once the server has accepted it.
    pub keep: bool,
    /// Trust settings.
    pub trust: Trust,
    /// Commands run at each connection.
    pub commands: Vec<String>,
    /// Proxy to connect through.
    pub proxy: Option<Proxy>,
}

/// Function that reads the configuration again.
pub type Reload = Box<dyn Fn() -> Result<Settings, String>>;

/// Options of the terminal client.
pub struct TuiOptions {
    /// Settings of behaviour and looks.
    pub settings: Settings,
    /// Networks to connect to.
    pub networks: Vec<NetworkConfig>,
    /// Saved state; `None` to save nothing.
    pub state: Option<State>,
    /// Store of passwords; `None` to store none.
    pub secrets: Option<Secrets>,
    /// Notices for the user at the start.
    pub remarks: Vec<String>,
    /// Function that reads the configuration again.
    pub reload: Reload,
    /// Configuration file for changed settings; `None` if there is no place for one.
    pub config: Option<PathBuf>,
}

/// Minimum time between two frames: 30 per second.
const FRAME: Duration = Duration::from_millis(33);
/// Write time of a frame above which the line counts as slow; `SLOW_FRAME` is the delay then.
const SLOW: Duration = Duration::from_millis(50);
const SLOW_FRAME: Duration = Duration::from_millis(100);
/// Maximum number of events handled before keys and signals have their turn.
pub(crate) const EVENTS_PER_TURN: usize = 100;
/// Timeout of writing the frame in flight.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// Limit in bytes of pending sequences above which notifications are dropped.
const MAX_PENDING: usize = 64 * 1024;
/// Timeout of the acknowledgements of the last messages.
const LAST_ANSWERS: Duration = Duration::from_secs(1);
/// Delay of saving, in which changes of state are gathered.
const SAVE: Duration = Duration::from_millis(200);

/// Runs the terminal client until its user quits.
///
/// # Errors
/// There is no terminal, or it cannot be used.
pub fn run(options: TuiOptions) -> io::Result<()> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return Err(io::Error::other(
            "the terminal client needs a terminal; parlour --plain runs without one, for scripts there are parlour send and tail",
        ));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(main(options));
    // A pending DNS lookup blocks its thread and is not waited for.
    runtime.shutdown_background();
    result
}

/// Signals that end the client.
pub(crate) struct Signals {
    terminate: Signal,
    hangup: Signal,
    interrupt: Signal,
}

impl Signals {
    pub fn new() -> io::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    pub async fn any(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Client on its terminal.
struct Tui {
    app: App,
    connections: Connections,
    output: Output,
    renderer: Renderer,
    keys: Tty,
    host: HostServices,
    terminal: Terminal,
    /// Sequences to write before the next frame: notifications, mouse capture.
    aside: Vec<u8>,
    shown: Option<Canvas>,
    next_frame: Instant,
    due: bool,
    /// Set while the client runs in the shell's background.
    behind: bool,
    /// Time of the next save.
    save: Option<Instant>,
    title: String,
}

async fn main(options: TuiOptions) -> io::Result<()> {
    let mut signals = Signals::new()?;
    let mut resized = signal(SignalKind::window_change())?;
    let mut stopped = signal(SignalKind::from_raw(signal_hook::consts::SIGTSTP))?;
    let mut continued = signal(SignalKind::from_raw(signal_hook::consts::SIGCONT))?;
    let mut tui = Tui::start(options)?;
    tui.resize();
    tui.draw();
    let mut second = interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let waits = tui.due && tui.may_draw();
        let behind = tui.app.has_pending_events();
        // A placeholder without a pending save: `select!` evaluates the expression of a disabled
        // arm too.
        let save_at = tui.save.unwrap_or(tui.next_frame);
        tokio::select! {
            inputs = tui.keys.next() => match inputs {
                Some(inputs) => tui.inputs(inputs),
                // The terminal is gone.
                None => tui.app.quit(""),
            },
            written = tui.output.written() => match written {
                // On a slow line, frames are spaced out, and each covers more changes.
                Ok(took) if took > SLOW => tui.next_frame = Instant::now() + SLOW_FRAME,
                Ok(_) => {}
                Err(_) => tui.app.quit(""),
            },
            _ = resized.recv() => tui.resize(),
            // Server events are handled in portions, between keys and signals.
            () = yield_now(), if behind => {
                tui.app.handle_events(EVENTS_PER_TURN);
            }
            // Flow control: no new bytes from the servers before the events at hand were handled.
            event = tui.connections.next(), if !behind => {
                if let Some((net, event)) = event {
                    network(&mut tui.app, net, event);
                }
            }
            done = tui.host.done() => match done {
                HostResult::Edited(edited) => tui.edited(edited)?,
                HostResult::Executed(done) => done.tell(&mut tui.app),
            },
            _ = second.tick() => tui.tick()?,
            () = signals.any() => tui.app.quit(""),
            _ = stopped.recv() => tui.command(HostCommand::Suspend).await?,
            _ = continued.recv() => tui.return_from(|| Ok(()))?,
            () = sleep_until(save_at), if tui.save.is_some() => tui.keep(),
            () = sleep_until(tui.next_frame), if waits => {}
        }
        tui.connections.send_output(&mut tui.app);
        for command in tui.app.take_commands() {
            if command == HostCommand::Quit {
                return tui.leave().await;
            }
            tui.command(command).await?;
        }
        if tui.app.take_dirty() {
            tui.save.get_or_insert(Instant::now() + SAVE);
        }
        // Only after the commands, which may change what is on the screen.
        tui.due |= tui.app.take_changed();
        if tui.due && tui.may_draw() && Instant::now() >= tui.next_frame {
            tui.draw();
        }
    }
}

/// Creates the client with its saved state.
pub(crate) fn start_app(options: &TuiOptions) -> App {
    let starts = options.networks.iter().map(|network| app::Start {
        name: network.address.to_string(),
        identity: network.identity.clone(),
        rooms: network.rooms.clone(),
        commands: network.commands.clone(),
        store_password: network.keep,
        asked: network.asked,
    });
    let mut app = App::new(options.settings.clone(), starts.collect());
    app.tick(Now::read());
    match options.state.as_ref().map(State::load) {
        Some(Ok(kept)) => app.restore(kept),
        Some(Err(error)) => app.report(&error, true),
        None => {}
    }
    for remark in &options.remarks {
        app.startup_notice(remark);
    }
    app
}

impl Tui {
    /// Takes the terminal, and connects to the networks.
    fn start(options: TuiOptions) -> io::Result<Tui> {
        let app = start_app(&options);
        let trust = options.networks.first();
        let trust = trust.map(|network| network.trust.clone());
        let connections = Connections::start_all(options.networks);
        let terminal = Terminal::take(app.settings.mouse)?;
        Ok(Tui {
            app,
            connections,
            output: Output::start(terminal::write_frame)?,
            renderer: Renderer::default(),
            keys: Tty::open()?,
            host: HostServices::new(
                trust,
                options.state,
                options.reload,
                options.secrets,
                options.config,
            ),
            terminal,
            aside: Vec::new(),
            shown: None,
            next_frame: Instant::now(),
            due: true,
            behind: false,
            save: None,
            title: String::new(),
        })
    }

    fn resize(&mut self) {
        let (width, height) = crossterm::terminal::size().unwrap_or((80, 24));
        self.app.resize(width, height);
    }

    fn may_draw(&self) -> bool {
        // One frame in flight at most: a slow terminal skips frames instead of queueing them.
        self.output.is_idle() && !self.host.is_editing() && !self.behind
    }

    fn draw(&mut self) {
        let canvas = view::draw(&self.app);
        // Written with the frame, since another writer could land inside an escape sequence.
        let mut bytes = std::mem::take(&mut self.aside);
        let title = host_services::title(&self.app);
        if self.app.settings.title && title != self.title {
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

    fn inputs(&mut self, inputs: Vec<Input>) {
        let at = Now::read();
        let app = &mut self.app;
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
                    _ => continue,
                },
            }
            self.due = true;
        }
        // User input is drawn at once, and typed text is saved.
        self.next_frame = Instant::now();
        self.save.get_or_insert(Instant::now() + SAVE);
    }

    fn tick(&mut self) -> io::Result<()> {
        // Shells send no SIGCONT to a running program that they bring to the foreground.
        if self.behind && terminal::is_foreground() {
            self.return_from(|| Ok(()))?;
        }
        for net in self.app.tick(Now::read()) {
            let why = ConnectionCommand::Drop("the server does not answer");
            self.connections.command(net, why);
        }
        Ok(())
    }

    fn keep(&mut self) {
        self.save = None;
        if let Err(error) = self.host.save(&self.app) {
            self.app.report(&error, true);
        }
    }

    async fn command(&mut self, command: HostCommand) -> io::Result<()> {
        self.due = true;
        let Some(command) = self.connections.run(&mut self.app, &self.host, command) else {
            return Ok(());
        };
        match command {
            HostCommand::Redraw => self.renderer.forget(),
            HostCommand::Suspend => {
                self.output.settle(LAST_WORDS).await;
                self.return_from(|| {
                    signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)
                })?;
            }
            HostCommand::Edit(text) => {
                // The frame in flight and the reader both stop before the editor gets the terminal.
                self.output.settle(LAST_WORDS).await;
                self.keys.pause(true);
                self.terminal.pause();
                self.host.edit(text);
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
            | HostCommand::Reload
            | HostCommand::SaveSettings(_)
            | HostCommand::Exec { .. }) => {
                let bytes = self.host.command(&mut self.app, command);
                self.aside.extend_from_slice(&bytes);
            }
        }
        Ok(())
    }

    /// Restores the terminal, runs `elsewhere`, and takes the terminal again.
    fn return_from(&mut self, elsewhere: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        if self.host.is_editing() {
            // The editor has the terminal.
            return elsewhere();
        }
        // The reader stops first: otherwise it takes keys meant for the shell.
        self.keys.pause(true);
        self.terminal.pause();
        elsewhere()?;
        // In the background the terminal is the shell's; SIGCONT or `tick` reports the return.
        self.behind = !terminal::is_foreground();
        if self.behind {
            return Ok(());
        }
        self.take_terminal()
    }

    /// Takes the terminal again, and redraws everything.
    fn take_terminal(&mut self) -> io::Result<()> {
        // Raw mode first: a key read before it would wait for Enter.
        self.terminal.resume()?;
        self.keys.pause(false);
        self.renderer.forget();
        // The title was restored with the screen.
        self.title.clear();
        self.resize();
        self.due = true;
        Ok(())
    }

    /// Handles the text from the user's editor.
    fn edited(&mut self, edited: Result<String, String>) -> io::Result<()> {
        self.take_terminal()?;
        match edited {
            Ok(text) => self.app.edited(&text),
            Err(error) => self.app.report(&error, true),
        }
        Ok(())
    }

    async fn leave(mut self) -> io::Result<()> {
        last_answers(&mut self.app, &mut self.connections).await;
        // Saved after the last acknowledgements, so that delivered messages are not kept as unsent.
        let saved = self.host.save(&self.app);
        self.output.settle(LAST_WORDS).await;
        drop(self.terminal);
        self.connections.close().await;
        if let Err(error) = saved {
            eprintln!("parlour: {}", SafeText::new(&error));
        }
        Ok(())
    }
}

/// Sends the remaining output, and waits at most [`LAST_ANSWERS`] for its acknowledgements.
pub(crate) async fn last_answers(app: &mut App, connections: &mut Connections) {
    connections.send_output(app);
    let until = Instant::now() + LAST_ANSWERS;
    while app.has_pending()
        && let Ok(Some((net, event))) = timeout_at(until, connections.next()).await
    {
        network(app, net, event);
        while app.handle_events(EVENTS_PER_TURN) {}
    }
}

/// Passes an event of a connection to the client.
pub(crate) fn network(app: &mut App, net: NetworkId, event: ConnectionEvent) {
    match event {
        ConnectionEvent::Connected {
            encrypted,
            start,
            remark,
        } => app.connected(net, Now::read(), encrypted, start, remark.as_deref()),
        ConnectionEvent::Bytes(bytes) => app.receive_bytes(net, Now::read(), &bytes),
        ConnectionEvent::Lost { reason, wait } => app.disconnected(net, Now::read(), &reason, wait),
        ConnectionEvent::Held(reason) => app.connection_held(net, Now::read(), &reason),
        ConnectionEvent::Changed {
            server,
            before,
            now,
        } => app.certificate_changed(net, Now::read(), server, before, now),
        ConnectionEvent::Ended(reason) => app.connection_failed(net, Now::read(), &reason),
    }
}

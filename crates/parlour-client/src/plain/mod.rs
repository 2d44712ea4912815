//! Plain line mode, for screen readers and simple terminals. Each message is one line that stays;
//! the prompt is redrawn below it. Without a terminal, lines are read from standard input and there
//! is no prompt.

mod prompt;
mod written;

use std::collections::HashMap;
use std::io::{self, BufRead, IsTerminal};

use crossterm::event::KeyCode;
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::yield_now;
use tokio::time::{Duration, Interval, MissedTickBehavior, interval, timeout};

use crate::NetworkId;
use crate::SafeText;
use crate::app::mode::{List, Mode};
use crate::app::{App, HostCommand};
use crate::clock::Now;
use crate::connection::{self, ConnectionCommand, ConnectionEvent};
use crate::connections::Connections;
use crate::host_services::{HostResult, HostServices};
use crate::input::{Input, tty::Tty};
use crate::model::LineId;
use crate::output::Output;
use crate::terminal;
use crate::tui::{EVENTS_PER_TURN, Signals, TuiOptions, last_answers, network, start_app};
use written::{Written, said};

/// Lines of standard input that may wait.
const LINES: usize = 64;
/// Pending output in bytes above which the servers are not read.
const BACKLOG: usize = 1024 * 1024;
/// Timeout of pending output when the client is told to end.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// Sequence that erases the line of the cursor (ECMA-48: CR, EL 2).
const ERASE: &[u8] = b"\r\x1b[2K";
/// Sequences for bracketed paste.
const PASTE_ON: &str = "\x1b[?2004h";
const PASTE_OFF: &str = "\x1b[?2004l";
/// Timeout of acknowledgements after the end of standard input.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs plain mode until its user quits.
///
/// # Errors
/// Standard output cannot be written.
pub fn run(options: TuiOptions) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(main(options));
    runtime.shutdown_background();
    match result {
        // The reader of the output has gone.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Source of the user's input.
enum Source {
    Terminal(Tty),
    Lines(mpsc::Receiver<io::Result<String>>),
}

/// Guard of raw mode and bracketed paste, which it ends when dropped.
struct Raw;

impl Drop for Raw {
    fn drop(&mut self) {
        // Nothing can be done about a terminal that is gone.
        let _ = terminal::write_control(PASTE_OFF);
        let _ = disable_raw_mode();
    }
}

struct Plain {
    app: App,
    /// Printed state by line.
    written: HashMap<LineId, Written>,
    /// True if a prompt is shown below the last line.
    prompts: bool,
    /// Source of the user's input.
    source: Source,
    /// Set while the client runs in the shell's background.
    behind: bool,
    /// List still loading, set aside while the user types.
    list: Option<List>,
    /// Set once the rows of the current menu were printed.
    asks: bool,
    /// Set once the user was registered and in their channel.
    begun: bool,
    /// Prompt on the screen.
    prompt: String,
    last_buffer: String,
    /// Status message printed last.
    flashed: Option<String>,
    output: Output,
    /// Output waiting for the previous write.
    waiting: Vec<u8>,
}

async fn main(options: TuiOptions) -> io::Result<()> {
    let app = start_app(&options);
    let trust = options.networks.first();
    let trust = trust.map(|network| network.trust.clone());
    let mut connections = Connections::start_all(options.networks);
    let mut signals = Signals::new()?;
    let mut stopped = signal(SignalKind::from_raw(signal_hook::consts::SIGTSTP))?;
    let mut continued = signal(SignalKind::from_raw(signal_hook::consts::SIGCONT))?;
    let mut host = HostServices::new(
        trust,
        options.state,
        options.reload,
        options.secrets,
        options.config,
    );
    // A terminal that cannot erase its line gets lines only, and edits them itself.
    let is_dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb" || term.is_empty());
    let prompts = io::stdin().is_terminal() && io::stdout().is_terminal() && !is_dumb;
    let (source, mut raw) = source(prompts)?;
    let mut plain = Plain::new(app, prompts, source)?;
    let mut second = seconds();
    let (mut ended, mut told) = (false, false);
    let mut give_up = tokio::time::Instant::now() + PATIENCE;
    // Input is read once there is a channel to send it to.
    loop {
        // Flow control: while the reader of stdout is slow, no new bytes from the servers are
        // taken.
        let takes = plain.waiting.len() < BACKLOG;
        let behind = plain.app.has_pending_events();
        let hears = plain.accepts_input();
        if ended && plain.is_settled() {
            plain.app.quit("");
        }
        tokio::select! {
            // Lines of a script stay in the pipe until they can reach their channel.
            inputs = typed(&mut plain.source), if !ended && (plain.prompts || hears) => {
                match inputs? {
                    Some(inputs) => plain.inputs(inputs),
                    None if plain.prompts => plain.app.quit(""),
                    None => {
                        ended = true;
                        give_up = tokio::time::Instant::now() + PATIENCE;
                    }
                }
            }
            written = plain.output.written() => drop(written?),
            // While the output is slow, the servers are not read.
            () = yield_now(), if behind => plain.take_up().await?,
            event = connections.next(), if takes && !behind => {
                if let Some((net, event)) = event {
                    plain.event(net, event).await?;
                }
            }
            done = host.done() => match done {
                // Plain mode starts no editor.
                HostResult::Edited(_) => {}
                HostResult::Executed(done) => done.tell(&mut plain.app),
            },
            _ = second.tick() => plain.tick(&connections)?,
            () = signals.any() => {
                told = true;
                plain.app.quit("");
            }
            _ = stopped.recv(), if plain.prompts => plain.suspend().await?,
            _ = continued.recv(), if plain.prompts => plain.resume()?,
            // A fixed deadline: a timeout created here would restart with each event.
            () = tokio::time::sleep_until(give_up), if ended => plain.app.quit(""),
        }
        connections.send_output(&mut plain.app);
        if plain.commands(&mut host, &mut connections).await? {
            break;
        }
        if plain.app.take_dirty()
            && let Err(error) = host.save(&plain.app)
        {
            plain.app.report(&error, true);
        }
        plain.show();
    }
    last_answers(&mut plain.app, &mut connections).await;
    let saved = host.save(&plain.app);
    plain.leave(told, &mut signals).await?;
    // Before the connections end, which may take a moment: the shell's line editing is back at
    // once.
    drop(raw.take());
    connections.close().await;
    saved.map_err(io::Error::other)?;
    plain.check_all_sent()
}

/// Opens the source of input; raw mode if it is a terminal.
fn source(terminal: bool) -> io::Result<(Source, Option<Raw>)> {
    if !terminal {
        return Ok((Source::Lines(lines()), None));
    }
    enable_raw_mode()?;
    let raw = Raw;
    terminal::write_control(PASTE_ON)?;
    Ok((Source::Terminal(Tty::open()?), Some(raw)))
}

/// Creates a ticker of one second that skips missed ticks.
fn seconds() -> Interval {
    let mut second = interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    second
}

/// Waits for the next input; returns `None` at its end.
async fn typed(source: &mut Source) -> io::Result<Option<Vec<Input>>> {
    match source {
        Source::Terminal(tty) => Ok(tty.next().await),
        Source::Lines(lines) => match lines.recv().await {
            Some(Ok(line)) => Ok(Some(vec![Input::Paste(line)])),
            Some(Err(error)) => Err(error),
            None => Ok(None),
        },
    }
}

/// Starts a thread that reads the lines of standard input.
fn lines() -> mpsc::Receiver<io::Result<String>> {
    let (sender, lines) = mpsc::channel(LINES);
    std::thread::spawn(move || {
        for line in io::stdin().lock().split(b'\n') {
            // Invalid UTF-8 is replaced, not refused.
            let line = line.map(|line| {
                let line = String::from_utf8_lossy(&line);
                line.strip_suffix('\r').unwrap_or(&line).to_owned()
            });
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    lines
}

impl Plain {
    /// Handles the tick of a second.
    fn tick(&mut self, connections: &Connections) -> io::Result<()> {
        if self.behind {
            self.resume()?;
        }
        for net in self.app.tick(Now::read()) {
            connections.command(net, ConnectionCommand::Drop("the server does not answer"));
        }
        Ok(())
    }

    fn new(mut app: App, prompts: bool, source: Source) -> io::Result<Plain> {
        // Nothing is laid out in this mode: the size only has to be large.
        app.resize(1000, 1000);
        Ok(Plain {
            app,
            written: HashMap::new(),
            prompts,
            source,
            behind: false,
            list: None,
            asks: false,
            begun: false,
            prompt: String::new(),
            last_buffer: String::new(),
            flashed: None,
            output: Output::start(terminal::write)?,
            waiting: Vec::new(),
        })
    }

    /// Handles an event of a connection. Without a user to decide, its end is the client's.
    async fn event(&mut self, net: NetworkId, event: ConnectionEvent) -> io::Result<()> {
        let why = match &event {
            ConnectionEvent::Held(why) | ConnectionEvent::Ended(why) => Some(why.clone()),
            ConnectionEvent::Lost { reason, .. } if !self.begun => Some(reason.clone()),
            ConnectionEvent::Changed {
                server,
                before,
                now,
            } => Some(connection::changed(server, before, now)),
            ConnectionEvent::Connected { .. }
            | ConnectionEvent::Bytes(_)
            | ConnectionEvent::Lost { .. } => None,
        };
        if let Some(why) = why.filter(|_| !self.prompts) {
            let why = SafeText::new(&why).to_string();
            self.show();
            self.drain().await?;
            return Err(io::Error::other(why));
        }
        network(&mut self.app, net, event);
        self.take_up().await
    }

    /// Handles a portion of the servers' events.
    async fn take_up(&mut self) -> io::Result<()> {
        self.app.handle_events(EVENTS_PER_TURN);
        match self.app.join_error.take() {
            // The input was meant for this channel.
            Some(why) if !self.begun && !self.prompts => {
                self.show();
                self.drain().await?;
                Err(io::Error::other(SafeText::new(&why).to_string()))
            }
            _ => Ok(()),
        }
    }

    /// Returns whether a line read now reaches its target: not while a channel is being joined.
    fn accepts_input(&mut self) -> bool {
        let entering = self.app.is_entering();
        self.begun |= self.app.is_welcome() && !entering;
        self.begun && !entering
    }

    /// Fails if a message was not sent and no user is there to send it again.
    fn check_all_sent(&self) -> io::Result<()> {
        match self.app.unsent() {
            left @ 1.. if !self.prompts => Err(io::Error::other(format!(
                "{left} of the messages were not sent, or may not have arrived"
            ))),
            _ => Ok(()),
        }
    }

    /// Returns whether each message was delivered or has failed.
    fn is_settled(&self) -> bool {
        let mut lines = self
            .app
            .model
            .buffers
            .iter()
            .flat_map(|buffer| &buffer.lines);
        !lines.any(|line| line.state.is_open())
    }

    /// Runs the client's commands; returns true to quit.
    async fn commands(
        &mut self,
        host: &mut HostServices,
        connections: &mut Connections,
    ) -> io::Result<bool> {
        for command in self.app.take_commands() {
            match connections.run(&mut self.app, host, command) {
                None | Some(HostCommand::Edit(_) | HostCommand::Redraw | HostCommand::Mouse(_)) => {
                }
                Some(HostCommand::Quit) => return Ok(true),
                Some(HostCommand::Suspend) if self.prompts => self.suspend().await?,
                Some(HostCommand::Suspend) => {}
                // Bytes for the terminal are of no use here.
                Some(command) => drop(host.command(&mut self.app, command)),
            }
        }
        Ok(false)
    }

    fn inputs(&mut self, inputs: Vec<Input>) {
        for input in inputs {
            match input {
                Input::Key(key) if key.code == KeyCode::Esc && !self.is_asking() => {}
                Input::Key(key) => {
                    self.stash_list();
                    self.app.key(Now::read(), key);
                    self.asks &= matches!(self.app.mode, Mode::Pick(_));
                    self.print_overlay();
                }
                Input::Paste(line) if self.prompts => {
                    self.stash_list();
                    self.app.paste(Now::read(), &line);
                }
                Input::Paste(line) => {
                    self.stash_list();
                    self.app.enter_line(Now::read(), &line);
                }
                Input::Mouse(_)
                | Input::Focus(_)
                | Input::Background(..)
                | Input::Dark(_)
                | Input::Synchronised => {}
            }
        }
        self.print_overlay();
        self.restore_list();
    }

    /// Sets a loading list aside, so that keys do not act on it.
    fn stash_list(&mut self) {
        match std::mem::take(&mut self.app.mode) {
            Mode::Choose(list) if list.open => self.list = Some(list),
            mode @ (Mode::Compose
            | Mode::Messages(_)
            | Mode::Switch(_)
            | Mode::Find(_)
            | Mode::FindSent(..)
            | Mode::Read(_)
            | Mode::Choose(_)
            | Mode::Pick(_)
            | Mode::Confirm(_)
            | Mode::Paste(_)
            | Mode::Secret(_)
            | Mode::React(..)) => self.app.mode = mode,
        }
    }

    /// Restores the list set aside.
    fn restore_list(&mut self) {
        if self.app.mode == Mode::Compose
            && let Some(list) = self.list.take()
        {
            self.app.mode = Mode::Choose(list);
        }
    }

    /// Returns whether the client waits for an answer to a question.
    fn is_asking(&self) -> bool {
        matches!(
            self.app.mode,
            Mode::Confirm(_) | Mode::Paste(_) | Mode::Pick(_) | Mode::Secret(_)
        )
    }

    /// Prints overlays as lines; reports those that need a screen.
    fn print_overlay(&mut self) {
        let text = match std::mem::take(&mut self.app.mode) {
            Mode::Compose => return,
            Mode::Read(pager) => pager.lines.join("\n"),
            Mode::Choose(list) if list.open => {
                self.app.mode = Mode::Choose(list);
                return;
            }
            Mode::Choose(list) => {
                let places = list.places.iter().rev().map(|place| place.text.to_string());
                let lines: Vec<String> =
                    std::iter::once(list.title.clone()).chain(places).collect();
                lines.join("\n")
            }
            Mode::Pick(picker) if !self.asks => {
                // The rows are printed once; then one of their keys is awaited.
                let rows = picker.rows.iter();
                let rows: Vec<String> = rows.map(|(key, text, _)| format!("{key}  {text}")).collect();
                self.asks = true;
                self.app.report(&rows.join("\n"), false);
                self.app.mode = Mode::Pick(picker);
                return;
            }
            mode @ (Mode::Confirm(_) | Mode::Paste(_) | Mode::Pick(_) | Mode::Secret(_)) => {
                self.app.mode = mode;
                return;
            }
            Mode::Messages(_) => return,
            Mode::Switch(_) | Mode::Find(_) | Mode::FindSent(..) | Mode::React(..) => {
                "That key needs a whole screen. /buffer goes to a room or person, /search finds messages, /react reacts; \
                 /help lists all commands."
                    .to_owned()
            }
        };
        self.app.report(&text, false);
    }

    /// Erases the prompt.
    fn erase(&mut self) {
        if self.prompts && !self.prompt.is_empty() {
            self.prompt.clear();
            self.waiting.extend_from_slice(ERASE);
        }
    }

    /// Writes pending output if the terminal is idle.
    fn write(&mut self) {
        if self.output.is_idle() && !self.waiting.is_empty() {
            self.output.write(std::mem::take(&mut self.waiting));
        }
    }

    /// Suspends to the shell until the client is in the foreground again.
    async fn suspend(&mut self) -> io::Result<()> {
        self.erase();
        let _ = timeout(LAST_WORDS, self.drain()).await;
        self.pause(true);
        terminal::write_control(PASTE_OFF)?;
        disable_raw_mode()?;
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
        self.resume()
    }

    /// Takes the terminal again; in the background it is left to the shell.
    fn resume(&mut self) -> io::Result<()> {
        self.behind = !terminal::is_foreground();
        if !self.behind {
            // The shell may have changed the mode.
            terminal::raw()?;
            terminal::write_control(PASTE_ON)?;
            self.pause(false);
        }
        Ok(())
    }

    fn pause(&mut self, pause: bool) {
        if let Source::Terminal(tty) = &mut self.source {
            tty.pause(pause);
        }
    }

    /// Writes the remaining output; without waiting for a slow reader if told to end.
    async fn leave(&mut self, told: bool, signals: &mut Signals) -> io::Result<()> {
        self.show();
        self.erase();
        let most = if told { LAST_WORDS } else { Duration::MAX };
        tokio::select! {
            written = timeout(most, self.drain()) => written.unwrap_or(Ok(())),
            () = signals.any() => Ok(()),
        }
    }

    /// Writes all pending output, however long that takes.
    async fn drain(&mut self) -> io::Result<()> {
        self.write();
        while !self.output.is_idle() {
            self.output.written().await?;
            self.write();
        }
        Ok(())
    }

    /// Prints new lines, and the prompt below them.
    fn show(&mut self) {
        if let Mode::Choose(list) = &self.app.mode
            && !list.open
        {
            self.print_overlay();
        }
        if self.behind {
            return;
        }
        let news = self.unprinted_lines();
        let prompt = prompt::of(&self.app);
        if news.is_empty() && prompt == self.prompt {
            return self.write();
        }
        if self.prompts && !self.prompt.is_empty() {
            self.waiting.extend_from_slice(ERASE);
        }
        let end = if self.prompts { "\r\n" } else { "\n" };
        for line in news {
            self.waiting.extend_from_slice(line.as_bytes());
            self.waiting.extend_from_slice(end.as_bytes());
        }
        if self.prompts {
            let (width, _) = crossterm::terminal::size().unwrap_or((80, 24));
            let room = usize::from(width).saturating_sub(1).max(1);
            let (shown, back) = prompt::window(&prompt, self.cursor(&prompt), room);
            self.waiting.extend_from_slice(shown.as_bytes());
            if back > 0 {
                self.waiting
                    .extend_from_slice(format!("\x1b[{back}D").as_bytes());
            }
            self.prompt = prompt;
        }
        self.write();
    }

    /// Returns the byte of the prompt at which the cursor is.
    fn cursor(&self, prompt: &str) -> usize {
        let composer = &self.app.composer;
        let behind = composer.text()[composer.cursor()..].replace('\n', "⏎");
        match self.app.mode {
            Mode::Compose => prompt.len().saturating_sub(behind.len()),
            Mode::Messages(_)
            | Mode::Switch(_)
            | Mode::Find(_)
            | Mode::FindSent(..)
            | Mode::Read(_)
            | Mode::Choose(_)
            | Mode::Pick(_)
            | Mode::Confirm(_)
            | Mode::Paste(_)
            | Mode::Secret(_)
            | Mode::React(..) => prompt.len(),
        }
    }

    /// Returns the lines to print of all buffers, in the order of their arrival.
    fn unprinted_lines(&mut self) -> Vec<String> {
        let mut fresh: Vec<(LineId, String, String)> = Vec::new();
        for buffer in &self.app.model.buffers {
            for line in &buffer.lines {
                let now = Written::of(line);
                // The user's own message is printed once it was delivered or has failed.
                if line.state.is_open() || self.written.get(&line.id) == Some(&now) {
                    continue;
                }
                self.written.insert(line.id, now);
                if let Some(text) = said(line, self.app.settings.zone) {
                    fresh.push((line.id, buffer.name.to_string(), text));
                }
            }
        }
        // Ids grow in the order of arrival, across all buffers.
        fresh.sort_by_key(|(id, ..)| *id);
        let mut out = Vec::new();
        let flashed = self.app.flashed().map(SafeText::to_string);
        if flashed != self.flashed {
            out.extend(flashed.iter().map(|text| format!("-- {text}")));
            self.flashed = flashed;
        }
        for (_, name, text) in fresh {
            if name != self.last_buffer {
                out.push(format!("-- {name} --"));
                self.last_buffer = name;
            }
            out.push(text);
        }
        // Lines gone from the buffers are forgotten.
        let buffers = self.app.model.buffers.iter();
        let there: usize = buffers.clone().map(|buffer| buffer.lines.len()).sum();
        // Rarely: with slack, the cost per line stays constant.
        if self.written.len() > 2 * there + 10_000 {
            let ids: std::collections::HashSet<LineId> =
                buffers.flat_map(|b| b.lines.iter().map(|l| l.id)).collect();
            self.written.retain(|id, _| ids.contains(id));
        }
        out
    }
}

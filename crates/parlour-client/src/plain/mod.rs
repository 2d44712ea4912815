//! Plain line mode, for screen readers and simple terminals. Each message is one line that stays;
//! the prompt is redrawn below it. Without a terminal, lines are read from standard input and there
//! is no prompt.

mod prompt;
mod source;
mod written;

use std::collections::HashMap;
use std::io::{self, IsTerminal};

use crossterm::event::KeyCode;
use tokio::time::{Duration, Instant, sleep_until, timeout};

use crate::SafeText;
use crate::app::mode::{List, Mode};
use crate::app::{App, HostCommand};
use crate::clock::Now;
use crate::connection::{self, ConnectionEvent};
use crate::input::Input;
use crate::model::LineId;
use crate::options::ClientOptions;
use crate::output::Output;
use crate::runtime::{self, Client, Surface};
use crate::signals::{HostSignal, Signals};
use crate::terminal;
use source::{Raw, Source, source, typed};
use written::{Written, said};

/// Pending output in bytes above which the servers are not read.
const BACKLOG: usize = 1024 * 1024;
/// Timeout of pending output when the client is told to end.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// Sequence that erases the line of the cursor (ECMA-48: CR, EL 2).
const ERASE: &[u8] = b"\r\x1b[2K";
/// Timeout of acknowledgements after the end of standard input.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs plain mode until its user quits.
///
/// # Errors
/// Standard output cannot be written.
pub fn run(options: ClientOptions) -> io::Result<()> {
    let result = runtime::block_on(async {
        let signals = Signals::new()?;
        let mut client = Client::start(options);
        // Nothing is laid out in this mode: the size only has to be large.
        client.app.resize(1000, 1000);
        runtime::run(client, Plain::start()?, Some(signals)).await
    });
    match result {
        // The reader of the output has gone.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Event of plain mode.
enum PlainEvent {
    /// Input; none at its end.
    Inputs(Option<Vec<Input>>),
    /// Written output.
    Written,
    /// Time to give up waiting for acknowledgements.
    Late,
}

/// Lines on a terminal or on pipes.
struct Plain {
    /// Printed state by line.
    written: HashMap<LineId, Written>,
    /// True if a prompt is shown below the last line.
    prompts: bool,
    /// Source of the user's input.
    source: Source,
    /// Raw mode of the terminal, until it is given back.
    raw: Option<Raw>,
    /// Set while the client runs in the shell's background.
    behind: bool,
    /// List still loading, set aside while the user types.
    list: Option<List>,
    /// Set once the rows of the current menu were printed.
    asks: bool,
    /// Set once the user was registered and in their channel.
    begun: bool,
    /// Set while input is read: lines of a script stay in the pipe until they can reach their
    /// channel.
    hears: bool,
    /// Time to give up, once the input has ended.
    give_up: Option<Instant>,
    /// Set once a signal has told the client to end.
    told: bool,
    /// Prompt on the screen.
    prompt: String,
    last_buffer: String,
    /// Status message printed last.
    flashed: Option<String>,
    output: Output,
    /// Output waiting for the previous write.
    waiting: Vec<u8>,
}

impl Plain {
    fn start() -> io::Result<Plain> {
        // A terminal that cannot erase its line gets lines only, and edits them itself.
        let is_dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb" || term.is_empty());
        let prompts = io::stdin().is_terminal() && io::stdout().is_terminal() && !is_dumb;
        let (source, raw) = source(prompts)?;
        Ok(Plain {
            written: HashMap::new(),
            prompts,
            source,
            raw,
            behind: false,
            list: None,
            asks: false,
            begun: false,
            hears: false,
            give_up: None,
            told: false,
            prompt: String::new(),
            last_buffer: String::new(),
            flashed: None,
            output: Output::start(terminal::write)?,
            waiting: Vec::new(),
        })
    }

    /// Ends the client with an error where no user is there to decide.
    async fn fail(&mut self, client: &mut Client, why: &str) -> io::Result<()> {
        let why = SafeText::new(why).to_string();
        self.show(client);
        self.drain().await?;
        Err(io::Error::other(why))
    }

    /// Returns whether a line read now reaches its target: not while a channel is being joined.
    fn accepts_input(&mut self, app: &App) -> bool {
        let entering = app.is_entering();
        self.begun |= app.is_welcome() && !entering;
        self.begun && !entering
    }

    fn inputs(&mut self, app: &mut App, inputs: Vec<Input>) {
        for input in inputs {
            match input {
                Input::Key(key) if key.code == KeyCode::Esc && !is_asking(app) => {}
                Input::Key(key) => {
                    self.stash_list(app);
                    app.key(Now::read(), key);
                    self.asks &= matches!(app.mode, Mode::Pick(_));
                    self.print_overlay(app);
                }
                Input::Paste(line) if self.prompts => {
                    self.stash_list(app);
                    app.paste(Now::read(), &line);
                }
                Input::Paste(line) => {
                    self.stash_list(app);
                    app.enter_line(Now::read(), &line);
                }
                Input::Mouse(_)
                | Input::Focus(_)
                | Input::Background(..)
                | Input::Dark(_)
                | Input::Synchronised => {}
            }
        }
        self.print_overlay(app);
        self.restore_list(app);
    }

    /// Sets a loading list aside, so that keys do not act on it.
    fn stash_list(&mut self, app: &mut App) {
        match std::mem::take(&mut app.mode) {
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
            | Mode::React(..)) => app.mode = mode,
        }
    }

    /// Restores the list set aside.
    fn restore_list(&mut self, app: &mut App) {
        if app.mode == Mode::Compose
            && let Some(list) = self.list.take()
        {
            app.mode = Mode::Choose(list);
        }
    }

    /// Prints overlays as lines; reports those that need a screen.
    fn print_overlay(&mut self, app: &mut App) {
        let text = match std::mem::take(&mut app.mode) {
            Mode::Compose => return,
            Mode::Read(pager) => pager.lines.join("\n"),
            Mode::Choose(list) if list.open => {
                app.mode = Mode::Choose(list);
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
                app.report(&rows.join("\n"), false);
                app.mode = Mode::Pick(picker);
                return;
            }
            mode @ (Mode::Confirm(_) | Mode::Paste(_) | Mode::Pick(_) | Mode::Secret(_)) => {
                app.mode = mode;
                return;
            }
            Mode::Messages(_) => return,
            Mode::Switch(_) | Mode::Find(_) | Mode::FindSent(..) | Mode::React(..) => {
                "That key needs a whole screen. /buffer goes to a room or person, /search finds messages, /react reacts; \
                 /help lists all commands."
                    .to_owned()
            }
        };
        app.report(&text, false);
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
        Raw::give_back()?;
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
        self.resume()
    }

    /// Takes the terminal again; in the background it is left to the shell.
    fn resume(&mut self) -> io::Result<()> {
        self.behind = !terminal::is_foreground();
        if !self.behind {
            Raw::take_again()?;
            self.pause(false);
        }
        Ok(())
    }

    fn pause(&mut self, pause: bool) {
        if let Source::Terminal(tty) = &mut self.source {
            tty.pause(pause);
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

    /// Returns the byte of the prompt at which the cursor is.
    fn cursor(app: &App, prompt: &str) -> usize {
        let composer = &app.composer;
        let behind = composer.text()[composer.cursor()..].replace('\n', "⏎");
        match app.mode {
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
    fn unprinted_lines(&mut self, app: &App) -> Vec<String> {
        let mut fresh: Vec<(LineId, String, String)> = Vec::new();
        for buffer in &app.model.buffers {
            for line in &buffer.lines {
                let now = Written::of(line);
                // The user's own message is printed once it was delivered or has failed.
                if line.state.is_open() || self.written.get(&line.id) == Some(&now) {
                    continue;
                }
                self.written.insert(line.id, now);
                if let Some(text) = said(line, app.settings.zone) {
                    fresh.push((line.id, buffer.name.to_string(), text));
                }
            }
        }
        // Ids grow in the order of arrival, across all buffers.
        fresh.sort_by_key(|(id, ..)| *id);
        let mut out = Vec::new();
        let flashed = app.flashed().map(SafeText::to_string);
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
        let buffers = app.model.buffers.iter();
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

/// Returns whether the client waits for an answer to a question.
fn is_asking(app: &App) -> bool {
    matches!(
        app.mode,
        Mode::Confirm(_) | Mode::Paste(_) | Mode::Pick(_) | Mode::Secret(_)
    )
}

/// Returns whether each message was delivered or has failed, and each upload has ended.
fn is_settled(app: &App) -> bool {
    let mut lines = app.model.buffers.iter().flat_map(|buffer| &buffer.lines);
    !app.is_uploading() && !lines.any(|line| line.state.is_open())
}

impl Surface for Plain {
    type Event = PlainEvent;

    fn prepare(&mut self, client: &mut Client) {
        let accepts = self.accepts_input(&client.app);
        self.hears = self.give_up.is_none() && (self.prompts || accepts);
        if self.give_up.is_some() && is_settled(&client.app) {
            client.app.quit("");
        }
    }

    async fn next(&mut self) -> io::Result<PlainEvent> {
        // A fixed time: a timeout created here would restart with each event.
        let give_up = self.give_up.unwrap_or_else(Instant::now);
        tokio::select! {
            inputs = typed(&mut self.source), if self.hears => Ok(PlainEvent::Inputs(inputs?)),
            written = self.output.written() => written.map(|_| PlainEvent::Written),
            () = sleep_until(give_up), if self.give_up.is_some() => Ok(PlainEvent::Late),
        }
    }

    fn event(&mut self, client: &mut Client, event: PlainEvent) -> io::Result<()> {
        match event {
            PlainEvent::Inputs(Some(inputs)) => self.inputs(&mut client.app, inputs),
            PlainEvent::Inputs(None) if self.prompts => client.app.quit(""),
            PlainEvent::Inputs(None) => self.give_up = Some(Instant::now() + PATIENCE),
            PlainEvent::Written => {}
            // An upload ends by itself when it makes no progress.
            PlainEvent::Late if client.app.is_uploading() => {
                self.give_up = Some(Instant::now() + PATIENCE);
            }
            PlainEvent::Late => client.app.quit(""),
        }
        Ok(())
    }

    fn takes_more(&self) -> bool {
        self.waiting.len() < BACKLOG
    }

    /// Without a user to decide, the end of the connection is the client's.
    async fn connection(&mut self, client: &mut Client, event: &ConnectionEvent) -> io::Result<()> {
        let why = match event {
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
        match why.filter(|_| !self.prompts) {
            Some(why) => self.fail(client, &why).await,
            None => Ok(()),
        }
    }

    async fn applied(&mut self, client: &mut Client) -> io::Result<()> {
        match client.app.join_error.take() {
            // The input was meant for this channel.
            Some(why) if !self.begun && !self.prompts => self.fail(client, &why).await,
            Some(_) | None => Ok(()),
        }
    }

    /// Plain mode starts no editor.
    fn edited(&mut self, _: &mut Client, _: Result<String, String>) -> io::Result<()> {
        Ok(())
    }

    fn signal(&mut self, _: &mut Client, signal: HostSignal) -> io::Result<()> {
        match signal {
            HostSignal::End => self.told = true,
            HostSignal::Continue if self.prompts => self.resume()?,
            HostSignal::Continue | HostSignal::Stop | HostSignal::Resize => {}
        }
        Ok(())
    }

    fn tick(&mut self, _: &mut Client) -> io::Result<()> {
        if self.behind {
            self.resume()?;
        }
        Ok(())
    }

    async fn command(&mut self, client: &mut Client, command: HostCommand) -> io::Result<()> {
        match command {
            HostCommand::Suspend if self.prompts => self.suspend().await?,
            HostCommand::Suspend
            | HostCommand::Edit(_)
            | HostCommand::Redraw
            | HostCommand::Mouse(_) => {}
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
                // Bytes for the terminal are of no use here.
                drop(client.host.command(&mut client.app, command));
            }
        }
        Ok(())
    }

    /// Prints new lines, and the prompt below them.
    fn show(&mut self, client: &mut Client) {
        let app = &mut client.app;
        if let Mode::Choose(list) = &app.mode
            && !list.open
        {
            self.print_overlay(app);
        }
        if self.behind {
            return;
        }
        let news = self.unprinted_lines(app);
        let prompt = prompt::of(app);
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
            let (shown, back) = prompt::window(&prompt, Self::cursor(app, &prompt), room);
            self.waiting.extend_from_slice(shown.as_bytes());
            if back > 0 {
                self.waiting
                    .extend_from_slice(format!("\x1b[{back}D").as_bytes());
            }
            self.prompt = prompt;
        }
        self.write();
    }

    /// Writes the remaining output; without waiting for a slow reader if told to end.
    async fn leave(
        &mut self,
        client: &mut Client,
        signals: Option<&mut Signals>,
    ) -> io::Result<()> {
        self.show(client);
        self.erase();
        let most = if self.told { LAST_WORDS } else { Duration::MAX };
        let end = async {
            match signals {
                Some(signals) => signals.end().await,
                None => std::future::pending().await,
            }
        };
        let written = tokio::select! {
            written = timeout(most, self.drain()) => written.unwrap_or(Ok(())),
            () = end => Ok(()),
        };
        // Before the connections end, which may take a moment: the shell's line editing is back at
        // once.
        drop(self.raw.take());
        written
    }

    /// Fails if a message was not sent and no user is there to send it again.
    fn outcome(self, app: &App, saved: Result<(), String>) -> io::Result<()> {
        saved.map_err(io::Error::other)?;
        let left = app.unsent();
        if left == 0 || self.prompts {
            return Ok(());
        }
        Err(io::Error::other(format!(
            "{left} of the messages were not sent, or may not have arrived"
        )))
    }
}

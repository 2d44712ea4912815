//! Plain line mode: for screen readers and terminals that can do no more. Each message is one line
//! that stays; the line that is being typed is written anew below it. Also what runs where there is
//! no terminal: then lines come from standard input, and there is nothing to be written anew.

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
use crate::tui::{PORTION, Signals, TuiOptions, last_answers, network, start_app};
use written::{Written, said};

/// Lines of standard input that may wait.
const LINES: usize = 64;
/// Bytes that wait to be written before the servers are read no further.
const BACKLOG: usize = 1024 * 1024;
/// Time that the output gets for what waits, where the client is told to end.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// Takes the line in which the cursor is off the screen (ECMA-48: CR, EL 2).
const ERASE: &[u8] = b"\r\x1b[2K";
/// Pastes told from typing (bracketed paste), or not.
const PASTE_ON: &str = "\x1b[?2004h";
const PASTE_OFF: &str = "\x1b[?2004l";
/// Time for what was said last to be acknowledged, where standard input has ended.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs it until its user leaves.
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
        // Whoever read this does not any more.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Where what is typed comes from.
enum Source {
    Terminal(Tty),
    Lines(mpsc::Receiver<io::Result<String>>),
}

/// The terminal without its own editing of lines; given back when dropped.
struct Raw;

impl Drop for Raw {
    fn drop(&mut self) {
        // Nothing can be done about a terminal that is gone.
        let _ = terminal::tell(PASTE_OFF);
        let _ = disable_raw_mode();
    }
}

struct Plain {
    app: App,
    /// What was written, by line.
    written: HashMap<LineId, Written>,
    /// Whether what is typed is written below the last line.
    prompts: bool,
    /// Where what is typed comes from.
    source: Source,
    /// Whether it runs in the shell's background.
    behind: bool,
    /// What was asked of the server and is still coming, while something else is typed.
    list: Option<List>,
    /// Whether it was told what there is to choose among.
    asks: bool,
    /// Whether a server has welcomed the user, and they were in their room.
    begun: bool,
    /// What stands there now.
    prompt: String,
    last_buffer: String,
    /// What was told for a moment, last.
    flashed: Option<String>,
    output: Output,
    /// What is to be written once the output has taken what was before it.
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
    // A terminal that cannot take back what stands there gets lines alone, and edits them itself.
    let is_dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb" || term.is_empty());
    let prompts = io::stdin().is_terminal() && io::stdout().is_terminal() && !is_dumb;
    let (source, mut raw) = source(prompts)?;
    let mut plain = Plain::new(app, prompts, source)?;
    let mut second = seconds();
    let (mut ended, mut told) = (false, false);
    let mut give_up = tokio::time::Instant::now() + PATIENCE;
    // Lines are said once there is somebody to hear them.
    loop {
        let takes = plain.waiting.len() < BACKLOG;
        let behind = plain.app.is_behind();
        let hears = plain.hears();
        if ended && plain.is_settled() {
            plain.app.quit("");
        }
        tokio::select! {
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
            // Whoever reads slowly is waited for; the servers wait with us.
            () = yield_now(), if behind => plain.take_up().await?,
            event = connections.next(), if takes && !behind => {
                if let Some((net, event)) = event {
                    plain.event(net, event).await?;
                }
            }
            done = host.done() => match done {
                // There is no editor here.
                HostResult::Edited(_) => {}
                HostResult::Executed(done) => done.tell(&mut plain.app),
            },
            _ = second.tick() => plain.tick(&connections)?,
            () = signals.any() => {
                told = true;
                plain.app.quit("");
            }
            _ = stopped.recv(), if plain.prompts => plain.suspend().await?,
            _ = continued.recv(), if plain.prompts => plain.come_back()?,
            () = tokio::time::sleep_until(give_up), if ended => plain.app.quit(""),
        }
        connections.carry(&mut plain.app);
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
    drop(raw.take());
    connections.leave().await;
    saved.map_err(io::Error::other)?;
    plain.all_said()
}

/// Where what is typed comes from, and the terminal, if it is one.
fn source(terminal: bool) -> io::Result<(Source, Option<Raw>)> {
    if !terminal {
        return Ok((Source::Lines(lines()), None));
    }
    enable_raw_mode()?;
    let raw = Raw;
    terminal::tell(PASTE_ON)?;
    Ok((Source::Terminal(Tty::open()?), Some(raw)))
}

/// A tick each second, and none to be made up for.
fn seconds() -> Interval {
    let mut second = interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    second
}

/// What is typed next; none at the end.
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

/// The lines of standard input.
fn lines() -> mpsc::Receiver<io::Result<String>> {
    let (sender, lines) = mpsc::channel(LINES);
    std::thread::spawn(move || {
        for line in io::stdin().lock().split(b'\n') {
            // What is no UTF-8 is said as far as it can be.
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
    /// A second has passed.
    fn tick(&mut self, connections: &Connections) -> io::Result<()> {
        if self.behind {
            self.come_back()?;
        }
        for net in self.app.tick(Now::read()) {
            connections.command(net, ConnectionCommand::Drop("the server does not answer"));
        }
        Ok(())
    }

    fn new(mut app: App, prompts: bool, source: Source) -> io::Result<Plain> {
        // Nothing is laid out.
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

    /// What happened on a link. Where nobody can do anything about it, its end is ours.
    async fn event(&mut self, net: usize, event: ConnectionEvent) -> io::Result<()> {
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

    /// Takes up a portion of what the servers have told.
    async fn take_up(&mut self) -> io::Result<()> {
        self.app.take_up(PORTION);
        match self.app.turned_away.take() {
            // What is read was meant for that room.
            Some(why) if !self.begun && !self.prompts => {
                self.show();
                self.drain().await?;
                Err(io::Error::other(SafeText::new(&why).to_string()))
            }
            _ => Ok(()),
        }
    }

    /// Whether a line that is read now goes where it is meant to: not while a room is being entered.
    fn hears(&mut self) -> bool {
        let entering = self.app.is_entering();
        self.begun |= self.app.is_welcome() && !entering;
        self.begun && !entering
    }

    /// Where nobody is there to say it again, it is an error if something was not said.
    fn all_said(&self) -> io::Result<()> {
        match self.app.unsent() {
            left @ 1.. if !self.prompts => Err(io::Error::other(format!(
                "{left} of the messages were not sent, or may not have arrived"
            ))),
            _ => Ok(()),
        }
    }

    /// Whether everything that was said has arrived, or never will.
    fn is_settled(&self) -> bool {
        let mut lines = self
            .app
            .model
            .buffers
            .iter()
            .flat_map(|buffer| &buffer.lines);
        !lines.any(|line| line.state.is_open())
    }

    /// Does what the client wishes; whether it leaves.
    async fn commands(
        &mut self,
        host: &mut HostServices,
        connections: &mut Connections,
    ) -> io::Result<bool> {
        for command in self.app.take_wishes() {
            match connections.grant(&mut self.app, host, command) {
                None | Some(HostCommand::Edit(_) | HostCommand::Redraw | HostCommand::Mouse(_)) => {
                }
                Some(HostCommand::Quit) => return Ok(true),
                Some(HostCommand::Suspend) if self.prompts => self.suspend().await?,
                Some(HostCommand::Suspend) => {}
                // What is for the terminal alone is of no use here.
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
                    self.put_aside();
                    self.app.key(Now::read(), key);
                    self.asks &= matches!(self.app.mode, Mode::Pick(_));
                    self.no_overlays();
                }
                Input::Paste(line) if self.prompts => {
                    self.put_aside();
                    self.app.paste(Now::read(), &line);
                }
                Input::Paste(line) => {
                    self.put_aside();
                    self.app.enter_line(Now::read(), &line);
                }
                _ => {}
            }
        }
        self.no_overlays();
        self.go_on_with_list();
    }

    /// What is still coming is not typed into.
    fn put_aside(&mut self) {
        match std::mem::take(&mut self.app.mode) {
            Mode::Choose(list) if list.open => self.list = Some(list),
            mode => self.app.mode = mode,
        }
    }

    /// It goes on coming.
    fn go_on_with_list(&mut self) {
        if self.app.mode == Mode::Compose
            && let Some(list) = self.list.take()
        {
            self.app.mode = Mode::Choose(list);
        }
    }

    /// Whether an answer is waited for.
    fn is_asking(&self) -> bool {
        matches!(
            self.app.mode,
            Mode::Confirm(_) | Mode::Paste(_) | Mode::Pick(_) | Mode::Secret(_)
        )
    }

    /// What would lie over the screen becomes lines; what needs a screen says so.
    fn no_overlays(&mut self) {
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
                // The rows are told once; then one of their keys is waited for.
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

    /// Takes what is typed off the screen.
    fn erase(&mut self) {
        if self.prompts && !self.prompt.is_empty() {
            self.prompt.clear();
            self.waiting.extend_from_slice(ERASE);
        }
    }

    /// Gives the output what waits for it, if it takes anything.
    fn write(&mut self) {
        if self.output.is_idle() && !self.waiting.is_empty() {
            self.output.write(std::mem::take(&mut self.waiting));
        }
    }

    /// Back to the shell, until it brings the client to the front again.
    async fn suspend(&mut self) -> io::Result<()> {
        self.erase();
        let _ = timeout(LAST_WORDS, self.drain()).await;
        self.pause(true);
        terminal::tell(PASTE_OFF)?;
        disable_raw_mode()?;
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
        self.come_back()
    }

    /// Takes the terminal again, if it is there to be taken: in the background it is the shell's.
    fn come_back(&mut self) -> io::Result<()> {
        self.behind = !terminal::is_in_front();
        if !self.behind {
            // The shell has left it as it likes it.
            terminal::raw()?;
            terminal::tell(PASTE_ON)?;
            self.pause(false);
        }
        Ok(())
    }

    fn pause(&mut self, pause: bool) {
        if let Source::Terminal(tty) = &mut self.source {
            tty.pause(pause);
        }
    }

    /// Writes what is left to be written. Whoever is told to end waits for no reader.
    async fn leave(&mut self, told: bool, signals: &mut Signals) -> io::Result<()> {
        self.show();
        self.erase();
        let most = if told { LAST_WORDS } else { Duration::MAX };
        tokio::select! {
            written = timeout(most, self.drain()) => written.unwrap_or(Ok(())),
            () = signals.any() => Ok(()),
        }
    }

    /// Writes all of it, however long that takes.
    async fn drain(&mut self) -> io::Result<()> {
        self.write();
        while !self.output.is_idle() {
            self.output.written().await?;
            self.write();
        }
        Ok(())
    }

    /// Writes what is new, and below it what is typed.
    fn show(&mut self) {
        if let Mode::Choose(list) = &self.app.mode
            && !list.open
        {
            self.no_overlays();
        }
        if self.behind {
            return;
        }
        let news = self.news();
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

    /// The byte of the last line that the cursor stands before.
    fn cursor(&self, prompt: &str) -> usize {
        let composer = &self.app.composer;
        let behind = composer.text()[composer.cursor()..].replace('\n', "⏎");
        match self.app.mode {
            Mode::Compose => prompt.len().saturating_sub(behind.len()),
            _ => prompt.len(),
        }
    }

    /// What is to be written of all buffers, in the order in which it came.
    fn news(&mut self) -> Vec<String> {
        let mut fresh: Vec<(LineId, String, String)> = Vec::new();
        for buffer in &self.app.model.buffers {
            for line in &buffer.lines {
                let now = Written::of(line);
                // What the user typed is written when it has arrived, or has failed.
                if line.state.is_open() || self.written.get(&line.id) == Some(&now) {
                    continue;
                }
                self.written.insert(line.id, now);
                if let Some(text) = said(line, self.app.settings.zone) {
                    fresh.push((line.id, buffer.name.to_string(), text));
                }
            }
        }
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
        // What is gone from the buffers is not remembered either.
        let buffers = self.app.model.buffers.iter();
        let there: usize = buffers.clone().map(|buffer| buffer.lines.len()).sum();
        if self.written.len() > 2 * there + 10_000 {
            let ids: std::collections::HashSet<LineId> =
                buffers.flat_map(|b| b.lines.iter().map(|l| l.id)).collect();
            self.written.retain(|id, _| ids.contains(id));
        }
        out
    }
}

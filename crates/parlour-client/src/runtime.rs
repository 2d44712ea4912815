//! Event loop of the client, on any surface: keys, network and time in; lines and frames out.

use std::io;
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout_at};

use crate::NetworkId;
use crate::app::{self, App, HostCommand};
use crate::clock::Now;
use crate::connection::{ConnectionCommand, ConnectionEvent};
use crate::connections::Connections;
use crate::host_services::{HostResult, HostServices};
use crate::options::ClientOptions;
use crate::signals::{HostSignal, Signals};
use crate::state::State;

/// Maximum number of events handled before keys and signals have their turn.
const EVENTS_PER_TURN: usize = 100;
/// Timeout of the acknowledgements of the last messages.
const LAST_ANSWERS: Duration = Duration::from_secs(1);
/// Delay of saving, in which changes of state are gathered.
const SAVE: Duration = Duration::from_millis(200);

/// Source of a user's input and place of the output: a terminal, pipes, or a channel of another
/// protocol.
pub(crate) trait Surface {
    /// Event of the surface itself: input, a finished write, its time for a frame.
    type Event;

    /// Prepares for the next event, whatever it will be.
    fn prepare(&mut self, client: &mut Client);

    /// Waits for the next event of the surface. Cancel safe.
    async fn next(&mut self) -> io::Result<Self::Event>;

    /// Handles an event of the surface.
    ///
    /// # Errors
    /// The surface can no longer be used.
    fn event(&mut self, client: &mut Client, event: Self::Event) -> io::Result<()>;

    /// Returns whether bytes from the servers may be taken: not while the output is behind.
    fn takes_more(&self) -> bool;

    /// Handles an event of a connection, before the client does.
    ///
    /// # Errors
    /// Nobody is there who could decide what to do.
    async fn connection(&mut self, client: &mut Client, event: &ConnectionEvent) -> io::Result<()>;

    /// Handles what the events of the servers have changed.
    ///
    /// # Errors
    /// Nobody is there who could decide what to do.
    async fn applied(&mut self, client: &mut Client) -> io::Result<()>;

    /// Handles the text from the user's editor.
    ///
    /// # Errors
    /// The surface can no longer be used.
    fn edited(&mut self, client: &mut Client, text: Result<String, String>) -> io::Result<()>;

    /// Handles a signal to the process, other than the one to suspend.
    ///
    /// # Errors
    /// The surface can no longer be used.
    fn signal(&mut self, client: &mut Client, signal: HostSignal) -> io::Result<()>;

    /// Handles a second that has passed.
    ///
    /// # Errors
    /// The surface can no longer be used.
    fn tick(&mut self, client: &mut Client) -> io::Result<()>;

    /// Runs a command to the host that does not concern the networks.
    ///
    /// # Errors
    /// The surface can no longer be used.
    async fn command(&mut self, client: &mut Client, command: HostCommand) -> io::Result<()>;

    /// Shows what has changed.
    fn show(&mut self, client: &mut Client);

    /// Writes what is left, and gives the terminal back.
    ///
    /// # Errors
    /// The output cannot be written.
    async fn leave(&mut self, client: &mut Client, signals: Option<&mut Signals>)
    -> io::Result<()>;

    /// Returns the outcome of the whole run.
    ///
    /// # Errors
    /// Something was not saved or not sent, and the exit code is to tell.
    fn outcome(self, app: &App, saved: Result<(), String>) -> io::Result<()>;
}

/// Client without its surface.
pub(crate) struct Client {
    pub app: App,
    pub connections: Connections,
    pub host: HostServices,
    /// Time of the next save.
    save: Option<Instant>,
}

/// Runs a future on a runtime of its own.
///
/// # Errors
/// Those of the future, or the runtime cannot start.
pub(crate) fn block_on(run: impl Future<Output = io::Result<()>>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(run);
    // A pending DNS lookup blocks its thread and is not waited for.
    runtime.shutdown_background();
    result
}

/// Runs a client on a surface until its user quits; without signals where the process serves
/// others, too.
///
/// # Errors
/// The surface cannot be used, or reports an error as the outcome.
pub(crate) async fn run<S: Surface>(
    mut client: Client,
    mut surface: S,
    mut signals: Option<Signals>,
) -> io::Result<()> {
    if let Err(error) = serve(&mut client, &mut surface, &mut signals).await {
        // What changed last is not lost with the surface.
        if client.app.take_dirty() || client.save.is_some() {
            client.save();
        }
        return Err(error);
    }
    leave(client, surface, signals).await
}

/// Runs until the user quits.
async fn serve<S: Surface>(
    client: &mut Client,
    surface: &mut S,
    signals: &mut Option<Signals>,
) -> io::Result<()> {
    surface.show(client);
    let mut second = interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        surface.prepare(client);
        let behind = client.app.has_pending_events();
        // Flow control: no new bytes from the servers before the events at hand were handled and
        // shown.
        let takes = surface.takes_more() && !behind;
        // A placeholder without a pending save: `select!` evaluates the expression of a disabled
        // arm too.
        let save_at = client.save.unwrap_or_else(Instant::now);
        tokio::select! {
            event = surface.next() => surface.event(client, event?)?,
            // Server events are handled in portions, between keys and signals.
            () = yield_now(), if behind => client.handle_events(surface).await?,
            event = client.connections.next(), if takes => {
                if let Some((net, event)) = event {
                    surface.connection(client, &event).await?;
                    client.network(net, event);
                    client.handle_events(surface).await?;
                }
            }
            done = client.host.done() => match done {
                HostResult::Edited(text) => surface.edited(client, text)?,
                HostResult::Executed(done) => done.tell(&mut client.app),
                HostResult::Upload(event) => event.tell(&mut client.app),
                HostResult::Pasted(text) => client.app.offer_upload(text),
            },
            _ = second.tick() => {
                surface.tick(client)?;
                client.tick();
            }
            signal = next_signal(signals) => match signal {
                HostSignal::Stop => surface.command(client, HostCommand::Suspend).await?,
                HostSignal::End => {
                    surface.signal(client, signal)?;
                    client.app.quit("");
                }
                HostSignal::Continue | HostSignal::Resize => surface.signal(client, signal)?,
            },
            // Changes are gathered: a file is not written for each of them.
            () = sleep_until(save_at), if client.save.is_some() => client.save(),
        }
        client.connections.send_output(&mut client.app);
        for command in client.app.take_commands() {
            if command == HostCommand::Quit {
                return Ok(());
            }
            let Client {
                app,
                connections,
                host,
                ..
            } = client;
            if let Some(command) = connections.run(app, host, command) {
                surface.command(client, command).await?;
            }
        }
        if client.app.take_dirty() {
            client.save_soon();
        }
        // Only after the commands, which may change what is shown.
        surface.show(client);
    }
}

/// Ends the client.
async fn leave<S: Surface>(
    mut client: Client,
    mut surface: S,
    mut signals: Option<Signals>,
) -> io::Result<()> {
    client.last_answers().await;
    // Saved after the last acknowledgements, so that delivered messages are not kept as unsent.
    let saved = client.host.save(&client.app);
    surface.leave(&mut client, signals.as_mut()).await?;
    client.connections.close().await;
    surface.outcome(&client.app, saved)
}

/// Waits for the next signal; for ever without signals.
async fn next_signal(signals: &mut Option<Signals>) -> HostSignal {
    match signals {
        Some(signals) => signals.next().await,
        None => std::future::pending().await,
    }
}

impl Client {
    /// Creates the client with its saved state, and connects to the networks.
    pub fn start(options: ClientOptions) -> Client {
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
        let trust = options.networks.first();
        let trust = trust.map(|network| network.trust.clone());
        Client {
            app,
            connections: Connections::start_all(options.networks),
            host: HostServices::new(
                trust,
                options.state,
                options.reload,
                options.secrets,
                options.config,
            ),
            save: None,
        }
    }

    /// Saves the state after a short while, with what changes meanwhile.
    pub fn save_soon(&mut self) {
        self.save.get_or_insert(Instant::now() + SAVE);
    }

    fn save(&mut self) {
        self.save = None;
        if let Err(error) = self.host.save(&self.app) {
            self.app.report(&error, true);
        }
    }

    /// Handles a portion of the servers' events.
    async fn handle_events<S: Surface>(&mut self, surface: &mut S) -> io::Result<()> {
        self.app.handle_events(EVENTS_PER_TURN);
        surface.applied(self).await
    }

    fn tick(&mut self) {
        for net in self.app.tick(Now::read()) {
            let why = ConnectionCommand::Drop("the server does not answer");
            self.connections.command(net, why);
        }
    }

    /// Sends the remaining output, and waits at most [`LAST_ANSWERS`] for its acknowledgements.
    async fn last_answers(&mut self) {
        self.connections.send_output(&mut self.app);
        let until = Instant::now() + LAST_ANSWERS;
        while self.app.has_pending()
            && let Ok(Some((net, event))) = timeout_at(until, self.connections.next()).await
        {
            self.network(net, event);
            while self.app.handle_events(EVENTS_PER_TURN) {}
        }
    }

    /// Passes an event of a connection to the app.
    fn network(&mut self, net: NetworkId, event: ConnectionEvent) {
        let (app, now) = (&mut self.app, Now::read());
        match event {
            ConnectionEvent::Connected {
                encrypted,
                start,
                remark,
            } => app.connected(net, now, encrypted, start, remark.as_deref()),
            ConnectionEvent::Bytes(bytes) => app.receive_bytes(net, now, &bytes),
            ConnectionEvent::Lost { reason, wait } => app.disconnected(net, now, &reason, wait),
            ConnectionEvent::Held(reason) => app.connection_held(net, now, &reason),
            ConnectionEvent::Changed {
                server,
                before,
                now: shown,
            } => app.certificate_changed(net, now, server, before, shown),
            ConnectionEvent::Ended(reason) => app.connection_failed(net, now, &reason),
        }
    }
}

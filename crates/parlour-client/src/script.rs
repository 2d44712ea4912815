//! Driver of the script commands (`send`, `tail`, `history`, `search`, `ls`, `export`): a session
//! with one server, without a screen.

use std::time::Duration;

use tokio::time::{Instant, Interval, MissedTickBehavior, interval, timeout, timeout_at};

use crate::connect::Trust;
use crate::connection::{self, Connection, ConnectionCommand, ConnectionEvent};
use crate::engine::{Event, Identity, Session, SessionOptions};
use crate::{Address, SafeText};

/// Timeout of any answer of the server.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// Timeout of writing the last messages.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// Interval of pings while following.
const HEARTBEAT: Duration = Duration::from_secs(30);
/// Intervals without a sign of life after which the connection is dropped.
const SILENT_BEATS: u32 = 3;

/// Options that all script commands share.
pub(crate) struct ScriptOptions {
    /// Address of the server.
    pub address: Address,
    /// Nick, real name and login.
    pub identity: Identity,
    /// Trust settings.
    pub trust: Trust,
    /// True to accept another nick if this one is taken.
    pub nick_fallback: bool,
    /// True to only send, to channels that need not be joined for that.
    pub outside: bool,
    /// True to connect again when the connection is lost; else that is an error.
    pub reconnects: bool,
}

/// Event of a script's server.
#[derive(Debug)]
pub(crate) enum ScriptEvent {
    /// A connection was made, and the session begins anew.
    Connected {
        /// True if it is encrypted.
        encrypted: bool,
    },
    /// Event of the session.
    Session(Box<Event>),
}

/// Session of a script command.
pub(crate) struct Script {
    /// Session; what it is asked to send is written by [`Script::next`].
    pub session: Session,
    connection: Connection,
    identity: Identity,
    nick_fallback: bool,
    outside: bool,
    /// Pings of a script that connects again; none for one that does not.
    beat: Option<Interval>,
    /// Pings since the last sign of life.
    silent: u32,
    /// Time of the last sign of life.
    heard: Instant,
    /// True once connected: attempts have time limits of their own.
    is_connected: bool,
}

/// Runs a script command on a runtime of its own.
///
/// # Errors
/// Those of the command, or the runtime cannot start.
pub(crate) fn run(command: impl Future<Output = Result<(), String>>) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
    let result = runtime.block_on(command);
    // A thread that reads stdin or looks up a name may block for ever and is not waited for.
    runtime.shutdown_background();
    result
}

impl Script {
    /// Starts to connect.
    pub fn start(options: ScriptOptions) -> Script {
        let beat = options.reconnects.then(|| {
            let mut beat = interval(HEARTBEAT);
            beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
            beat
        });
        Script {
            session: Session::new(options.identity.clone(), SessionOptions::default()),
            connection: connection::start(options.address, options.trust, None),
            identity: options.identity,
            nick_fallback: options.nick_fallback,
            outside: options.outside,
            beat,
            silent: 0,
            heard: Instant::now(),
            is_connected: false,
        }
    }

    /// Writes pending output, and returns the next event. Cancel safe.
    ///
    /// # Errors
    /// The connection has ended, and is not made again.
    pub async fn next(&mut self) -> Result<ScriptEvent, String> {
        loop {
            self.flush().await?;
            if let Some(event) = self.session.next_event() {
                return Ok(ScriptEvent::Session(Box::new(event)));
            }
            let event = tokio::select! {
                event = self.connection.events.recv() => event,
                () = tick(&mut self.beat) => {
                    self.beat()?;
                    continue;
                }
            };
            (self.silent, self.heard) = (0, Instant::now());
            let event = event.ok_or_else(ended)?;
            if let Some(event) = self.on_connection(event)? {
                return Ok(event);
            }
        }
    }

    /// Returns the next event of a server that is never silent for longer than [`PATIENCE`].
    ///
    /// # Errors
    /// As [`Script::next`], or the server does not answer.
    pub async fn next_in_time(&mut self) -> Result<ScriptEvent, String> {
        self.heard = Instant::now();
        loop {
            // A long page is many bytes before it is one event: any bytes count.
            let (heard, until) = (self.heard, self.heard + PATIENCE);
            if !self.is_connected {
                return self.next().await;
            }
            match timeout_at(until, self.next()).await {
                Ok(event) => return event,
                Err(_) if self.heard > heard => {}
                Err(_) => return Err("the server does not answer".into()),
            }
        }
    }

    /// Waits for an event of the session that `is_it` accepts.
    ///
    /// # Errors
    /// The server refuses something meanwhile, or does not answer.
    pub async fn until(&mut self, mut is_it: impl FnMut(&Event) -> bool) -> Result<(), String> {
        loop {
            let ScriptEvent::Session(event) = self.next_in_time().await? else {
                continue;
            };
            if is_it(&event) {
                return Ok(());
            }
            if let Some(why) = self.refusal(&event) {
                return Err(why);
            }
        }
    }

    /// Quits, and waits until everything is written.
    pub async fn quit(mut self) {
        self.session.quit("");
        // Everything that matters was answered; a lost QUIT does not matter.
        if self.flush().await.is_err() {
            return;
        }
        let Connection {
            mut events,
            commands,
        } = self.connection;
        // The connection writes what is left and ends.
        drop(commands);
        let _ = timeout(LAST_WORDS, async { while events.recv().await.is_some() {} }).await;
    }

    /// Returns the reason why a script cannot go on after an event, as a message.
    pub fn refusal(&self, event: &Event) -> Option<String> {
        match event {
            Event::NickTaken { wanted, why, .. } if !self.nick_fallback => {
                Some(nick_taken(wanted, why))
            }
            Event::LoginFailed(why) => Some(format!("the login failed: {}", SafeText::new(why))),
            Event::JoinRefused { channel, why } => {
                Some(SafeText::new(&format!("{channel}: {why}")).to_string())
            }
            Event::NickFailed(text)
            | Event::ServerText {
                text, error: true, ..
            }
            | Event::Refused { why: text, .. } => Some(SafeText::new(text).to_string()),
            // One that connects again does so after this.
            Event::Closing(why) if self.beat.is_none() => {
                Some(format!("the server closes: {}", SafeText::new(why)))
            }
            Event::Registered(_)
            | Event::Ready
            | Event::Message(_)
            | Event::Reacted { .. }
            | Event::Typing { .. }
            | Event::Redacted { .. }
            | Event::ReadMarker { .. }
            | Event::Away { .. }
            | Event::ChannelRenamed { .. }
            | Event::Joined { .. }
            | Event::Member { .. }
            | Event::Account { .. }
            | Event::Left { .. }
            | Event::Quit { .. }
            | Event::Renamed { .. }
            | Event::Topic { .. }
            | Event::Modes { .. }
            | Event::Names { .. }
            | Event::NamesEnd(_)
            | Event::History(_)
            | Event::HistoryRefused { .. }
            | Event::Conversation(_)
            | Event::SearchEnd
            | Event::SearchRefused
            | Event::LoggedIn(_)
            | Event::LoggedOut
            | Event::AccountRegistered(_)
            | Event::LoginRefused(_)
            | Event::Listed(_)
            | Event::ListEnd
            | Event::Online(_)
            | Event::Acknowledged(_)
            | Event::ServerText { error: false, .. }
            | Event::Answered { .. }
            | Event::PeerAway { .. }
            | Event::OwnAway(_)
            | Event::Invited { .. }
            | Event::NickTaken { .. }
            | Event::NickFree(_)
            | Event::UploadToken(_)
            | Event::Pong(_)
            | Event::Closing(_) => None,
        }
    }

    /// Writes pending output. Cancel safe: output is taken once there is room for it.
    async fn flush(&mut self) -> Result<(), String> {
        if self.session.has_output() {
            let room = self.connection.commands.reserve().await;
            let room = room.map_err(|_| ended())?;
            room.send(ConnectionCommand::Send(self.session.take_output()));
        }
        Ok(())
    }

    /// Handles an event of the connection.
    fn on_connection(&mut self, event: ConnectionEvent) -> Result<Option<ScriptEvent>, String> {
        match event {
            ConnectionEvent::Connected {
                encrypted,
                start,
                remark,
            } => {
                let start = SessionOptions {
                    outside: self.outside,
                    resume: String::new(),
                    ..start
                };
                self.session = Session::new(self.identity.clone(), start);
                if let Some(remark) = remark {
                    eprintln!("parlour: {}", SafeText::new(&remark));
                }
                self.is_connected = true;
                return Ok(Some(ScriptEvent::Connected { encrypted }));
            }
            ConnectionEvent::Bytes(bytes) => self.session.receive(&bytes),
            // The user waits for an answer now: no other attempt.
            ConnectionEvent::Lost { reason, .. } if self.beat.is_none() => return Err(reason),
            ConnectionEvent::Lost { reason, wait } => {
                self.is_connected = false;
                if !reason.is_empty() {
                    let reason = SafeText::new(&reason);
                    eprintln!("parlour: {reason}; trying again in {wait} s");
                }
            }
            ConnectionEvent::Held(reason) | ConnectionEvent::Ended(reason) => return Err(reason),
            ConnectionEvent::Changed {
                server,
                before,
                now,
            } => return Err(connection::changed(&server, &before, &now)),
        }
        Ok(None)
    }

    /// Pings the server, or drops the connection of one that is silent.
    fn beat(&mut self) -> Result<(), String> {
        self.silent += 1;
        if self.silent > SILENT_BEATS {
            let command = ConnectionCommand::Drop("the server does not answer");
            let commands = &self.connection.commands;
            return commands.try_send(command).map_err(|_| ended());
        }
        if self.session.is_registered() {
            self.session.ping("parlour");
        }
        Ok(())
    }
}

/// Waits for the next beat; for ever without one.
async fn tick(beat: &mut Option<Interval>) {
    match beat {
        Some(beat) => {
            beat.tick().await;
        }
        None => std::future::pending().await,
    }
}

fn ended() -> String {
    "the connection has ended".into()
}

/// Returns the message about a nick that is taken.
fn nick_taken(wanted: &str, why: &str) -> String {
    let text = format!(
        "the nick {wanted} is taken ({why}); name another with --nick, log into the account that it belongs to with --account, or let --nick-fallback take one that is like it"
    );
    SafeText::new(&text).to_string()
}

//! The one who keeps the configuration, and reads it again.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use parlour_core::{Cloak, Input, Name, Now, Settings, Ticket};
use parlour_doors::DoorSettings;

use crate::config::address::ListenAddress;
use crate::config::sections::ListenSection;
use crate::config::settings::tls_port;
use crate::core_thread::CoreMsg;
use crate::listen::Listener;
use crate::mailbox::Mailbox;
use crate::rules::{ListenerRules, NetworkRules};
use crate::shard::{self, ShardMsg};
use crate::tls::Identity;
use crate::{Config, Launch, ServerError, listen};

/// For the warden.
pub(crate) enum ReloadMsg {
    /// Read the configuration again; for whom, if somebody waits for the answer.
    Rehash(Option<Ticket>),
    /// There is nothing more to do.
    Stop,
}

/// A listener that is bound.
pub(crate) struct BoundListener {
    /// As it was configured.
    section: ListenSection,
    /// Where it is.
    pub address: ListenAddress,
    socket: Listener,
}

/// What a configuration comes to.
pub(crate) struct Effective {
    pub chat: Arc<Settings>,
    pub doors: Arc<DoorSettings>,
    pub network: Arc<NetworkRules>,
    pub fingerprint: String,
}

/// Who keeps the configuration.
pub(crate) struct ConfigReloader {
    launch: Launch,
    started: Now,
    unregistered: Arc<AtomicUsize>,
    /// What addresses are shown as, once that was asked for.
    cloak: Option<Cloak>,
    bound: Vec<BoundListener>,
    /// What is in force, once anything is.
    chat: Option<Arc<Settings>>,
}

impl ConfigReloader {
    pub fn new(launch: Launch) -> Self {
        ConfigReloader {
            launch,
            started: crate::clock::now(),
            unregistered: Arc::default(),
            cloak: None,
            bound: Vec::new(),
            chat: None,
        }
    }

    /// Puts a configuration in force, or nothing of it.
    pub fn enforce(&mut self, config: &Config) -> Result<Effective, ServerError> {
        let identity = Identity::load(config, &self.launch.data)?;
        let bound = self.bind(config)?;
        let listeners: Vec<_> = bound
            .iter()
            .map(|bound| (bound.section.clone(), bound.address.clone()))
            .collect();
        let mut chat = config.chat();
        if let Some(before) = &self.chat {
            // What names are the same, and which channel is always there, is so from the start.
            chat.casemapping = before.casemapping;
            chat.lobby = before.lobby.clone();
        }
        let chat = Arc::new(chat);
        let unregistered = self.unregistered.clone();
        let port = tls_port(&listeners);
        let mut doors = config.doors(chat.clone(), self.started, port, unregistered);
        doors.cloak = self.cloak(config)?;
        self.bound = bound;
        self.chat = Some(chat.clone());
        Ok(Effective {
            chat,
            doors: Arc::new(doors),
            network: Arc::new(NetworkRules::new(config, identity.config)),
            fingerprint: identity.fingerprint,
        })
    }

    /// What addresses are shown as, if they are not shown as they are.
    fn cloak(&mut self, config: &Config) -> Result<Option<Cloak>, ServerError> {
        if !config.chat.cloak {
            return Ok(None);
        }
        if self.cloak.is_none() {
            self.cloak = Some(crate::cloak::open(&self.launch.data)?);
        }
        Ok(self.cloak.clone())
    }

    /// Binds what is configured; what is bound already stays so.
    fn bind(&self, config: &Config) -> Result<Vec<BoundListener>, ServerError> {
        let mut bound = Vec::new();
        for section in config.listeners() {
            let known = self
                .bound
                .iter()
                .find(|known| known.section.address == section.address);
            let socket = match known {
                Some(known) => known.socket.try_clone()?,
                None => listen::bind(&section).map_err(|error| self.own(error))?,
            };
            bound.push(BoundListener {
                address: socket.address()?,
                section,
                socket,
            });
        }
        Ok(bound)
    }

    /// What keeps a port from being listened on may be this very server.
    fn own(&self, error: ServerError) -> ServerError {
        match error {
            ServerError::AddressInUse(wanted) => {
                let port = |address: &ListenAddress| address.tcp().map(|address| address.port());
                let same = |own: &&ListenAddress| port(own).is_some() && port(own) == port(&wanted);
                match self.bound.iter().map(|bound| &bound.address).find(same) {
                    Some(own) => ServerError::OwnAddress {
                        own: own.clone(),
                        wanted,
                    },
                    None => ServerError::AddressInUse(wanted),
                }
            }
            other => other,
        }
    }

    /// Where the server listens.
    pub fn addresses(&self) -> Vec<ListenAddress> {
        self.bound
            .iter()
            .map(|bound| bound.address.clone())
            .collect()
    }

    /// The listeners, for one shard.
    pub fn listeners(&self) -> std::io::Result<Vec<(Listener, ListenerRules)>> {
        let clones = self.bound.iter().map(|bound| {
            let rules = ListenerRules::from(&bound.section);
            Ok((bound.socket.try_clone()?, rules))
        });
        clones.collect()
    }

    /// Works until there is nothing more to do.
    pub fn run(
        mut self,
        inbox: &Mailbox<ReloadMsg>,
        core: &Mailbox<CoreMsg>,
        shards: &[Arc<Mailbox<ShardMsg>>],
    ) {
        let mut messages = Vec::new();
        loop {
            inbox.take(&mut messages);
            for message in messages.drain(..) {
                match message {
                    ReloadMsg::Stop => return,
                    ReloadMsg::Rehash(ticket) => {
                        let outcome = self.rehash(core, shards);
                        match &outcome {
                            Ok(file) => tracing::info!("the configuration was read again: {file}"),
                            Err(why) => tracing::error!("the configuration stays as it was: {why}"),
                        }
                        if let Some(ticket) = ticket {
                            core.post_unbounded(CoreMsg::Input(Input::Rehashed(ticket, outcome)));
                        }
                    }
                }
            }
        }
    }

    /// Reads the configuration again; if anything is not right, what was in force stays so.
    fn rehash(
        &mut self,
        core: &Mailbox<CoreMsg>,
        shards: &[Arc<Mailbox<ShardMsg>>],
    ) -> Result<Name, Name> {
        // It is told in one line.
        let why = |error: ServerError| -> Name { error.to_string().replace("\n  ", "; ").into() };
        let config = self.launch.read().map_err(why)?;
        let in_force = self.enforce(&config).map_err(why)?;
        let listeners: Result<Vec<_>, _> = shards.iter().map(|_| self.listeners()).collect();
        let listeners = listeners.map_err(|error| why(error.into()))?;
        core.post_unbounded(CoreMsg::Settings(in_force.chat));
        for (shard, listeners) in shards.iter().zip(listeners) {
            shard.post_unbounded(ShardMsg::Settings(shard::ShardSettings {
                doors: in_force.doors.clone(),
                network: in_force.network.clone(),
                listeners,
            }));
        }
        let file: Option<&PathBuf> = self.launch.file.as_ref();
        Ok(file.map_or_else(|| "*".into(), |file| file.display().to_string().into()))
    }
}

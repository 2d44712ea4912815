//! Config reloader: the thread that owns the configuration in force and reloads it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use parlour_core::{Cloak, Name, Now, Settings, TaskResult};
use parlour_doors::DoorSettings;
use parlour_doors::settings::PushSettings;

use crate::config::address::ListenAddress;
use crate::config::sections::ListenSection;
use crate::config::settings::tls_port;
use crate::file_tokens::FileTokens;
use crate::listen::Listener;
use crate::mailbox::Mailbox;
use crate::messages::{CoreMsg, ReloadMsg, ShardMsg, ShardSettings};
use crate::push_worker;
use crate::rules::{ListenerRules, NetworkRules};
use crate::tls::Identity;
use crate::{Config, Launch, ServerError, listen};

/// Requests that may wait; each reads the whole configuration. Beyond, they are refused.
pub(crate) const WAITING: usize = 64;

/// Bound listener.
pub(crate) struct BoundListener {
    /// Section of the configuration.
    section: ListenSection,
    /// Address it is bound to.
    pub address: ListenAddress,
    socket: Listener,
}

/// Settings of all parts that follow from a configuration.
pub(crate) struct Effective {
    pub chat: Arc<Settings>,
    pub doors: Arc<DoorSettings>,
    pub network: Arc<NetworkRules>,
    pub fingerprint: String,
}

impl Effective {
    /// Follows the rules of the cluster that this node has joined.
    ///
    /// # Errors
    /// Names are compared in another way than what this node has opened.
    pub fn follow(
        &mut self,
        reloader: &mut ConfigReloader,
        chat: &Arc<Settings>,
    ) -> Result<(), ServerError> {
        if chat.casemapping != self.chat.casemapping {
            return Err(ServerError::Cluster(
                "the other nodes compare names in another way: set casemapping in [chat] as they have it".into(),
            ));
        }
        let own = Settings {
            server_name: chat.server_name.clone(),
            ..Settings::clone(&self.chat)
        };
        if own != **chat {
            tracing::warn!(
                "the rules of the chat are those of the cluster, and this node's configuration has other ones: REHASH puts these in force on all nodes"
            );
        }
        if let Some(doors) = reloader.follow(chat.clone()) {
            self.doors = doors;
        }
        self.chat = chat.clone();
        Ok(())
    }
}

/// Owner of the configuration in force and of the bound listeners.
pub(crate) struct ConfigReloader {
    launch: Launch,
    started: Now,
    unregistered: Arc<AtomicUsize>,
    /// Cloak of addresses, once cloaking was turned on.
    cloak: Option<Cloak>,
    /// Settings of push messages, once they were made.
    push: Option<Option<PushSettings>>,
    bound: Vec<BoundListener>,
    /// Core settings in force, once there are any.
    chat: Option<Arc<Settings>>,
    /// Settings of the doors and of the network, once there are any.
    rest: Option<(Arc<DoorSettings>, Arc<NetworkRules>)>,
}

impl ConfigReloader {
    pub fn new(launch: Launch) -> Self {
        ConfigReloader {
            launch,
            started: crate::clock::now(),
            unregistered: Arc::default(),
            cloak: None,
            push: None,
            bound: Vec::new(),
            chat: None,
            rest: None,
        }
    }

    /// Puts the rules of the chat in force that the cluster has, for the doors as well. Returns the settings
    /// of the doors.
    pub fn follow(&mut self, chat: Arc<Settings>) -> Option<Arc<DoorSettings>> {
        let (doors, _) = self.rest.as_mut()?;
        *doors = Arc::new(DoorSettings {
            chat: chat.clone(),
            ..DoorSettings::clone(doors)
        });
        self.chat = Some(chat);
        Some(doors.clone())
    }

    /// Puts a configuration in force, as a whole or not at all.
    pub fn enforce(&mut self, config: &Config) -> Result<Effective, ServerError> {
        let identity = Identity::load(config, &self.launch.data)?;
        let fingerprint = identity.fingerprint.clone();
        let bound = self.bind(config)?;
        let listeners: Vec<_> = bound
            .iter()
            .map(|bound| (bound.section.clone(), bound.address.clone()))
            .collect();
        let mut chat = config.chat();
        if let Some(before) = &self.chat {
            // Casemapping and lobby cannot change while the server runs: names are folded, and the
            // lobby exists, from the start.
            chat.casemapping = before.casemapping;
            chat.lobby = before.lobby.clone();
        }
        let chat = Arc::new(chat);
        let unregistered = self.unregistered.clone();
        let port = tls_port(&listeners);
        let mut doors = config.doors(chat.clone(), self.started, port, unregistered);
        doors.cloak = self.cloak(config)?;
        if config.uploads.enabled {
            let tokens = FileTokens::open(&self.launch.data)?;
            doors.file_tokens = Some(tokens.signer());
            doors.filehost = Some(config.filehost(port));
        }
        doors.push = self.push(config)?;
        // Nothing can fail from here on. Listeners that are no longer configured are dropped.
        self.bound = bound;
        self.chat = Some(chat.clone());
        let (doors, network) = (
            Arc::new(doors),
            Arc::new(NetworkRules::new(config, identity)),
        );
        self.rest = Some((doors.clone(), network.clone()));
        Ok(Effective {
            chat,
            doors,
            network,
            fingerprint,
        })
    }

    /// Returns the settings of push messages, which are those of the start: their worker keeps its own.
    fn push(&mut self, config: &Config) -> Result<Option<PushSettings>, ServerError> {
        let push = match self.push.take() {
            Some(push) => push,
            None => push_worker::settings(config, &self.launch.data)?,
        };
        self.push = Some(push.clone());
        Ok(push)
    }

    /// Returns the cloak if cloaking is on; opens its key the first time.
    fn cloak(&mut self, config: &Config) -> Result<Option<Cloak>, ServerError> {
        if !config.chat.cloak {
            return Ok(None);
        }
        if self.cloak.is_none() {
            self.cloak = Some(crate::cloak::open(&self.launch.data)?);
        }
        Ok(self.cloak.clone())
    }

    /// Binds the configured listeners; those bound already are reused.
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

    /// Replaces the error about a port in use if this server itself uses it.
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
            other @ (ServerError::Config(_)
            | ServerError::OwnAddress { .. }
            | ServerError::Listen { .. }
            | ServerError::Store(_)
            | ServerError::Tls { .. }
            | ServerError::System(_)
            | ServerError::Cluster(_)
            | ServerError::Panicked(_)
            | ServerError::Unwritten) => other,
        }
    }

    /// Returns the addresses of the bound listeners.
    pub fn addresses(&self) -> Vec<ListenAddress> {
        self.bound
            .iter()
            .map(|bound| bound.address.clone())
            .collect()
    }

    /// Returns handles of the listeners, for one shard.
    pub fn listeners(&self) -> std::io::Result<Vec<(Listener, ListenerRules)>> {
        let clones = self.bound.iter().map(|bound| {
            let rules = ListenerRules::from(&bound.section);
            Ok((bound.socket.try_clone()?, rules))
        });
        clones.collect()
    }

    /// Runs until it is stopped.
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
                    ReloadMsg::Follow(chat) => {
                        self.follow(chat);
                        match self.for_shards(shards.len()) {
                            Ok(settings) => distribute(settings, shards),
                            Err(error) => {
                                tracing::error!("the doors keep the rules that they had: {error}");
                            }
                        }
                    }
                    ReloadMsg::Rehash(ticket) => {
                        let outcome = self.rehash(core, shards);
                        match &outcome {
                            Ok(file) => tracing::info!("the configuration was read again: {file}"),
                            Err(why) => tracing::error!("the configuration stays as it was: {why}"),
                        }
                        if let Some(ticket) = ticket {
                            let result = TaskResult::Rehash(outcome);
                            core.post_anyway(CoreMsg::Done(ticket, result));
                        }
                    }
                }
            }
        }
    }

    /// Reloads the configuration. If it has any fault, the settings in force remain. Returns the
    /// file, for the reply.
    fn rehash(
        &mut self,
        core: &Mailbox<CoreMsg>,
        shards: &[Arc<Mailbox<ShardMsg>>],
    ) -> Result<Name, Name> {
        // The reply has one line.
        let why = |error: ServerError| -> Name { error.to_string().replace("\n  ", "; ").into() };
        let config = self.launch.read().map_err(why)?;
        let in_force = self.enforce(&config).map_err(why)?;
        let settings = self.for_shards(shards.len());
        let settings = settings.map_err(|error| why(error.into()))?;
        // The core goes first: the doors must not advertise what it does not know yet.
        core.post_anyway(CoreMsg::Settings(in_force.chat));
        distribute(settings, shards);
        let file: Option<&PathBuf> = self.launch.file.as_ref();
        Ok(file.map_or_else(|| "*".into(), |file| file.display().to_string().into()))
    }

    /// Returns the settings in force, for so many shards.
    fn for_shards(&self, count: usize) -> std::io::Result<Vec<ShardSettings>> {
        let Some((doors, network)) = &self.rest else {
            return Ok(Vec::new());
        };
        let settings = (0..count).map(|_| {
            Ok(ShardSettings {
                doors: doors.clone(),
                network: network.clone(),
                listeners: self.listeners()?,
            })
        });
        settings.collect()
    }
}

/// Gives each shard its settings.
fn distribute(settings: Vec<ShardSettings>, shards: &[Arc<Mailbox<ShardMsg>>]) {
    for (shard, settings) in shards.iter().zip(settings) {
        shard.post_anyway(ShardMsg::Settings(settings));
    }
}

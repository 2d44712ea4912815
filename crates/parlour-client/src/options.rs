//! Options of the client, on any surface.

use std::path::PathBuf;

use crate::Address;
use crate::connect::Trust;
use crate::engine::Identity;
use crate::proxy::Proxy;
use crate::secrets::Secrets;
use crate::settings::Settings;
use crate::state::State;

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

/// Options of the client.
pub struct ClientOptions {
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

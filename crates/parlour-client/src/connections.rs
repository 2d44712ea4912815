//! Connections to all networks, with their events in one queue.

use std::time::Duration;

use tokio::sync::mpsc::{self, Receiver, Sender};

use crate::app::{self, App, HostCommand};
use crate::connection::{self, Connection, ConnectionCommand, ConnectionEvent};
use crate::host_services::HostServices;
use crate::options::NetworkConfig;
use crate::uploader::UploadRoute;
use crate::{NetworkId, PerNetwork};

/// Events of all networks that may wait.
const EVENTS: usize = 64;
/// Timeout of writing the last messages.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Connections, in the order of the networks.
pub(crate) struct Connections {
    commands: PerNetwork<Sender<ConnectionCommand>>,
    /// Ways by which files reach the servers.
    routes: PerNetwork<UploadRoute>,
    events: Receiver<(NetworkId, ConnectionEvent)>,
    sender: Sender<(NetworkId, ConnectionEvent)>,
}

impl Connections {
    /// Starts the connections to these networks.
    pub fn start_all(networks: Vec<NetworkConfig>) -> Connections {
        let (sender, events) = mpsc::channel(EVENTS);
        let mut connections = Connections {
            commands: PerNetwork::default(),
            routes: PerNetwork::default(),
            events,
            sender,
        };
        for network in networks {
            connections.start(network);
        }
        connections
    }

    /// Starts the connection to one more network.
    pub fn start(&mut self, network: NetworkConfig) {
        self.routes.push(UploadRoute {
            address: network.address.clone(),
            trust: network.trust.clone(),
            proxy: network.proxy.clone(),
        });
        // The index is the network's number in `App` as well: both only ever append.
        let Connection {
            mut events,
            commands,
        } = connection::start(network.address, network.trust, network.proxy);
        let net = self.commands.push(commands);
        let sender = self.sender.clone();
        tokio::spawn(async move {
            // Both queues are bounded, so a client that is behind stops the sockets of all
            // networks.
            while let Some(event) = events.recv().await {
                if sender.send((net, event)).await.is_err() {
                    return;
                }
            }
        });
    }

    /// Returns the next event and the network it is from.
    pub async fn next(&mut self) -> Option<(NetworkId, ConnectionEvent)> {
        self.events.recv().await
    }

    /// Sends a command to a connection. Returns false if its queue is full or closed.
    pub fn command(&self, net: NetworkId, command: ConnectionCommand) -> bool {
        self.commands[net].try_send(command).is_ok()
    }

    /// Runs a command that concerns networks; returns any other.
    pub fn run(
        &mut self,
        app: &mut App,
        desk: &mut HostServices,
        command: HostCommand,
    ) -> Option<HostCommand> {
        match command {
            HostCommand::Connect(place, rooms) => match desk.network(&place, app) {
                Ok(network) if app.is_on(&network.address.to_string()) => {
                    app.report(
                        "You are on that network already; /reconnect connects again.",
                        true,
                    );
                }
                Ok(network) => {
                    app.add_network(app::Start {
                        name: network.address.to_string(),
                        identity: network.identity.clone(),
                        rooms,
                        commands: Vec::new(),
                        store_password: false,
                        asked: true,
                    });
                    self.start(network);
                }
                Err(error) => app.report(&error, true),
            },
            HostCommand::Upload(order) => {
                let route = self.routes[order.net].clone();
                desk.upload(order, route);
            }
            HostCommand::Leave(net) => {
                // Pending output goes first.
                self.send_output(app);
                self.command(net, ConnectionCommand::Hold);
                self.command(net, ConnectionCommand::Drop("you have left"));
            }
            HostCommand::Hold(net) => {
                self.command(net, ConnectionCommand::Hold);
            }
            HostCommand::Reconnect(net) => {
                self.command(net, ConnectionCommand::Now);
            }
            other @ (HostCommand::Quit
            | HostCommand::Suspend
            | HostCommand::Redraw
            | HostCommand::Edit(_)
            | HostCommand::Copy(_)
            | HostCommand::Open(_)
            | HostCommand::Notify(_)
            | HostCommand::Mouse(_)
            | HostCommand::KeepPassword { .. }
            | HostCommand::Trust(_)
            | HostCommand::TrustNew(..)
            | HostCommand::Export(..)
            | HostCommand::CancelUploads
            | HostCommand::LookForFile(_)
            | HostCommand::Reload
            | HostCommand::SaveSettings(_)
            | HostCommand::Exec { .. }) => return Some(other),
        }
        None
    }

    /// Sends the client's output to the servers.
    pub fn send_output(&self, app: &mut App) {
        for net in self.commands.ids() {
            let lines = app.take_output(net);
            if !lines.is_empty() && !self.command(net, ConnectionCommand::Send(lines)) {
                app.report(
                    "The connection is stalled; what you typed was not sent.",
                    true,
                );
            }
        }
    }

    /// Ends all connections; waits at most [`LAST_WORDS`] until the last messages are written.
    pub async fn close(self) {
        let Connections {
            commands,
            mut events,
            sender,
            ..
        } = self;
        // Our own sender must go as well: otherwise `events` never ends.
        drop((commands, sender));
        let drained = async { while events.recv().await.is_some() {} };
        let _ = tokio::time::timeout(LAST_WORDS, drained).await;
    }
}

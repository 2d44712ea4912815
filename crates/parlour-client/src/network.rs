//! The links of all networks, their events in one queue.

use std::time::Duration;

use tokio::sync::mpsc::{self, Receiver, Sender};

use crate::app::{self, App, Wish};
use crate::desk::Desk;
use crate::link::{self, Link, LinkEvent, LinkWish};
use crate::tui::Network;

/// Events of all networks that may wait.
const EVENTS: usize = 64;
/// Time that the servers get to take the last words.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// The links, in the order of the networks.
pub(crate) struct Links {
    wishes: Vec<Sender<LinkWish>>,
    events: Receiver<(usize, LinkEvent)>,
    sender: Sender<(usize, LinkEvent)>,
}

impl Links {
    /// Goes onto these networks.
    pub fn start_all(networks: Vec<Network>) -> Links {
        let (sender, events) = mpsc::channel(EVENTS);
        let mut links = Links {
            wishes: Vec::new(),
            events,
            sender,
        };
        for network in networks {
            links.start(network);
        }
        links
    }

    /// Goes onto one more network.
    pub fn start(&mut self, network: Network) {
        let net = self.wishes.len();
        let Link { mut events, wishes } =
            link::start(network.address, network.trust, network.proxy);
        self.wishes.push(wishes);
        let sender = self.sender.clone();
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                if sender.send((net, event)).await.is_err() {
                    return;
                }
            }
        });
    }

    /// What happens next on any of them.
    pub async fn next(&mut self) -> Option<(usize, LinkEvent)> {
        self.events.recv().await
    }

    /// Wishes something of a link; whether it is there to hear it.
    pub fn wish(&self, net: usize, wish: LinkWish) -> bool {
        self.wishes[net].try_send(wish).is_ok()
    }

    /// Does what the client wishes of networks; anything else is given back.
    pub fn grant(&mut self, app: &mut App, desk: &Desk, wish: Wish) -> Option<Wish> {
        match wish {
            Wish::Connect(place, rooms) => match desk.network(&place, app) {
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
                        keep: false,
                        asked: true,
                    });
                    self.start(network);
                }
                Err(error) => app.report(&error, true),
            },
            Wish::Leave(net) => {
                // What it has to say goes first.
                self.carry(app);
                self.wish(net, LinkWish::Hold);
                self.wish(net, LinkWish::Drop("you have left"));
            }
            Wish::Hold(net) => {
                self.wish(net, LinkWish::Hold);
            }
            Wish::Reconnect(net) => {
                self.wish(net, LinkWish::Now);
            }
            other => return Some(other),
        }
        None
    }

    /// Carries what the client says to the servers.
    pub fn carry(&self, app: &mut App) {
        for net in 0..self.wishes.len() {
            let lines = app.take_output(net);
            if !lines.is_empty() && !self.wish(net, LinkWish::Send(lines)) {
                app.report(
                    "The connection is stalled; what you typed was not sent.",
                    true,
                );
            }
        }
    }

    /// Waits until the last words are written, for a moment at most.
    pub async fn leave(self) {
        let Links {
            wishes,
            mut events,
            sender,
        } = self;
        drop((wishes, sender));
        let drained = async { while events.recv().await.is_some() {} };
        let _ = tokio::time::timeout(LAST_WORDS, drained).await;
    }
}

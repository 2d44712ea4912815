//! Network of the processes: who listens where, and what is cut between whom.

use std::net::SocketAddr;
use std::process::Command;
use std::rc::Rc;

use crate::cables::Cables;
use crate::hosts::Hosts;

/// Number of NATS servers, and of nodes.
pub const COUNT: usize = 3;

/// Process by its part and number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Nats(usize),
    Node(usize),
}

/// Network with three NATS servers and three nodes.
pub trait Network {
    /// Returns the address at which a node listens.
    fn door(&self, node: usize) -> SocketAddr;
    /// Returns the address at which a NATS server listens for its clients.
    fn clients(&self, nats: usize) -> SocketAddr;
    /// Returns the address at which a NATS server listens for the other ones.
    fn peers(&self, nats: usize) -> SocketAddr;
    /// Returns the address by which a node reaches a NATS server.
    fn link(&self, node: usize, nats: usize) -> SocketAddr;
    /// Returns the address by which a NATS server reaches another one.
    fn route(&self, from: usize, to: usize) -> SocketAddr;
    /// Returns a command that runs a program there.
    fn command(&self, place: Place, program: &str) -> Command;
    /// Cuts two off from each other, or mends that.
    fn cut(&self, one: Place, other: Place, is_cut: bool);
}

/// Makes one: of hosts if `scripts/test-cluster` has made room for them, of cables otherwise.
pub fn make() -> Rc<dyn Network> {
    match std::env::var_os("PARLOUR_TEST_HOSTS") {
        Some(_) => Rc::new(Hosts::make()),
        None => Rc::new(Cables::lay()),
    }
}

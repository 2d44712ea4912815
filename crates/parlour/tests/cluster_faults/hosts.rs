//! Network of hosts, each a network namespace; this process's own namespace is the router between them, where packets of
//! two that are cut off from each other are lost without a word.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};

use crate::network::{COUNT, Network, Place};
use crate::support::eventually;

/// Ports are free in a namespace of one's own.
const DOOR: u16 = 25_000;
const CLIENTS: u16 = 4_222;
const PEERS: u16 = 6_222;

/// Host: a process that does nothing, whose namespace it is. It ends with its standard input, which is this process's.
struct Host(Child);

impl Host {
    /// Makes one and connects it to the router.
    fn make(place: Place) -> Host {
        let mut idle = Command::new("unshare");
        idle.args(["--net", "cat"]).stdin(Stdio::piped());
        let host = Host(idle.spawn().unwrap());
        let (own, pid) = (namespace("self"), host.0.id().to_string());
        eventually("a namespace", || {
            let made = namespace(&pid);
            (made.is_some() && made != own)
                .then_some(())
                .ok_or("it is the router's".into())
        });
        let (near, far) = (address(place, 1), address(place, 2));
        let name = format!("host{}", number(place));
        ip(&format!(
            "link add {name} type veth peer name router netns {pid}"
        ));
        ip(&format!("address add {near}/30 dev {name}"));
        ip(&format!("link set {name} up"));
        for step in [
            "link set lo up".to_owned(),
            format!("address add {far}/30 dev router"),
            "link set router up".to_owned(),
            format!("route add default via {near}"),
        ] {
            let mut inside = host.command("ip");
            run(inside.args(step.split(' ')));
        }
        host
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command
            .arg(format!("--net=/proc/{}/ns/net", self.0.id()))
            .arg(program);
        command
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // One that has ended is not there.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Hosts, and who is cut off from whom.
pub struct Hosts {
    nats: Vec<Host>,
    nodes: Vec<Host>,
    cuts: RefCell<BTreeSet<(Place, Place)>>,
}

impl Hosts {
    /// Makes them. This process is in a namespace that is its own, and has nothing yet.
    pub fn make() -> Hosts {
        ip("link set lo up");
        std::fs::write("/proc/sys/net/ipv4/ip_forward", "1").unwrap();
        Hosts {
            nats: (0..COUNT).map(|at| Host::make(Place::Nats(at))).collect(),
            nodes: (0..COUNT).map(|at| Host::make(Place::Node(at))).collect(),
            cuts: RefCell::default(),
        }
    }
}

impl Network for Hosts {
    fn door(&self, node: usize) -> SocketAddr {
        (address(Place::Node(node), 2), DOOR).into()
    }

    fn clients(&self, nats: usize) -> SocketAddr {
        (address(Place::Nats(nats), 2), CLIENTS).into()
    }

    fn peers(&self, nats: usize) -> SocketAddr {
        (address(Place::Nats(nats), 2), PEERS).into()
    }

    fn link(&self, _: usize, nats: usize) -> SocketAddr {
        self.clients(nats)
    }

    fn route(&self, _: usize, to: usize) -> SocketAddr {
        self.peers(to)
    }

    fn command(&self, place: Place, program: &str) -> Command {
        match place {
            Place::Nats(at) => self.nats[at].command(program),
            Place::Node(at) => self.nodes[at].command(program),
        }
    }

    fn cut(&self, one: Place, other: Place, is_cut: bool) {
        let pair = (one.min(other), one.max(other));
        let mut cuts = self.cuts.borrow_mut();
        let (step, changes) = match is_cut {
            true => ("add", cuts.insert(pair)),
            false => ("del", cuts.remove(&pair)),
        };
        if changes {
            let (one, other) = (address(one, 2), address(other, 2));
            ip(&format!("rule {step} from {one} to {other} blackhole"));
            ip(&format!("rule {step} from {other} to {one} blackhole"));
        }
    }
}

fn number(place: Place) -> usize {
    match place {
        Place::Nats(at) => at,
        Place::Node(at) => COUNT + at,
    }
}

/// Returns an address of the cable to a host: 1 is the router's, 2 the host's.
fn address(place: Place, end: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 25, u8::try_from(number(place)).unwrap(), end)
}

/// Returns the network namespace of a process.
fn namespace(pid: &str) -> Option<std::path::PathBuf> {
    std::fs::read_link(format!("/proc/{pid}/ns/net")).ok()
}

fn ip(step: &str) {
    run(Command::new("ip").args(step.split(' ')));
}

fn run(command: &mut Command) {
    let done = command.output().unwrap();
    let why = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command:?}: {why}");
}

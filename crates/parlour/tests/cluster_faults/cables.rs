//! Network of one host: each connection between two processes goes by a cable that can be cut. What is sent meanwhile
//! waits.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use crate::network::{COUNT, Network, Place};

/// Addresses, and the cables between them.
pub struct Cables {
    doors: Vec<SocketAddr>,
    clients: Vec<SocketAddr>,
    peers: Vec<SocketAddr>,
    /// From one NATS server to another; the one to itself is not used.
    routes: Vec<Vec<Cable>>,
    /// From a node to a NATS server.
    links: Vec<Vec<Cable>>,
}

impl Cables {
    /// Lays a cable for each pair.
    pub fn lay() -> Cables {
        let held = [free_ports(), free_ports(), free_ports()];
        let [doors, clients, peers] = held.each_ref().map(|sockets| {
            let addresses = sockets.iter().map(|socket| socket.local_addr().unwrap());
            addresses.collect::<Vec<SocketAddr>>()
        });
        let lay = |to: &[SocketAddr]| -> Vec<Vec<Cable>> {
            let each = || to.iter().map(|address| Cable::to(*address)).collect();
            (0..COUNT).map(|_| each()).collect()
        };
        // The cables have ports of their own before those that are held are given to the processes.
        Cables {
            routes: lay(&peers),
            links: lay(&clients),
            doors,
            clients,
            peers,
        }
    }
}

/// Holds free ports: those who are started again need the same ones.
fn free_ports() -> Vec<TcpListener> {
    (0..COUNT)
        .map(|_| TcpListener::bind("127.0.0.1:0").unwrap())
        .collect()
}

impl Network for Cables {
    fn door(&self, node: usize) -> SocketAddr {
        self.doors[node]
    }

    fn clients(&self, nats: usize) -> SocketAddr {
        self.clients[nats]
    }

    fn peers(&self, nats: usize) -> SocketAddr {
        self.peers[nats]
    }

    fn link(&self, node: usize, nats: usize) -> SocketAddr {
        self.links[node][nats].near
    }

    fn route(&self, from: usize, to: usize) -> SocketAddr {
        self.routes[from][to].near
    }

    fn command(&self, _: Place, program: &str) -> Command {
        Command::new(program)
    }

    fn cut(&self, one: Place, other: Place, is_cut: bool) {
        match (one, other) {
            (Place::Nats(one), Place::Nats(other)) => {
                self.routes[one][other].cut(is_cut);
                self.routes[other][one].cut(is_cut);
            }
            (Place::Node(node), Place::Nats(nats)) | (Place::Nats(nats), Place::Node(node)) => {
                self.links[node][nats].cut(is_cut);
            }
            (Place::Node(_), Place::Node(_)) => unreachable!("nodes have no cable between them"),
        }
    }
}

/// Cable to an address.
struct Cable {
    /// Address of its near end.
    near: SocketAddr,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    is_cut: Mutex<bool>,
    changed: Condvar,
}

impl State {
    /// Waits while the cable is cut.
    fn pass(&self) {
        let cut = self.is_cut.lock().unwrap();
        drop(self.changed.wait_while(cut, |is_cut| *is_cut).unwrap());
    }
}

impl Cable {
    /// Lays one.
    fn to(address: SocketAddr) -> Cable {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let shared = state.clone();
        // It ends with the test.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                shared.pass();
                if let Ok(far) = TcpStream::connect(address) {
                    join(&stream, &far, &shared);
                    join(&far, &stream, &shared);
                }
            }
        });
        Cable { near, state }
    }

    /// Cuts it, or mends it.
    fn cut(&self, is_cut: bool) {
        *self.state.is_cut.lock().unwrap() = is_cut;
        self.state.changed.notify_all();
    }
}

/// Passes on what comes from one end to the other.
fn join(from: &TcpStream, to: &TcpStream, state: &Arc<State>) {
    let (Ok(mut from), Ok(mut to)) = (from.try_clone(), to.try_clone()) else {
        return;
    };
    let state = state.clone();
    thread::spawn(move || {
        let mut buffer = vec![0; 65_536];
        while let Ok(count) = from.read(&mut buffer) {
            state.pass();
            if count == 0 || to.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Both);
        let _ = from.shutdown(std::net::Shutdown::Both);
    });
}

//! Three NATS servers and three nodes.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;

use crate::network::{self, COUNT, Network, Place};
use crate::support::{PARLOUR, nats, signal};

/// Process that is killed and started again.
pub struct Process {
    command: Box<dyn Fn() -> Command>,
    child: Option<Child>,
    pub log: PathBuf,
    is_paused: bool,
}

impl Process {
    fn new(log: PathBuf, command: impl Fn() -> Command + 'static) -> Process {
        Process {
            command: Box::new(command),
            child: None,
            log,
            is_paused: false,
        }
    }

    /// Starts it, if it does not run.
    pub fn start(&mut self) {
        if self.child.is_none() {
            let log = File::options()
                .create(true)
                .append(true)
                .open(&self.log)
                .unwrap();
            let mut command = (self.command)();
            command
                .stdin(Stdio::null())
                .stdout(log.try_clone().unwrap())
                .stderr(log);
            self.child = Some(command.spawn().unwrap());
        }
    }

    /// Kills it as a crash would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        self.is_paused = false;
    }

    /// Pauses it, or lets it go on.
    pub fn pause(&mut self, is_paused: bool) {
        if self.is_paused != is_paused {
            self.signal(if is_paused { "-STOP" } else { "-CONT" });
            self.is_paused = is_paused;
        }
    }

    /// Asks it to stop.
    pub fn stop(&mut self) {
        self.pause(false);
        self.signal("-TERM");
    }

    fn signal(&self, name: &str) {
        if let Some(child) = &self.child {
            // One that has just ended is not there.
            signal(child, name);
        }
    }

    /// Returns whether it runs, paused or not; one that has ended by itself can be started again.
    pub fn runs(&mut self) -> bool {
        let ended = self
            .child
            .as_mut()
            .and_then(|child| child.try_wait().unwrap());
        if ended.is_some() {
            self.child = None;
            self.is_paused = false;
        }
        self.child.is_some()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// All processes, and the network between them.
pub struct Processes {
    pub nats: Vec<Process>,
    pub nodes: Vec<Process>,
    /// Addresses of the nodes.
    pub doors: Vec<SocketAddr>,
    network: Rc<dyn Network>,
    pub dir: tempfile::TempDir,
}

impl Processes {
    /// Starts them all.
    pub fn start(grace: u64) -> Processes {
        let network = network::make();
        let mut all = Processes {
            nats: Vec::new(),
            nodes: Vec::new(),
            doors: (0..COUNT).map(|at| network.door(at)).collect(),
            network,
            dir: tempfile::tempdir().unwrap(),
        };
        let program = nats::program();
        for at in 0..COUNT {
            let (file, network) = (all.write_nats(at), all.network.clone());
            let (program, log) = (
                program.clone(),
                all.dir.path().join(format!("nats{at}.log")),
            );
            all.nats.push(Process::new(log, move || {
                let mut command = network.command(Place::Nats(at), &program);
                command.arg("-c").arg(&file);
                command
            }));
        }
        for at in 0..COUNT {
            let (file, network) = (all.write_node(at, grace), all.network.clone());
            let (data, log) = (all.data(at), all.dir.path().join(format!("node{at}.log")));
            all.nodes.push(Process::new(log, move || {
                let mut command = network.command(Place::Node(at), PARLOUR);
                command.args(["serve", "--config"]).arg(&file);
                command.arg("--data").arg(&data);
                command
            }));
        }
        all.nats
            .iter_mut()
            .chain(&mut all.nodes)
            .for_each(Process::start);
        all
    }

    /// Returns the data directory of a node.
    pub fn data(&self, node: usize) -> PathBuf {
        self.dir.path().join(format!("node{node}"))
    }

    fn write_nats(&self, at: usize) -> PathBuf {
        let others = (0..COUNT).filter(|other| *other != at);
        let routes = others.map(|other| format!("nats://{}", self.network.route(at, other)));
        let routes = routes.collect::<Vec<_>>().join(", ");
        let (clients, peers) = (self.network.clients(at), self.network.peers(at));
        let store = self.dir.path().join(format!("nats{at}"));
        // Nobody is to find a way around the cables: what is advertised answers nobody.
        write(
            &self.dir.path().join(format!("nats{at}.conf")),
            &format!(
                "server_name: nats{at}\nlisten: \"{clients}\"\njetstream: {{ store_dir: {store:?}, sync_interval: always }}\n\
             cluster: {{ name: test, listen: \"{peers}\", advertise: \"127.0.0.1:1\", no_advertise: true, routes: [{routes}] }}\n"
            ),
        )
    }

    fn write_node(&self, at: usize, grace: u64) -> PathBuf {
        let urls = (0..COUNT).map(|nats| format!("nats://{}", self.network.link(at, nats)));
        let urls: Vec<String> = urls.collect();
        let door = self.doors[at];
        // On hosts of their own the clients have an address that counts.
        write(
            &self.dir.path().join(format!("node{at}.toml")),
            &format!(
                "[server]\nplaintext_passwords = true\n[limits]\nconnections_per_minute = 0\n[[listen]]\naddress = \"{door}\"\n[cluster]\nurls = {urls:?}\nname = \"test\"\nnode = \"node{at}\"\n\
             grace = {grace}\nsnapshot_every = 500\n"
            ),
        )
    }

    /// Cuts a node off from some of the NATS servers, or from none.
    pub fn cut_node(&self, node: usize, from: impl Fn(usize) -> bool) {
        for nats in 0..COUNT {
            self.network
                .cut(Place::Node(node), Place::Nats(nats), from(nats));
        }
    }

    /// Cuts a NATS server off from the other ones, and no node from it; or mends that.
    pub fn cut_nats(&self, server: usize, is_cut: bool) {
        for other in (0..COUNT).filter(|other| *other != server) {
            self.network
                .cut(Place::Nats(server), Place::Nats(other), is_cut);
        }
    }

    /// Mends everything, and starts what does not run.
    pub fn mend(&mut self) {
        for at in 0..COUNT {
            self.cut_node(at, |_| false);
            self.cut_nats(at, false);
        }
        for process in self.nats.iter_mut().chain(&mut self.nodes) {
            process.pause(false);
            if !process.runs() {
                process.start();
            }
        }
    }

    /// Returns the logs, for whoever looks for the reason of a failure.
    pub fn logs(&self) -> String {
        let read = |process: &Process| std::fs::read_to_string(&process.log).unwrap_or_default();
        self.nodes
            .iter()
            .map(read)
            .collect::<Vec<_>>()
            .join("\n----\n")
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{}", self.logs());
        }
    }
}

fn write(path: &Path, text: &str) -> PathBuf {
    std::fs::write(path, text).unwrap();
    path.to_owned()
}

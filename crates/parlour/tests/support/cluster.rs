//! Nodes of a cluster over a real nats-server.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::{PARLOUR, Running, Server, Wire, admin, eventually, nats};

/// NATS server with JetStream.
pub struct Nats {
    pub process: Running,
    pub port: u16,
}

impl Nats {
    /// Starts it on a port of the system's choice.
    pub fn start(store: &Path) -> Nats {
        Nats::start_at(store, free_port())
    }

    pub fn start_at(store: &Path, port: u16) -> Nats {
        Nats::configured(store, port, "")
    }

    /// Starts it with more lines in its configuration, which is beside its store.
    pub fn configured(store: &Path, port: u16, more: &str) -> Nats {
        let file = store.with_extension("conf");
        let text =
            format!("listen: 127.0.0.1:{port}\njetstream: {{ store_dir: {store:?} }}\n{more}\n");
        std::fs::write(&file, text).unwrap();
        let child = Command::new(nats::program())
            .arg("-c")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let process = Running(child);
        let nats = Nats { process, port };
        eventually("the NATS server", || {
            TcpStream::connect(("127.0.0.1", port))
                .map(|_| ())
                .map_err(|error| error.to_string())
        });
        nats
    }

    fn connect(&self) -> Wire {
        let mut wire = Wire::new(TcpStream::connect(("127.0.0.1", self.port)).unwrap());
        wire.send("CONNECT {\"verbose\":false}\r\nSUB answer 1\r\n");
        wire
    }

    /// Sends a message as any client of NATS may.
    pub fn publish(&self, subject: &str, payload: impl AsRef<[u8]>) {
        let mut wire = self.connect();
        let payload = payload.as_ref();
        wire.send(&format!("PUB {subject} {}\r\n", payload.len()));
        wire.stream.write_all(payload).unwrap();
        wire.send("\r\nPING\r\n");
        wire.until("PONG");
    }

    /// Sends a message as any client of NATS may, and returns the answer of JetStream.
    pub fn ask(&self, subject: &str, payload: &str) -> String {
        let mut wire = self.connect();
        let length = payload.len();
        wire.send(&format!("PUB {subject} answer {length}\r\n{payload}\r\n"));
        wire.until("MSG answer 1 ");
        wire.until("\r\n");
        wire.until("\r\n")
    }
}

/// Returns a port that was free a moment ago: nats-server cannot be started again on one that it chooses itself.
pub fn free_port() -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().port()
}

/// Directories of a NATS server and of nodes.
pub struct Cluster {
    pub dir: tempfile::TempDir,
    pub nats: Nats,
    pub snapshot_every: u64,
    /// Newest version of the encoding that nodes read; 0: the newest that there is.
    pub version: u16,
    /// Address of the NATS server, as nodes are told.
    pub url: String,
    /// Further lines of the nodes' configurations; `[cluster]` is open.
    pub more: String,
}

impl Cluster {
    pub fn new() -> Cluster {
        Cluster::over("", tempfile::tempdir().unwrap())
    }

    /// Starts a NATS server with more lines in its configuration.
    pub fn over(nats: &str, dir: tempfile::TempDir) -> Cluster {
        let nats = Nats::configured(&dir.path().join("nats"), free_port(), nats);
        Cluster {
            url: format!("nats://127.0.0.1:{}", nats.port),
            dir,
            nats,
            snapshot_every: 100_000,
            version: 0,
            more: String::new(),
        }
    }

    /// Writes the configuration of a node, and returns its file.
    pub fn configure(&self, name: &str) -> PathBuf {
        let file = self.dir.path().join(format!("{name}.toml"));
        let text = format!(
            "[[listen]]\naddress = \"127.0.0.1:0\"\n[cluster]\nurls = [{:?}]\nname = \"test\"\n\
             node = \"{name}\"\nreplicas = 1\ngrace = 3\nsnapshot_every = {}\nversion = {}\n{}\n",
            self.url, self.snapshot_every, self.version, self.more
        );
        std::fs::write(&file, text).unwrap();
        file
    }

    pub fn start(&self, name: &str) -> Server {
        self.start_in(name, name)
    }

    /// Starts a node with the data directory of another name.
    pub fn start_in(&self, directory: &str, name: &str) -> Server {
        let file = self.configure(name);
        Server::launch(
            &self.dir.path().join(directory),
            &["--config", file.to_str().unwrap()],
        )
    }

    /// Returns a message of the stream.
    pub fn message(&self, sequence: u64) -> Vec<u8> {
        let wanted = format!("{{\"seq\":{sequence}}}");
        let text = self
            .nats
            .ask("$JS.API.STREAM.MSG.GET.PARLOUR_test", &wanted);
        let answer: serde_json::Value = serde_json::from_str(text.trim()).unwrap();
        BASE64
            .decode(answer["message"]["data"].as_str().unwrap())
            .unwrap()
    }

    /// Returns the sequence number of the first message that the stream still has; 0 if it never had one.
    pub fn first_message(&self) -> u64 {
        let text = self.nats.ask("$JS.API.STREAM.INFO.PARLOUR_test", "");
        let (_, rest) = text.split_once("\"first_seq\":").unwrap_or_default();
        rest.split(',').next().unwrap().parse().unwrap_or_default()
    }

    /// Returns the nodes as the administrator of one of them sees them.
    pub fn rows(&self, name: &str) -> Vec<serde_json::Value> {
        let text = admin(&self.dir.path().join(name), &["cluster"]).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Returns the nodes and their states.
    pub fn nodes(&self, name: &str) -> Vec<(String, String)> {
        let field = |row: &serde_json::Value, name: &str| row[name].as_str().unwrap().to_owned();
        let rows = self.rows(name).into_iter();
        rows.map(|row| (field(&row, "node"), field(&row, "state")))
            .collect()
    }

    /// Returns why a node does not start.
    pub fn refused(&self, name: &str) -> String {
        let file = self.configure(name);
        self.refused_with(name, &["--config", file.to_str().unwrap()])
    }

    /// Returns why a server does not start in the directory of a node.
    pub fn refused_with(&self, name: &str, arguments: &[&str]) -> String {
        let child = Command::new(PARLOUR)
            .args(["serve", "--data"])
            .arg(self.dir.path().join(name))
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut node = Running(child);
        assert_eq!(node.ended(), Some(1));
        let mut why = String::new();
        let mut log = node.0.stderr.take().unwrap();
        log.read_to_string(&mut why).unwrap();
        why
    }
}

/// Connects with an account.
pub fn log_in(server: &Server, nick: &str, password: &str) -> Wire {
    let mut wire = server.connect();
    let token = BASE64.encode(format!("\0{nick}\0{password}"));
    wire.send(&format!(
        "CAP REQ :sasl echo-message\r\nNICK {nick}\r\nUSER u 0 * :r\r\nAUTHENTICATE PLAIN\r\n"
    ));
    wire.until("AUTHENTICATE +");
    wire.send(&format!("AUTHENTICATE {token}\r\nCAP END\r\n"));
    wire.until(" 422 ");
    wire
}

//! A real server, real sockets.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failing test is to stop"
)]

pub mod cluster;
pub mod history;
pub mod http;
pub mod nats;
pub mod tls;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

/// The binary under test.
pub const PARLOUR: &str = env!("CARGO_BIN_EXE_parlour");
/// How long anything may take before a test gives up.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A server that is killed when it is dropped.
pub struct Server {
    pub process: Running,
    pub address: SocketAddr,
    /// Every address it listens on, in the order of the configuration.
    pub addresses: Vec<SocketAddr>,
    pub banner: String,
}

impl Server {
    /// Starts a server on a port of the system's choice.
    pub fn start(data: &Path) -> Server {
        Server::start_at(data, "127.0.0.1:0", &[])
    }

    /// Starts a server with more arguments.
    pub fn start_at(data: &Path, listen: &str, more: &[&str]) -> Server {
        let listen = ["--listen", listen];
        Server::launch(data, &[&listen, more].concat())
    }

    /// Starts a server with a configuration file, `parlour.toml` in its data directory; it says
    /// where to listen.
    pub fn configured(data: &Path, text: &str) -> Server {
        let file = data.join("parlour.toml");
        std::fs::write(&file, text).unwrap();
        Server::launch(data, &["--config", file.to_str().unwrap()])
    }

    /// Starts a server that may have so many files open.
    pub fn with_descriptors(data: &Path, count: usize) -> Server {
        let mut shell = Command::new("sh");
        let limit = format!("ulimit -n {count} && exec \"$0\" \"$@\"");
        shell.args(["-c", &limit, PARLOUR]);
        Server::launch_by(shell, data, &["--listen", "127.0.0.1:0"])
    }

    /// Starts a server with these arguments.
    pub fn launch(data: &Path, arguments: &[&str]) -> Server {
        Server::launch_by(Command::new(PARLOUR), data, arguments)
    }

    fn launch_by(mut command: Command, data: &Path, arguments: &[&str]) -> Server {
        let mut child = command
            .args(["serve", "--data"])
            .arg(data)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut banner = String::new();
        let mut addresses: Vec<SocketAddr> = Vec::new();
        for line in &mut lines {
            let line = line.unwrap();
            if let Some((_, shown)) = line.split_once(" listens on ") {
                addresses = shown.split(", ").filter_map(|a| a.parse().ok()).collect();
            }
            banner.push_str(&line);
            banner.push('\n');
            if line.contains("  data ") {
                break;
            }
        }
        let Some(&address) = addresses.first() else {
            let mut error = String::new();
            child
                .stderr
                .take()
                .unwrap()
                .read_to_string(&mut error)
                .unwrap();
            panic!("the server did not start: {error}");
        };
        Server {
            process: Running(child),
            address,
            addresses,
            banner,
        }
    }

    pub fn connect(&self) -> Wire {
        Wire::new(TcpStream::connect(self.address).unwrap())
    }

    /// An IRC client that is registered and in the lobby.
    pub fn irc(&self, nick: &str) -> Wire {
        let mut wire = self.connect();
        wire.send(&format!(
            "NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\nJOIN #lobby\r\n"
        ));
        wire.until(" 366 ");
        wire
    }

    pub fn signal(&self, name: &str) {
        assert!(signal(&self.process.0, name));
    }

    /// Stops it as an operator would: exit code and log.
    pub fn stop(self) -> (Option<i32>, String) {
        self.stop_by("-TERM")
    }

    /// The same with another signal.
    pub fn stop_by(mut self, signal: &str) -> (Option<i32>, String) {
        self.signal(signal);
        let log = read_all(self.process.0.stderr.take().unwrap());
        (self.process.0.wait().unwrap().code(), log)
    }

    /// Kills it as a crash would.
    pub fn crash(mut self) {
        self.process.0.kill().unwrap();
        self.process.0.wait().unwrap();
    }
}

/// A process that is killed when it is dropped.
pub struct Running(pub Child);

impl Running {
    /// Waits until it has ended by itself; its exit code.
    pub fn ended(&mut self) -> Option<i32> {
        eventually("its end", || {
            let status = self.0.try_wait().unwrap();
            status.map(|status| status.code()).ok_or("it runs".into())
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Sends a signal to a process, such as `-STOP`; false if it has just ended.
pub fn signal(child: &Child, name: &str) -> bool {
    let mut kill = Command::new("kill");
    kill.args([name, &child.id().to_string()]);
    kill.stderr(Stdio::null()).status().unwrap().success()
}

/// Runs `parlour admin --json`; what it prints, or its error.
pub fn admin(data: &Path, arguments: &[&str]) -> Result<String, String> {
    let mut admin = Command::new(PARLOUR);
    admin.args(["admin", "--json", "--data"]).arg(data);
    let output = admin.args(arguments).output().unwrap();
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout).unwrap()),
        false => Err(String::from_utf8(output.stderr).unwrap()),
    }
}

/// The id of the message that a line ends with.
pub fn msgid(line: &str) -> &str {
    let (_, rest) = line.rsplit_once("msgid=").unwrap();
    rest.split([';', ' ']).next().unwrap()
}

fn read_all(mut from: ChildStderr) -> String {
    let mut text = String::new();
    from.read_to_string(&mut text).unwrap();
    text
}

/// A connection that is read by what it says.
pub struct Wire {
    pub stream: TcpStream,
    pub seen: String,
    /// How much of `seen` was waited for already.
    at: usize,
}

impl Wire {
    pub fn new(stream: TcpStream) -> Wire {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Wire {
            stream,
            seen: String::new(),
            at: 0,
        }
    }

    pub fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).unwrap();
    }

    /// Reads until `wanted` has come, behind what was waited for before; what came up to
    /// and with it.
    pub fn until(&mut self, wanted: &str) -> String {
        loop {
            if let Some(found) = self.seen[self.at..].find(wanted) {
                let end = self.at + found + wanted.len();
                let text = self.seen[self.at..end].to_owned();
                self.at = end;
                return text;
            }
            assert!(
                self.read(),
                "closed before {wanted:?} came: {}",
                &self.seen[self.at..]
            );
        }
    }

    /// Reads until the server closes; all that came since the last wait.
    pub fn rest(&mut self) -> String {
        while self.read() {}
        self.seen[self.at..].to_owned()
    }

    fn read(&mut self) -> bool {
        let mut buffer = [0; 65_536];
        match self.stream.read(&mut buffer) {
            Ok(0) => false,
            Ok(count) => {
                self.seen
                    .push_str(&String::from_utf8_lossy(&buffer[..count]));
                true
            }
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => false,
            Err(error) => panic!(
                "nothing more came: {error}; so far: {}",
                &self.seen[self.at..]
            ),
        }
    }
}

/// Looks again and again until `look` finds something.
pub fn eventually<T>(what: &str, look: impl FnMut() -> Result<T, String>) -> T {
    eventually_within(PATIENCE, what, look)
}

/// The same for what may take longer, or is to be given up sooner.
pub fn eventually_within<T>(
    patience: Duration,
    what: &str,
    mut look: impl FnMut() -> Result<T, String>,
) -> T {
    let end = Instant::now() + patience;
    loop {
        match look() {
            Ok(found) => return found,
            Err(last) if Instant::now() > end => panic!("{what} did not come; last: {last}"),
            Err(_) => std::thread::park_timeout(Duration::from_millis(20)),
        }
    }
}

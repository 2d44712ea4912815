//! `parlour bench`: the command line.

use std::net::{SocketAddr, ToSocketAddrs};

use clap::{Args, Subcommand, ValueEnum};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::BenchError;
use crate::engine::{Engine, Protocol, Target};
use crate::figures::Figures;
use crate::meter::Meter;
use crate::payload;
use crate::summary::summary;
use crate::transport::Layers;
use crate::workload::{Run, Workload};
use crate::workloads::{
    ChurnArgs, ConnectArgs, DmArgs, FanoutArgs, IdleArgs, MixedArgs, PacedArgs, RoomsArgs,
};

/// Protocol of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ProtocolName {
    Irc,
    /// The line protocol of pyChat.
    Pychat,
}

/// End of a message in pyChat's protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Framing {
    /// Messages have no end, as pyChat's own client sends them.
    None,
    /// A line feed ends a message.
    Lf,
}

/// `parlour bench`
#[derive(Clone, Debug, Args)]
pub struct Bench {
    #[command(subcommand)]
    workload: WorkloadArgs,
    /// Server, an address of this machine.
    #[arg(
        long,
        value_name = "HOST:PORT",
        default_value = "localhost:25000",
        global = true
    )]
    addr: String,
    /// Load a server elsewhere too. Be sure that you may.
    #[arg(long, global = true)]
    allow_remote: bool,
    /// Processes of the server, to measure what it costs them; separated by commas.
    #[arg(long, value_delimiter = ',', value_name = "PID", global = true)]
    pid: Vec<u32>,
    /// Processors that the server runs on; separated by commas.
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "N",
        default_value = "0",
        global = true
    )]
    server_cpus: Vec<usize>,
    /// Name of the server in the figures.
    #[arg(long, default_value = "", hide_default_value = true, global = true)]
    label: String,
    /// Protocol to speak.
    #[arg(long, value_enum, default_value = "irc", global = true)]
    proto: ProtocolName,
    /// End of a message in pyChat's protocol.
    #[arg(long, value_enum, default_value = "none", global = true)]
    framing: Framing,
    /// Speak TLS. Any certificate is taken.
    #[arg(long, global = true)]
    tls: bool,
    /// Speak WebSocket, a line in each text message.
    #[arg(long, global = true)]
    websocket: bool,
    /// Bytes of each message, 34 to 400.
    #[arg(long, default_value_t = 64, global = true)]
    payload: usize,
    /// Print all figures as one line of JSON.
    #[arg(long, global = true)]
    json: bool,
}

/// Workloads.
#[derive(Clone, Debug, Subcommand)]
enum WorkloadArgs {
    /// One room at saturation: how many deliveries a second.
    Fanout(FanoutArgs),
    /// One room at a steady rate: how long a message takes.
    Paced(PacedArgs),
    /// As paced, while connections come and go.
    Churn(ChurnArgs),
    /// Many small rooms in which every member speaks.
    Rooms(RoomsArgs),
    /// Pairs who write to each other in turns.
    Dm(DmArgs),
    /// Many connections that register and join: time and memory.
    Connect(ConnectArgs),
    /// Many connections that are joined and do nothing: memory of each, and processor time.
    Idle(IdleArgs),
    /// Channels of all sizes, few who talk, many who listen, joins and reads of history.
    Mixed(MixedArgs),
}

impl Bench {
    /// Runs the workload and returns its figures, as text, and whether nothing went wrong.
    ///
    /// # Errors
    /// The load could not be set up, or the server stood still.
    pub fn run(&self) -> Result<(String, bool), BenchError> {
        let target = self.target()?;
        raise_descriptor_limit();
        let workload: &dyn Workload = match &self.workload {
            WorkloadArgs::Fanout(args) => args,
            WorkloadArgs::Paced(args) => args,
            WorkloadArgs::Churn(args) => args,
            WorkloadArgs::Rooms(args) => args,
            WorkloadArgs::Dm(args) => args,
            WorkloadArgs::Connect(args) => args,
            WorkloadArgs::Idle(args) => args,
            WorkloadArgs::Mixed(args) => args,
        };
        let meter = Meter::new(self.pid.clone(), self.server_cpus.clone());
        let mut engine = Engine::new(target)?;
        let mut figures = Figures::default();
        figures.add("workload", workload.name());
        figures.add("server", self.label.as_str());
        figures.add("tls", self.tls);
        figures.add("websocket", self.websocket);
        let outcome = workload.run(&mut Run {
            engine: &mut engine,
            meter: &meter,
            figures: &mut figures,
        });
        figures.add("payload", target.payload);
        figures.add("rss_end_kb", meter.resident());
        figures.faults(&engine);
        if let Err(error) = outcome {
            if !self.json {
                return Err(error);
            }
            // Who reads JSON gets what there is, and the reason.
            figures.add("ok", false);
            figures.add("failure", error.to_string());
            return Ok((format!("{}\n", serde_json::Value::Object(figures.0)), false));
        }
        figures.add("ok", true);
        let faults = ["lost", "extra", "order_errors", "foreign", "malformed"];
        let is_sound = faults.iter().all(|name| figures.number(name) == 0.0);
        let text = match self.json {
            true => format!("{}\n", serde_json::Value::Object(figures.0)),
            false => format!(
                "{} on {}\n{}",
                workload.name(),
                self.addr,
                summary(&figures)
            ),
        };
        Ok((text, is_sound))
    }

    fn target(&self) -> Result<Target, BenchError> {
        let unknown = |error| BenchError::System("the server's address", error);
        let mut addresses = self.addr.to_socket_addrs().map_err(unknown)?;
        let address: SocketAddr = addresses
            .next()
            .ok_or_else(|| BenchError::Value(format!("{} has no address", self.addr)))?;
        if !address.ip().to_canonical().is_loopback() && !self.allow_remote {
            return Err(BenchError::Remote(address));
        }
        if !(payload::SHORTEST..=payload::LONGEST).contains(&self.payload) {
            let (least, most) = (payload::SHORTEST, payload::LONGEST);
            let text = format!("--payload is a number from {least} to {most}");
            return Err(BenchError::Value(text));
        }
        let protocol = match (self.proto, self.framing) {
            (ProtocolName::Irc, _) => Protocol::Irc,
            (ProtocolName::Pychat, Framing::None) => Protocol::PyChat(b""),
            (ProtocolName::Pychat, Framing::Lf) => Protocol::PyChat(b"\n"),
        };
        Ok(Target {
            address,
            protocol,
            payload: self.payload,
            layers: Layers {
                tls: self.tls,
                websocket: self.websocket,
            },
        })
    }
}

/// Raises the limit on open files to what the system allows. Should it be too low, connecting says so.
fn raise_descriptor_limit() {
    let limit = getrlimit(Resource::Nofile);
    let highest = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let _ = setrlimit(Resource::Nofile, highest);
}

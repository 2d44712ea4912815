//! Connection of the load generator.

use crate::clock::Nanos;
use crate::payload::Payload;
use crate::transport::Transport;

/// Treatment of what a connection reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Lines are read, as the connection is set up.
    Setup,
    /// Deliveries are counted.
    Count,
    /// Bytes are counted, and not even copied from the kernel.
    Bytes,
    /// Payloads are parsed.
    Parse,
}

/// Progress of a connection on its way into the load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The system connects.
    Connecting,
    /// pyChat's prompt is awaited.
    Prompt,
    /// The welcome is awaited.
    Registering,
    /// Registered, in no channel.
    Registered,
    /// The end of NAMES is awaited.
    Joining,
    /// In its channel.
    Ready,
    /// Closed by either side.
    Closed,
}

/// Plan of a connection: what it does once it is open.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub nick: String,
    /// Channel to join.
    pub channel: Option<String>,
    /// Bytes before each payload.
    pub prefix: Vec<u8>,
}

/// Connection of the load generator.
pub(crate) struct Connection {
    pub stream: Option<Transport>,
    pub plan: Plan,
    pub reading: Reading,
    pub stage: Stage,
    /// Deliveries counted since the load began.
    pub counted: u64,
    /// Bytes read since the load began.
    pub bytes: u64,
    /// End of what was read last, in which a payload may have begun.
    pub tail: Vec<u8>,
    /// Beginning of a line, while the connection is set up.
    pub line: Vec<u8>,
    /// Bytes to write, of which `written` are written.
    pub out: Vec<u8>,
    pub written: usize,
    /// Time when it was opened, or when its join was sent.
    pub since: Nanos,
}

/// Payload that a connection has received.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delivery {
    /// Number of the connection.
    pub to: usize,
    pub payload: Payload,
    pub at: Nanos,
}

/// Change of a connection's stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    Registered,
    Joined,
    Closed,
}

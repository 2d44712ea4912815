//! Bridges: connections whose bytes a service reads and writes on an async runtime, while their
//! socket, TLS included, stays with its shard.

mod pipe;

pub(crate) use pipe::{FarEnd, WebSocketReturn, pipe};

use std::sync::Arc;

use parlour_doors::ConnId;

use crate::mailbox::Mailbox;

/// Connections of a shard whose bridges have something for it. Each is listed at most once, so the
/// limit is that of open files.
pub(crate) type ReadyBridges = Arc<Mailbox<ConnId>>;

/// Limit of [`ReadyBridges`].
pub(crate) const READY_MAX: usize = 1 << 20;

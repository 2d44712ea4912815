//! Listening sockets.

use std::net::SocketAddr;

use socket2::{Domain, Protocol, Socket, Type};

use crate::ServerError;

/// Connections that may wait to be accepted; the system may allow fewer.
const BACKLOG: i32 = 4096;

/// Listens on an address; an IPv6 wildcard takes IPv4 as well. Where a machine has no
/// IPv6 at all, its wildcard falls back to that of IPv4.
pub(crate) fn bind(address: SocketAddr) -> Result<std::net::TcpListener, ServerError> {
    match try_bind(address) {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            Err(ServerError::AddressInUse(address))
        }
        Err(_) if address.is_ipv6() && address.ip().is_unspecified() => {
            bind(SocketAddr::from(([0, 0, 0, 0], address.port())))
        }
        Err(source) => Err(ServerError::Listen { address, source }),
    }
}

fn try_bind(address: SocketAddr) -> std::io::Result<std::net::TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    // A port whose last owner has ended is free at once.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

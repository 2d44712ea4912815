//! Listening sockets.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use socket2::{Domain, Protocol, Socket, Type};

use crate::ServerError;
use crate::config::address::ListenAddress;
use crate::config::sections::ListenSection;

/// Connections that may wait to be accepted; the system may allow fewer.
const BACKLOG: i32 = 4096;

/// Listening socket; several handles may share one.
#[derive(Debug)]
pub(crate) enum Listener {
    /// TCP socket.
    Tcp(TcpListener),
    /// Unix socket. Its file is removed when the last of these handles is dropped.
    Unix(UnixListener, Arc<SocketFile>),
}

impl Listener {
    /// Returns another handle of the same socket.
    pub fn try_clone(&self) -> io::Result<Listener> {
        Ok(match self {
            Listener::Tcp(socket) => Listener::Tcp(socket.try_clone()?),
            Listener::Unix(socket, file) => Listener::Unix(socket.try_clone()?, file.clone()),
        })
    }

    /// Returns the address that it is bound to.
    pub fn address(&self) -> io::Result<ListenAddress> {
        Ok(match self {
            Listener::Tcp(socket) => ListenAddress::Tcp(socket.local_addr()?),
            Listener::Unix(_, file) => ListenAddress::Unix(file.0.clone()),
        })
    }
}

/// File of a Unix socket, removed on drop.
#[derive(Debug)]
pub(crate) struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // The file may have been removed already.
        let _ = fs::remove_file(&self.0);
    }
}

/// Binds the address of a section.
pub(crate) fn bind(section: &ListenSection) -> Result<Listener, ServerError> {
    match &section.address {
        ListenAddress::Tcp(address) => bind_tcp(*address).map(Listener::Tcp),
        ListenAddress::Unix(path) => bind_unix(path, section.socket_mode.0),
    }
}

/// Binds a Unix socket, replacing one that a crashed server left over.
fn bind_unix(path: &Path, mode: u32) -> Result<Listener, ServerError> {
    let address = || ListenAddress::Unix(path.to_owned());
    let failed = |source| ServerError::Listen {
        address: address(),
        source,
    };
    let bound = match UnixListener::bind(path) {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            // A connection attempt tells a running server from a file left over.
            let is_socket = fs::symlink_metadata(path).is_ok_and(|m| m.file_type().is_socket());
            if !is_socket || UnixStream::connect(path).is_ok() {
                return Err(ServerError::AddressInUse(address()));
            }
            // Nobody accepts on it: it is left over from a server that crashed.
            fs::remove_file(path).and_then(|()| UnixListener::bind(path))
        }
        bound => bound,
    };
    let socket = bound.map_err(failed)?;
    let file = Arc::new(SocketFile(path.to_owned()));
    fs::set_permissions(path, Permissions::from_mode(mode)).map_err(failed)?;
    socket.set_nonblocking(true).map_err(failed)?;
    Ok(Listener::Unix(socket, file))
}

/// Binds a TCP address; the IPv6 wildcard accepts IPv4 as well. On a machine without IPv6, it falls
/// back to the IPv4 wildcard.
fn bind_tcp(address: SocketAddr) -> Result<TcpListener, ServerError> {
    match try_bind(address) {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            Err(ServerError::AddressInUse(ListenAddress::Tcp(address)))
        }
        Err(_) if address.is_ipv6() && address.ip().is_unspecified() => {
            bind_tcp(SocketAddr::from(([0, 0, 0, 0], address.port())))
        }
        Err(source) => Err(ServerError::Listen {
            address: ListenAddress::Tcp(address),
            source,
        }),
    }
}

/// Binds a TCP address, nonblocking.
fn try_bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    // A port whose last owner has ended is free at once, despite connections in TIME_WAIT.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

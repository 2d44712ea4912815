//! Connections with TLS.

use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::{PATIENCE, Server};

/// A TLS connection that blocks.
pub type TlsClient = rustls::StreamOwned<rustls::ClientConnection, TcpStream>;

/// A connection with TLS, which trusts the server's own certificate.
pub fn tls_client(server: &Server) -> TlsClient {
    connect(server, None, &[])
}

/// As [`tls_client`], offering these protocols (ALPN), with the handshake done.
pub fn tls_client_offering(server: &Server, protocols: &[&[u8]]) -> TlsClient {
    let mut client = connect(server, None, protocols);
    client.conn.complete_io(&mut client.sock).unwrap();
    client
}

/// As [`tls_client`], showing the certificate in this PEM text, which has its key too.
pub fn tls_client_with(server: &Server, pem: &[u8]) -> TlsClient {
    connect(server, Some(pem), &[])
}

fn connect(server: &Server, own: Option<&[u8]>, protocols: &[&[u8]]) -> TlsClient {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let pem = std::fs::read(data_of(server).join("tls-certificate.pem")).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(&pem).unwrap())
        .unwrap();
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match own {
        None => config.with_no_client_auth(),
        Some(pem) => config
            .with_client_auth_cert(
                vec![CertificateDer::from_pem_slice(pem).unwrap()],
                PrivateKeyDer::from_pem_slice(pem).unwrap(),
            )
            .unwrap(),
    };
    let mut config = config;
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let name = "localhost".try_into().unwrap();
    let connection = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    rustls::StreamOwned::new(connection, stream)
}

fn data_of(server: &Server) -> std::path::PathBuf {
    let line = server
        .banner
        .lines()
        .find(|line| line.contains("  data "))
        .unwrap();
    line.split_whitespace().last().unwrap().into()
}

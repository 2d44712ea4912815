//! Connections with TLS.

use std::net::TcpStream;
use std::sync::Arc;

use super::{PATIENCE, Server};

/// A TLS connection that blocks.
pub type TlsClient = rustls::StreamOwned<rustls::ClientConnection, TcpStream>;

/// A connection with TLS, which trusts the server's own certificate.
pub fn tls_client(server: &Server) -> TlsClient {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let pem = std::fs::read(data_of(server).join("tls-certificate.pem")).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    let certificate =
        <rustls::pki_types::CertificateDer as rustls::pki_types::pem::PemObject>::from_pem_slice(
            &pem,
        )
        .unwrap();
    roots.add(certificate).unwrap();
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
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

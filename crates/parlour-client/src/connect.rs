//! Connecting: TLS where the server speaks it, its certificate pinned on first use.

use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::ClientConfig;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::pins::{Pins, Verdict};
use crate::{Address, Security};

/// How long connecting may take.
const CONNECT_TIME: Duration = Duration::from_secs(15);
/// How long a server may take for its part of the TLS handshake before it counts as one
/// that speaks none.
const HANDSHAKE_TIME: Duration = Duration::from_secs(6);

/// A stream to the server, encrypted or not.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection that was made.
pub struct Connected {
    /// The bytes.
    pub stream: Box<dyn Stream>,
    /// Whether they are encrypted.
    pub secure: bool,
    /// Something that the user should know.
    pub remark: Option<String>,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// It may be there another time.
    #[error("{0}")]
    Unreachable(String),
    /// It must not be tried again: somebody may be listening in.
    #[error("{0}")]
    Untrusted(String),
}

/// Connects, within a bounded time.
///
/// # Errors
/// The server cannot be reached, or must not be trusted.
pub async fn connect(address: &Address, pins: &Pins) -> Result<Connected, ConnectError> {
    if address.security == Security::Plain {
        return plain(address, None).await;
    }
    let server = address.to_string();
    let pinned = pins
        .get(&server)
        .map_err(|error| untrusted_file(pins, &error))?;
    match encrypted(address).await {
        Ok((stream, fingerprint)) => {
            let remark = trust(&server, &fingerprint, pins)?;
            Ok(Connected {
                stream,
                secure: true,
                remark,
            })
        }
        Err(TlsFault::Tcp(reason)) => Err(ConnectError::Unreachable(reason)),
        Err(TlsFault::NotSpoken(reason) | TlsFault::NoAnswer(reason))
            if address.security == Security::Tls =>
        {
            Err(ConnectError::Unreachable(format!(
                "{server} does not speak TLS: {reason}"
            )))
        }
        // A server that is just going down or coming up is no reason for alarm.
        Err(TlsFault::NoAnswer(reason)) if pinned.is_some() => {
            Err(ConnectError::Unreachable(reason))
        }
        Err(TlsFault::NotSpoken(_)) if pinned.is_some() => Err(ConnectError::Untrusted(format!(
            "{server} spoke TLS before and does not now: somebody may be in between. \
             If the server was changed on purpose, take its line out of {}.",
            shown(pins)
        ))),
        Err(TlsFault::NotSpoken(_) | TlsFault::NoAnswer(_)) => {
            plain(
                address,
                Some("The server speaks no TLS: this connection is not encrypted.".into()),
            )
            .await
        }
    }
}

fn shown(pins: &Pins) -> String {
    pins.file().map_or_else(
        || "the file of known servers".into(),
        |file| file.display().to_string(),
    )
}

fn untrusted_file(pins: &Pins, error: &std::io::Error) -> ConnectError {
    ConnectError::Untrusted(format!(
        "the known servers in {} cannot be read: {error}",
        shown(pins)
    ))
}

/// Compares the certificate with what was seen before.
fn trust(server: &str, fingerprint: &str, pins: &Pins) -> Result<Option<String>, ConnectError> {
    match pins
        .judge(server, fingerprint)
        .map_err(|error| untrusted_file(pins, &error))?
    {
        Verdict::Known => Ok(None),
        Verdict::New => {
            let remembered = match pins.pin(server, fingerprint) {
                Ok(()) => "it is trusted from now on".to_owned(),
                Err(error) => format!("it could not be remembered in {}: {error}", shown(pins)),
            };
            Ok(Some(format!(
                "First visit to {server}. Its certificate, SHA-256 {fingerprint}: {remembered}."
            )))
        }
        Verdict::Changed => Err(ConnectError::Untrusted(format!(
            "{server} shows another certificate than before: somebody may be in between. It is now SHA-256 {fingerprint}. \
             If the server was changed on purpose, take its line out of {}.",
            shown(pins)
        ))),
    }
}

async fn tcp(address: &Address) -> Result<TcpStream, String> {
    let server = address.to_string();
    let connecting = TcpStream::connect((address.host.as_str(), address.port));
    let stream = match timeout(CONNECT_TIME, connecting).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Err(format!("{server} cannot be reached: {error}")),
        Err(_) => return Err(format!("{server} does not answer")),
    };
    stream
        .set_nodelay(true)
        .map_err(|error| format!("{server}: {error}"))?;
    Ok(stream)
}

async fn plain(address: &Address, remark: Option<String>) -> Result<Connected, ConnectError> {
    let stream = tcp(address).await.map_err(ConnectError::Unreachable)?;
    Ok(Connected {
        stream: Box::new(stream),
        secure: false,
        remark,
    })
}

enum TlsFault {
    /// There is no connection at all.
    Tcp(String),
    /// There is one, and it ends or stays silent before the handshake is done.
    NoAnswer(String),
    /// What comes is no TLS.
    NotSpoken(String),
}

async fn encrypted(address: &Address) -> Result<(Box<dyn Stream>, String), TlsFault> {
    let stream = tcp(address).await.map_err(TlsFault::Tcp)?;
    let not_spoken = |why: String| TlsFault::NotSpoken(why);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let seen = Arc::new(FirstUse {
        provider: provider.clone(),
        fingerprint: Mutex::default(),
    });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| not_spoken(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(seen.clone())
        .with_no_client_auth();
    let name = ServerName::try_from(address.host.clone())
        .map_err(|error| not_spoken(error.to_string()))?;
    let handshake = TlsConnector::from(Arc::new(config)).connect(name, stream);
    match timeout(HANDSHAKE_TIME, handshake).await {
        Ok(Ok(stream)) => {
            let fingerprint = seen
                .fingerprint
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            match fingerprint {
                Some(fingerprint) => Ok((Box::new(stream), fingerprint)),
                None => Err(not_spoken("it shows no certificate".into())),
            }
        }
        // What rustls cannot read comes as invalid data.
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::InvalidData => {
            Err(not_spoken(error.to_string()))
        }
        Ok(Err(error)) => Err(TlsFault::NoAnswer(format!(
            "{address}: the connection was lost: {error}"
        ))),
        Err(_) => Err(TlsFault::NoAnswer(format!("{address} does not answer"))),
    }
}

/// Takes any certificate and remembers its fingerprint, which is then compared with the
/// pinned one. That the server holds the certificate's key is checked as usual.
#[derive(Debug)]
struct FirstUse {
    provider: Arc<CryptoProvider>,
    fingerprint: Mutex<Option<String>>,
}

impl ServerCertVerifier for FirstUse {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let fingerprint = fingerprint(end_entity);
        *self
            .fingerprint
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(fingerprint);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// SHA-256 of a certificate, as `AB:CD:…`.
fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, certificate);
    digest
        .as_ref()
        .iter()
        .enumerate()
        .fold(String::new(), |mut text, (index, byte)| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{}{byte:02X}", if index > 0 { ":" } else { "" });
            text
        })
}

//! Connecting to a server: TLS where it is spoken, the certificate pinned on first use.

use std::fmt::Write;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, RootCertStore};
use rustls::{DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::engine::SessionOptions;
use crate::pins::{Pin, PinMatch, Pins};
use crate::proxy::{self, Proxy};
use crate::{Address, Security};

/// Timeout of connecting.
const CONNECT_TIME: Duration = Duration::from_secs(15);
/// Timeout of the TLS handshake; a server that does not answer it counts as one without TLS.
const HANDSHAKE_TIME: Duration = Duration::from_secs(6);

/// Stream to the server, encrypted or not.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Established connection.
pub struct Connected {
    /// Stream of bytes.
    pub stream: Box<dyn Stream>,
    /// True if the stream is encrypted.
    pub encrypted: bool,
    /// Parameters of the session.
    pub start: SessionOptions,
    /// Notice for the user.
    pub remark: Option<String>,
}

/// Trust settings, and the client certificate shown to the server.
#[derive(Clone, Debug)]
pub struct Trust {
    /// Pinned certificates.
    pub pins: Pins,
    /// File with the client certificate and its key (PEM), for SASL EXTERNAL.
    pub certificate: Option<PathBuf>,
    /// SHA-256 fingerprint of the certificate or key the server must show; `None` to use the pin.
    pub expected: Option<String>,
    /// True if a certificate that no authority has signed must be known already.
    pub known_only: bool,
}

impl From<Pins> for Trust {
    fn from(pins: Pins) -> Trust {
        Trust {
            pins,
            certificate: None,
            expected: None,
            known_only: false,
        }
    }
}

/// Reason for a failed connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Temporary failure; worth another attempt.
    #[error("{0}")]
    Unreachable(String),
    /// Possible interception; must not be retried.
    #[error("{0}")]
    Untrusted(String),
    /// Certificate differs from the pinned one; the user decides.
    #[error(
        "{server} shows another certificate than before: somebody may be in between. It was SHA-256 {}, and is SHA-256 {} now. If the server was changed on purpose, parlour join {server} offers to trust the new one",
        before.certificate, now.certificate
    )]
    Changed {
        /// Server, as in the pin file.
        server: String,
        /// Pinned certificate.
        before: Pin,
        /// Certificate shown now.
        now: Pin,
    },
}

/// Connects within a bounded time.
///
/// # Errors
/// The server cannot be reached, or must not be trusted.
pub async fn connect(
    address: &Address,
    trust: &Trust,
    proxy: Option<&Proxy>,
) -> Result<Connected, ConnectError> {
    let pins = &trust.pins;
    if address.security == Security::Plain {
        return plain(address, proxy, None).await;
    }
    let server = address.to_string();
    // Read before connecting: with an unreadable file no server can be trusted.
    let pinned = pins
        .get(&server)
        .map_err(|error| untrusted_file(pins, &error))?;
    match encrypted(address, proxy, trust.certificate.as_deref()).await {
        Ok((stream, shown)) => {
            let remark = match &trust.expected {
                Some(expected) => check_fingerprint(&server, expected, &shown).map(|()| None)?,
                None => judge(&server, &shown, trust)?,
            };
            let start = SessionOptions {
                certificate: trust.certificate.is_some(),
                ..start(true)
            };
            Ok(Connected {
                stream,
                encrypted: true,
                start,
                remark,
            })
        }
        Err(TlsError::ClientCertificate(reason)) => Err(ConnectError::Untrusted(reason)),
        Err(TlsError::Tcp(reason)) => Err(ConnectError::Unreachable(reason)),
        Err(TlsError::NotSpoken(reason) | TlsError::NoAnswer(reason))
            if address.security == Security::Tls || trust.expected.is_some() =>
        {
            Err(ConnectError::Unreachable(format!(
                "{server} does not speak TLS: {reason}"
            )))
        }
        // A server that is going down or coming up is no reason for alarm.
        Err(TlsError::NoAnswer(reason)) if pinned.is_some() => {
            Err(ConnectError::Unreachable(reason))
        }
        // Falling back to plain text would let an attacker strip TLS.
        Err(TlsError::NotSpoken(_)) if pinned.is_some() => Err(ConnectError::Untrusted(format!(
            "{server} spoke TLS before and does not now: somebody may be in between. \
             If the server was changed on purpose, take its line out of {}.",
            shown(pins)
        ))),
        Err(TlsError::NotSpoken(_) | TlsError::NoAnswer(_)) => {
            plain(
                address,
                proxy,
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

/// Returns the parameters of a session; `secure` if nobody else can read the connection.
fn start(secure: bool) -> SessionOptions {
    SessionOptions {
        secure,
        certificate: false,
        playback: false,
        outside: false,
        // An empty nonce is refused by the server, and an empty secret is not used.
        nonce: random_text(),
        resume: random_text(),
    }
}

/// Returns 144 random bits in hexadecimal; nothing if the system has no randomness.
fn random_text() -> String {
    let mut chance = [0; 18];
    match SystemRandom::new().fill(&mut chance) {
        Ok(()) => chance.iter().map(|byte| format!("{byte:02x}")).collect(),
        Err(_) => String::new(),
    }
}

/// Returns whether the host is this machine.
fn is_loopback_host(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Checks the server's certificate or key against the expected fingerprint.
fn check_fingerprint(server: &str, expected: &str, shown: &Shown) -> Result<(), ConnectError> {
    let bare = |text: &str| text.replace(':', "").to_ascii_lowercase();
    let expected = bare(expected);
    if [&shown.pin.certificate, &shown.pin.key]
        .map(|known| bare(known))
        .contains(&expected)
    {
        return Ok(());
    }
    Err(ConnectError::Untrusted(format!(
        "{server} shows the certificate SHA-256 {}, which is not the one of --fingerprint",
        shown.pin.certificate
    )))
}

/// Judges a certificate: one signed by a trusted authority is accepted, another is compared with
/// the pin.
fn judge(server: &str, shown_now: &Shown, trust: &Trust) -> Result<Option<String>, ConnectError> {
    let (pin, pins) = (&shown_now.pin, &trust.pins);
    let fingerprint = &pin.certificate;
    // No pin is written: a signed certificate may be renewed with another key at any time.
    if shown_now.ca_signed {
        return Ok(None);
    }
    match pins
        .compare(server, pin)
        .map_err(|error| untrusted_file(pins, &error))?
    {
        PinMatch::Known => Ok(None),
        PinMatch::New if trust.known_only => Err(ConnectError::Untrusted(format!(
            "{server} shows a certificate that is not known and that no authority has signed"
        ))),
        PinMatch::New => {
            let remembered = match pins.pin(server, pin) {
                Ok(()) => "it is trusted from now on".to_owned(),
                Err(error) => format!("it could not be remembered in {}: {error}", shown(pins)),
            };
            Ok(Some(format!(
                "First visit to {server}. Its certificate, SHA-256 {fingerprint}: {remembered}."
            )))
        }
        PinMatch::Changed => Err(ConnectError::Changed {
            server: server.to_owned(),
            before: pins.get(server).ok().flatten().unwrap_or_default(),
            now: pin.clone(),
        }),
    }
}

async fn tcp(address: &Address, proxy: Option<&Proxy>) -> Result<TcpStream, String> {
    let server = address.to_string();
    let connecting = proxy::connect(address, proxy);
    let stream = match timeout(CONNECT_TIME, connecting).await {
        Ok(connected) => connected?,
        Err(_) => return Err(format!("{server} does not answer")),
    };
    stream
        .set_nodelay(true)
        .map_err(|error| format!("{server}: {error}"))?;
    Ok(stream)
}

async fn plain(
    address: &Address,
    proxy: Option<&Proxy>,
    remark: Option<String>,
) -> Result<Connected, ConnectError> {
    let stream = tcp(address, proxy)
        .await
        .map_err(ConnectError::Unreachable)?;
    Ok(Connected {
        stream: Box::new(stream),
        encrypted: false,
        start: start(is_loopback_host(&address.host)),
        remark,
    })
}

enum TlsError {
    /// No TCP connection.
    Tcp(String),
    /// Connection that ended or stayed silent during the handshake.
    NoAnswer(String),
    /// Answer that is not TLS.
    NotSpoken(String),
    /// Client certificate that cannot be used.
    ClientCertificate(String),
}

/// Certificate shown by the server.
#[derive(Default)]
struct Shown {
    pin: Pin,
    /// True if an authority trusted by the system signed it.
    ca_signed: bool,
}

/// Returns the system's certificate authorities; `None` if they cannot be read.
async fn authorities(provider: &Arc<CryptoProvider>) -> Option<Arc<WebPkiServerVerifier>> {
    static KNOWN: OnceLock<Option<Arc<RootCertStore>>> = OnceLock::new();
    let load = || {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        (!roots.is_empty()).then(|| Arc::new(roots))
    };
    // Loading the system's certificates reads many files; it is done once, off the event loop.
    let roots = tokio::task::spawn_blocking(move || KNOWN.get_or_init(load).clone());
    let roots = roots.await.ok()??;
    WebPkiServerVerifier::builder_with_provider(roots, provider.clone())
        .build()
        .ok()
}

/// Reads the client certificate and its key.
fn own_certificate(
    file: &Path,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), String> {
    let wrong = |error: rustls::pki_types::pem::Error| {
        format!("the certificate {} cannot be used: {error}", file.display())
    };
    let chain = CertificateDer::pem_file_iter(file).map_err(wrong)?;
    let chain = chain.collect::<Result<Vec<_>, _>>().map_err(wrong)?;
    Ok((chain, PrivateKeyDer::from_pem_file(file).map_err(wrong)?))
}

async fn encrypted(
    address: &Address,
    proxy: Option<&Proxy>,
    certificate: Option<&Path>,
) -> Result<(Box<dyn Stream>, Shown), TlsError> {
    let stream = tcp(address, proxy).await.map_err(TlsError::Tcp)?;
    let not_spoken = |why: String| TlsError::NotSpoken(why);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let seen = Arc::new(FirstUse {
        authorities: authorities(&provider).await,
        provider: provider.clone(),
        shown: Mutex::default(),
    });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| not_spoken(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(seen.clone());
    let config = match certificate {
        None => config.with_no_client_auth(),
        Some(file) => {
            let (chain, key) = own_certificate(file).map_err(TlsError::ClientCertificate)?;
            let config = config.with_client_auth_cert(chain, key);
            config.map_err(|error| {
                TlsError::ClientCertificate(format!("{}: {error}", file.display()))
            })?
        }
    };
    let name = ServerName::try_from(address.host.clone())
        .map_err(|error| not_spoken(error.to_string()))?;
    let handshake = TlsConnector::from(Arc::new(config)).connect(name, stream);
    match timeout(HANDSHAKE_TIME, handshake).await {
        Ok(Ok(stream)) => {
            let shown = seen
                .shown
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            match shown {
                Some(shown) => Ok((Box::new(stream), shown)),
                None => Err(not_spoken("it shows no certificate".into())),
            }
        }
        // rustls reports data that it cannot parse as `InvalidData`.
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::InvalidData => {
            Err(not_spoken(error.to_string()))
        }
        Ok(Err(error)) => Err(TlsError::NoAnswer(format!(
            "{address}: the connection was lost: {error}"
        ))),
        Err(_) => Err(TlsError::NoAnswer(format!("{address} does not answer"))),
    }
}

/// Verifier that accepts any certificate, and records its fingerprint and whether an authority
/// signed it, to be judged afterwards. Proof that the server holds the key is checked as usual.
struct FirstUse {
    provider: Arc<CryptoProvider>,
    authorities: Option<Arc<WebPkiServerVerifier>>,
    shown: Mutex<Option<Shown>>,
}

impl std::fmt::Debug for FirstUse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FirstUse")
    }
}

impl ServerCertVerifier for FirstUse {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let vouched = self.authorities.as_ref().is_some_and(|known| {
            let verified = known.verify_server_cert(end_entity, intermediates, name, ocsp, now);
            verified.is_ok()
        });
        let shown = Shown {
            pin: Pin {
                certificate: fingerprint(end_entity),
                key: key_fingerprint(end_entity),
            },
            ca_signed: vouched,
        };
        // Accepted here, judged after the handshake: the verifier cannot ask the user or write the
        // pin.
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(shown);
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

/// Returns the SHA-256 of a certificate's public key; empty if it cannot be parsed.
fn key_fingerprint(certificate: &CertificateDer<'_>) -> String {
    let parsed = ParsedCertificate::try_from(certificate);
    parsed.map_or_else(
        |_| String::new(),
        |parsed| fingerprint(&parsed.subject_public_key_info()),
    )
}

/// Returns the SHA-256 of `bytes`, as `AB:CD:…`.
fn fingerprint(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_certificate_is_trusted_at_first_sight_only_where_that_is_wanted() {
        let dir = tempfile::tempdir().unwrap();
        let trust = Trust::from(Pins::new(Some(dir.path().join("pins"))));
        let known_only = Trust {
            known_only: true,
            ..trust.clone()
        };
        let shown = Shown {
            pin: Pin {
                certificate: "AA".into(),
                key: "BB".into(),
            },
            ca_signed: false,
        };
        assert!(judge("a:1", &shown, &known_only).is_err());
        assert!(judge("a:1", &shown, &trust).unwrap().is_some());
        assert!(judge("a:1", &shown, &known_only).is_ok());
        let signed = Shown {
            ca_signed: true,
            ..shown
        };
        assert!(judge("b:1", &signed, &known_only).is_ok());
    }
}

//! TLS from the first start: a self-signed certificate if none is configured.

use std::fmt::Write;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme};

use crate::{Config, ServerError};

/// What the server shows to those who connect encrypted.
pub(crate) struct Identity {
    pub config: Arc<ServerConfig>,
    /// SHA-256 of the certificate, as `AB:CD:…`.
    pub fingerprint: String,
}

impl Identity {
    /// Reads the configured certificate, or the one in the data directory, made at the
    /// first start.
    pub fn load(config: &Config, data: &Path) -> Result<Identity, ServerError> {
        let (certificate, key) = match (&config.tls.certificate, &config.tls.key) {
            (Some(certificate), Some(key)) => (certificate.clone(), key.clone()),
            _ => own(data, &config.server.name)?,
        };
        let fault = |path: &Path, reason: String| ServerError::Tls {
            path: path.to_owned(),
            reason,
        };
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&certificate)
            .and_then(Iterator::collect)
            .map_err(|error| fault(&certificate, error.to_string()))?;
        let first = chain
            .first()
            .ok_or_else(|| fault(&certificate, "it holds no certificate".into()))?;
        let fingerprint = fingerprint(first);
        let private =
            PrivateKeyDer::from_pem_file(&key).map_err(|error| fault(&key, error.to_string()))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let algorithms = provider.signature_verification_algorithms;
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                builder
                    .with_client_cert_verifier(Arc::new(AnyCertificate(algorithms)))
                    .with_single_cert(chain, private)
            })
            .map_err(|error| fault(&certificate, error.to_string()))?;
        Ok(Identity {
            config: Arc::new(config),
            fingerprint,
        })
    }
}

/// The certificate and key that the server made for itself; made now, if they are not there.
fn own(data: &Path, name: &str) -> Result<(PathBuf, PathBuf), ServerError> {
    let (certificate, key) = (data.join("tls-certificate.pem"), data.join("tls-key.pem"));
    if certificate.exists() && key.exists() {
        return Ok((certificate, key));
    }
    let fault = |reason: String| ServerError::Tls {
        path: certificate.clone(),
        reason,
    };
    let names = vec![name.to_owned(), "localhost".to_owned()];
    let made =
        rcgen::generate_simple_self_signed(names).map_err(|error| fault(error.to_string()))?;
    write_private(&key, &made.signing_key.serialize_pem())
        .map_err(|error| fault(error.to_string()))?;
    write_private(&certificate, &made.cert.pem()).map_err(|error| fault(error.to_string()))?;
    Ok((certificate, key))
}

/// Writes a file that only its owner may read.
pub(crate) fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Takes whatever certificate a client shows, if it proves to have its key: who it is for is said
/// by its fingerprint (SASL EXTERNAL), not by whoever signed it.
#[derive(Debug)]
struct AnyCertificate(WebPkiSupportedAlgorithms);

impl ClientCertVerifier for AnyCertificate {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

/// SHA-256 of a certificate in small hexadecimal, as accounts know it.
pub(crate) fn digest(certificate: &CertificateDer<'_>) -> String {
    fingerprint(certificate)
        .replace(':', "")
        .to_ascii_lowercase()
}

fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, certificate);
    let mut text = String::with_capacity(95);
    for (index, byte) in digest.as_ref().iter().enumerate() {
        if index > 0 {
            text.push(':');
        }
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02X}");
    }
    text
}

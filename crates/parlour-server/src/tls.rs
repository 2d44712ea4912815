//! TLS configuration, with a self-signed certificate if none is configured.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme};

use x509_parser::extensions::GeneralName;

use crate::{Config, ServerError, own_certificate};

/// Protocols offered by ALPN (RFC 7301): HTTP's, and IRC's registered name. A client that offers none
/// is served as well.
const PROTOCOLS: [&[u8]; 3] = [b"h2", b"http/1.1", b"irc"];

/// TLS identity of the server.
pub(crate) struct Identity {
    pub config: Arc<ServerConfig>,
    /// SHA-256 fingerprint of the certificate, as `AB:CD:…`.
    pub fingerprint: String,
    /// DNS names that the certificate is for, wildcards included.
    pub names: Vec<String>,
}

impl Identity {
    /// Loads the configured certificate, or the one in the data directory, which is created at the
    /// first start.
    pub fn load(config: &Config, data: &Path) -> Result<Identity, ServerError> {
        let (certificate, key) = match (&config.tls.certificate, &config.tls.key) {
            (Some(certificate), Some(key)) => (certificate.clone(), key.clone()),
            _ => own_certificate::files(config, data)?,
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
        let (fingerprint, names) = (fingerprint(first), dns_names(first));
        let private =
            PrivateKeyDer::from_pem_file(&key).map_err(|error| fault(&key, error.to_string()))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let algorithms = provider.signature_verification_algorithms;
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                builder
                    .with_client_cert_verifier(Arc::new(AnyCertificate(algorithms)))
                    .with_single_cert(chain, private)
            })
            .map_err(|error| fault(&certificate, error.to_string()))?;
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).into();
        Ok(Identity {
            config: Arc::new(config),
            fingerprint,
            names,
        })
    }
}

/// Verifier that accepts any client certificate whose key the client holds: accounts are bound to
/// its fingerprint (SASL EXTERNAL), not to its issuer.
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

/// Returns the DNS names of a certificate (subjectAltName, RFC 5280 §4.2.1.6).
fn dns_names(certificate: &CertificateDer<'_>) -> Vec<String> {
    let Ok((_, parsed)) = x509_parser::parse_x509_certificate(certificate) else {
        return Vec::new();
    };
    let Ok(Some(names)) = parsed.subject_alternative_name() else {
        return Vec::new();
    };
    let names = names.value.general_names.iter();
    let names = names.filter_map(|name| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        _ => None,
    });
    names.collect()
}

/// Returns the SHA-256 of a certificate in lower-case hexadecimal, the form stored with accounts.
pub(crate) fn digest(certificate: &CertificateDer<'_>) -> String {
    fingerprint(certificate)
        .replace(':', "")
        .to_ascii_lowercase()
}

/// Returns the SHA-256 of a certificate, as `AB:CD:…`.
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

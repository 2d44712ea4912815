//! Self-signed certificate, used if none is configured.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair,
    KeyUsagePurpose, SanType,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use time::{Duration, OffsetDateTime};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::secret_file::write_private;
use crate::{Config, ServerError};

/// Validity of a certificate. Clients pin the one that they saw first, so a new one is a nuisance
/// to all users.
const VALID: Duration = Duration::days(10 * 365);
/// Time before its end at which it is renewed, at a start of the server.
const RENEWED: Duration = Duration::days(365);
/// Tolerance for clocks that are behind: certificates are valid from a little earlier.
const SKEW: Duration = Duration::days(1);

/// Files of the certificate and of its key in the data directory.
pub(crate) const FILES: [&str; 2] = ["tls-certificate.pem", "tls-key.pem"];

/// Returns the files of the certificate and its key in the data directory; creates or renews them
/// if needed. A renewed certificate keeps its key.
pub(crate) fn files(config: &Config, data: &Path) -> Result<(PathBuf, PathBuf), ServerError> {
    let [certificate, key] = FILES.map(|name| data.join(name));
    let names = names(config);
    let now = OffsetDateTime::now_utc();
    if key.exists() && is_good(&certificate, &names, now) {
        return Ok((certificate, key));
    }
    make(&certificate, &key, &names, now).map_err(|reason| ServerError::Tls {
        path: certificate.clone(),
        reason,
    })?;
    Ok((certificate, key))
}

/// Returns the names of the server: its own, this machine's, and its listening addresses.
fn names(config: &Config) -> Vec<String> {
    let mut names = vec![
        config.server.name.clone(),
        "localhost".to_owned(),
        "127.0.0.1".to_owned(),
        "::1".to_owned(),
    ];
    let listens = config.addresses();
    let addresses = listens.iter().filter_map(|address| address.tcp());
    let dirty = addresses.map(|address| address.ip().to_canonical());
    names.extend(
        dirty
            .filter(|ip| !ip.is_unspecified())
            .map(|ip| ip.to_string()),
    );
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

/// Returns whether the certificate in the file is valid for long enough and covers the first two
/// names. Another listening address alone is no reason to renew it: clients pin the present one.
fn is_good(file: &Path, names: &[String], now: OffsetDateTime) -> bool {
    let Ok(der) = CertificateDer::from_pem_file(file) else {
        return false;
    };
    let Ok((_, certificate)) = X509Certificate::from_der(&der) else {
        return false;
    };
    let validity = certificate.validity();
    let (from, until) = (
        validity.not_before.to_datetime(),
        validity.not_after.to_datetime(),
    );
    // Certificates of earlier versions never expire: they are replaced.
    let timely = from <= now && now + RENEWED < until && until - from <= VALID + SKEW * 2;
    let known = certificate.subject_alternative_name().ok().flatten();
    let covers = |name: &String| {
        known.as_ref().is_some_and(|known| {
            let mut known = known.value.general_names.iter();
            known.any(|general| is_name(general, name))
        })
    };
    timely && names.iter().take(2).all(covers)
}

/// Returns whether a subject alternative name is this name or address.
fn is_name(general: &GeneralName<'_>, name: &str) -> bool {
    match (general, name.parse::<IpAddr>()) {
        (GeneralName::IPAddress(bytes), Ok(IpAddr::V4(ip))) => **bytes == ip.octets(),
        (GeneralName::IPAddress(bytes), Ok(IpAddr::V6(ip))) => **bytes == ip.octets(),
        (GeneralName::DNSName(known), Err(_)) => known.eq_ignore_ascii_case(name),
        _ => false,
    }
}

/// Creates a certificate with the existing key, or with a new one.
fn make(file: &Path, key: &Path, names: &[String], now: OffsetDateTime) -> Result<(), String> {
    let dirty = |error: &dyn std::fmt::Display| error.to_string();
    let pair = if key.exists() {
        let text = std::fs::read_to_string(key).map_err(|error| dirty(&error))?;
        tracing::info!("the server's own certificate is renewed; its key stays the same");
        KeyPair::from_pem(&text).map_err(|error| format!("{}: {error}", key.display()))?
    } else {
        let pair = KeyPair::generate().map_err(|error| dirty(&error))?;
        // Written before the certificate: if that fails, the next start reuses this key.
        write_private(key, &pair.serialize_pem()).map_err(|error| dirty(&error))?;
        pair
    };
    let mut wanted = CertificateParams::default();
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, names[0].as_str());
    wanted.distinguished_name = subject;
    wanted.subject_alt_names = names
        .iter()
        .map(|name| match name.parse::<IpAddr>() {
            Ok(ip) => Ok(SanType::IpAddress(ip)),
            Err(_) => name.as_str().try_into().map(SanType::DnsName),
        })
        .collect::<Result<_, rcgen::Error>>()
        .map_err(|error| dirty(&error))?;
    (wanted.not_before, wanted.not_after) = (now - SKEW, now + VALID);
    wanted.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    wanted.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let made = wanted.self_signed(&pair).map_err(|error| dirty(&error))?;
    write_private(file, &made.pem()).map_err(|error| dirty(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Config {
        Config::parse(text).unwrap()
    }

    fn der(file: &Path) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(file).unwrap()
    }

    fn key_of(file: &Path) -> Vec<u8> {
        let der = der(file);
        let (_, certificate) = X509Certificate::from_der(&der).unwrap();
        certificate.public_key().raw.to_vec()
    }

    #[test]
    fn it_names_the_server_and_its_addresses_for_a_sane_time() {
        let dir = tempfile::tempdir().unwrap();
        let config = config(
            "[server]\nname = \"chat.example\"\n[[listen]]\naddress = \"192.0.2.7:25000\"\n\
             [[listen]]\naddress = \"[::]:6697\"",
        );
        let (file, _) = files(&config, dir.path()).unwrap();
        let der = der(&file);
        let (_, made) = X509Certificate::from_der(&der).unwrap();
        assert_eq!(made.subject().to_string(), "CN=chat.example");
        let named = made.subject_alternative_name().unwrap().unwrap();
        assert_eq!(named.value.general_names.len(), 5);
        for name in ["chat.example", "localhost", "127.0.0.1", "::1", "192.0.2.7"] {
            let mut all = named.value.general_names.iter();
            assert!(all.any(|general| is_name(general, name)), "{name}");
        }
        let days = |from: OffsetDateTime, to: OffsetDateTime| (to - from).whole_days();
        let now = OffsetDateTime::now_utc();
        assert_eq!(days(made.validity().not_before.to_datetime(), now), 1);
        assert!(days(now, made.validity().not_after.to_datetime()) < 10 * 366);
    }

    #[test]
    fn it_stays_as_long_as_it_is_good_and_keeps_its_key_beyond() {
        let dir = tempfile::tempdir().unwrap();
        let (file, key) = files(&config(""), dir.path()).unwrap();
        let first = der(&file);
        files(&config(""), dir.path()).unwrap();
        assert_eq!(der(&file), first);
        // Three reasons to renew: another name, an end that is near, a damaged file.
        let renamed = config("[server]\nname = \"other.example\"");
        let past = OffsetDateTime::now_utc() - VALID + RENEWED - Duration::days(1);
        let (own, names) = (key_of(&file), names(&renamed));
        let spoil: [&dyn Fn(); 3] = [
            &|| {},
            &|| make(&file, &key, &names, past).unwrap(),
            &|| std::fs::write(&file, "-----BEGIN").unwrap(),
        ];
        for spoil in spoil {
            spoil();
            let before = std::fs::read(&file).unwrap();
            assert!(!is_good(&file, &names, OffsetDateTime::now_utc()));
            files(&renamed, dir.path()).unwrap();
            assert_ne!(std::fs::read(&file).unwrap(), before);
            assert!(is_good(&file, &names, OffsetDateTime::now_utc()));
            assert_eq!(key_of(&file), own);
        }
    }

    #[test]
    fn one_of_an_earlier_version_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let (file, key) = (
            dir.path().join("tls-certificate.pem"),
            dir.path().join("tls-key.pem"),
        );
        let old = rcgen::generate_simple_self_signed(names(&config(""))).unwrap();
        std::fs::write(&file, old.cert.pem()).unwrap();
        std::fs::write(&key, old.signing_key.serialize_pem()).unwrap();
        let own = key_of(&file);
        files(&config(""), dir.path()).unwrap();
        assert!(is_good(
            &file,
            &names(&config("")),
            OffsetDateTime::now_utc()
        ));
        assert_eq!(key_of(&file), own);
    }
}

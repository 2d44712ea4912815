//! Certificate pinning: trust on first use.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

/// Result of comparing a certificate with the pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinMatch {
    /// Pinned certificate or key.
    Known,
    /// Server without a pin.
    New,
    /// Certificate and key that differ from the pin.
    Changed,
}

/// Fingerprints of a server's certificate and its key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pin {
    /// SHA-256 of the certificate.
    pub certificate: String,
    /// SHA-256 of its public key; empty in files of earlier versions.
    pub key: String,
}

impl Pin {
    /// Returns whether `shown` matches: the same certificate, or another with the same key.
    fn is_met_by(&self, shown: &Pin) -> bool {
        // An empty key matches nothing: it stands for a file of an earlier version.
        self.certificate == shown.certificate || !self.key.is_empty() && self.key == shown.key
    }
}

/// File of pins: one line per server, `host:port SHA256-of-certificate SHA256-of-key`.
#[derive(Clone, Debug)]
pub struct Pins {
    file: Option<PathBuf>,
}

impl Pins {
    /// Creates the store of pins in `file`; without a file nothing is remembered.
    pub fn new(file: Option<PathBuf>) -> Pins {
        Pins { file }
    }

    /// Returns the file of pins.
    pub fn file(&self) -> Option<&PathBuf> {
        self.file.as_ref()
    }

    /// Returns the pin of a server.
    ///
    /// # Errors
    /// The file exists and cannot be read: then nothing can be trusted.
    pub fn get(&self, server: &str) -> io::Result<Option<Pin>> {
        let Some(file) = &self.file else {
            return Ok(None);
        };
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut lines = text.lines().filter_map(|line| line.split_once(' '));
        // The last line wins: pins are appended.
        let found = lines.rfind(|(host, _)| *host == server);
        Ok(found.map(|(_, pinned)| {
            let mut words = pinned.split_whitespace().map(str::to_owned);
            Pin {
                certificate: words.next().unwrap_or_default(),
                key: words.next().unwrap_or_default(),
            }
        }))
    }

    /// Compares the fingerprints a server shows with its pin.
    ///
    /// # Errors
    /// As for [`Pins::get`].
    pub fn compare(&self, server: &str, shown: &Pin) -> io::Result<PinMatch> {
        Ok(match self.get(server)? {
            None => PinMatch::New,
            Some(pin) if pin.is_met_by(shown) => PinMatch::Known,
            Some(_) => PinMatch::Changed,
        })
    }

    /// Pins the fingerprints a server shows.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn pin(&self, server: &str, shown: &Pin) -> io::Result<()> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        if let Some(directory) = file.parent() {
            fs::create_dir_all(directory)?;
        }
        let mut file = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(file)?;
        writeln!(file, "{server} {} {}", shown.certificate, shown.key)
    }
}

impl Pins {
    /// Returns all servers with their fingerprints.
    ///
    /// # Errors
    /// As for [`Pins::get`].
    pub fn all(&self) -> io::Result<Vec<(String, String)>> {
        let Some(file) = &self.file else {
            return Ok(Vec::new());
        };
        let text = match fs::read_to_string(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            other => other?,
        };
        let lines = text.lines().filter_map(|line| line.split_once(' '));
        Ok(lines
            .map(|(host, pin)| (host.to_owned(), pin.trim().to_owned()))
            .collect())
    }

    /// Removes the pin of a server; returns whether there was one.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn forget(&self, server: &str) -> io::Result<bool> {
        let Some(file) = &self.file else {
            return Ok(false);
        };
        let all = self.all()?;
        let rest: Vec<_> = all.iter().filter(|(host, _)| host != server).collect();
        let known = rest.len() < all.len();
        if known {
            let text: String = rest
                .iter()
                .map(|(host, pin)| format!("{host} {pin}\n"))
                .collect();
            crate::files::replace(file, text.as_bytes(), false)?;
        }
        Ok(known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_certificate_is_held_to_and_its_key() {
        let dir = tempfile::tempdir().unwrap();
        let pins = Pins::new(Some(dir.path().join("a/known_servers")));
        let pin = |certificate: &str, key: &str| Pin {
            certificate: certificate.into(),
            key: key.into(),
        };
        let judge = |server: &str, certificate, key| {
            let shown = pin(certificate, key);
            pins.compare(server, &shown).unwrap()
        };
        assert_eq!(judge("h:1", "AA", "k"), PinMatch::New);
        pins.pin("h:1", &pin("AA", "k")).unwrap();
        pins.pin("h:2", &pin("BB", "")).unwrap();
        assert_eq!(judge("h:1", "AA", "k"), PinMatch::Known);
        // Renewed with its key, it is the same server.
        assert_eq!(judge("h:1", "CC", "k"), PinMatch::Known);
        assert_eq!(judge("h:1", "BB", "x"), PinMatch::Changed);
        assert_eq!(judge("h:12", "BB", "k"), PinMatch::New);
        // Without a key, as in earlier versions, it is the certificate alone.
        assert_eq!(judge("h:2", "BB", "y"), PinMatch::Known);
        assert_eq!(judge("h:2", "DD", ""), PinMatch::Changed);
        assert!(pins.forget("h:1").unwrap() && !pins.forget("h:1").unwrap());
        assert_eq!(judge("h:1", "BB", "x"), PinMatch::New);
        assert_eq!(judge("h:2", "BB", ""), PinMatch::Known);
    }
}

//! Certificates that were seen before: trusted at first sight, held to from then on.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

/// What a certificate is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the one that was pinned.
    Known,
    /// The server was never seen before.
    New,
    /// It is another one than was pinned.
    Changed,
}

/// The file of pins: a line for each server, `host:port SHA256-fingerprint`.
#[derive(Clone, Debug)]
pub struct Pins {
    file: Option<PathBuf>,
}

impl Pins {
    /// Pins kept in `file`; without one, nothing is remembered.
    pub fn new(file: Option<PathBuf>) -> Pins {
        Pins { file }
    }

    /// Where they are kept.
    pub fn file(&self) -> Option<&PathBuf> {
        self.file.as_ref()
    }

    /// The fingerprint pinned for a server.
    ///
    /// # Errors
    /// The file is there and cannot be read: then nothing can be trusted.
    pub fn get(&self, server: &str) -> io::Result<Option<String>> {
        let Some(file) = &self.file else {
            return Ok(None);
        };
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut lines = text.lines().filter_map(|line| line.split_once(' '));
        let found = lines.rfind(|(host, _)| *host == server);
        Ok(found.map(|(_, pin)| pin.trim().to_owned()))
    }

    /// Compares a certificate with the pin of its server.
    ///
    /// # Errors
    /// As [`Pins::get`].
    pub fn judge(&self, server: &str, fingerprint: &str) -> io::Result<Verdict> {
        Ok(match self.get(server)? {
            None => Verdict::New,
            Some(pin) if pin == fingerprint => Verdict::Known,
            Some(_) => Verdict::Changed,
        })
    }

    /// Pins a server's certificate.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn pin(&self, server: &str, fingerprint: &str) -> io::Result<()> {
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
        writeln!(file, "{server} {fingerprint}")
    }
}

impl Pins {
    /// All servers with their fingerprints.
    ///
    /// # Errors
    /// As [`Pins::get`].
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

    /// Forgets a server; whether it was known.
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
    fn the_first_certificate_is_held_to() {
        let dir = tempfile::tempdir().unwrap();
        let pins = Pins::new(Some(dir.path().join("a/known_servers")));
        assert_eq!(pins.judge("h:1", "AA").unwrap(), Verdict::New);
        pins.pin("h:1", "AA").unwrap();
        pins.pin("h:2", "BB").unwrap();
        assert_eq!(pins.judge("h:1", "AA").unwrap(), Verdict::Known);
        assert_eq!(pins.judge("h:1", "BB").unwrap(), Verdict::Changed);
        assert_eq!(pins.judge("h:12", "BB").unwrap(), Verdict::New);
        assert!(pins.forget("h:1").unwrap() && !pins.forget("h:1").unwrap());
        assert_eq!(pins.judge("h:1", "BB").unwrap(), Verdict::New);
        assert_eq!(pins.judge("h:2", "BB").unwrap(), Verdict::Known);
    }
}

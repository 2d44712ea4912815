//! Secrets of the server that must survive restarts: files of the data directory.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

use crate::ServerError;

/// Bytes of a secret: as many as a SHA-256 digest, the full strength of its HMAC.
const BYTES: usize = 32;

/// Secret from a file.
pub(crate) struct SecretFile(String);

impl SecretFile {
    /// Reads the file, or creates it with a random secret.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn open(data: &Path, name: &str) -> Result<SecretFile, ServerError> {
        Self::open_or(data, name, || {
            let mut bytes = vec![0; BYTES];
            SystemRandom::new().fill(&mut bytes).ok().map(|()| bytes)
        })
    }

    /// Reads the file, or creates it with what a function makes; `None` if the system gives no
    /// randomness.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn open_or(
        data: &Path,
        name: &str,
        make: impl FnOnce() -> Option<Vec<u8>>,
    ) -> Result<SecretFile, ServerError> {
        let path = data.join(name);
        let fault = |error: std::io::Error| {
            let text = format!("the file {} cannot be used: {error}", path.display());
            ServerError::Config(text)
        };
        match fs::read_to_string(&path) {
            Ok(text) if !text.trim().is_empty() => Ok(SecretFile(text.trim().to_owned())),
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(fault(error)),
            // Earlier versions left an empty one behind if they were killed at this moment.
            Ok(_) | Err(_) => {
                let bytes = make().ok_or_else(|| {
                    fault(std::io::Error::other("the system gives no randomness"))
                })?;
                let text = BASE64.encode(bytes);
                write_private(&path, &text).map_err(fault)?;
                Ok(SecretFile(text))
            }
        }
    }

    /// Returns the bytes that were made; `None` if the file holds something else.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        BASE64.decode(&self.0).ok()
    }

    /// Returns the secret as the key of an HMAC.
    pub fn key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.0.as_bytes())
    }
}

/// Writes a file that only its owner may read, and syncs it. It is there as a whole or not at all, whenever the server
/// is killed.
pub(crate) fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = Path::new(&part);
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(part)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(part, path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_stays_and_an_empty_file_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let secret = || {
            SecretFile::open(dir.path(), "key")
                .unwrap()
                .bytes()
                .unwrap()
        };
        let first = secret();
        assert_eq!((first.len(), secret()), (BYTES, first.clone()));
        fs::write(dir.path().join("key"), "\n").unwrap();
        let second = secret();
        assert_ne!(second, first);
        assert_eq!(secret(), second);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}

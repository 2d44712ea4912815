//! Storage of passwords: in the system's keyring if there is one, else in a file that only its
//! owner can read.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::files;

/// Program that accesses the keyring (libsecret).
const KEYRING: &str = "secret-tool";

/// Place where a password is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretStore {
    /// System's keyring.
    Keyring,
    /// File with mode 0600.
    File(PathBuf),
}

impl std::fmt::Display for SecretStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SecretStore::Keyring => f.write_str("in the system's keyring"),
            SecretStore::File(file) => write!(f, "in {}, which only you can read", file.display()),
        }
    }
}

/// Stored passwords of a user.
#[derive(Clone, Debug)]
pub struct Secrets {
    file: PathBuf,
}

impl Secrets {
    /// Creates the store with its file in `directory`.
    pub fn new(directory: &Path) -> Secrets {
        Secrets {
            file: directory.join("passwords.toml"),
        }
    }

    /// Stores a password; returns where.
    ///
    /// # Errors
    /// The password cannot be stored anywhere.
    pub fn keep(&self, server: &str, account: &str, password: &str) -> Result<SecretStore, String> {
        // A locked or broken keyring is no error: the file is the fallback.
        if has_keyring() && into_keyring(server, account, password) {
            return Ok(SecretStore::Keyring);
        }
        let mut all = self.read()?;
        all.insert(key(server, account), password.to_owned());
        let text = toml::to_string(&all).map_err(|error| error.to_string())?;
        files::replace(&self.file, text.as_bytes(), true)
            .map_err(|error| format!("{} cannot be written: {error}", self.file.display()))?;
        Ok(SecretStore::File(self.file.clone()))
    }

    /// Returns the password of an account.
    ///
    /// # Errors
    /// The file cannot be read, or others can read it.
    pub fn find(&self, server: &str, account: &str) -> Result<Option<String>, String> {
        if has_keyring()
            && let Some(password) = from_keyring(server, account)
        {
            return Ok(Some(password));
        }
        Ok(self.read()?.remove(&key(server, account)))
    }

    fn read(&self) -> Result<BTreeMap<String, String>, String> {
        let file = self.file.display();
        let text = match fs::read_to_string(&self.file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(BTreeMap::new());
            }
            Err(error) => return Err(format!("{file} cannot be read: {error}")),
        };
        let mode = fs::metadata(&self.file).map(|about| about.permissions().mode());
        if mode.is_ok_and(|mode| mode & 0o077 != 0) {
            return Err(format!("others can read {file}; chmod 600 keeps it yours"));
        }
        toml::from_str(&text).map_err(|error| format!("{file} is not right: {}", error.message()))
    }
}

fn key(server: &str, account: &str) -> String {
    format!("{account}@{server}")
}

/// Returns whether a keyring is available.
fn has_keyring() -> bool {
    let session = std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some();
    let path = std::env::var_os("PATH").unwrap_or_default();
    session && std::env::split_paths(&path).any(|place| place.join(KEYRING).is_file())
}

fn into_keyring(server: &str, account: &str, password: &str) -> bool {
    let label = format!("parlour: {account} at {server}");
    let child = Command::new(KEYRING)
        .args(["store", "--label", &label, "service", "parlour"])
        .args(["server", server, "account", account])
        // The password goes through stdin: arguments are visible to other users.
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else {
        return false;
    };
    let given = child
        .stdin
        .take()
        .is_some_and(|mut stdin| stdin.write_all(password.as_bytes()).is_ok());
    child.wait().is_ok_and(|status| status.success()) && given
}

fn from_keyring(server: &str, account: &str) -> Option<String> {
    let output = Command::new(KEYRING)
        .args(["lookup", "service", "parlour"])
        .args(["server", server, "account", account])
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let found = output.status.success() && !output.stdout.is_empty();
    found.then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_its_owners_alone() {
        let dir = tempfile::tempdir().unwrap();
        let secrets = Secrets::new(dir.path());
        assert_eq!(secrets.read().unwrap(), BTreeMap::new());
        let all = BTreeMap::from([(key("h:1", "me"), "p\"w\n".to_owned())]);
        let text = toml::to_string(&all).unwrap();
        files::replace(&secrets.file, text.as_bytes(), true).unwrap();
        let mode = fs::metadata(&secrets.file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(secrets.read().unwrap(), all);
        fs::set_permissions(&secrets.file, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(secrets.read().unwrap_err().contains("chmod 600"));
    }
}

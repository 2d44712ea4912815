//! Keys that all nodes share: an address has one cloak, a device one push service's sender, and a client finds the
//! certificate that it knows, on each of them.

use std::collections::BTreeMap;
use std::path::Path;

use super::snapshots::SnapshotError;
use crate::{cloak, file_tokens, own_certificate, push_worker, scram, secret_file};

/// Files of the keys in the data directory.
const FILES: [&str; 6] = [
    cloak::FILE,
    scram::FILE,
    push_worker::FILE,
    file_tokens::FILE,
    own_certificate::FILES[0],
    own_certificate::FILES[1],
];

/// Returns the keys of this node, for the others.
pub(super) fn read(data: &Path) -> Result<Vec<u8>, SnapshotError> {
    let mut keys = BTreeMap::new();
    for name in FILES {
        match std::fs::read_to_string(data.join(name)) {
            Ok(text) => drop(keys.insert(name, text)),
            // Made only by servers that use it.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(serde_json::to_vec(&keys).map_err(std::io::Error::other)?)
}

/// Takes over the keys that this node lacks.
pub(super) fn take_over(bytes: &[u8], data: &Path) -> Result<(), SnapshotError> {
    let keys: BTreeMap<String, String> =
        serde_json::from_slice(bytes).map_err(std::io::Error::other)?;
    for name in FILES {
        let path = data.join(name);
        if let Some(text) = keys.get(name)
            && !path.exists()
        {
            secret_file::write_private(&path, text)?;
        }
    }
    Ok(())
}

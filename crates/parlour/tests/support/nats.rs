//! NATS servers with JetStream.

use std::path::Path;
use std::process::Command;

/// Returns the path of nats-server; it is installed first if it is not there.
pub fn program() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let found = Command::new(root.join("scripts/nats-server"))
        .output()
        .unwrap();
    assert!(
        found.status.success(),
        "scripts/nats-server: {}",
        String::from_utf8_lossy(&found.stderr)
    );
    String::from_utf8(found.stdout).unwrap().trim().to_owned()
}

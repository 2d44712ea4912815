//! Files written whole or not at all.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Puts a file in the place of what is there, so that whoever reads it sees the one or the other.
///
/// # Errors
/// It cannot be written; what is there stays.
pub(crate) fn replace(file: &Path, content: &[u8], private: bool) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;

    if let Some(directory) = file.parent() {
        fs::create_dir_all(directory)?;
    }
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", std::process::id()));
    let temporary = file.with_file_name(name);
    let mode = if private { 0o600 } else { 0o644 };
    let written = (|| {
        let mut out = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(mode)
            .open(&temporary)?;
        out.write_all(content)?;
        out.sync_all()?;
        fs::rename(&temporary, file)
    })();
    if written.is_err() {
        // What is left of the attempt helps nobody.
        let _ = fs::remove_file(&temporary);
    }
    written
}

//! Atomic replacement of files.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Replaces a file atomically: a reader sees either the old or the new content.
///
/// # Errors
/// The file cannot be written; the old content stays.
pub(crate) fn replace(file: &Path, content: &[u8], private: bool) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;

    if let Some(directory) = file.parent() {
        fs::create_dir_all(directory)?;
    }
    let mut name = file.file_name().unwrap_or_default().to_owned();
    // In the same directory, since a rename across file systems is not atomic.
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
        // Synced before the rename, or a crash could leave an empty file under the final name.
        out.sync_all()?;
        fs::rename(&temporary, file)
    })();
    if written.is_err() {
        // A partial file is of no use.
        let _ = fs::remove_file(&temporary);
    }
    written
}

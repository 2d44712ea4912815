//! Files and folders that are for their owner only.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Mode bits that grant access to group and others.
pub(crate) const OTHERS: u32 = 0o077;

/// Creates a folder that only its owner may look into, unless it exists.
pub(crate) fn create_private_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700).create(folder)
}

/// Sets options for writing a file that is created readable by its owner only.
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options.write(true).mode(0o600)
}

/// Removes the rights of group and others on a file, if it exists.
pub(crate) fn make_private(file: &Path) -> io::Result<()> {
    let about = match fs::symlink_metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        about => about?,
    };
    let mode = about.permissions().mode();
    // A symbolic link was put there by the administrator: its target is theirs to protect.
    if about.is_symlink() || mode & OTHERS == 0 {
        return Ok(());
    }
    fs::set_permissions(file, Permissions::from_mode(mode & !OTHERS & 0o7777))
}

//! Default directories (XDG Base Directory Specification).

use std::env;
use std::path::PathBuf;

/// Returns `$XDG_DATA_HOME/parlour`, or `~/.local/share/parlour`.
pub fn data() -> Option<PathBuf> {
    base("XDG_DATA_HOME", ".local/share")
}

/// Returns the directory from the environment variable, or below the home directory.
fn base(variable: &str, below_home: &str) -> Option<PathBuf> {
    let set = env::var_os(variable)
        .map(PathBuf::from)
        // Relative paths are invalid and must be ignored, says the specification.
        .filter(|path| path.is_absolute());
    let base = set.or_else(|| Some(env::home_dir()?.join(below_home)))?;
    Some(base.join("parlour"))
}

/// Returns `$XDG_STATE_HOME/parlour`, or `~/.local/state/parlour`.
pub fn state() -> Option<PathBuf> {
    base("XDG_STATE_HOME", ".local/state")
}

/// Returns `$XDG_CONFIG_HOME/parlour`, or `~/.config/parlour`.
pub fn config() -> Option<PathBuf> {
    base("XDG_CONFIG_HOME", ".config")
}

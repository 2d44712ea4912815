//! `parlour convert-picture`, which the server runs for each uploaded picture.

use std::path::Path;
use std::process::ExitCode;

use parlour_server::picture;
use rustix::process::{Resource, Rlimit, setrlimit};

/// Bytes of memory that the process may have.
const MEMORY: u64 = 1 << 30;
/// Seconds of processor time that it may take.
const SECONDS: u64 = 20;

/// Encodes a picture anew, within limits that the system enforces, and prints what it has become.
pub fn convert(from: &Path, to: &Path, thumb: &Path) -> ExitCode {
    for (resource, most) in [
        (Resource::As, MEMORY),
        (Resource::Cpu, SECONDS),
        (Resource::Core, 0),
    ] {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        if setrlimit(resource, limit).is_err() {
            return ExitCode::FAILURE;
        }
    }
    match picture::convert(from, to, thumb) {
        Ok(made) => {
            println!(
                "{} {} {} {}",
                made.kind, made.ending, made.width, made.height
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("parlour: {error}");
            ExitCode::FAILURE
        }
    }
}

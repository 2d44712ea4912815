//! `parlour bench`.

use std::process::ExitCode;

use parlour_bench::Bench;

use crate::client::finish;

/// Runs a workload and prints its figures. The run fails if a message was lost, came twice or out of
/// order.
pub fn bench(bench: &Bench) -> ExitCode {
    match bench.run() {
        Ok((figures, is_sound)) => {
            print!("{figures}");
            if is_sound {
                ExitCode::SUCCESS
            } else {
                finish(Err("the server did not deliver every message once".into()))
            }
        }
        Err(error) => finish(Err(error.to_string())),
    }
}

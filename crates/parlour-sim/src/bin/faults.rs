//! Long random run with faults: `faults [FIRST [COUNT]]` runs so many seeds, 10,000 from 0 without
//! arguments, and prints the first that breaks a promise.

use std::process::ExitCode;

use parlour_sim::faults::run_seeds;

/// Seeds between two lines of progress.
const PORTION: u64 = 500;

fn main() -> ExitCode {
    let numbers: Result<Vec<u64>, _> = std::env::args().skip(1).map(|text| text.parse()).collect();
    let (first, count) = match numbers.as_deref() {
        Ok([]) => (0, 10_000),
        Ok([first]) => (*first, 10_000),
        Ok([first, count]) => (*first, *count),
        Ok(_) | Err(_) => {
            eprintln!("Usage: faults [FIRST [COUNT]], two numbers");
            return ExitCode::from(2);
        }
    };
    let end = first.saturating_add(count);
    let mut from = first;
    while from < end {
        let to = from.saturating_add(PORTION).min(end);
        match run_seeds(from..to) {
            Ok(counts) => println!("seeds {from} to {}: {counts:?}", to - 1),
            Err(seed) => {
                eprintln!("Seed {seed} breaks a promise. Again: faults {seed} 1");
                return ExitCode::FAILURE;
            }
        }
        from = to;
    }
    ExitCode::SUCCESS
}

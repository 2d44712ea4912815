//! Tests of the load generator against a server that does the least, and against one that loses
//! messages.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use clap::Parser;
use parlour_bench::Bench;

/// Command line of `parlour bench`.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    bench: Bench,
}

/// Server that is killed when it is dropped.
struct Ceiling {
    child: Child,
    address: String,
}

impl Ceiling {
    fn start(mode: &str, drop_every: Option<u64>) -> Ceiling {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ceiling"));
        command.args([mode, "0"]).stdout(Stdio::piped());
        if let Some(every) = drop_every {
            command.env("CEILING_DROP_EVERY", every.to_string());
        }
        let mut child = command.spawn().unwrap();
        let mut address = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut address).unwrap();
        Ceiling {
            child,
            address: address.trim().to_owned(),
        }
    }

    /// Runs a workload. Returns its figures, and whether it found all sound.
    fn load(&self, workload: &str) -> (serde_json::Value, bool) {
        let pid = self.child.id().to_string();
        let words = ["bench"].into_iter().chain(workload.split(' '));
        let options = ["--json", "--addr", &self.address, "--pid", &pid];
        let cli = Cli::try_parse_from(words.chain(options)).unwrap();
        let (figures, is_sound) = cli.bench.run().unwrap();
        (serde_json::from_str(&figures).unwrap(), is_sound)
    }
}

impl Drop for Ceiling {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Workloads small enough for a test.
const WORKLOADS: [&str; 9] = [
    "fanout --members 20 --window 8 --warmup 0.05 --seconds 0.3",
    "fanout --members 40 --sample 2 --count bytes --warmup 0.05 --seconds 0.3",
    "paced --members 20 --rate 200 --warmup 0.05 --seconds 0.3",
    "churn --members 10 --rate 100 --churn-rate 40 --stay-ms 50 --warmup 0.05 --seconds 0.4",
    "rooms --rooms 5 --members 4 --warmup 0.05 --seconds 0.3",
    "dm --pairs 8 --warmup 0.05 --seconds 0.3",
    "connect --connections 60 --concurrency 20 --channels 3",
    "idle --connections 64 --channels 4 --hold 0.1",
    "mixed --users 100 --channels 5 --rate 100 --join-rate 20 --stay-ms 100 --warmup 0.05 --seconds 0.5",
];

#[test]
fn a_sound_server_is_found_sound_by_every_workload() {
    for mode in ["epoll", "naive"] {
        for workload in WORKLOADS {
            let server = Ceiling::start(mode, None);
            let (figures, is_sound) = server.load(workload);
            assert!(is_sound, "{mode}, {workload}: {figures}");
            assert_eq!(figures["ok"], true, "{figures}");
            let did = ["deliveries", "joined"].map(|name| figures[name].as_u64().unwrap_or(0));
            assert!(
                did.iter().any(|&count| count >= 20),
                "{workload}: {figures}"
            );
            if workload.starts_with("churn") {
                assert!(figures["churn_joined"].as_u64() > Some(0), "{figures}");
                assert_eq!(figures["churn_failed"], 0, "{figures}");
            }
        }
    }
}

#[test]
fn every_message_that_a_server_drops_is_found() {
    const EVERY: u64 = 101;
    let server = Ceiling::start("naive", Some(EVERY));
    for workload in [
        "paced --members 20 --rate 300 --warmup 0.05 --seconds 0.4",
        "fanout --members 40 --window 1 --sample 40 --warmup 0.05 --seconds 0.3",
    ] {
        // Each on its own channel, since the members of the run before may still be leaving.
        let channel = format!("{workload} --channel #{}", &workload[..4]);
        let (figures, is_sound) = server.load(&channel);
        assert!(!is_sound, "{workload}: {figures}");
        let count = |name: &str| figures[name].as_u64().unwrap();
        let listeners = if workload.starts_with("paced") {
            23
        } else {
            43
        };
        let dropped = count("messages") * listeners / EVERY;
        assert!(count("lost").abs_diff(dropped) <= 1, "{dropped}: {figures}");
    }
}

#[test]
fn a_server_that_is_not_there_or_elsewhere_is_told_in_a_sentence() {
    for (address, words) in [
        ("127.0.0.1:1", "closed"),
        ("192.0.2.1:25000", "--allow-remote"),
    ] {
        let cli = Cli::try_parse_from(["bench", "dm", "--addr", address]).unwrap();
        let error = cli.bench.run().unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

//! `parlour bench`, as somebody uses it who wants to know what a server can do.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod support;

use std::process::{Command, Output};

use support::Server;

fn bench(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parlour"));
    command.arg("bench").args(arguments).output().unwrap()
}

#[test]
fn a_server_is_measured_and_a_sentence_says_what_is_wrong() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let address = server.address.to_string();
    for workload in [
        "fanout", "paced", "churn", "rooms", "dm", "connect", "idle", "mixed",
    ] {
        let mut arguments = vec![workload, "--addr", &address];
        match workload {
            "connect" => arguments.extend(["--connections", "30"]),
            "idle" => arguments.extend(["--connections", "16", "--hold", "0.1"]),
            "mixed" => arguments.extend(["--users", "40", "--channels", "4"]),
            "dm" => arguments.extend(["--pairs", "5"]),
            "rooms" => arguments.extend(["--rooms", "3", "--members", "3"]),
            _ => arguments.extend(["--members", "10"]),
        }
        if !["connect", "idle"].contains(&workload) {
            arguments.extend(["--warmup", "0.05", "--seconds", "0.3"]);
        }
        let output = bench(&arguments);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{workload}: {text}{errors}");
        assert!(
            text.starts_with(workload) && text.contains("lost"),
            "{text}"
        );
        arguments.push("--json");
        let figures: serde_json::Value = serde_json::from_slice(&bench(&arguments).stdout).unwrap();
        assert_eq!(
            (&figures["ok"], &figures["lost"]),
            (&true.into(), &0.into()),
            "{figures}"
        );
    }
    let elsewhere = bench(&["dm", "--addr", "192.0.2.1:25000"]);
    assert_eq!(elsewhere.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&elsewhere.stderr).contains("--allow-remote"));
    assert_eq!(bench(&["nonsense"]).status.code(), Some(2));
}

#[test]
fn every_transport_can_be_measured() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let address = server.address.to_string();
    for layers in [&["--tls"][..], &["--websocket"], &["--tls", "--websocket"]] {
        for workload in [
            "rooms --rooms 3 --members 3",
            "fanout --members 10 --count bytes",
        ] {
            let mut arguments: Vec<&str> = workload.split(' ').collect();
            arguments.extend([
                "--addr",
                &address,
                "--json",
                "--warmup",
                "0.05",
                "--seconds",
                "0.3",
            ]);
            arguments.extend(layers);
            let output = bench(&arguments);
            let figures: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(figures["ok"], true, "{arguments:?}: {figures}");
            assert_eq!(figures["lost"], 0, "{arguments:?}: {figures}");
            assert!(figures["deliveries"].as_u64() > Some(20), "{figures}");
        }
    }
}

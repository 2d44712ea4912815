//! Directions between crates (ARCHITECTURE.md), held against `cargo metadata`, and what the pure
//! crates may not have, held against the compiler.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

/// Each of our crates with those of ours that it uses: all of them, and no other.
const OURS: &[(&str, &[&str])] = &[
    ("irc-wire", &[]),
    ("parlour-core", &[]),
    ("parlour-cluster", &["parlour-core"]),
    ("parlour-doors", &["irc-wire", "parlour-core"]),
    ("parlour-store", &["parlour-core"]),
    (
        "parlour-server",
        &[
            "parlour-cluster",
            "parlour-core",
            "parlour-doors",
            "parlour-store",
            "parlour-web",
        ],
    ),
    ("parlour-web", &[]),
    ("parlour-client", &["irc-wire"]),
    ("parlour-bench", &[]),
    (
        "parlour-sim",
        &[
            "irc-wire",
            "parlour-cluster",
            "parlour-core",
            "parlour-doors",
            "parlour-store",
        ],
    ),
    (
        "parlour",
        &["parlour-bench", "parlour-client", "parlour-server"],
    ),
];

/// Crates of others that do input and output, and those of ours that use them: all of them, and no
/// other.
const OUTSIDE: &[(&str, &[&str])] = &[
    ("argon2", &["parlour-server"]),
    ("async-nats", &["parlour-cluster"]),
    ("crossterm", &["parlour-client"]),
    ("hyper", &["parlour-client", "parlour-web"]),
    ("hyper-util", &["parlour-client", "parlour-web"]),
    ("image", &["parlour-web"]),
    ("lettre", &["parlour-server"]),
    ("mio", &["parlour-bench", "parlour-server"]),
    ("prometheus-client", &["parlour-server"]),
    ("proxy-header", &["parlour-server"]),
    ("ratatui", &["parlour-client"]),
    ("ring", &["parlour-client", "parlour-server", "parlour-web"]),
    ("rusqlite", &["parlour-store"]),
    (
        "rustix",
        &[
            "parlour",
            "parlour-bench",
            "parlour-client",
            "parlour-server",
            "parlour-store",
        ],
    ),
    (
        "rustls",
        &[
            "parlour-bench",
            "parlour-client",
            "parlour-server",
            "parlour-web",
        ],
    ),
    ("signal-hook", &["parlour", "parlour-client"]),
    ("socket2", &["parlour-bench", "parlour-server"]),
    ("sqlite-vfs", &["parlour-sim"]),
    (
        "tokio",
        &[
            "parlour-client",
            "parlour-cluster",
            "parlour-server",
            "parlour-web",
        ],
    ),
    ("tokio-rustls", &["parlour-client", "parlour-web"]),
    ("tokio-socks", &["parlour-client"]),
    (
        "tungstenite",
        &["parlour-bench", "parlour-server", "parlour-web"],
    ),
];

/// The crates without a standard library, each with all crates of others that it uses.
const PURE: &[(&str, &[&str])] = &[
    (
        "irc-wire",
        &["memchr", "unicode-segmentation", "unicode-width"],
    ),
    (
        "parlour-core",
        &[
            "ipnet",
            "postcard",
            "serde",
            "sha2",
            "unicode-bidi",
            "unicode-normalization",
            "unicode-script",
            "unicode-security",
        ],
    ),
];

fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| {
            let used = package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|d| d["kind"].is_null());
            let names = used
                .map(|d| d["name"].as_str().unwrap().to_owned())
                .collect();
            (package["name"].as_str().unwrap().to_owned(), names)
        })
        .collect()
}

fn set<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
    names.into_iter().collect()
}

#[test]
fn our_crates_use_each_other_in_these_directions() {
    let found = dependencies();
    let ours = set(OURS.iter().map(|(name, _)| *name));
    assert_eq!(set(found.keys().map(String::as_str)), ours);
    for (name, expected) in OURS {
        let used = set(found[*name].iter().map(String::as_str));
        let used: BTreeSet<&str> = used.intersection(&ours).copied().collect();
        assert_eq!(used, set(expected.iter().copied()), "{name}");
    }
}

#[test]
fn input_and_output_stay_at_the_edge() {
    let found = dependencies();
    for (outside, expected) in OUTSIDE {
        let users = found.iter().filter(|(_, used)| used.contains(*outside));
        let users = set(users.map(|(name, _)| name.as_str()));
        assert_eq!(users, set(expected.iter().copied()), "{outside}");
    }
}

#[test]
fn the_pure_crates_use_these_crates_alone() {
    let found = dependencies();
    for (name, expected) in PURE {
        let used = set(found[*name].iter().map(String::as_str));
        assert_eq!(used, set(expected.iter().copied()), "{name}");
    }
}

/// Makes a folder of the compiler's libraries that has `core` and `alloc`, but no `std`.
fn sysroot_without_std(at: &Path, target: &str) {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output();
    let sysroot = String::from_utf8(output.unwrap().stdout).unwrap();
    let inner = format!("lib/rustlib/{target}/lib");
    let _ = fs::remove_dir_all(at);
    fs::create_dir_all(at.join(&inner)).unwrap();
    for library in fs::read_dir(Path::new(sysroot.trim()).join(&inner)).unwrap() {
        let path = library.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let pure = ["libcore-", "liballoc-", "libcompiler_builtins-"];
        if pure.iter().any(|start| name.starts_with(start)) {
            symlink(&path, at.join(&inner).join(name)).unwrap();
        }
    }
}

/// Builds them, and all that they use, where there is no standard library: a clock, a socket or a
/// thread in them does not compile.
#[test]
fn the_pure_crates_build_without_a_standard_library() {
    let output = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(output.stdout).unwrap();
    let target = version.lines().find_map(|line| line.strip_prefix("host: "));
    let target = target.unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let sysroot = folder.join("sysroot-without-std");
    sysroot_without_std(&sysroot, target);
    let mut check = Command::new(env!("CARGO"));
    check
        .args(["check", "--offline", "--quiet", "--target", target])
        .arg("--target-dir")
        .arg(folder.join("without-std"))
        .args(PURE.iter().flat_map(|(name, _)| ["-p", *name]))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("RUSTFLAGS", format!("--sysroot={}", sysroot.display()))
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    let output = check.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

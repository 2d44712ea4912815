//! Libraries of the page: each is what its manifest says, and no other is there.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};

#[test]
fn each_library_is_the_one_that_its_manifest_names() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/vendor");
    let manifest = fs::read(folder.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let mut named = BTreeSet::new();
    for library in manifest.as_array().unwrap() {
        let field = |name: &str| library[name].as_str().unwrap().to_owned();
        let file = field("file");
        let hash = Sha256::digest(fs::read(folder.join(&file)).unwrap());
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(field("sha256"), hash, "{file}");
        assert!(
            ["MIT", "Apache-2.0"].contains(&&*field("licence")),
            "{file}"
        );
        assert!(field("source").contains(&field("version")), "{file}");
        // Whatever differs from the package is said.
        let differs = field("source_sha256") != hash;
        assert_eq!(differs, library["change"].is_string(), "{file}");
        named.insert(file);
    }
    let files = fs::read_dir(&folder).unwrap().flatten();
    let there = files.map(|file| file.file_name().into_string().unwrap());
    let there: BTreeSet<String> = there
        .filter(|name| {
            name.ends_with(".js") || (name.ends_with(".mjs") && !name.ends_with(".d.mts"))
        })
        .collect();
    assert_eq!(there, named);
}

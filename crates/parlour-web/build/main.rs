//! Builds the table of the page's files from `web/`: the first modules in one file, content-hash names,
//! compressed bodies.
//!
//! Modules import each other by relative paths, so that all of them are below one directory whose
//! name is the hash of what is in it.

mod bundle;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use sha2::{Digest, Sha256};

/// Directories whose files are below the hashed directory.
const HASHED: [&str; 3] = ["app", "style", "vendor"];
/// Extensions of files that browsers load.
const SERVED: [&str; 7] = ["js", "mjs", "css", "html", "svg", "png", "webmanifest"];

struct File {
    /// Path below `web/`, with slashes.
    path: String,
    bytes: Vec<u8>,
}

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default());
    let web = root.join("../../web");
    println!("cargo::rerun-if-changed=build");
    for watched in ["app", "style", "vendor", "index.html", "sw.js", "icon.svg"] {
        println!("cargo::rerun-if-changed={}", web.join(watched).display());
    }
    println!(
        "cargo::rerun-if-changed={}",
        web.join("manifest.webmanifest").display()
    );
    let mut files = Vec::new();
    collect(&web, &web, &mut files)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let (files, first) = bundle::bundle(files);
    let is_hashed = |path: &str| {
        HASHED
            .iter()
            .any(|dir| path.starts_with(&format!("{dir}/")))
    };
    let mut digest = Sha256::new();
    for file in files.iter().filter(|file| is_hashed(&file.path)) {
        digest.update(file.path.as_bytes());
        digest.update([0]);
        digest.update(&file.bytes);
    }
    let hash: String = digest
        .finalize()
        .iter()
        .take(8)
        .fold(String::new(), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        });
    let place = |path: &str| match is_hashed(path) {
        true => format!("assets/{hash}/{path}"),
        false => path.to_owned(),
    };
    let hashed = || files.iter().filter(|file| is_hashed(&file.path));
    let assets: Vec<String> = hashed().map(|file| place(&file.path)).collect();
    let modules: Vec<String> = first.iter().map(|path| place(path)).collect();
    let out = PathBuf::from(env::var("OUT_DIR").unwrap_or_default());
    let mut table = String::from("&[\n");
    for (index, file) in files.iter().enumerate() {
        let body = match file.path.as_str() {
            "index.html" | "sw.js" => filled(&file.bytes, &hash, &assets, &modules).into_bytes(),
            _ => file.bytes.clone(),
        };
        let name = |end: &str| out.join(format!("asset-{index}.{end}"));
        fs::write(name("raw"), &body)?;
        fs::write(name("br"), brotli(&body)?)?;
        fs::write(name("gz"), gzip(&body)?)?;
        let path = match file.path.as_str() {
            "index.html" => "/".to_owned(),
            path => format!("/{}", place(path)),
        };
        let _ = writeln!(
            table,
            "    Asset {{ path: {path:?}, kind: {:?}, immutable: {}, raw: include_bytes!({:?}), brotli: include_bytes!({:?}), gzip: include_bytes!({:?}) }},",
            media_type(&file.path),
            is_hashed(&file.path),
            name("raw"),
            name("br"),
            name("gz"),
        );
    }
    table.push(']');
    fs::write(out.join("assets.rs"), table)
}

/// Collects the files of a directory that browsers load.
fn collect(root: &Path, dir: &Path, into: &mut Vec<File>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            if !path.ends_with("node_modules") && !path.ends_with("tests") {
                collect(root, &path, into)?;
            }
            continue;
        }
        let extension = path.extension().and_then(|extension| extension.to_str());
        // Declarations of types (`.d.mts`) have another extension.
        if extension.is_some_and(|extension| SERVED.contains(&extension)) {
            let below = path.strip_prefix(root).unwrap_or(&path);
            let below = below.to_string_lossy().replace('\\', "/");
            let mut bytes = fs::read(&path)?;
            if below.starts_with("app/") {
                bytes = without_comments(&String::from_utf8_lossy(&bytes)).into_bytes();
            }
            into.push(File { path: below, bytes });
        }
    }
    Ok(())
}

/// Removes the comments of a module, which are a third of it, and indentation: comments that begin a
/// line, and the types in `/** @type … */`. Nothing else is changed. Templates of the page are markup,
/// where indentation means nothing; none of their lines may begin like a comment.
fn without_comments(module: &str) -> String {
    let mut out = String::with_capacity(module.len());
    let mut in_comment = false;
    for line in module.lines() {
        let start = line.trim_start();
        let begins = !in_comment && start.starts_with("/*") && !start.contains("*/ ");
        if in_comment || begins {
            in_comment = !line.contains("*/");
            continue;
        }
        if start.is_empty() || start.starts_with("// ") {
            continue;
        }
        out.push_str(&without_types(start));
        out.push('\n');
    }
    out
}

/// Removes `/** @type … */` from a line.
fn without_types(line: &str) -> String {
    const BEGIN: &str = "/** @type ";
    const END: &str = "*/";
    let (mut out, mut rest) = (String::new(), line);
    while let Some((before, after)) = rest.split_once(BEGIN) {
        let Some((_, behind)) = after.split_once(END) else {
            break;
        };
        out.push_str(before);
        rest = behind.trim_start();
    }
    out + rest
}

/// Fills in the directory of the assets, the list of them, and links that load modules early.
fn filled(template: &[u8], hash: &str, assets: &[String], modules: &[String]) -> String {
    let list: Vec<String> = assets.iter().map(|asset| format!("{asset:?}")).collect();
    let preloads: String = modules
        .iter()
        .map(|asset| format!("<link rel=\"modulepreload\" href=\"{asset}\">\n"))
        .collect();
    String::from_utf8_lossy(template)
        .replace("{{assets}}", &format!("assets/{hash}"))
        .replace("{{hash}}", hash)
        .replace("\"{{list}}\"", &list.join(", "))
        .replace("<!--preloads-->\n", &preloads)
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        _ => "application/manifest+json",
    }
}

fn brotli(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut out, 4096, 11, 22);
    writer.write_all(bytes)?;
    writer.flush()?;
    drop(writer);
    Ok(out)
}

fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(bytes)?;
    writer.finish()
}

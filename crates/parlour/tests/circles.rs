//! Files of one crate that import each other in a circle are one file in pieces: none may be larger
//! than three.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// Files of the largest circle that a crate may have.
const LARGEST: usize = 3;
/// A module, by the names that lead to it from the root of its crate.
type Module = Vec<String>;

/// All modules of a crate that are files, but for its root, which only re-exports.
fn modules(folder: &Path, prefix: &[String], into: &mut BTreeMap<Module, PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let mut module = prefix.to_vec();
        if path.is_dir() {
            module.push(name);
            modules(&path, &module, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            if name != "mod" {
                module.push(name);
            }
            if !module.is_empty() && module != ["lib"] && module != ["main"] {
                into.insert(module, path);
            }
        }
    }
}

/// Paths that a file names, from the root of its crate; and those that it re-exports.
#[derive(Default)]
struct Paths {
    module: Module,
    /// Modules that the file declares.
    children: BTreeSet<String>,
    named: Vec<Module>,
    /// Name, and the path behind it.
    exported: Vec<(String, Module)>,
}

impl Paths {
    /// Returns a path of the crate from its root; none for one of another crate.
    fn absolute(&self, path: &[String]) -> Option<Module> {
        let mut at = self.module.clone();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => {
                at.clear();
                rest = &path[1..];
            }
            "self" => rest = &path[1..],
            "super" => {
                while rest.first().is_some_and(|name| name == "super") {
                    at.pop();
                    rest = &rest[1..];
                }
            }
            first if self.children.contains(first) => {}
            _ => return None,
        }
        at.extend(rest.iter().cloned());
        Some(at)
    }

    fn tree(&mut self, tree: &syn::UseTree, before: &[String], exports: bool) {
        let mut path = before.to_vec();
        let mut leaf = |paths: &mut Paths, name: String, last: String| {
            path.push(last);
            if let Some(found) = paths.absolute(&path) {
                if exports {
                    paths.exported.push((name, found.clone()));
                }
                paths.named.push(found);
            }
        };
        match tree {
            syn::UseTree::Name(name) => leaf(self, name.ident.to_string(), name.ident.to_string()),
            syn::UseTree::Rename(name) => {
                leaf(self, name.rename.to_string(), name.ident.to_string())
            }
            syn::UseTree::Path(inner) => {
                path.push(inner.ident.to_string());
                self.tree(&inner.tree, &path, exports);
            }
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.tree(tree, before, exports);
                }
            }
            syn::UseTree::Glob(_) => {}
        }
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        // Modules within a file are its tests.
        if item.content.is_none() {
            self.children.insert(item.ident.to_string());
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let exports = !matches!(item.vis, syn::Visibility::Inherited);
        self.tree(&item.tree, &[], exports);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        if names.len() > 1
            && ["crate", "self", "super"].contains(&names[0].as_str())
            && let Some(found) = self.absolute(&names)
        {
            self.named.push(found);
        }
        visit::visit_path(self, path);
    }
}

/// Which files each file imports from.
fn imports(crate_name: &str) -> BTreeMap<Module, BTreeSet<Module>> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../{crate_name}/src"));
    let mut files = BTreeMap::new();
    modules(&source, &[], &mut files);
    let mut read: Vec<Paths> = Vec::new();
    for (module, path) in &files {
        let mut paths = Paths {
            module: module.clone(),
            ..Paths::default()
        };
        let file = syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap();
        // Declarations first: they tell which names are modules.
        file.items.iter().for_each(|item| {
            if let syn::Item::Mod(item) = item {
                paths.visit_item_mod(item);
            }
        });
        paths.visit_file(&file);
        read.push(paths);
    }
    let mut exported: BTreeMap<(Module, String), Module> = BTreeMap::new();
    for paths in &read {
        for (name, path) in &paths.exported {
            exported.insert((paths.module.clone(), name.clone()), path.clone());
        }
    }
    // The file that defines what a path leads to: through modules and re-exports.
    let resolve = |path: &Module| -> Option<Module> {
        let (mut path, mut turns) = (path.clone(), 0);
        loop {
            let mut at = Vec::new();
            let mut step = None;
            for (index, name) in path.iter().enumerate() {
                at.push(name.clone());
                if !files.contains_key(&at) {
                    at.pop();
                    step = exported
                        .get(&(at.clone(), name.clone()))
                        .map(|to| (index, to));
                    break;
                }
            }
            turns += 1;
            match step {
                Some((index, to)) if turns < 10 => {
                    let rest = path[index + 1..].to_vec();
                    path = to.iter().cloned().chain(rest).collect();
                }
                _ => return (!at.is_empty()).then_some(at),
            }
        }
    };
    let edges = read.iter().map(|paths| {
        let found = paths.named.iter().filter_map(resolve);
        let found = found.filter(|other| *other != paths.module);
        (paths.module.clone(), found.collect())
    });
    edges.collect()
}

/// All that can be reached from a file.
fn reached<'g>(
    from: &'g Module,
    graph: &'g BTreeMap<Module, BTreeSet<Module>>,
) -> BTreeSet<&'g Module> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(module) = open.pop() {
        for next in graph.get(module).into_iter().flatten() {
            if reached.insert(next) {
                open.push(next);
            }
        }
    }
    reached
}

#[test]
fn files_import_each_other_in_no_large_circles() {
    for name in [
        "irc-wire",
        "parlour-core",
        "parlour-doors",
        "parlour-store",
        "parlour-server",
        "parlour-client",
        "parlour-sim",
        "parlour",
        "../bench",
    ] {
        let graph = imports(name);
        assert!(
            graph.values().any(|to| !to.is_empty()),
            "{name}: nothing is imported"
        );
        let reach: BTreeMap<_, _> = graph.keys().map(|m| (m, reached(m, &graph))).collect();
        let circle = |module: &Module| -> Vec<String> {
            let back = reach[module]
                .iter()
                .filter(|other| reach.get(**other).is_some_and(|from| from.contains(module)));
            back.map(|module| module.join("/")).collect()
        };
        let largest = graph.keys().map(circle).max_by_key(Vec::len).unwrap();
        assert!(largest.len() <= LARGEST, "{name}: {largest:?}");
    }
}

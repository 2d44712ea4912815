//! One file of the modules that the page needs before anything is seen: a browser asks for one file in
//! place of forty, and they compress better together.
//!
//! Each module becomes a function that returns what it exports; those that it imports from stand
//! before it. Files of others (`vendor/`) stay as they are. Parts that are loaded when they are wanted
//! stay files of their own, and take what they import from the one file. Only the forms of import and
//! export are known that the page uses: any other, and modules that import each other in a ring, fail
//! the build.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::File;

/// Path of the module that everything begins with, and of the one file.
pub const MAIN: &str = "app/main.js";
/// Directory of the page's own modules.
const OWN: &str = "app/";

/// Static import of a module.
struct Import {
    /// Names between the braces, or the name of the default.
    names: String,
    is_default: bool,
    path: String,
}

/// Module of the page.
struct Module<'f> {
    path: &'f str,
    imports: Vec<Import>,
    exports: Vec<String>,
    /// Lines without imports and `export`.
    body: Vec<String>,
}

/// Returns the files to serve, the first modules in one, and the paths of those that the page needs
/// before anything is seen.
pub fn bundle(files: Vec<File>) -> (Vec<File>, Vec<String>) {
    let is_own = |file: &&File| file.path.starts_with(OWN);
    let modules: BTreeMap<&str, Module> = files
        .iter()
        .filter(is_own)
        .map(|file| (file.path.as_str(), parse(file)))
        .collect();
    let mut order = Vec::new();
    visit(MAIN, &modules, &mut Vec::new(), &mut order);
    let number = |path: &str| order.iter().position(|known| *known == path);

    let mut vendored: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut text = String::new();
    for (index, path) in order.iter().enumerate() {
        let module = &modules[path];
        let _ = writeln!(text, "const $m{index} = (() => {{");
        for import in &module.imports {
            match number(&import.path) {
                Some(at) => text.push_str(&taken(import, at)),
                None => {
                    let names = vendored.entry(import.path.as_str()).or_default();
                    for name in imported_names(import) {
                        if !names.contains(&name) {
                            names.push(name);
                        }
                    }
                }
            }
        }
        for line in &module.body {
            text.push_str(&relocated(line, module.path, MAIN));
            text.push('\n');
        }
        let _ = writeln!(text, "return {{ {} }};\n}})();", module.exports.join(", "));
    }
    let mut first = vec![MAIN.to_owned()];
    let mut head = String::new();
    for (path, names) in &vendored {
        let (default, named): (Vec<_>, Vec<_>) =
            names.iter().partition(|name| name.starts_with('*'));
        let named: Vec<&str> = named.iter().map(|name| name.as_str()).collect();
        let from = relative(MAIN, path);
        for name in default {
            let _ = writeln!(
                head,
                "import {} from \"{from}\";",
                name.trim_start_matches('*')
            );
        }
        if !named.is_empty() {
            let _ = writeln!(head, "import {{ {} }} from \"{from}\";", named.join(", "));
        }
    }
    let all: Vec<String> = (0..order.len()).map(|index| format!("$m{index}")).collect();
    let _ = writeln!(text, "export {{ {} }};", all.join(", "));
    let parts: BTreeMap<String, String> = modules
        .values()
        .filter(|module| number(module.path).is_none())
        .map(|module| (module.path.to_owned(), part(module, &number)))
        .collect();
    first.extend(needed(
        &files,
        vendored.keys().map(|path| (*path).to_owned()),
    ));
    let bundled: Vec<String> = order.iter().map(|path| (*path).to_owned()).collect();
    let served = files
        .into_iter()
        .filter(|file| file.path == MAIN || !bundled.contains(&file.path))
        .map(|file| match (file.path.as_str(), parts.get(&file.path)) {
            (MAIN, _) => File {
                bytes: format!("{head}{text}").into_bytes(),
                ..file
            },
            (_, Some(part)) => File {
                bytes: part.clone().into_bytes(),
                ..file
            },
            (_, None) => file,
        });
    (served.collect(), first)
}

/// Parses a module.
fn parse(file: &File) -> Module<'_> {
    let text = String::from_utf8_lossy(&file.bytes);
    let mut module = Module {
        path: &file.path,
        imports: Vec::new(),
        exports: Vec::new(),
        body: Vec::new(),
    };
    for line in text.lines() {
        if let Some(import) = line.strip_prefix("import ") {
            let import = parse_import(&file.path, import);
            module
                .imports
                .push(import.unwrap_or_else(|| unknown(file, line)));
        } else if let Some(declaration) = line.strip_prefix("export ") {
            let name = declared(declaration).unwrap_or_else(|| unknown(file, line));
            module.exports.push(name.to_owned());
            module.body.push(declaration.to_owned());
        } else {
            module.body.push(line.to_owned());
        }
    }
    module
}

fn unknown<T>(file: &File, line: &str) -> T {
    panic!(
        "web/{}: this form of import or export is not known: {line}",
        file.path
    )
}

/// Parses what follows `import`: `{ a, b as c } from "./x.js";` or `a from "./x.js";`.
fn parse_import(of: &str, text: &str) -> Option<Import> {
    let (names, path) = text.split_once(" from \"")?;
    let path = resolve(of, path.strip_suffix("\";")?);
    let braces = names
        .strip_prefix("{ ")
        .and_then(|names| names.strip_suffix(" }"));
    Some(Import {
        names: braces.unwrap_or(names).to_owned(),
        is_default: braces.is_none(),
        path,
    })
}

/// Returns the name that a declaration declares.
fn declared(declaration: &str) -> Option<&str> {
    let begins = ["async function ", "function ", "class ", "const "];
    let rest = begins
        .iter()
        .find_map(|begin| declaration.strip_prefix(begin))?;
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))?;
    Some(&rest[..end])
}

/// Puts a module behind all that it imports from.
fn visit<'f>(
    path: &str,
    modules: &'f BTreeMap<&'f str, Module<'f>>,
    above: &mut Vec<String>,
    order: &mut Vec<&'f str>,
) {
    let Some(module) = modules.get(path) else {
        panic!("web/{path} is imported, but not there");
    };
    if order.contains(&module.path) {
        return;
    }
    assert!(
        !above.iter().any(|known| known == path),
        "web/{path} imports itself in a ring"
    );
    above.push(path.to_owned());
    for import in module
        .imports
        .iter()
        .filter(|import| import.path.starts_with(OWN))
    {
        visit(&import.path, modules, above, order);
    }
    above.pop();
    order.push(module.path);
}

/// Returns the statement by which an import takes its names from a module of the one file.
fn taken(import: &Import, module: usize) -> String {
    assert!(!import.is_default, "web/{} has no default", import.path);
    format!(
        "const {{ {} }} = $m{module};\n",
        import.names.replace(" as ", ": ")
    )
}

/// Returns the names of an import; a default has a star before it.
fn imported_names(import: &Import) -> impl Iterator<Item = String> {
    let star = if import.is_default { "*" } else { "" };
    let names = import.names.split(", ");
    names.map(move |name| format!("{star}{name}"))
}

/// Returns a part of the page that takes what it imports from the one file.
fn part(module: &Module, number: &impl Fn(&str) -> Option<usize>) -> String {
    let mut text = String::new();
    let mut taken_from = Vec::new();
    let mut statements = String::new();
    for import in &module.imports {
        match number(&import.path) {
            Some(at) => {
                taken_from.push(format!("$m{at}"));
                statements.push_str(&taken(import, at));
            }
            None => {
                let names = match import.is_default {
                    true => import.names.clone(),
                    false => format!("{{ {} }}", import.names),
                };
                let from = relative(module.path, &import.path);
                let _ = writeln!(text, "import {names} from \"{from}\";");
            }
        }
    }
    if !taken_from.is_empty() {
        let from = relative(module.path, MAIN);
        let _ = writeln!(
            text,
            "import {{ {} }} from \"{from}\";",
            taken_from.join(", ")
        );
    }
    text.push_str(&statements);
    for line in &module.body {
        text.push_str(line);
        text.push('\n');
    }
    let _ = writeln!(text, "export {{ {} }};", module.exports.join(", "));
    text
}

/// Returns a line of a module with the paths of `import("…")` as seen from another one.
fn relocated(line: &str, of: &str, to: &str) -> String {
    const BEGIN: &str = "import(\"";
    let (mut out, mut rest) = (String::new(), line);
    while let Some((before, after)) = rest.split_once(BEGIN) {
        let Some((path, behind)) = after.split_once('"') else {
            break;
        };
        let path = relative(to, &resolve(of, path));
        let _ = write!(out, "{before}{BEGIN}{path}\"");
        rest = behind;
    }
    out + rest
}

/// Returns files of others with those that they import.
fn needed(files: &[File], begin: impl Iterator<Item = String>) -> Vec<String> {
    let mut wanted: Vec<String> = begin.collect();
    let mut next = 0;
    while let Some(path) = wanted.get(next).cloned() {
        next += 1;
        let Some(file) = files.iter().find(|file| file.path == path) else {
            panic!("web/{path} is imported, but not there");
        };
        let text = String::from_utf8_lossy(&file.bytes);
        for behind in text.split("from").skip(1) {
            let quoted = behind.trim_start().strip_prefix('"');
            let import = quoted.and_then(|quoted| Some(quoted.split_once('"')?.0));
            if let Some(import) = import.filter(|import| import.starts_with('.')) {
                let path = resolve(&path, import);
                if !wanted.contains(&path) {
                    wanted.push(path);
                }
            }
        }
    }
    wanted
}

/// Resolves a path that a file gives relative to itself.
fn resolve(of: &str, relative: &str) -> String {
    let folder = of.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').collect();
    for part in relative.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Returns the path of a file relative to another.
fn relative(of: &str, path: &str) -> String {
    let folder = of.rsplit_once('/').map_or("", |(folder, _)| folder);
    let (from, to): (Vec<&str>, Vec<&str>) =
        (folder.split('/').collect(), path.split('/').collect());
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = "../".repeat(from.len() - shared);
    let down = to[shared..].join("/");
    match up.is_empty() {
        true => format!("./{down}"),
        false => format!("{up}{down}"),
    }
}

//! Checks the dependencies: whether each is used, is not banned, and has an allowed licence and source.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::cargo::{Failed, metadata};

/// The licences under which a dependency may be used.
const LICENCES: [&str; 10] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Zlib",
];

/// Packages under other licences, which only tests use: they are not part of what is shipped.
const ONLY_IN_TESTS: [&str; 1] = ["webdriver"];

/// Packages that are not used, each with the reason.
const BANNED: [(&str, &str); 10] = [
    ("aws-lc-sys", TLS),
    ("native-tls", TLS),
    ("openssl", TLS),
    ("openssl-sys", TLS),
    ("async-executor", RUNTIME),
    ("async-std", RUNTIME),
    ("compio", RUNTIME),
    ("glommio", RUNTIME),
    ("monoio", RUNTIME),
    ("smol", RUNTIME),
];
const TLS: &str = "TLS is by rustls with ring";
const RUNTIME: &str = "the runtime is Tokio";

/// The one source of packages.
const SOURCE: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Fails if a dependency is not used or not allowed.
pub(crate) fn run() -> Result<(), Failed> {
    let metadata = metadata()?;
    let packages = metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    let (ours, others): (Vec<_>, Vec<_>) = packages.iter().partition(|package| package["source"].is_null());
    let mut faults: Vec<String> = others.iter().filter_map(|package| refusal(package)).collect();
    let mut named = BTreeSet::new();
    for package in &ours {
        let directory = Path::new(text(package, "manifest_path")).parent().unwrap_or(Path::new("."));
        let mut words = BTreeSet::new();
        read_words(directory, &mut words)?;
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let name = text(dependency, "name");
            named.insert(name);
            let known_as = dependency["rename"].as_str().unwrap_or(name).replace('-', "_");
            if !words.contains(&known_as) {
                faults.push(format!("{} does not use {name}", text(package, "name")));
            }
        }
    }
    let workspace = read(Path::new("Cargo.toml"))?;
    let unused = in_table(&workspace).filter(|name| !named.contains(name));
    faults.extend(unused.map(|name| format!("no crate uses {name} of the workspace's table")));
    println!("{} packages of others, {} dependencies of ours", others.len(), named.len());
    if faults.is_empty() { Ok(()) } else { Err(Failed(faults.join("\n"))) }
}

fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member].as_str().unwrap_or_default()
}

/// Why a package may not be used.
fn refusal(package: &Value) -> Option<String> {
    let (name, licence, source) = (text(package, "name"), text(package, "license"), text(package, "source"));
    if let Some((_, reason)) = BANNED.iter().find(|(banned, _)| *banned == name) {
        return Some(format!("{name} is banned: {reason}"));
    }
    if source != SOURCE {
        return Some(format!("{name} comes from {source}"));
    }
    let is_allowed = is_allowed(licence) || ONLY_IN_TESTS.contains(&name);
    (!is_allowed).then(|| format!("{name} is under the licence `{licence}`"))
}

/// Whether an SPDX expression can be met with the allowed licences. In old ones, `/` means `OR`.
fn is_allowed(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    any_of(&mut words) && words.next().is_none()
}

type Words<'w> = std::iter::Peekable<std::str::SplitWhitespace<'w>>;

/// Reads alternatives up to the end or a closing parenthesis.
fn any_of(words: &mut Words<'_>) -> bool {
    let mut is_any = all_of(words);
    while words.next_if_eq(&"OR").is_some() {
        is_any |= all_of(words);
    }
    is_any
}

/// Reads licences that all apply.
fn all_of(words: &mut Words<'_>) -> bool {
    let mut are_all = one(words);
    while words.next_if_eq(&"AND").is_some() {
        are_all &= one(words);
    }
    are_all
}

/// Reads a licence or an expression in parentheses.
fn one(words: &mut Words<'_>) -> bool {
    if words.next_if_eq(&"(").is_some() {
        let is_any = any_of(words);
        return words.next() == Some(")") && is_any;
    }
    let is_allowed = words.next().is_some_and(|word| LICENCES.contains(&word));
    // An exception only adds to what is allowed.
    if words.next_if_eq(&"WITH").is_some() {
        words.next();
    }
    is_allowed
}

/// The names in the table of the workspace's dependencies.
fn in_table(manifest: &str) -> impl Iterator<Item = &str> {
    let table = manifest.split("\n[").find(|table| table.starts_with("workspace.dependencies]"));
    let lines = table.into_iter().flat_map(|table| table.lines().skip(1));
    lines
        .filter_map(|line| line.split([' ', '=', '.']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
}

/// Collects the words of all source files in a directory.
fn read_words(directory: &Path, words: &mut BTreeSet<String>) -> Result<(), Failed> {
    let failed = |error| Failed(format!("{}: {error}", directory.display()));
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            read_words(&path, words)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            read_words_of_file(&path, words)?;
        }
    }
    Ok(())
}

/// Collects the words of a source file, except those in comments, and of the files of other crates that it
/// names as its modules.
fn read_words_of_file(path: &Path, words: &mut BTreeSet<String>) -> Result<(), Failed> {
    for line in read(path)?.lines().map(str::trim_start).filter(|line| !line.starts_with("//")) {
        if let Some((other, _)) = line.strip_prefix("#[path = \"").and_then(|rest| rest.split_once('"')) {
            read_words_of_file(&path.with_file_name(other), words)?;
        }
        words.extend(line.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_owned));
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, Failed> {
    std::fs::read_to_string(path).map_err(|error| Failed(format!("{}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_expression_is_met_by_allowed_licences() {
        for expression in [
            "MIT",
            "Unlicense/MIT",
            "(MIT OR GPL-3.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0",
        ] {
            assert!(is_allowed(expression), "{expression}");
        }
        for expression in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT", "MIT)", "MIT Apache-2.0"] {
            assert!(!is_allowed(expression), "{expression}");
        }
    }

    #[test]
    fn a_package_is_refused_with_the_reason() {
        let package = |name: &str, license: &str, source: &str| {
            refusal(&json!({ "name": name, "license": license, "source": source }))
        };
        assert_eq!(package("serde", "MIT", SOURCE), None);
        assert_eq!(package("webdriver", "MPL-2.0", SOURCE), None);
        assert_eq!(package("x", "MPL-2.0", SOURCE).unwrap(), "x is under the licence `MPL-2.0`");
        assert_eq!(package("smol", "MIT", SOURCE).unwrap(), "smol is banned: the runtime is Tokio");
        assert_eq!(package("x", "MIT", "git+https://x").unwrap(), "x comes from git+https://x");
    }

    #[test]
    fn the_table_of_the_workspace_is_read() {
        let manifest = "[workspace]\n\n[workspace.dependencies]\n# Why.\na-b = \"1\"\n\nc.path = \"c\"\n\n[profile.dev]\nd = 1\n";
        assert_eq!(in_table(manifest).collect::<Vec<_>>(), ["a-b", "c"]);
    }
}

//! The import graph: which modules of a crate use which, and which crates depend on which.
//!
//! A module is a file or directory directly below `src`; its submodules count as part of it. An import is a
//! pair of modules of one crate in which the first refers to something in the second, outside of tests.

mod imports;
mod layers;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::cargo::Failed;

/// The crates from bottom to top. A crate may only depend on crates before it.
const CRATES: [&str; 18] = [
    "domain",
    "files",
    "logs",
    "link",
    "store",
    "engine",
    "operations",
    "machines",
    "catalogue",
    "graphql",
    "fleet",
    "server",
    "agent",
    "agent-program",
    "cli",
    "swarm",
    "bench",
    "xtask",
];

/// Prints the graph. Fails if modules form a cycle, or if a crate depends on a later one.
pub(crate) fn run() -> Result<(), Failed> {
    let mut faults = Vec::new();
    println!("{:<13} {:>7} {:>7} {:>6}  cycles", "crate", "modules", "imports", "floors");
    for name in CRATES {
        let directory = if name == "xtask" { "xtask".into() } else { format!("crates/{name}") };
        let imports = imports::of_crate(&Path::new(&directory).join("src"))?;
        let pairs: usize = imports.0.values().map(BTreeSet::len).sum();
        let cycles = layers::cycles(&imports);
        let floors = layers::floors(&imports);
        let shown: Vec<String> = cycles.iter().map(|cycle| format!("{{{}}}", cycle.join(", "))).collect();
        faults.extend(cycles.iter().map(|cycle| {
            let pairs = imports.within(cycle).join(", ");
            format!("crate {name}: modules import each other in a cycle: {pairs}")
        }));
        println!(
            "{name:<13} {:>7} {pairs:>7} {floors:>6}  {}",
            imports.0.len(),
            if shown.is_empty() { "none".to_owned() } else { shown.join(" ") }
        );
        faults.extend(upward(name, &dependencies(&directory)?));
    }
    if faults.is_empty() { Ok(()) } else { Err(Failed(faults.join("\n"))) }
}

/// The dependencies of a crate that are not before it in [`CRATES`].
fn upward(name: &str, dependencies: &[String]) -> Vec<String> {
    let place = |name: &str| CRATES.iter().position(|one| *one == name);
    let is_upward = |dependency: &&String| place(dependency) >= place(name);
    let upward = dependencies.iter().filter(is_upward);
    upward.map(|dependency| format!("crate {name} depends on {dependency}, which stands above it")).collect()
}

/// The crates of this workspace that a crate depends on, except in its tests.
fn dependencies(directory: &str) -> Result<Vec<String>, Failed> {
    let path = Path::new(directory).join("Cargo.toml");
    let text = std::fs::read_to_string(&path).map_err(|e| Failed(format!("{}: {e}", path.display())))?;
    let sections = text.split("\n[").filter(|section| section.starts_with("dependencies]"));
    let names = sections.flat_map(str::lines).filter_map(|line| {
        let name = line.split(['.', '=', ' ']).next()?;
        name.strip_prefix("bailiwick-")
    });
    Ok(names.map(str::to_owned).collect())
}

/// Modules, and what each of them imports.
type Graph = BTreeMap<String, BTreeSet<String>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_on_a_higher_crate_is_reported() {
        let of = |name, dependencies: &[&str]| {
            upward(name, &dependencies.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert!(of("server", &["operations", "domain"]).is_empty());
        assert_eq!(
            of("store", &["domain", "server"]),
            ["crate store depends on server, which stands above it"]
        );
        assert_eq!(of("store", &["store"]).len(), 1);
    }

    #[test]
    fn every_crate_is_in_the_layer_list() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut there: Vec<String> = std::fs::read_dir(root.join("crates"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .chain(["xtask".to_owned()])
            .collect();
        there.sort();
        let mut placed = CRATES.map(str::to_owned);
        placed.sort();
        assert_eq!(there, placed);
    }
}

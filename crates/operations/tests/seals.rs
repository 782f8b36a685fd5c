//! What the sources of this crate must not contain, because only the crate `engine` does it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

/// The modules that begin a transaction without a request: work in the background, and before it.
const WITHOUT_A_REQUEST: [&str; 4] = ["audit.rs", "reseal.rs", "schedules/due.rs", "schedules/forward.rs"];

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The files below `src` that contain a text.
fn containing(text: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 50, "these are the sources");
    let mut found: Vec<String> = files
        .iter()
        .filter(|file| std::fs::read_to_string(file).unwrap().contains(text))
        .map(|file| file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned())
        .collect();
    found.sort();
    found
}

#[test]
fn no_operation_audits_by_itself() {
    assert!(containing("append_audit").is_empty());
}

#[test]
fn no_operation_begins_a_transaction_by_itself() {
    assert_eq!(containing(".begin()"), WITHOUT_A_REQUEST);
    assert!(containing(".begin_holding(").is_empty() && containing(".begin_taking_away(").is_empty());
}

//! Tells the program which commit it is built from, and of when.

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

#[allow(clippy::disallowed_methods, reason = "a build outside of a repository says when it was made")]
fn main() {
    let commit = git(&["rev-parse", "--short=12", "HEAD"]).unwrap_or_default();
    // A release outside of a repository says when it was made (reproducible-builds.org,
    // SOURCE_DATE_EPOCH).
    let seconds = std::env::var("SOURCE_DATE_EPOCH").ok().or_else(|| git(&["log", "-1", "--format=%ct"]));
    let seconds = seconds.unwrap_or_else(|| {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()).to_string()
    });
    // Not BAILIWICK_…: cargo hands them on to what it runs, where they would be taken for settings.
    println!("cargo::rustc-env=BUILD_COMMIT={commit}");
    println!("cargo::rustc-env=BUILD_SECONDS={seconds}");
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    if let Some(head) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo::rerun-if-changed={head}");
    }
}

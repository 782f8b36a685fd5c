//! Carries out orders to scan for updates and to install them on this machine.

use std::time::Instant;

use bailiwick_domain::command::UpdateChoice;
use bailiwick_domain::update::{UpdateScan, UpdateSource};
use bailiwick_link::commands::End;

use super::{Failure, Installation, Programs, Refresh, Run as _, install, scan, source};
use crate::runner::JobOutcome;

/// The files in which an operating system describes itself.
const OS_RELEASE: [&str; 2] = ["/etc/os-release", "/usr/lib/os-release"];

/// The source of updates on this machine.
fn source_here(programs: &Programs<'_>) -> Result<UpdateSource, Failure> {
    let release = OS_RELEASE.iter().find_map(|path| std::fs::read_to_string(path).ok());
    source(&release.unwrap_or_default(), |name| programs.has(name)).ok_or(Failure::NoSource)
}

/// Scans this machine for updates: the outcome, and the scan if it succeeded.
pub async fn scan_updates(mut programs: Programs<'_>) -> (JobOutcome, Option<UpdateScan>) {
    let began = Instant::now();
    let scanned = match source_here(&programs) {
        Ok(source) => scan(source, Refresh::First, &mut programs).await,
        Err(failure) => Err(failure),
    };
    match scanned {
        Ok(scan) => (ended(began, End::Succeeded, Some(0), String::new()), Some(scan)),
        Err(failure) => (failed(began, failure), None),
    }
}

/// Installs updates on this machine: the outcome, and a scan of those that are left.
pub async fn install_updates(
    choice: &UpdateChoice,
    mut programs: Programs<'_>,
) -> (JobOutcome, Option<UpdateScan>) {
    let began = Instant::now();
    let installed = match source_here(&programs) {
        Ok(source) => install(source, choice, &mut programs).await,
        Err(failure) => Err(failure),
    };
    match installed {
        Ok(Installation { exit_code, error, scan }) => {
            let code = exit_code.unwrap_or_default();
            let end = if code == 0 { End::Succeeded } else { End::Failed };
            (ended(began, end, Some(code), error), Some(scan))
        }
        Err(failure) => (failed(began, failure), None),
    }
}

fn ended(began: Instant, end: End, exit_code: Option<i32>, error: String) -> JobOutcome {
    JobOutcome { end, exit_code, signal: None, error, duration: Some(began.elapsed()) }
}

fn failed(began: Instant, failure: Failure) -> JobOutcome {
    match failure {
        Failure::Stopped(outcome) => JobOutcome { duration: Some(began.elapsed()), ..*outcome },
        failure => ended(began, End::Failed, None, failure.to_string()),
    }
}

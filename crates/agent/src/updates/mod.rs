//! Updates of the machine's software: which there are, and installing them, by the program that
//! keeps the machine's software.
//!
//! What is installed is chosen from a scan made just before: no text that came over the link reaches
//! a program but as the name of an update which that program itself has told.

mod apt;
mod call;
mod choice;
mod dnf;
mod failure;
mod order;
mod programs;
mod source;
mod windows;
mod zypper;

#[cfg(test)]
mod recording;

use bailiwick_domain::command::UpdateChoice;
use bailiwick_domain::update::{Update, UpdateScan, UpdateSource};

pub use call::{Call, CallEnd, Run, WhenStopped};
pub use failure::Failure;
pub use order::{install_updates, scan_updates};
pub use programs::Programs;
pub use source::source;

use choice::{Chosen, choose};

/// Whether a source is asked anew for what there is before it is asked for updates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// It is. Where that fails, what is known is told.
    First,
    /// It is not: it has just been, or there is no network to ask.
    Not,
}

/// The exit code of an installation of updates that there are not.
const NO_UPDATE: i32 = 1;

/// How an installation ended.
#[derive(Debug)]
pub struct Installation {
    /// The exit code of the program that installed; `None` if nothing was to be installed.
    pub exit_code: Option<i32>,
    /// Why nothing was installed, if that is a failure; empty if it is none.
    pub error: String,
    /// What is left.
    pub scan: UpdateScan,
}

/// Finds out which updates there are.
pub async fn scan(source: UpdateSource, refresh: Refresh, run: &mut impl Run) -> Result<UpdateScan, Failure> {
    let mut refreshed = source == UpdateSource::Windows;
    if refresh == Refresh::First && !refreshed {
        refreshed = refreshes(source, run).await?;
    }
    let (updates, reboot_required) = match source {
        UpdateSource::Apt => (apt::updates(run).await?, apt::reboot_required(run)),
        UpdateSource::Dnf => (dnf::updates(run).await?, dnf::reboot_required(run).await?),
        UpdateSource::Zypper => (zypper::updates(run).await?, zypper::reboot_required(run).await?),
        UpdateSource::Windows => windows::updates(run).await?,
    };
    Ok(UpdateScan { source, updates, reboot_required, refreshed }.bounded())
}

/// Asks a source anew; whether that worked.
async fn refreshes(source: UpdateSource, run: &mut impl Run) -> Result<bool, Failure> {
    let call = match source {
        UpdateSource::Apt => apt::refresh(),
        UpdateSource::Dnf => dnf::refresh(run)?,
        UpdateSource::Zypper => zypper::refresh(),
        UpdateSource::Windows => return Ok(true),
    };
    let program = call.program;
    let end = run.run(call).await?;
    if end.code == Some(0) {
        return Ok(true);
    }
    run.note(&format!("{program} could not ask anew for what there is: what it knew before is told")).await?;
    Ok(false)
}

/// Installs updates, and finds out which are left. Where one of several names is no update, nothing is
/// installed. An installation that fails is told by its exit
/// code: which updates are left is true all the same.
pub async fn install(
    source: UpdateSource,
    choice: &UpdateChoice,
    run: &mut impl Run,
) -> Result<Installation, Failure> {
    let before = scan(source, Refresh::First, run).await?;
    let Chosen { updates, missing } = choose(&before.updates, choice)?;
    let unknown = unknown(source, missing, run).await?;
    if !unknown.is_empty() {
        let error = format!("nothing was installed: there is no update of {}", unknown.join(", "));
        return Ok(Installation { exit_code: Some(NO_UPDATE), error, scan: before });
    }
    if updates.is_empty() {
        run.note("there is nothing to install").await?;
        return Ok(Installation { exit_code: None, error: String::new(), scan: before });
    }
    let all = matches!(choice, UpdateChoice::All);
    let code = match source {
        UpdateSource::Apt => apt::install(all, &updates, run).await?,
        UpdateSource::Dnf => dnf::install(all, &updates, run).await?,
        UpdateSource::Zypper => zypper::install(all, &updates, run).await?,
        UpdateSource::Windows => windows::install(&updates, run).await?,
    };
    let after = scan(source, Refresh::Not, run).await?;
    let scan = UpdateScan { refreshed: before.refreshed, ..after };
    Ok(Installation { exit_code: Some(code), error: String::new(), scan })
}

/// Of names of which there is no update, those that are not installed packages either. A package that
/// is installed and up to date is what was asked for.
async fn unknown(
    source: UpdateSource,
    missing: Vec<String>,
    run: &mut impl Run,
) -> Result<Vec<String>, Failure> {
    if missing.is_empty() {
        return Ok(missing);
    }
    let installed = match source {
        UpdateSource::Apt => apt::installed_packages(&missing, run).await?,
        UpdateSource::Dnf | UpdateSource::Zypper => rpm_packages(&missing, run).await?,
        UpdateSource::Windows => Vec::new(),
    };
    let (known, unknown): (Vec<_>, Vec<_>) = missing.into_iter().partition(|name| installed.contains(name));
    for name in known {
        run.note(&format!("{name} is installed, and there is no update of it")).await?;
    }
    Ok(unknown)
}

/// Those of some names that are packages which `rpm` says are installed.
async fn rpm_packages(names: &[String], run: &mut impl Run) -> Result<Vec<String>, Failure> {
    let call = Call::ask("rpm", &["-q", "--qf", "%{NAME}\\n", "--"]).with(names.iter().cloned());
    // It ends with 1 or more if one of them is not installed, and names the others all the same.
    Ok(run.run(call).await?.stdout.lines().map(|line| line.trim().to_owned()).collect())
}

/// Fetches what is then installed by a second call, which is let finish. What is wrong, or is to end,
/// ends while nothing has been changed yet.
async fn fetch_then_install(
    fetch: Call,
    install: Call,
    worked: &[i32],
    run: &mut impl Run,
) -> Result<i32, Failure> {
    let fetched = run.run(fetch).await?;
    if !fetched.code.is_some_and(|code| worked.contains(&code)) {
        return Ok(installed(fetched));
    }
    Ok(installed(run.run(install.to_its_end()).await?))
}

/// An update of which nothing is known but its name.
fn named(name: impl Into<String>) -> Update {
    Update {
        name: name.into(),
        title: None,
        installed_version: None,
        available_version: None,
        architecture: None,
        origin: None,
        security: false,
        severity: None,
        references: Vec::new(),
    }
}

/// The code with which a program that was to install ended. One that a signal ended has none, and
/// has failed.
fn installed(end: CallEnd) -> i32 {
    end.code.unwrap_or(-1)
}

/// `Some` if there is something in a text.
fn text(text: &str) -> Option<String> {
    Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}

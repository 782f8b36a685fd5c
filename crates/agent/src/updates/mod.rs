//! Updates of the machine's software: lists and installs them with the machine's package manager, or
//! Windows Update.
//!
//! Updates are chosen from a scan made just before the installation: no text from the server reaches a
//! program, except the name of an update that the program itself has listed.

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

/// Whether a scan first lets its source fetch the list of updates anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// It does. If that fails, the scan shows the list that the source had before.
    First,
    /// It does not: the list was just fetched, or there is no network.
    Not,
}

/// The exit code if an update was named that does not exist.
const NO_UPDATE: i32 = 1;

/// The result of an installation.
#[derive(Debug)]
pub struct Installation {
    /// The exit code of the installing program; `None` if there was nothing to install.
    pub exit_code: Option<i32>,
    /// Why nothing was installed, if that is a failure; empty otherwise.
    pub error: String,
    /// The updates that are left.
    pub scan: UpdateScan,
}

/// Lists the available updates.
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

/// Lets a source fetch its list of updates anew, and returns whether that worked.
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
    run.note(&format!("{program} could not refresh its list of updates, so the earlier list is used"))
        .await?;
    Ok(false)
}

/// Installs updates, and scans for those that are left. If any of the names is unknown, nothing is
/// installed. If the installation fails, the exit code says so, and the scan is correct all the same.
pub async fn install(
    source: UpdateSource,
    choice: &UpdateChoice,
    run: &mut impl Run,
) -> Result<Installation, Failure> {
    let before = scan(source, Refresh::First, run).await?;
    let Chosen { updates, missing } = choose(&before.updates, choice)?;
    let unknown = unknown(source, missing, run).await?;
    if !unknown.is_empty() {
        let error = format!("nothing was installed: there is no update for {}", unknown.join(", "));
        return Ok(Installation { exit_code: Some(NO_UPDATE), error, scan: before });
    }
    if updates.is_empty() {
        run.note("there are no updates to install").await?;
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

/// The names in `missing`, which have no update, that are not installed packages either. A package that
/// is installed and up to date is not an error.
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
        run.note(&format!("{name} is installed, and there is no update for it")).await?;
    }
    Ok(unknown)
}

/// The packages among `names` that are installed according to `rpm`.
async fn rpm_packages(names: &[String], run: &mut impl Run) -> Result<Vec<String>, Failure> {
    let call = Call::ask("rpm", &["-q", "--qf", "%{NAME}\\n", "--"]).with(names.iter().cloned());
    // `rpm` exits with 1 or more if one of them is not installed, but prints the others all the same.
    Ok(run.run(call).await?.stdout.lines().map(|line| line.trim().to_owned()).collect())
}

/// Runs two calls: the first downloads, the second installs and is never ended half-way. Errors and
/// cancellations during the download therefore leave the machine unchanged.
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

/// An update of which only the name is known.
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

/// The exit code of an installing program; -1 if a signal ended it, which counts as a failure.
fn installed(end: CallEnd) -> i32 {
    end.code.unwrap_or(-1)
}

/// The trimmed text; `None` if it is empty.
fn text(text: &str) -> Option<String> {
    Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}

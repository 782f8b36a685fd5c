//! Carries out instructions: each goes to the module that can do it.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_domain::command::UpdateChoice;
use bailiwick_domain::update::UpdateScan;
use bailiwick_link::commands::{End, InstallUpdates, What};

use crate::reboot;
use crate::runner::{self, Becoming, Captures, Job, JobOutcome, Patience, Stop};
use crate::updates::{self, Programs};

/// The most bytes of a scan's result, so that the report of the command's end fits into one message.
const UPDATES_BYTES_MAX: usize = 768 << 10;

/// The result of an instruction.
#[derive(Debug)]
pub(crate) struct Done {
    /// How it ended, and its exit code or error.
    pub(crate) outcome: JobOutcome,
    /// The result of a scan for updates, in the format of `Finished::updates`; empty if there was no
    /// scan.
    pub(crate) updates: Vec<u8>,
}

impl From<JobOutcome> for Done {
    fn from(outcome: JobOutcome) -> Self {
        Self { outcome, updates: Vec::new() }
    }
}

/// The updates that an order asks for; `None` if it asks for none.
fn choice(order: InstallUpdates) -> Option<UpdateChoice> {
    let InstallUpdates { names, security_only, all } = order;
    match (names.is_empty(), security_only, all) {
        (false, ..) => Some(UpdateChoice::Names(names)),
        (true, true, _) => Some(UpdateChoice::Security),
        (true, false, true) => Some(UpdateChoice::All),
        (true, false, false) => None,
    }
}

/// The result of an order about updates, with the scan. Updates that do not fit into a message are left
/// out, security updates last, and the error says how many.
fn found((mut outcome, scan): (JobOutcome, Option<UpdateScan>)) -> Done {
    let Some(mut scan) = scan else { return outcome.into() };
    let all = scan.updates.len();
    let mut updates = serde_json::to_vec(&scan).unwrap_or_default();
    if updates.len() > UPDATES_BYTES_MAX {
        scan.updates.sort_by_key(|update| !update.security);
    }
    while updates.len() > UPDATES_BYTES_MAX {
        let fitting = scan.updates.len() * UPDATES_BYTES_MAX / updates.len();
        scan.updates.truncate(fitting.min(scan.updates.len() - 1));
        updates = serde_json::to_vec(&scan).unwrap_or_default();
    }
    let left_out = all - scan.updates.len();
    if left_out > 0 && outcome.error.is_empty() {
        outcome.error =
            format!("{left_out} of {all} updates are left out, because they do not fit into a message");
    }
    Done { outcome, updates }
}

/// Carries out an instruction. Meanwhile its output goes to `captures`.
pub(crate) async fn carry_out(
    what: What,
    timeout: Duration,
    patience: Patience,
    becoming: &Becoming,
    captures: &Arc<Captures>,
    stop: &Stop,
) -> Done {
    match what {
        What::Shell(order) => match Job::of(order, becoming) {
            Ok(job) => runner::run(job, timeout, patience, captures, stop).await.into(),
            Err(why) => JobOutcome::not_begun(End::Failed, why).into(),
        },
        What::ScanUpdates(_) => {
            found(updates::scan_updates(Programs::new(timeout, patience, captures, stop)).await)
        }
        What::InstallUpdates(order) => {
            let Some(choice) = choice(order) else {
                return JobOutcome::not_begun(
                    End::Failed,
                    "expected the updates to install: names, security or all",
                )
                .into();
            };
            let programs = Programs::new(timeout, patience, captures, stop);
            found(updates::install_updates(&choice, programs).await)
        }
        What::Reboot(_) => reboot::reboot(timeout, patience, captures, stop).await.into(),
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_domain::update::{Update, UpdateSource};

    use super::*;

    fn update(n: usize) -> Update {
        Update {
            name: format!("package-{n}"),
            title: Some("t".repeat(200)),
            installed_version: None,
            available_version: None,
            architecture: None,
            origin: None,
            security: n.is_multiple_of(10),
            severity: None,
            references: Vec::new(),
        }
    }

    #[test]
    fn a_scan_that_is_too_long_keeps_all_security_updates() {
        let scan = |count| UpdateScan {
            source: UpdateSource::Apt,
            updates: (0..count).map(update).collect(),
            reboot_required: false,
            refreshed: true,
        };
        let outcome = JobOutcome::not_begun(End::Succeeded, "");
        let some = found((outcome.clone(), Some(scan(100))));
        assert_eq!(some.outcome.error, "");
        assert_eq!(serde_json::from_slice::<UpdateScan>(&some.updates).unwrap(), scan(100));

        let many = found((outcome, Some(scan(9_000))));
        assert!(many.updates.len() <= UPDATES_BYTES_MAX);
        let told: UpdateScan = serde_json::from_slice(&many.updates).unwrap();
        assert!(told.updates.len() > 2_000);
        assert_eq!(told.updates.iter().filter(|update| update.security).count(), 900);
        let left_out = 9_000 - told.updates.len();
        assert!(
            many.outcome.error.starts_with(&format!("{left_out} of 9000 updates ")),
            "{:?}",
            many.outcome
        );
    }
}

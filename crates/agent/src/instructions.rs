//! What the agent can be told to do, and who does it.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_domain::command::UpdateChoice;
use bailiwick_domain::update::UpdateScan;
use bailiwick_link::commands::{End, InstallUpdates, What};

use crate::reboot;
use crate::runner::{self, Becoming, Captures, Job, Outcome, Patience, Stop};
use crate::updates::{self, Programs};

/// What became of an instruction.
#[derive(Debug)]
pub(crate) struct Done {
    /// How it ended.
    pub(crate) outcome: Outcome,
    /// What a scan for updates found, as `Finished::updates` holds it; empty for no scan.
    pub(crate) updates: Vec<u8>,
}

impl From<Outcome> for Done {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, updates: Vec::new() }
    }
}

/// Which updates an order means.
fn choice(order: InstallUpdates) -> UpdateChoice {
    let InstallUpdates { names, security_only } = order;
    match (names.is_empty(), security_only) {
        (false, _) => UpdateChoice::Names(names),
        (true, true) => UpdateChoice::Security,
        (true, false) => UpdateChoice::All,
    }
}

/// How an order about updates ended, with what a scan found.
fn found((outcome, scan): (Outcome, Option<UpdateScan>)) -> Done {
    let updates = scan.and_then(|scan| serde_json::to_vec(&scan).ok());
    Done { outcome, updates: updates.unwrap_or_default() }
}

/// Carries an instruction out. What it writes goes to `captures` meanwhile.
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
            Err(why) => Outcome::not_begun(End::Failed, why).into(),
        },
        What::ScanUpdates(_) => {
            found(updates::scan_updates(Programs::new(timeout, patience, captures, stop)).await)
        }
        What::InstallUpdates(order) => {
            let programs = Programs::new(timeout, patience, captures, stop);
            found(updates::install_updates(&choice(order), programs).await)
        }
        What::Reboot(_) => reboot::reboot(timeout, patience, captures, stop).await.into(),
    }
}

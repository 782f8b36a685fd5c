//! What the agent can be told to do, and who does it.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_link::commands::{End, What};

use crate::runner::{self, Becoming, Captures, Job, Outcome, Patience, Stop};

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
        What::ScanUpdates(_) | What::InstallUpdates(_) | What::Reboot(_) => Outcome::not_begun(
            End::Failed,
            "this version of the agent runs texts for shells and nothing else",
        )
        .into(),
    }
}

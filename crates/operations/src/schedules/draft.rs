//! Checks of a schedule that is created or changed.

use bailiwick_domain::schedule::{LATENESS_MAX, LATENESS_MIN, Schedule, Work};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, FieldError, Result};
use bailiwick_engine::shape::operation_id::OperationId;

use super::work::instruction;
use crate::commands::issue::{CommandBounds, require_may_ignore_windows, require_within_limits};
use crate::{ids, targets};

/// The most bytes of a schedule's work as JSON, because lists of schedules contain it.
const WORK_MAX: usize = 256 << 10;

/// The operation that a schedule runs with its owner's rights.
pub(crate) const fn runs(work: &Work) -> OperationId {
    match work {
        Work::Command { .. } | Work::Script { .. } => ids::COMMANDS_CREATE,
        Work::ScanUpdates => ids::UPDATES_SCAN,
        Work::InstallUpdates { .. } => ids::UPDATES_INSTALL,
    }
}

/// Refuses a schedule that could never run, or whose owner could not give its commands now.
pub(super) async fn check(cx: &Cx, schedule: &Schedule) -> Result<()> {
    cx.require_operation(runs(&schedule.run))?;
    if schedule.ignore_maintenance_windows {
        require_may_ignore_windows(cx)?;
    }
    let Schedule { timeout_seconds, ttl_seconds, output_limit_bytes, .. } = schedule;
    CommandBounds::new(Some(*timeout_seconds), Some(*ttl_seconds), Some(*output_limit_bytes))?;
    if schedule.max_lateness_seconds.is_some_and(|most| !(LATENESS_MIN..=LATENESS_MAX).contains(&most)) {
        let detail = format!("expected {LATENESS_MIN} to {LATENESS_MAX} seconds");
        return Err(Error::invalid("max_lateness_seconds", detail));
    }
    targets::check_lasting(&schedule.targets, targets::FIELD)?;
    let instruction = instruction(cx, &schedule.run).await.map_err(in_run)?;
    let bytes = serde_json::to_vec(&schedule.run).map_err(Error::internal)?.len();
    if bytes > WORK_MAX {
        let detail = format!(
            "expected at most {WORK_MAX} bytes as JSON, found {bytes}; a control character takes six bytes"
        );
        return Err(Error::invalid("run", detail));
    }
    require_within_limits(cx, &instruction, 1).map_err(in_run)?;
    if schedule.enabled && schedule.next_run_at.is_none() {
        return Err(Error::invalid("cron", "expected a time that occurs"));
    }
    Ok(())
}

/// The error with its fields renamed to those within `run`.
fn in_run(error: Error) -> Error {
    let rename = |errors: Vec<FieldError>| {
        errors.into_iter().map(|e| FieldError { field: format!("run.{}", e.field), ..e }).collect()
    };
    match error {
        Error::Invalid(errors) => Error::Invalid(rename(errors)),
        Error::CommandLimited(errors) => Error::CommandLimited(rename(errors)),
        other => other,
    }
}

//! Running schedules when they are due.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bailiwick_domain::command::SecretEnv;
use bailiwick_domain::schedule::Schedule;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::admission::By;
use bailiwick_engine::background::log_background_error;
use bailiwick_engine::control::Control;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::measures::Outcome;
use bailiwick_engine::shape::operation_id::OperationId;
use bailiwick_engine::spans::operation_span;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::draft::runs;
use super::timekeeper::Timekeeper;
use super::work::instruction;
use crate::commands::issue::{CommandBounds, GivenCommand, NewCommand, Windows, issue};

/// How often the server looks for due schedules.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How many due schedules are read per query.
const DUE_AT_ONCE: u32 = 100;
/// The most characters of an error that is stored with a schedule.
const ERROR_MAX: usize = 1_000;

/// Runs schedules when they are due.
pub struct Scheduler {
    pub(super) control: Arc<Control>,
    pub(super) timekeeper: Timekeeper,
}

impl Scheduler {
    /// The scheduler of a control plane. There is one.
    pub fn new(control: Arc<Control>) -> Arc<Self> {
        Arc::new(Self { control, timekeeper: Timekeeper::default() })
    }

    /// The control plane whose schedules it runs.
    pub(crate) const fn control(&self) -> &Arc<Control> {
        &self.control
    }

    /// Runs schedules when they are due, until `stop`.
    pub(crate) async fn keep_time(self: Arc<Self>, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await.is_some() {
            if let Err(error) = self.run_due_schedules().await {
                log_background_error(&error, "due schedules could not be run");
            }
        }
    }

    /// Runs the schedules that are due: each on one server only, and once for all the times that were
    /// missed. Skips a schedule that is too late, or whose nodes are outside their maintenance windows.
    pub async fn run_due_schedules(&self) -> Result<()> {
        if !self.control.admits() {
            return Ok(());
        }
        let now = self.control.now();
        self.bring_forward_schedules(now).await?;
        for schedule in self.control.store().due_schedules(now, DUE_AT_ONCE).await? {
            if let Some(why) = schedule.too_late(now) {
                self.leave_out(&schedule, now, why).await?;
                continue;
            }
            // The next run time is written together with the command, so that a crash skips none.
            let Err(error) = self.give_scheduled(&schedule).await else { continue };
            // The schedule stays due. A busy database may be one organization's share of it only, and a conflict is
            // with something that happens just now.
            match error {
                Error::Busy | Error::Conflict => {
                    log_background_error(&error, "a schedule could not be run yet; this is retried");
                    continue;
                }
                Error::Unavailable => return Err(error),
                Error::OutsideMaintenanceWindow { .. } => {
                    self.leave_out(&schedule, now, format!("the run was skipped: {error}")).await?;
                    continue;
                }
                _ => {}
            }
            let mut tx = self.control.store().begin().await?;
            let is_ours = tx.claim_schedule(&schedule, schedule.next_after(now)).await?;
            let cause = why(&error);
            if is_ours {
                tx.note_run(schedule.id, now, Err(cause.clone())).await?;
            }
            tx.commit().await?;
            if is_ours {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, schedule = %schedule.id, name = %schedule.name, "a schedule gave no command: {cause}");
            }
        }
        Ok(())
    }

    /// Skips a run that is too late, or for which all nodes are outside their maintenance windows.
    async fn leave_out(&self, schedule: &Schedule, now: Timestamp, why: String) -> Result<()> {
        let mut tx = self.control.store().begin().await?;
        let is_ours = tx.claim_schedule(schedule, schedule.next_after(now)).await?;
        if is_ours {
            tx.note_left_out(schedule.id, why.clone()).await?;
        }
        tx.commit().await?;
        if is_ours {
            tracing::warn!(schedule = %schedule.id, name = %schedule.name, "a schedule gave no command: {why}");
        }
        Ok(())
    }

    /// Issues the command of a schedule, as its owner. It counts as a request of the operation that the
    /// schedule runs.
    async fn give_scheduled(&self, schedule: &Schedule) -> Result<GivenCommand> {
        let began = Instant::now();
        let operation = runs(&schedule.run);
        let given = match self.admit(schedule, operation) {
            Ok(cx) => {
                let span = operation_span(operation, cx.request_id());
                Self::give_as(&cx, schedule).instrument(span).await
            }
            Err(error) => Err(error),
        };
        let outcome = given.as_ref().map_or_else(|error| Outcome::of(error.status()), |_| Outcome::Done);
        self.control.measures().note(operation, outcome, began.elapsed());
        given
    }

    fn admit(&self, schedule: &Schedule, operation: OperationId) -> Result<Cx> {
        let owner = By::Owner { actor: &schedule.owner, organization: schedule.organization_id };
        self.control.authorize(owner, self.control.listings().require(operation)?)
    }

    async fn give_as(cx: &Cx, schedule: &Schedule) -> Result<GivenCommand> {
        let instruction = instruction(cx, &schedule.run).await?;
        let bounds = CommandBounds {
            timeout_seconds: schedule.timeout_seconds,
            ttl_seconds: schedule.ttl_seconds,
            output_limit_bytes: schedule.output_limit_bytes,
        };
        let (targets, env) = (schedule.targets.clone(), SecretEnv::default());
        let windows = Windows::heeded_unless(schedule.ignore_maintenance_windows);
        issue(cx, NewCommand { instruction, env, targets, bounds, schedule: Some(schedule), windows }).await
    }
}

/// Why a schedule gave no command, for people.
fn why(error: &Error) -> String {
    let mut text = match error {
        Error::Internal(_) => "an internal error occurred; see the server's log".to_owned(),
        other => other.to_string(),
    };
    for wrong in error.field_errors() {
        text.push_str(&format!("; {}: {}", wrong.field, wrong.detail));
    }
    text.chars().take(ERROR_MAX).collect()
}

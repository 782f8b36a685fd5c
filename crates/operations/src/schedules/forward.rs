//! Correction of schedules whose next run was calculated with a clock that was ahead.

use bailiwick_domain::id::ScheduleId;
use bailiwick_domain::schedule::Schedule;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::error::Result;

use super::due::Scheduler;

/// How far ahead the next run of a disabled schedule may be, in seconds. A disabled schedule has a next
/// run only if a caller asked to run it at once.
const AT_ONCE_SECONDS: i64 = 60;
/// How many schedules are read per query.
const ROWS_AT_ONCE: u32 = 500;

/// The correct next run, if it is earlier than the stored one.
fn sooner(schedule: &Schedule, now: Timestamp) -> Option<Timestamp> {
    let says = schedule.next_run_at?;
    if schedule.enabled {
        return schedule.next_after(now).filter(|next| *next < says);
    }
    (now.plus_seconds(AT_ONCE_SECONDS) < says).then_some(now)
}

impl Scheduler {
    /// Moves the next run forward if it was calculated while a clock was ahead. Otherwise the schedule
    /// would not run until that time.
    pub(super) async fn bring_forward_schedules(&self, now: Timestamp) -> Result<()> {
        if !self.timekeeper.is_to_check(now) {
            return Ok(());
        }
        let mut after: Option<ScheduleId> = None;
        loop {
            let page = self.control.store().schedules_later_than(now, after, ROWS_AT_ONCE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for schedule in &page {
                let Some(next) = sooner(schedule, now) else { continue };
                let mut tx = self.control.store().begin().await?;
                let is_ours = tx.claim_schedule(schedule, Some(next)).await?;
                tx.commit().await?;
                if is_ours {
                    let before = schedule.next_run_at;
                    tracing::info!(schedule = %schedule.id, ?before, %next, "the next run of a schedule was moved forward, because it was calculated with a clock that was ahead");
                }
            }
        }
        self.timekeeper.checked(now);
        Ok(())
    }
}

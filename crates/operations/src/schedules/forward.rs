//! Schedules whose next time is too far ahead, as the clock was.

use bailiwick_domain::id::ScheduleId;
use bailiwick_domain::schedule::Schedule;
use bailiwick_domain::time::Timestamp;

use crate::control::Control;
use crate::error::Result;

/// How far ahead the next time of a schedule that is not enabled may be, in seconds: somebody asked for it
/// to run at once.
const AT_ONCE_SECONDS: i64 = 60;
/// How many schedules are read at once.
const ROWS_AT_ONCE: u32 = 500;

/// When a schedule should run next, if that is sooner than it says.
fn sooner(schedule: &Schedule, now: Timestamp) -> Option<Timestamp> {
    let says = schedule.next_run_at?;
    if schedule.enabled {
        return schedule.next_after(now).filter(|next| *next < says);
    }
    (now.plus_seconds(AT_ONCE_SECONDS) < says).then_some(now)
}

impl Control {
    /// Brings schedules forward whose next time was worked out while a clock was ahead. Without that
    /// they would stand still until that time comes.
    pub(super) async fn bring_forward_schedules(&self, now: Timestamp) -> Result<()> {
        if !self.timekeeper.is_to_check(now) {
            return Ok(());
        }
        let mut after: Option<ScheduleId> = None;
        loop {
            let page = self.store.schedules_later_than(now, after, ROWS_AT_ONCE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for schedule in &page {
                let Some(next) = sooner(schedule, now) else { continue };
                let mut tx = self.store.begin().await?;
                let is_ours = tx.claim_schedule(schedule, Some(next)).await?;
                tx.commit().await?;
                if is_ours {
                    let said = schedule.next_run_at;
                    tracing::info!(schedule = %schedule.id, ?said, %next, "a schedule was brought forward");
                }
            }
        }
        self.timekeeper.checked(now);
        Ok(())
    }
}

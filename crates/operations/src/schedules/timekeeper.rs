//! Schedules whose next time is too far ahead, as the clock was.

use bailiwick_domain::id::ScheduleId;
use bailiwick_domain::schedule::Schedule;
use bailiwick_domain::time::Timestamp;
use parking_lot::Mutex;

use crate::control::Control;
use crate::error::Result;

/// How often next times are worked out anew though the clock seems right, in seconds: another server's may
/// not be.
const AGAIN_SECONDS: i64 = 600;
/// How far the clock goes back before it counts as having been wrong, in seconds.
const BACK_SECONDS: i64 = 1;
/// How far ahead the next time of a schedule that is not enabled may be, in seconds: somebody asked for it
/// to run at once.
const AT_ONCE_SECONDS: i64 = 60;
/// How many schedules are read at once.
const ROWS_AT_ONCE: u32 = 500;

/// What was seen of the clock by what keeps the time of schedules.
#[derive(Default)]
pub(crate) struct Timekeeper(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    /// The time when it was last looked.
    last: Option<Timestamp>,
    /// When next times were last worked out anew.
    checked: Option<Timestamp>,
}

impl Timekeeper {
    /// Whether next times are to be worked out anew: at the start, when the clock went back, and now and
    /// then.
    fn is_to_check(&self, now: Timestamp) -> bool {
        let mut seen = self.0.lock();
        let went_back = seen.last.is_some_and(|last| now.plus_seconds(BACK_SECONDS) < last);
        if went_back {
            tracing::warn!("the clock went back: the next times of schedules are worked out anew");
            seen.checked = None;
        }
        seen.last = Some(now);
        seen.checked.is_none_or(|checked| checked.plus_seconds(AGAIN_SECONDS) <= now)
    }

    fn checked(&self, now: Timestamp) {
        self.0.lock().checked = Some(now);
    }
}

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

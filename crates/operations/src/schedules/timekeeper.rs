//! Decides when the next runs of schedules are calculated again: at the start, after the clock was set
//! back, and every ten minutes.

use bailiwick_domain::time::Timestamp;
use parking_lot::Mutex;

/// How often the next times of schedules are recalculated although this server's clock seems right, in
/// seconds: another server may have calculated them with a wrong clock.
const AGAIN_SECONDS: i64 = 600;
/// How far the clock must go back before it counts as wrong, in seconds.
const BACK_SECONDS: i64 = 1;

/// The scheduler's observations of the clock.
#[derive(Default)]
pub(crate) struct Timekeeper(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    /// The time of the last look at the clock.
    last: Option<Timestamp>,
    /// When next times were last recalculated.
    checked: Option<Timestamp>,
}

impl Timekeeper {
    /// Whether next times must be recalculated: after the start, when the clock went back, and from
    /// time to time.
    pub(crate) fn is_to_check(&self, now: Timestamp) -> bool {
        let mut seen = self.0.lock();
        let went_back = seen.last.is_some_and(|last| now.plus_seconds(BACK_SECONDS) < last);
        if went_back {
            tracing::warn!("the clock was set back: the next runs of schedules are calculated again");
            seen.checked = None;
        }
        seen.last = Some(now);
        seen.checked.is_none_or(|checked| checked.plus_seconds(AGAIN_SECONDS) <= now)
    }

    pub(crate) fn checked(&self, now: Timestamp) {
        self.0.lock().checked = Some(now);
    }
}

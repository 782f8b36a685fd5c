//! What was seen of the clock by what keeps the time of schedules.

use bailiwick_domain::time::Timestamp;
use parking_lot::Mutex;

/// How often next times are worked out anew though the clock seems right, in seconds: another server's may
/// not be.
const AGAIN_SECONDS: i64 = 600;
/// How far the clock goes back before it counts as having been wrong, in seconds.
const BACK_SECONDS: i64 = 1;

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
    pub(crate) fn is_to_check(&self, now: Timestamp) -> bool {
        let mut seen = self.0.lock();
        let went_back = seen.last.is_some_and(|last| now.plus_seconds(BACK_SECONDS) < last);
        if went_back {
            tracing::warn!("the clock went back: the next times of schedules are worked out anew");
            seen.checked = None;
        }
        seen.last = Some(now);
        seen.checked.is_none_or(|checked| checked.plus_seconds(AGAIN_SECONDS) <= now)
    }

    pub(crate) fn checked(&self, now: Timestamp) {
        self.0.lock().checked = Some(now);
    }
}

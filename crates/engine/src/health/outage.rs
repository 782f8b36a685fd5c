//! Limits log entries about an outage of the database: one when it begins, then one per minute.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// The interval between log entries while an outage lasts.
const SAID_EVERY: Duration = Duration::from_secs(60);

/// When an outage was last logged.
static SAID: Mutex<Option<Instant>> = Mutex::new(None);

/// Whether an outage should be logged now.
pub(crate) fn is_to_be_said() -> bool {
    is_due(&mut SAID.lock(), Instant::now())
}

fn is_due(said: &mut Option<Instant>, now: Instant) -> bool {
    let is_due = said.is_none_or(|said| now.duration_since(said) >= SAID_EVERY);
    if is_due {
        *said = Some(now);
    }
    is_due
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_logged_once_a_minute() {
        let (mut said, begin) = (None, Instant::now());
        assert!(is_due(&mut said, begin));
        assert!(!is_due(&mut said, begin + Duration::from_secs(59)));
        assert!(is_due(&mut said, begin + Duration::from_secs(60)));
        assert!(!is_due(&mut said, begin + Duration::from_secs(119)));
    }
}

//! How often it is logged that the database is away: when that begins, and then once a minute.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// How often an outage is logged while it lasts.
const SAID_EVERY: Duration = Duration::from_secs(60);

/// When something was last said of an outage.
static SAID: Mutex<Option<Instant>> = Mutex::new(None);

/// Whether it is time to say again that the database is away.
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
    fn an_outage_is_said_once_a_minute() {
        let (mut said, begin) = (None, Instant::now());
        assert!(is_due(&mut said, begin));
        assert!(!is_due(&mut said, begin + Duration::from_secs(59)));
        assert!(is_due(&mut said, begin + Duration::from_secs(60)));
        assert!(!is_due(&mut said, begin + Duration::from_secs(119)));
    }
}

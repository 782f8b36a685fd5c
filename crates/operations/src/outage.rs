//! What is logged while the database is away: when that begins and ends, and in between one line a
//! minute.

use std::error::Error as StdError;
use std::time::{Duration, Instant};

use bailiwick_store::Error as StoreError;
use parking_lot::Mutex;

use crate::error::Error;

/// How often an outage is logged while it lasts.
const SAID_EVERY: Duration = Duration::from_secs(60);

/// When something was last said of an outage.
static SAID: Mutex<Option<Instant>> = Mutex::new(None);

/// Whether an error is only of the moment: the database does not answer, or has no connection free.
fn is_outage(error: &(dyn StdError + 'static)) -> bool {
    matches!(error.downcast_ref(), Some(Error::Busy | Error::Unavailable))
        || matches!(error.downcast_ref(), Some(StoreError::Busy | StoreError::Unavailable(_)))
}

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

/// Logs that something could not be done; if only because the database is away, seldom.
pub(crate) fn complain(error: &(dyn StdError + 'static), what: &'static str) {
    if !is_outage(error) || is_to_be_said() {
        tracing::error!(error, "{what}");
    }
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
        assert!(is_outage(&Error::Unavailable) && !is_outage(&Error::StorageFull));
        assert!(!is_outage(&StoreError::Taken));
    }
}

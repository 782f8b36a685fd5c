//! Log entries about failed background work.

use std::error::Error as StdError;

use bailiwick_store::Error as StoreError;

use crate::error::Error;
use crate::health::outage;

/// Whether an error is temporary: the database does not answer, or has no free connection.
fn is_outage(error: &(dyn StdError + 'static)) -> bool {
    matches!(error.downcast_ref(), Some(Error::Busy | Error::Unavailable))
        || matches!(error.downcast_ref(), Some(StoreError::Busy | StoreError::Unavailable(_)))
}

/// Logs that background work failed. If the reason is an outage of the database, not each time.
pub fn log_background_error(error: &(dyn StdError + 'static), what: &'static str) {
    if !is_outage(error) || outage::is_to_be_said() {
        tracing::error!(error, "{what}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_distinguished_from_other_errors() {
        assert!(is_outage(&Error::Unavailable) && is_outage(&StoreError::Busy));
        assert!(!is_outage(&Error::StorageFull) && !is_outage(&StoreError::Taken));
    }
}

//! The outside world as traits: time and randomness, which a pure program must be given.

use crate::time::Timestamp;

/// Tells the time: the system's time in production, a time set by hand in tests.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// Gives unpredictable bytes.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` from a cryptographically secure source.
    fn fill(&self, bytes: &mut [u8]);
}

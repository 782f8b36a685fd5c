//! What a pure program must be given: the time and randomness.

use crate::time::Timestamp;

/// Tells the time. The system's in production, one that a test sets by hand in tests.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// Gives unpredictable bytes.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` from a cryptographically secure source.
    fn fill(&self, bytes: &mut [u8]);
}

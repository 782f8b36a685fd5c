//! The outside world as traits: time and randomness, which a pure program must be given.

use std::time::Duration;

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

/// Measures durations. Unlike a [`Clock`], it never jumps when the system's time is set.
pub trait Stopwatch: Send + Sync {
    /// The time since a fixed moment in the past.
    fn elapsed(&self) -> Duration;
}

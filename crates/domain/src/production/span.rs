//! Spans: half-open intervals of time.

use crate::time::Timestamp;

/// A half-open interval of time: from its start up to, but without, its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    start: Timestamp,
    end: Timestamp,
}

impl Span {
    /// The span from `start` to `end`; empty if the end is not after the start.
    pub fn new(start: Timestamp, end: Timestamp) -> Self {
        Self { start, end: end.max(start) }
    }

    /// The span from `start` on, without an end.
    pub fn since(start: Timestamp) -> Self {
        Self::new(start, Timestamp::from_micros(i64::MAX))
    }

    /// Its first microsecond.
    pub const fn start(self) -> Timestamp {
        self.start
    }

    /// The first microsecond after it.
    pub const fn end(self) -> Timestamp {
        self.end
    }

    /// Its length in microseconds.
    pub const fn micros(self) -> i64 {
        self.end.as_micros() - self.start.as_micros()
    }

    /// Whether it has no microsecond.
    pub const fn is_empty(self) -> bool {
        self.micros() == 0
    }

    /// Whether a time is in it.
    pub fn contains(self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }

    /// What it has in common with another span; empty if nothing.
    #[must_use]
    pub fn overlap(self, other: Self) -> Self {
        Self::new(self.start.max(other.start), self.end.min(other.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_half_open_and_never_negative() {
        let span = |start, end| Span::new(Timestamp::from_micros(start), Timestamp::from_micros(end));
        assert!(span(2, 5).contains(Timestamp::from_micros(2)));
        assert!(!span(2, 5).contains(Timestamp::from_micros(5)));
        assert_eq!(span(2, 5).overlap(span(4, 9)), span(4, 5));
        assert!(span(2, 5).overlap(span(5, 9)).is_empty());
        assert_eq!(span(5, 2).micros(), 0);
        assert!(Span::since(Timestamp::from_micros(7)).contains(Timestamp::from_micros(1 << 50)));
    }
}

//! Histograms of durations: counts in fixed buckets, which many threads write at once without a lock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The upper bounds of the buckets, in microseconds; each bound belongs to its bucket. One more bucket holds
/// what is longer than the last bound.
pub const BOUNDS_MICROS: [u64; 14] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000,
];

/// The number of buckets.
pub const BUCKETS: usize = BOUNDS_MICROS.len() + 1;

/// Counts durations in buckets.
#[derive(Debug, Default)]
pub struct Histogram {
    counts: [AtomicU64; BUCKETS],
    sum_micros: AtomicU64,
}

impl Histogram {
    /// Counts a duration.
    pub fn note(&self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS_MICROS.partition_point(|bound| *bound < micros);
        if let Some(count) = self.counts.get(bucket) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.sum_micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// The counts now.
    pub fn read(&self) -> Distribution {
        Distribution {
            counts: self.counts.each_ref().map(|count| count.load(Ordering::Relaxed)),
            sum_micros: self.sum_micros.load(Ordering::Relaxed),
        }
    }
}

/// What a [`Histogram`] counted until now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    /// How many durations fell into each bucket, in the order of [`BOUNDS_MICROS`]; the last one counts those
    /// above all bounds.
    pub counts: [u64; BUCKETS],
    /// The sum of all durations, in microseconds.
    pub sum_micros: u64,
}

impl Distribution {
    /// How many durations were counted.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_counted_in_the_bucket_whose_bound_it_does_not_exceed() {
        let histogram = Histogram::default();
        for micros in [0, 500, 501, 1_000, 10_000_000, 10_000_001] {
            histogram.note(Duration::from_micros(micros));
        }
        let read = histogram.read();
        assert_eq!(read.counts, [2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
        assert_eq!((read.count(), read.sum_micros), (6, 20_002_002));
    }

    #[test]
    fn the_bounds_increase() {
        assert!(BOUNDS_MICROS.is_sorted_by(|one, next| one < next));
    }
}

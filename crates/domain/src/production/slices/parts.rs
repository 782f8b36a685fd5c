//! Parts, from the readings of counters.

use super::bucket::Buckets;
use crate::production::history::{CounterReading, History};
use crate::production::span::Span;
use crate::time::Timestamp;

/// Adds the parts that the counters counted.
///
/// A part is counted at the time of the reading that shows it. A rise is unattributed if there was no data at
/// some time between the two readings, or if the counter itself was unavailable between them.
pub(super) fn add_counted(buckets: &mut Buckets<'_>, history: &History) {
    for readings in &history.counters {
        let mut last: Option<(Timestamp, i64)> = None;
        let mut is_unknown = false;
        for CounterReading { at, value, .. } in readings {
            let Some(value) = *value else {
                is_unknown = true;
                continue;
            };
            if let Some((since, before)) = last {
                let parts = parts_between(before, value);
                if parts == 0 {
                    // Most readings repeat the one before.
                } else if is_unknown || !is_covered(&history.covered, Span::new(since, *at)) {
                    buckets.add_unattributed(*at, parts);
                } else {
                    buckets.add_parts(*at, parts);
                }
            }
            last = Some((*at, value));
            is_unknown = false;
        }
    }
}

/// How many parts were made between two readings of a counter.
///
/// A rise counts. A fall to at most half is a reset: the counter began at zero again, so what it shows now
/// counts. A smaller fall is a person who set it back by some parts, which counts nothing.
fn parts_between(before: i64, now: i64) -> i64 {
    if now >= before {
        now.saturating_sub(before)
    } else if now <= before / 2 {
        now.max(0)
    } else {
        0
    }
}

/// Whether there was data for the whole of a span.
fn is_covered(covered: &[Span], span: Span) -> bool {
    let place = covered.partition_point(|one| one.end() < span.end());
    span.is_empty() || covered.get(place).is_some_and(|one| one.start() <= span.start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_reset_to_zero_or_set_back() {
        for (before, now, parts) in [
            (5, 5, 0),
            (5, 8, 3),
            (5, 0, 0),
            (5, 1, 1),
            (5, 2, 2),
            (1, 0, 0),
            (2, 1, 1),
            // Set back by hand.
            (250, 248, 0),
            (5, 3, 0),
            // No counter says this, and nothing fails.
            (-5, -8, 0),
            (5, -8, 0),
            (i64::MIN, i64::MAX, i64::MAX),
        ] {
            assert_eq!(parts_between(before, now), parts, "{before} to {now}");
        }
    }

    #[test]
    fn a_span_is_covered_only_as_a_whole() {
        let span = |from, to| Span::new(Timestamp::from_micros(from), Timestamp::from_micros(to));
        let covered = [span(10, 20), span(30, 40)];
        for (from, to, expected) in
            [(10, 20, true), (9, 20, false), (10, 21, false), (31, 39, true), (15, 35, false), (25, 25, true)]
        {
            assert_eq!(is_covered(&covered, span(from, to)), expected, "{from} to {to}");
        }
    }
}

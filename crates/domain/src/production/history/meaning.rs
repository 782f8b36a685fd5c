//! What people and other systems say about the time of a node.

use std::num::NonZeroU64;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Reason;
use crate::id::{JobOperationId, JobRunId, OperatorId};
use crate::production::span::Span;
use crate::time::Timestamp;

/// The longest time for one part, in microseconds: thirty days.
pub const PART_TIME_MAX_MICROS: u64 = 30 * 86_400_000_000;

/// A number of parts in millionths of a part, for one part.
const MICRO_PARTS: u64 = 1_000_000;

/// How long one part takes: 1 microsecond to 30 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartTime(NonZeroU64);

/// The error for a time that no part can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a time for one part that is more than 0 and at most 30 days")]
pub struct BadPartTime;

impl PartTime {
    /// The time of this many microseconds.
    ///
    /// # Errors
    ///
    /// [`BadPartTime`] for 0, and for more than [`PART_TIME_MAX_MICROS`].
    pub fn from_micros(micros: u64) -> Result<Self, BadPartTime> {
        NonZeroU64::new(micros).filter(|time| time.get() <= PART_TIME_MAX_MICROS).map(Self).ok_or(BadPartTime)
    }

    /// The time in microseconds.
    pub const fn as_micros(self) -> u64 {
        self.0.get()
    }

    /// The time that a number of parts takes, in microseconds. It saturates beyond 292,000 years.
    pub fn of_parts(self, parts: i64) -> i64 {
        // At most thirty days, so it fits.
        parts.saturating_mul(i64::try_from(self.0.get()).unwrap_or(i64::MAX))
    }

    /// How many parts can be made in a span of time, in millionths of a part, counted from `origin`.
    ///
    /// It is the difference of two whole numbers: the millionths from the origin to the end, and those to the
    /// start, both rounded down. So it is within one millionth of the exact number, and if the span is
    /// divided, the numbers of its pieces add up to that of the whole.
    pub fn micro_parts(self, origin: Timestamp, span: Span) -> i64 {
        let until = |at: Timestamp| {
            let passed = u64::try_from(at.as_micros() - origin.as_micros()).unwrap_or(0);
            let (whole, rest) = (passed / self.0, passed % self.0);
            // The rest is less than thirty days, so the product fits.
            let micro_parts = whole.saturating_mul(MICRO_PARTS).saturating_add(rest * MICRO_PARTS / self.0);
            i64::try_from(micro_parts).unwrap_or(i64::MAX)
        };
        until(span.end()) - until(span.start())
    }
}

/// A job operation ran on the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobRun {
    /// Its id.
    pub id: JobRunId,
    /// The job operation.
    pub operation: JobOperationId,
    /// When it ran. A run that goes on has no end: [`Span::since`].
    pub span: Span,
    /// The shortest time that one part can take, if known.
    pub ideal: Option<PartTime>,
    /// The time that one part is expected to take, if known.
    pub expected: Option<PartTime>,
    /// How long its setup is expected to take, in microseconds; 0 if nobody said. It is counted once, where
    /// the run starts.
    pub expected_setup_micros: i64,
}

/// A person operated the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperatorRun {
    /// The person.
    pub operator: OperatorId,
    /// When. An operator who has not left has a span without an end: [`Span::since`].
    pub span: Span,
}

/// An explanation of downtime.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Annotation {
    /// The downtime that it explains; without an end if it goes on: [`Span::since`].
    pub span: Span,
    /// Why the node was down.
    pub reason: Reason,
    /// Whether the downtime was planned.
    pub is_planned: bool,
}

/// What is wrong with rejected parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RejectKind {
    /// They are thrown away.
    Scrap,
    /// They are not as specified, and may be repaired or sorted.
    Nonconforming,
}

impl RejectKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Scrap, Self::Nonconforming];

    /// The kind as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scrap => "scrap",
            Self::Nonconforming => "nonconforming",
        }
    }

    /// The kind that a text from the database names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Some parts were rejected. They stay in the total, and are not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reject {
    /// The time to which they are counted.
    pub at: Timestamp,
    /// What is wrong with them.
    pub kind: RejectKind,
    /// How many.
    pub parts: i64,
}

/// A person corrected the number of parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartCorrection {
    /// The time to which it is counted.
    pub at: Timestamp,
    /// How many more parts there were than the counters say; negative if there were fewer.
    pub parts: i64,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    #[test]
    fn part_times_are_bounded() {
        assert_eq!(PartTime::from_micros(0), Err(BadPartTime));
        assert_eq!(PartTime::from_micros(PART_TIME_MAX_MICROS + 1), Err(BadPartTime));
        let longest = PartTime::from_micros(PART_TIME_MAX_MICROS).unwrap();
        assert_eq!(longest.of_parts(i64::MAX), i64::MAX);
        let shortest = PartTime::from_micros(1).unwrap();
        let all = Span::since(at(0));
        // 253 billion seconds have more millionths than an `i64` holds.
        assert_eq!(shortest.micro_parts(at(0), all), i64::MAX);
        assert_eq!(longest.micro_parts(at(0), Span::new(at(0), at(1_296_000_000_000))), 500_000);
        for kind in RejectKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(RejectKind::parse(kind.as_str()), Some(kind));
        }
    }

    proptest! {
        #[test]
        fn parts_of_divided_spans_add_up(
            time in 1..=PART_TIME_MAX_MICROS,
            origin in 0_i64..1 << 40,
            mut times in prop::collection::vec(0_i64..1 << 50, 2..20),
        ) {
            let time = PartTime::from_micros(time).unwrap();
            let origin = at(origin);
            times.iter_mut().for_each(|time| *time += origin.as_micros());
            times.sort_unstable();
            let of = |from: i64, to: i64| time.micro_parts(origin, Span::new(at(from), at(to)));
            let pieces: i64 = times.windows(2).map(|pair| of(pair[0], pair[1])).sum();
            let whole = of(times[0], times[times.len() - 1]);
            prop_assert_eq!(pieces, whole);
            let passed = i128::from(times[times.len() - 1] - times[0]) * 1_000_000;
            let exact = passed / i128::from(time.as_micros());
            prop_assert!((exact - i128::from(whole)).abs() <= 1 || whole > i64::MAX / 2);
        }
    }
}

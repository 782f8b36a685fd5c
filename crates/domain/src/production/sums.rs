//! The additive sums of a stretch of a node's time.

use super::status::Status;

macro_rules! sums {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// One of the sums. Times are in microseconds.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Sum {
            $($(#[$doc])* $variant),+
        }

        impl Sum {
            /// Every sum. A sum keeps its place: new ones are added at the end.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name, by which sums are stored.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }
        }
    };
}

sums!(
    /// Time in cycle.
    InCycle = "in_cycle_us",
    /// Time in alarm.
    Alarm = "alarm_us",
    /// Time in feed hold.
    FeedHold = "feed_hold_us",
    /// Time interrupted.
    Interrupted = "interrupted_us",
    /// Time in setup.
    Setup = "setup_us",
    /// Time in manual operation.
    Manual = "manual_us",
    /// Idle time.
    Idle = "idle_us",
    /// Time without data.
    NoData = "no_data_us",
    /// All time: the sum of the eight before.
    All = "all_us",
    /// Scheduled time.
    Scheduled = "scheduled_us",
    /// Scheduled time without data.
    ScheduledNoData = "scheduled_no_data_us",
    /// Scheduled time in cycle.
    ScheduledInCycle = "scheduled_in_cycle_us",
    /// Downtime: scheduled time with data in which the machine was not in cycle.
    Downtime = "downtime_us",
    /// Downtime that a planned reason explains.
    PlannedDowntime = "planned_downtime_us",
    /// Downtime that an unplanned reason explains.
    UnplannedDowntime = "unplanned_downtime_us",
    /// All parts, rejected ones included: what counters and corrections say.
    PartsTotal = "parts_total",
    /// Parts that were not rejected.
    PartsGood = "parts_good",
    /// Parts that were thrown away.
    PartsScrap = "parts_scrap",
    /// Parts that were not as specified.
    PartsNonconforming = "parts_nonconforming",
    /// The ideal time of the parts that were made: each part times the ideal part time of its run.
    IdealTime = "ideal_us",
    /// Parts of runs with an ideal part time.
    PartsWithIdeal = "parts_with_ideal",
    /// Time in cycle in runs with an ideal part time.
    InCycleWithIdeal = "in_cycle_with_ideal_us",
    /// The parts that could have been made in that time, in millionths of a part.
    IdealParts = "ideal_parts_millionths",
    /// The expected time of the parts that were made.
    ExpectedTime = "expected_us",
    /// Parts of runs with an expected part time.
    PartsWithExpected = "parts_with_expected",
    /// The parts that are expected of the scheduled time with data in runs with an expected part time, in
    /// millionths of a part.
    ExpectedParts = "expected_parts_millionths",
    /// The expected time of the setups of runs that start.
    ExpectedSetup = "expected_setup_us",
    /// Faults that began.
    Alarms = "alarms",
);

/// The number of sums.
pub const SUMS: usize = Sum::ALL.len();

/// The sums of some stretch of time, of one node or of many.
///
/// Adding them is commutative and associative, and the sums without anything are zero. They saturate at the
/// bounds of `i64`: for times, at 292,000 years of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sums([i64; SUMS]);

impl Default for Sums {
    fn default() -> Self {
        Self([0; SUMS])
    }
}

impl Sums {
    /// One of the sums.
    pub const fn get(&self, sum: Sum) -> i64 {
        // The array has a place for every variant.
        self.0[sum as usize]
    }

    /// Adds to one of the sums.
    pub const fn increase(&mut self, sum: Sum, by: i64) {
        let place = &mut self.0[sum as usize];
        *place = place.saturating_add(by);
    }

    /// Adds the sums of something else.
    pub fn add(&mut self, other: &Self) {
        for (own, other) in self.0.iter_mut().zip(&other.0) {
            *own = own.saturating_add(*other);
        }
    }

    /// All sums, in the order of [`Sum::ALL`].
    pub const fn as_array(&self) -> &[i64; SUMS] {
        &self.0
    }

    /// The sums with these values, in the order of [`Sum::ALL`].
    pub const fn from_array(values: [i64; SUMS]) -> Self {
        Self(values)
    }
}

impl Status {
    /// The sum of the time with this status.
    pub const fn sum(self) -> Sum {
        match self {
            Self::InCycle => Sum::InCycle,
            Self::Alarm => Sum::Alarm,
            Self::FeedHold => Sum::FeedHold,
            Self::Interrupted => Sum::Interrupted,
            Self::Setup => Sum::Setup,
            Self::Manual => Sum::Manual,
            Self::Idle => Sum::Idle,
            Self::NoData => Sum::NoData,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_sum_has_a_place_and_a_name() {
        let mut sums = Sums::default();
        for (place, sum) in Sum::ALL.iter().enumerate() {
            assert_eq!(*sum as usize, place);
            sums.increase(*sum, 7);
            assert_eq!((sums.get(*sum), sums.as_array()[place]), (7, 7));
        }
        assert_eq!(Sums::from_array(*sums.as_array()), sums);
        assert_eq!(Sum::ALL.iter().map(|sum| sum.as_str()).collect::<BTreeSet<_>>().len(), SUMS);
        sums.increase(Sum::All, i64::MAX);
        assert_eq!(sums.get(Sum::All), i64::MAX);
        assert_eq!(Status::ALL.map(Status::sum).as_slice(), &Sum::ALL[..8]);
    }

    fn any_sums() -> impl Strategy<Value = Sums> {
        prop::collection::vec(-1_i64 << 50..1 << 50, SUMS)
            .prop_map(|values| Sums::from_array(values.try_into().unwrap()))
    }

    proptest! {
        #[test]
        fn adding_sums_is_commutative_and_associative(a in any_sums(), b in any_sums(), c in any_sums()) {
            let plus = |mut one: Sums, other: Sums| {
                one.add(&other);
                one
            };
            prop_assert_eq!(plus(a, b), plus(b, a));
            prop_assert_eq!(plus(plus(a, b), c), plus(a, plus(b, c)));
            prop_assert_eq!(plus(a, Sums::default()), a);
        }
    }
}

//! Metrics: what a report can show, as one table. Each is worked out from sums, which are added first and
//! divided last.

use super::sums::{Sum, Sums};

/// The unit of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Milliseconds.
    Milliseconds,
    /// A fraction: 1 is the whole. It may be more, if an ideal part time is too long.
    Fraction,
    /// Parts.
    Parts,
    /// Parts in an hour.
    PartsPerHour,
    /// A number of things that are not parts.
    Count,
    /// A point in time.
    Time,
}

/// A metric.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// Its name in `MachineMetrics`, if that has it.
    pub machinemetrics: Option<&'static str>,
    /// Its unit.
    pub unit: Unit,
    /// Where it comes from.
    pub source: Source,
}

/// Where a metric comes from.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// From sums.
    Sums(Formula),
    /// From [`Cell::parts_unattributed`](super::slices::Cell::parts_unattributed).
    Unattributed,
    /// From the spans of the slices in which there was data: the earliest start.
    FirstStart,
    /// From the spans of the slices in which there was data: the latest end.
    LastEnd,
    /// From a signal that says when the tool cuts. Without such a signal, there is no value.
    Cutting,
    /// From the goals of the nodes: a threshold below which a warning is shown.
    WarningThreshold(Goal),
    /// From the goals of the nodes: a threshold below which the goal is missed.
    FailureThreshold(Goal),
}

/// What a goal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Goal {
    /// The number of parts.
    Parts,
    /// OEE.
    Oee,
    /// Utilization.
    Utilization,
}

/// How a metric is worked out from sums. Nothing is capped.
#[derive(Clone, Copy, Debug)]
pub enum Formula {
    /// Sums that are added and subtracted, multiplied by `scale`.
    Total {
        /// The sums.
        terms: Terms,
        /// What the total is multiplied by, to get from the unit of the sums to that of the metric.
        scale: f64,
    },
    /// The product of fractions, multiplied by `scale`. All numerators and all denominators are multiplied
    /// before the division. It has no value if a denominator is zero.
    Ratio {
        /// The fractions.
        fractions: &'static [Fraction],
        /// What the ratio is multiplied by, to get from the units of the sums to that of the metric.
        scale: f64,
    },
}

/// Sums that are added and subtracted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The sums that are added.
    pub plus: &'static [Sum],
    /// The sums that are subtracted.
    pub minus: &'static [Sum],
}

impl Terms {
    /// The total of these terms. It saturates at the bounds of `i64`.
    pub fn total(&self, sums: &Sums) -> i64 {
        let of = |list: &[Sum]| list.iter().fold(0_i64, |total, sum| total.saturating_add(sums.get(*sum)));
        of(self.plus).saturating_sub(of(self.minus))
    }
}

/// A fraction of sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction {
    /// Above the line.
    pub numerator: Terms,
    /// Below the line.
    pub denominator: Terms,
}

impl Metric {
    /// The metric with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        METRICS.iter().find(|metric| metric.name == name)
    }

    /// The metric with this name in `MachineMetrics`.
    pub fn named_in_machinemetrics(name: &str) -> Option<&'static Self> {
        METRICS.iter().find(|metric| metric.machinemetrics == Some(name))
    }

    /// Its value in its unit, from sums that were added up. `None` if a denominator is zero, or if it does not
    /// come from sums.
    pub fn evaluate(&self, sums: &Sums) -> Option<f64> {
        match &self.source {
            Source::Sums(formula) => formula.evaluate(sums),
            _ => None,
        }
    }
}

impl Formula {
    /// The value, from sums that were added up. `None` if a denominator is zero.
    pub fn evaluate(&self, sums: &Sums) -> Option<f64> {
        let (numerator, denominator, scale) = match self {
            Self::Total { terms, scale } => (terms.total(sums) as f64, 1.0, scale),
            Self::Ratio { fractions, scale } => {
                let product = |part: fn(&Fraction) -> &Terms| {
                    fractions.iter().map(|fraction| part(fraction).total(sums) as f64).product::<f64>()
                };
                (product(|fraction| &fraction.numerator), product(|fraction| &fraction.denominator), scale)
            }
        };
        (denominator != 0.0).then(|| numerator / denominator * scale)
    }
}

const MS_PER_US: f64 = 1e-3;
const US_PER_HOUR: f64 = 3.6e9;
const PARTS_PER_MILLIONTH: f64 = 1e-6;

const fn plus(plus: &'static [Sum]) -> Terms {
    Terms { plus, minus: &[] }
}

const fn difference(plus: &'static [Sum], minus: &'static [Sum]) -> Terms {
    Terms { plus, minus }
}

const fn time(terms: Terms) -> Source {
    Source::Sums(Formula::Total { terms, scale: MS_PER_US })
}

const fn count(terms: Terms) -> Source {
    Source::Sums(Formula::Total { terms, scale: 1.0 })
}

const fn millionths(sum: &'static [Sum]) -> Source {
    Source::Sums(Formula::Total { terms: plus(sum), scale: PARTS_PER_MILLIONTH })
}

const fn ratio(fractions: &'static [Fraction]) -> Source {
    Source::Sums(Formula::Ratio { fractions, scale: 1.0 })
}

/// Recorded time: all time but that without data.
const RECORDED: Terms = difference(&[Sum::All], &[Sum::NoData]);

/// APT ÷ PBT of ISO 22400-2. The actual production time is the scheduled time in cycle. The planned busy time
/// is the scheduled time with data: nothing is known of the rest.
const AVAILABILITY: Fraction = Fraction {
    numerator: plus(&[Sum::ScheduledInCycle]),
    denominator: difference(&[Sum::Scheduled], &[Sum::ScheduledNoData]),
};

/// PRI × PQ ÷ APT of ISO 22400-2, which calls it effectiveness: the planned runtime per item times the
/// produced quantity, by the actual production time. Only runs with an ideal part time are in either.
const PERFORMANCE: Fraction =
    Fraction { numerator: plus(&[Sum::IdealTime]), denominator: plus(&[Sum::InCycleWithIdeal]) };

/// GQ ÷ PQ of ISO 22400-2: the good quantity by the produced quantity.
const QUALITY: Fraction =
    Fraction { numerator: plus(&[Sum::PartsGood]), denominator: plus(&[Sum::PartsTotal]) };

/// The time in cycle by the recorded time, scheduled or not.
const UTILIZATION: Fraction = Fraction { numerator: plus(&[Sum::InCycle]), denominator: RECORDED };

const fn quotient(numerator: &'static [Sum], denominator: &'static [Sum]) -> Fraction {
    Fraction { numerator: plus(numerator), denominator: plus(denominator) }
}

const fn metric(
    name: &'static str,
    machinemetrics: Option<&'static str>,
    unit: Unit,
    source: Source,
) -> Metric {
    Metric { name, machinemetrics, unit, source }
}

/// Every metric.
pub static METRICS: &[Metric] = &[
    // Ratios.
    metric("availability", Some("availability"), Unit::Fraction, ratio(&[AVAILABILITY])),
    metric("performance", Some("performance"), Unit::Fraction, ratio(&[PERFORMANCE])),
    metric("quality", Some("quality"), Unit::Fraction, ratio(&[QUALITY])),
    // The OEE index of ISO 22400-2: availability × effectiveness × quality ratio.
    metric("oee", Some("oee"), Unit::Fraction, ratio(&[AVAILABILITY, PERFORMANCE, QUALITY])),
    // The same with all recorded time instead of the scheduled time.
    metric("ooe", Some("ooe"), Unit::Fraction, ratio(&[UTILIZATION, PERFORMANCE, QUALITY])),
    metric("utilization", Some("utilizationRate"), Unit::Fraction, ratio(&[UTILIZATION])),
    metric(
        "nonconforming_rate",
        Some("nonconformRate"),
        Unit::Fraction,
        ratio(&[quotient(&[Sum::PartsNonconforming], &[Sum::PartsTotal])]),
    ),
    // SQ ÷ PQ of ISO 22400-2, the scrap ratio.
    metric(
        "scrap_rate",
        Some("scrapRate"),
        Unit::Fraction,
        ratio(&[quotient(&[Sum::PartsScrap], &[Sum::PartsTotal])]),
    ),
    // Times.
    metric("in_cycle_ms", Some("timeInCycle"), Unit::Milliseconds, time(plus(&[Sum::InCycle]))),
    metric("recorded_ms", Some("allTime"), Unit::Milliseconds, time(RECORDED)),
    metric("no_data_ms", Some("noDataTime"), Unit::Milliseconds, time(plus(&[Sum::NoData]))),
    metric("all_ms", None, Unit::Milliseconds, time(plus(&[Sum::All]))),
    metric("alarm_ms", None, Unit::Milliseconds, time(plus(&[Sum::Alarm]))),
    metric("feed_hold_ms", None, Unit::Milliseconds, time(plus(&[Sum::FeedHold]))),
    metric("interrupted_ms", None, Unit::Milliseconds, time(plus(&[Sum::Interrupted]))),
    // AUST of ISO 22400-2, the actual unit setup time.
    metric("setup_ms", None, Unit::Milliseconds, time(plus(&[Sum::Setup]))),
    metric("manual_ms", None, Unit::Milliseconds, time(plus(&[Sum::Manual]))),
    metric("idle_ms", None, Unit::Milliseconds, time(plus(&[Sum::Idle]))),
    metric("scheduled_ms", None, Unit::Milliseconds, time(plus(&[Sum::Scheduled]))),
    metric("scheduled_no_data_ms", None, Unit::Milliseconds, time(plus(&[Sum::ScheduledNoData]))),
    // APT of ISO 22400-2, the actual production time.
    metric("scheduled_in_cycle_ms", None, Unit::Milliseconds, time(plus(&[Sum::ScheduledInCycle]))),
    // Planned downtime is optional time.
    metric(
        "non_optional_ms",
        Some("nonOptionalTime"),
        Unit::Milliseconds,
        time(difference(&[Sum::Scheduled], &[Sum::ScheduledNoData, Sum::PlannedDowntime])),
    ),
    metric("downtime_ms", Some("downtime"), Unit::Milliseconds, time(plus(&[Sum::Downtime]))),
    metric(
        "categorized_downtime_ms",
        Some("categorizedDowntime"),
        Unit::Milliseconds,
        time(plus(&[Sum::PlannedDowntime, Sum::UnplannedDowntime])),
    ),
    metric(
        "uncategorized_downtime_ms",
        Some("uncategorizedDowntime"),
        Unit::Milliseconds,
        time(difference(&[Sum::Downtime], &[Sum::PlannedDowntime, Sum::UnplannedDowntime])),
    ),
    metric(
        "planned_downtime_ms",
        Some("plannedDowntime"),
        Unit::Milliseconds,
        time(plus(&[Sum::PlannedDowntime])),
    ),
    metric(
        "unplanned_downtime_ms",
        Some("unplannedDowntime"),
        Unit::Milliseconds,
        time(plus(&[Sum::UnplannedDowntime])),
    ),
    metric("cutting_ms", Some("timeInCut"), Unit::Milliseconds, Source::Cutting),
    metric("starts_at", Some("minStartTime"), Unit::Time, Source::FirstStart),
    metric("ends_at", Some("maxEndTime"), Unit::Time, Source::LastEnd),
    // Parts. PQ, GQ and SQ of ISO 22400-2 are the produced, the good and the scrap quantity.
    metric("parts_total", Some("totalParts"), Unit::Parts, count(plus(&[Sum::PartsTotal]))),
    metric("parts_good", Some("goodParts"), Unit::Parts, count(plus(&[Sum::PartsGood]))),
    metric(
        "parts_rejected",
        Some("rejectedParts"),
        Unit::Parts,
        count(plus(&[Sum::PartsScrap, Sum::PartsNonconforming])),
    ),
    metric("parts_scrap", Some("scrapParts"), Unit::Parts, count(plus(&[Sum::PartsScrap]))),
    metric(
        "parts_nonconforming",
        Some("nonconformParts"),
        Unit::Parts,
        count(plus(&[Sum::PartsNonconforming])),
    ),
    metric("parts_unattributed", None, Unit::Parts, Source::Unattributed),
    metric("in_cycle_ideal_parts", Some("inCycleIdealParts"), Unit::Parts, millionths(&[Sum::IdealParts])),
    metric("parts_goal", Some("partsGoal"), Unit::Parts, millionths(&[Sum::ExpectedParts])),
    // Parts and time. Means of part times are weighted by parts.
    metric(
        "average_parts_per_hour",
        Some("averagePartsPerHour"),
        Unit::PartsPerHour,
        Source::Sums(Formula::Ratio {
            fractions: &[Fraction { numerator: plus(&[Sum::PartsTotal]), denominator: RECORDED }],
            scale: US_PER_HOUR,
        }),
    ),
    metric(
        "ideal_parts_per_hour",
        Some("idealPartsPerHour"),
        Unit::PartsPerHour,
        Source::Sums(Formula::Ratio {
            fractions: &[quotient(&[Sum::PartsWithIdeal], &[Sum::IdealTime])],
            scale: US_PER_HOUR,
        }),
    ),
    metric(
        "expected_parts_per_hour",
        Some("expectedPartsPerHour"),
        Unit::PartsPerHour,
        Source::Sums(Formula::Ratio {
            fractions: &[quotient(&[Sum::PartsWithExpected], &[Sum::ExpectedTime])],
            scale: US_PER_HOUR,
        }),
    ),
    metric(
        "actual_part_ms",
        Some("actualPartTime"),
        Unit::Milliseconds,
        Source::Sums(Formula::Ratio {
            fractions: &[quotient(&[Sum::InCycle], &[Sum::PartsTotal])],
            scale: MS_PER_US,
        }),
    ),
    // PRI of ISO 22400-2, the planned runtime per item.
    metric(
        "ideal_part_ms",
        Some("idealPartTime"),
        Unit::Milliseconds,
        Source::Sums(Formula::Ratio {
            fractions: &[quotient(&[Sum::IdealTime], &[Sum::PartsWithIdeal])],
            scale: MS_PER_US,
        }),
    ),
    metric(
        "expected_part_ms",
        Some("expectedPartTime"),
        Unit::Milliseconds,
        Source::Sums(Formula::Ratio {
            fractions: &[quotient(&[Sum::ExpectedTime], &[Sum::PartsWithExpected])],
            scale: MS_PER_US,
        }),
    ),
    metric(
        "expected_setup_ms",
        Some("expectedSetupTime"),
        Unit::Milliseconds,
        time(plus(&[Sum::ExpectedSetup])),
    ),
    metric("alarms", None, Unit::Count, count(plus(&[Sum::Alarms]))),
    // Thresholds of goals.
    metric(
        "parts_goal_warning_threshold",
        Some("partsGoalWarningThreshold"),
        Unit::Fraction,
        Source::WarningThreshold(Goal::Parts),
    ),
    metric(
        "parts_goal_failure_threshold",
        Some("partsGoalFailureThreshold"),
        Unit::Fraction,
        Source::FailureThreshold(Goal::Parts),
    ),
    metric(
        "oee_warning_threshold",
        Some("oeeWarningThreshold"),
        Unit::Fraction,
        Source::WarningThreshold(Goal::Oee),
    ),
    metric(
        "oee_failure_threshold",
        Some("oeeFailureThreshold"),
        Unit::Fraction,
        Source::FailureThreshold(Goal::Oee),
    ),
    metric(
        "utilization_warning_threshold",
        Some("utilizationWarningThreshold"),
        Unit::Fraction,
        Source::WarningThreshold(Goal::Utilization),
    ),
    metric(
        "utilization_failure_threshold",
        Some("utilizationFailureThreshold"),
        Unit::Fraction,
        Source::FailureThreshold(Goal::Utilization),
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const HOUR: i64 = 3_600_000_000;

    fn sums(values: &[(Sum, i64)]) -> Sums {
        let mut sums = Sums::default();
        values.iter().for_each(|(sum, value)| sums.increase(*sum, *value));
        sums
    }

    fn value(name: &str, sums: &Sums) -> Option<f64> {
        Metric::named(name).unwrap().evaluate(sums)
    }

    /// Eight scheduled hours, two of them without data, and one hour in cycle outside of the schedule.
    fn shift() -> Sums {
        sums(&[
            (Sum::All, 24 * HOUR),
            (Sum::NoData, 4 * HOUR),
            (Sum::Scheduled, 8 * HOUR),
            (Sum::ScheduledNoData, 2 * HOUR),
            (Sum::InCycle, 4 * HOUR),
            (Sum::ScheduledInCycle, 3 * HOUR),
            (Sum::Downtime, 3 * HOUR),
            (Sum::PlannedDowntime, HOUR),
            (Sum::PartsTotal, 40),
            (Sum::PartsGood, 36),
            (Sum::PartsScrap, 1),
            (Sum::PartsNonconforming, 3),
            (Sum::PartsWithIdeal, 40),
            (Sum::IdealTime, 40 * HOUR / 12),
            (Sum::InCycleWithIdeal, 4 * HOUR),
            (Sum::IdealParts, 48_000_000),
        ])
    }

    #[test]
    fn ratios_are_divided_last() {
        let shift = shift();
        for (name, expected) in [
            ("availability", 3.0 / 6.0),
            ("performance", 40.0 / 48.0),
            ("quality", 36.0 / 40.0),
            ("oee", 0.5 * 40.0 / 48.0 * 0.9),
            ("ooe", 0.2 * 40.0 / 48.0 * 0.9),
            ("utilization", 4.0 / 20.0),
            ("nonconforming_rate", 3.0 / 40.0),
            ("scrap_rate", 1.0 / 40.0),
            ("in_cycle_ms", 14_400_000.0),
            ("recorded_ms", 72_000_000.0),
            ("no_data_ms", 14_400_000.0),
            ("non_optional_ms", 18_000_000.0),
            ("categorized_downtime_ms", 3_600_000.0),
            ("uncategorized_downtime_ms", 7_200_000.0),
            ("parts_rejected", 4.0),
            ("average_parts_per_hour", 2.0),
            ("ideal_parts_per_hour", 12.0),
            ("ideal_part_ms", 300_000.0),
            ("actual_part_ms", 360_000.0),
            ("in_cycle_ideal_parts", 48.0),
        ] {
            let found = value(name, &shift).unwrap();
            assert!((found - expected).abs() < 1e-9 * expected, "{name}: {found}, not {expected}");
        }
        // The same at a level above: twice the sums, the same ratios.
        let mut twice = shift;
        twice.add(&shift);
        assert_eq!(value("oee", &twice), value("oee", &shift));
    }

    #[test]
    fn the_ratio_of_two_machines_is_not_the_mean_of_their_ratios() {
        let one = sums(&[(Sum::All, 10 * HOUR), (Sum::InCycle, 9 * HOUR)]);
        let other = sums(&[(Sum::All, 2 * HOUR), (Sum::InCycle, HOUR)]);
        let mut both = one;
        both.add(&other);
        let ratios = [&one, &other, &both].map(|sums| value("utilization", sums).unwrap());
        assert_eq!(ratios, [0.9, 0.5, 10.0 / 12.0]);
    }

    #[test]
    fn nothing_divided_by_nothing_has_no_value_and_nothing_is_capped() {
        let none = Sums::default();
        for metric in METRICS {
            let expected = match metric.source {
                Source::Sums(Formula::Total { .. }) => Some(0.0),
                _ => None,
            };
            assert_eq!(metric.evaluate(&none), expected, "{}", metric.name);
        }
        let fast = sums(&[(Sum::IdealTime, 3 * HOUR), (Sum::InCycleWithIdeal, HOUR)]);
        assert_eq!(value("performance", &fast), Some(3.0));
        let bad = sums(&[(Sum::PartsTotal, 1), (Sum::PartsGood, -1)]);
        assert_eq!(value("quality", &bad), Some(-1.0));
        let most = Sums::from_array([i64::MAX; crate::production::sums::SUMS]);
        assert_eq!(value("availability", &most), None);
    }

    #[test]
    fn names_are_unique_and_all_of_machinemetrics_are_there() {
        let names: BTreeSet<&str> = METRICS.iter().map(|metric| metric.name).collect();
        let theirs: BTreeSet<&str> = METRICS.iter().filter_map(|metric| metric.machinemetrics).collect();
        assert_eq!(names.len(), METRICS.len());
        assert_eq!(theirs.len(), METRICS.iter().filter(|metric| metric.machinemetrics.is_some()).count());
        for name in [
            "actualPartTime allTime availability averagePartsPerHour categorizedDowntime downtime",
            "expectedPartsPerHour expectedPartTime expectedSetupTime goodParts idealPartsPerHour",
            "idealPartTime inCycleIdealParts maxEndTime minStartTime nonOptionalTime nonconformParts",
            "nonconformRate oee oeeFailureThreshold oeeWarningThreshold ooe partsGoal",
            "partsGoalFailureThreshold partsGoalWarningThreshold performance plannedDowntime rejectedParts",
            "scrapParts timeInCut timeInCycle totalParts utilizationRate quality noDataTime",
        ]
        .iter()
        .flat_map(|names| names.split(' '))
        {
            assert!(Metric::named_in_machinemetrics(name).is_some(), "{name}");
        }
        for metric in METRICS {
            assert_eq!(metric.name.ends_with("_ms"), metric.unit == Unit::Milliseconds, "{}", metric.name);
        }
    }
}

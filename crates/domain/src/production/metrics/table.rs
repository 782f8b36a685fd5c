//! The table of all metrics.

use super::{Formula, Fraction, Goal, Metric, Source, Terms, Unit};
use crate::production::sums::Sum;

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
    metric("scrap_rate", None, Unit::Fraction, ratio(&[quotient(&[Sum::PartsScrap], &[Sum::PartsTotal])])),
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
        None,
        Unit::Fraction,
        Source::WarningThreshold(Goal::Utilization),
    ),
    metric(
        "utilization_failure_threshold",
        None,
        Unit::Fraction,
        Source::FailureThreshold(Goal::Utilization),
    ),
];

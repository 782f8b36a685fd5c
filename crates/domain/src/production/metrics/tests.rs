use std::collections::BTreeSet;

use super::*;
use crate::production::sums::Sum;

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

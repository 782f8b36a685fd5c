//! A day that can be followed by hand.

use super::*;
use crate::production::history::{
    Annotation, CounterReading, History, JobRun, OperatorRun, PartCorrection, PartTime, QuantityReading,
    StateChange, Word,
};
use crate::production::quantity::Fixed;
use crate::production::words::Execution;

const MINUTE: i64 = 60_000_000;

/// 29 January 2030, a Tuesday, with a shift from 06:00 to 14:00 in UTC.
fn day() -> ProductionDay {
    let rules = serde_json::json!({
        "time_zone": "UTC",
        "shifts": [{ "name": "Early", "starts_at": "06:00", "ends_at": "14:00", "weekdays": ["tuesday"] }],
    });
    let calendar = Calendar::new(&serde_json::from_value(rules).unwrap()).unwrap();
    calendar.day("2030-01-29".parse::<LocalDate>().unwrap())
}

/// A time of that day.
fn clock(hour: i64, minute: i64) -> Timestamp {
    at(day().span.start().as_micros() + (hour * 60 + minute) * MINUTE)
}

fn between(from: (i64, i64), to: (i64, i64)) -> Span {
    Span::new(clock(from.0, from.1), clock(to.0, to.1))
}

fn history() -> History {
    let state = |(hour, minute), word| StateChange {
        at: clock(hour, minute),
        sequence: 0,
        word: Word::Execution { path: 0, word },
    };
    let count =
        |(hour, minute), value| CounterReading { at: clock(hour, minute), sequence: 0, value: Some(value) };
    let load =
        |(hour, minute), value| QuantityReading { at: clock(hour, minute), value: Fixed::from_f64(value) };
    let minutes = |minutes: u64| PartTime::from_micros(minutes * 60_000_000).ok();
    History {
        until: clock(15, 0),
        covered: vec![between((5, 0), (10, 0)), between((11, 0), (15, 0))],
        states: vec![
            state((5, 0), Execution::Ready),
            state((7, 0), Execution::Active),
            state((9, 0), Execution::Interrupted),
            state((9, 30), Execution::Active),
            state((13, 0), Execution::Ready),
        ],
        counters: vec![vec![
            count((5, 0), 7),
            count((8, 0), 8),
            count((9, 0), 0),
            count((9, 45), 2),
            count((11, 30), 5),
            count((12, 0), 6),
        ]],
        quantities: vec![vec![load((5, 0), 1.0), load((8, 0), 4.0)]],
        runs: vec![JobRun {
            id: run_id(1),
            operation: operation_id(2),
            span: Span::since(clock(7, 0)),
            ideal: minutes(40),
            expected: minutes(60),
            expected_setup_micros: 20 * MINUTE,
        }],
        operators: vec![OperatorRun { operator: operator_id(3), span: between((6, 0), (14, 0)) }],
        annotations: vec![Annotation {
            span: between((9, 0), (9, 20)),
            reason: "Setup|Tool change".parse().unwrap(),
            is_planned: true,
        }],
        rejects: vec![Reject { at: clock(9, 50), kind: RejectKind::Scrap, parts: 1 }],
        corrections: vec![PartCorrection { at: clock(12, 30), parts: -1 }],
        ..History::none(clock(15, 0))
    }
}

#[test]
fn a_day_is_cut_where_shift_run_operator_or_reason_change() {
    let found = cut_day(&day(), &history().sorted());
    // The day is known up to 15:00.
    assert_eq!(found.span, between((0, 0), (15, 0)));
    let slices: Vec<_> = found
        .slices
        .iter()
        .map(|slice| {
            let minute = |at: Timestamp| (at.as_micros() - found.span.start().as_micros()) / MINUTE;
            let times = [minute(slice.span.start()), minute(slice.span.end())];
            let key = [
                slice.shift.is_some(),
                slice.run.is_some(),
                slice.operator.is_some(),
                slice.reason.is_some(),
            ];
            (times, key)
        })
        .collect();
    let expected = [
        ([0, 360], [false, false, false, false]),
        ([360, 420], [true, false, true, false]),
        ([420, 540], [true, true, true, false]),
        ([540, 560], [true, true, true, true]),
        ([560, 840], [true, true, true, false]),
        ([840, 900], [false, true, false, false]),
    ];
    assert_eq!(slices, expected);
    assert_eq!(found.cells.len(), 30);
}

#[test]
fn the_sums_of_a_day_can_be_followed_by_hand() {
    let found = cut_day(&day(), &history().sorted());
    let minutes = |sum| {
        let micros = found.total.sums.get(sum);
        assert_eq!(micros % MINUTE, 0);
        micros / MINUTE
    };
    assert_eq!(minutes(Sum::All), 900);
    // Before 05:00, and from 10:00 to 11:00.
    assert_eq!(minutes(Sum::NoData), 360);
    // 07:00 to 09:00, 09:30 to 10:00, 11:00 to 13:00.
    assert_eq!(minutes(Sum::InCycle), 120 + 30 + 120);
    assert_eq!(minutes(Sum::Interrupted), 30);
    assert_eq!(minutes(Sum::Idle), 120 + 120);
    assert_eq!([Sum::Scheduled, Sum::ScheduledNoData, Sum::ScheduledInCycle].map(minutes), [480, 60, 270]);
    // 06:00 to 07:00, 09:00 to 09:30, 13:00 to 14:00; a reason explains 20 minutes.
    assert_eq!([Sum::Downtime, Sum::PlannedDowntime, Sum::UnplannedDowntime].map(minutes), [150, 20, 0]);
    let count = |sum| found.total.sums.get(sum);
    // 7 to 8, 0 to 2, 5 to 6, and one less. The three from 2 to 5 lie across a time without data.
    assert_eq!((count(Sum::PartsTotal), found.total.parts_unattributed), (1 + 2 + 1 - 1, 3));
    assert_eq!([Sum::PartsGood, Sum::PartsScrap].map(count), [2, 1]);
    assert_eq!(minutes(Sum::IdealTime), 3 * 40);
    assert_eq!(minutes(Sum::ExpectedTime), 3 * 60);
    assert_eq!(minutes(Sum::InCycleWithIdeal), 270);
    assert_eq!(count(Sum::IdealParts), 270 * 1_000_000 / 40);
    // Scheduled in the run: 07:00 to 14:00, without the hour without data.
    assert_eq!(count(Sum::ExpectedParts), 6_000_000);
    assert_eq!(minutes(Sum::ExpectedSetup), 20);
    let load = &found.total.quantities[0];
    assert_eq!((load.n, load.mean()), (2, Some(2.5)));
    // 1 from 05:00 to 08:00, 4 from 08:00 to 15:00 but for an hour.
    assert_eq!(load.mean_over_time(), Some((3.0 + 4.0 * 6.0) / 9.0));
}

#[test]
fn what_makes_no_sense_is_summed_without_a_failure() {
    let mut history = history();
    history.corrections = vec![PartCorrection { at: clock(12, 0), parts: i64::MAX }; 3];
    history.rejects = vec![Reject { at: clock(12, 0), kind: RejectKind::Scrap, parts: i64::MIN }; 3];
    history.runs[0].expected_setup_micros = i64::MIN;
    history.counters[0].push(CounterReading { at: clock(12, 1), sequence: 9, value: Some(i64::MAX) });
    history.counters[0].push(CounterReading { at: clock(12, 2), sequence: 9, value: Some(i64::MIN) });
    let found = cut_day(&day(), &history.sorted());
    assert_eq!(found.total.sums.get(Sum::PartsTotal), i64::MAX);
    // A window outside of the day, or after the last fact, is empty.
    let before = Span::new(at(0), day().span.start());
    let history = History::none(clock(15, 0)).sorted();
    let empty = cut(&day(), before, &history, &[]);
    assert!(empty.slices.is_empty() && empty.cells.is_empty());
    assert_eq!(empty.total, Cell::default());
    assert_eq!(cut(&day(), between((16, 0), (17, 0)), &history, &[]).total, Cell::default());
    // Without facts, there is no data.
    let nothing = cut_day(&day(), &history).total.sums;
    assert_eq!(nothing.get(Sum::NoData), nothing.get(Sum::All));
}

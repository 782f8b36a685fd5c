//! Weeks around both changes of the clock, divided into days, shifts, hours and half hours.

use proptest::prelude::*;

use super::*;
use crate::production::history::{
    Annotation, CounterReading, History, JobRun, OperatorRun, PartTime, QuantityReading, StateChange, Word,
};
use crate::production::quantity::Fixed;
use crate::production::words::Execution;

const HOUR: i64 = 3_600_000_000;
const DAYS: i32 = 9;

/// A zone, and the first dates of spans of nine days in which its clock changes.
const ZONES: [(&str, [&str; 2]); 6] = [
    ("Europe/Berlin", ["2030-03-27", "2030-10-23"]),
    ("America/New_York", ["2030-03-06", "2030-10-30"]),
    ("Australia/Adelaide", ["2030-04-03", "2030-10-02"]),
    ("Asia/Kathmandu", ["2030-03-27", "2030-10-23"]),
    ("Australia/Lord_Howe", ["2030-04-03", "2030-10-02"]),
    ("Pacific/Chatham", ["2030-04-03", "2030-09-25"]),
];

fn calendar(zone: &str, day_starts_at: &str, has_shifts: bool) -> Calendar {
    let all = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let shifts = serde_json::json!([
        { "name": "Early", "starts_at": "06:00", "ends_at": "14:00", "weekdays": all },
        { "name": "Late", "starts_at": "14:00", "ends_at": "21:30", "weekdays": ["monday", "friday", "saturday"] },
        // Its end is skipped where the clock is put forward at two, and comes twice where it is put back.
        { "name": "Night", "starts_at": "22:00", "ends_at": "02:15", "weekdays": all },
    ]);
    let rules = serde_json::json!({
        "time_zone": zone, "day_starts_at": day_starts_at,
        "shifts": if has_shifts { shifts } else { serde_json::json!([]) },
    });
    Calendar::new(&serde_json::from_value(rules).unwrap()).unwrap()
}

/// What a history is made of. Times are microseconds from the beginning of the nine days.
#[derive(Clone, Debug)]
struct Generated {
    words: Vec<(i64, Execution)>,
    counts: Vec<(i64, i64)>,
    values: Vec<(i64, i32)>,
    covered: Vec<(i64, i64)>,
    runs: Vec<(i64, i64)>,
    notes: Vec<(i64, i64)>,
    part_time: u64,
}

fn generated() -> impl Strategy<Value = Generated> {
    let length = i64::from(DAYS) * 25 * HOUR;
    let time = move || -HOUR..length;
    let spans = move || prop::collection::vec((time(), 0..length / 2), 0..6);
    let words = prop::collection::vec((time(), prop::sample::select(Execution::ALL)), 0..60);
    let counts = prop::collection::vec((time(), 0_i64..50), 0..60);
    let values = prop::collection::vec((time(), -50_i32..50), 0..60);
    (words, counts, values, spans(), spans(), spans(), 1_u64..9_999_999_999).prop_map(
        |(words, counts, values, covered, runs, notes, part_time)| Generated {
            words,
            counts,
            values,
            covered,
            runs,
            notes,
            part_time,
        },
    )
}

impl Generated {
    fn history(&self, start: i64) -> SortedHistory {
        let of = |(from, length): &(i64, i64)| span(start + from, start + from + length);
        let part_time = PartTime::from_micros(self.part_time).ok();
        let mut history = History::none(Timestamp::from_micros(i64::MAX));
        history.covered = self.covered.iter().map(of).collect();
        let states = (0..).zip(&self.words).map(|(sequence, (from, word))| StateChange {
            at: at(start + from),
            sequence,
            word: Word::Execution { path: 0, word: *word },
        });
        history.states = states.collect();
        let counter = self.counts.iter().map(|(from, value)| CounterReading {
            at: at(start + from),
            sequence: 0,
            value: Some(*value),
        });
        history.counters = vec![counter.collect()];
        let quantity = self.values.iter().map(|(from, value)| QuantityReading {
            at: at(start + from),
            value: Fixed::from_f64(f64::from(*value) / 3.0),
        });
        history.quantities = vec![quantity.collect()];
        let runs = (0..).zip(&self.runs).map(|(number, span)| JobRun {
            id: run_id(number),
            operation: operation_id(number),
            span: of(span),
            ideal: part_time,
            expected: part_time,
            expected_setup_micros: 7,
        });
        history.runs = runs.collect();
        let operators =
            self.runs.iter().skip(1).map(|span| OperatorRun { operator: operator_id(1), span: of(span) });
        history.operators = operators.collect();
        let annotations = self.notes.iter().map(|note| Annotation {
            span: of(note),
            reason: "Setup|Tool change".parse().unwrap(),
            is_planned: note.0 % 2 == 0,
        });
        history.annotations = annotations.collect();
        history.sorted()
    }
}

/// The sums of a day by pieces of it.
fn added(day: &ProductionDay, pieces: impl IntoIterator<Item = Span>, history: &SortedHistory) -> Cell {
    let mut all = Cell::default();
    pieces.into_iter().for_each(|piece| all.add(&cut(day, piece, history, &[]).total));
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn hours_shifts_and_days_add_up_to_the_whole(
        (zone, firsts) in prop::sample::select(&ZONES[..]),
        is_second in any::<bool>(),
        day_starts_at in prop::sample::select(&["00:00", "02:30", "06:00", "22:00"][..]),
        has_shifts in any::<bool>(),
        generated in generated(),
    ) {
        let calendar = calendar(zone, day_starts_at, has_shifts);
        let first: LocalDate = firsts[usize::from(is_second)].parse().unwrap();
        let last = first.plus_days(DAYS - 1).unwrap();
        let whole_span = calendar.span(first, last);
        let history = generated.history(whole_span.start().as_micros());
        let days: Vec<ProductionDay> = calendar.days(first, last).collect();
        // All nine days as if they were one.
        let whole = ProductionDay {
            date: first,
            span: whole_span,
            shifts: days.iter().flat_map(|day| day.shifts.clone()).collect(),
            scheduled: days.iter().flat_map(|day| day.scheduled.clone()).collect(),
        };
        let expected = cut(&whole, whole.span, &history, &half_hours(whole.span));
        prop_assert_eq!(expected.total.sums.get(Sum::All), whole.span.micros());

        let mut by_day = Cell::default();
        for day in &days {
            let node_day = cut_day(day, &history);
            by_day.add(&node_day.total);
            prop_assert_eq!(node_day.total.sums.get(Sum::All), day.span.micros());
            let scheduled: i64 = day.scheduled.iter().map(|span| span.micros()).sum();
            prop_assert_eq!(node_day.total.sums.get(Sum::Scheduled), scheduled);
            prop_assert_eq!(added(day, calendar.hours(day.span), &history), node_day.total.clone());
            let cells = node_day.cells.iter().map(|(span, _)| *span);
            prop_assert_eq!(added(day, cells, &history), node_day.total.clone());
            // The hours, as cells of one call.
            let hours = calendar.hours(day.span);
            let edges: Vec<Timestamp> = hours.iter().map(|hour| hour.start()).collect();
            let cells = cut(day, day.span, &history, &edges).cells;
            prop_assert_eq!(cells.iter().map(|(span, _)| *span).collect::<Vec<_>>(), hours);
            // The shifts, and what is between them.
            let mut points = vec![day.span.start(), day.span.end()];
            points.extend(day.shifts.iter().flat_map(|shift| [shift.span.start(), shift.span.end()]));
            points.sort_unstable();
            let pieces = points.windows(2).map(|pair| Span::new(pair[0], pair[1]));
            prop_assert_eq!(added(day, pieces, &history), node_day.total.clone());
            // A shift's sums are those of its slices.
            for shift in &day.shifts {
                let mut by_slice = Sums::default();
                let inside = node_day.slices.iter().filter(|slice| shift.span.contains(slice.span.start()));
                for slice in inside {
                    prop_assert_eq!(slice.shift.as_ref(), Some(&shift.name));
                    by_slice.add(&slice.sums);
                }
                prop_assert_eq!(by_slice, cut(day, shift.span, &history, &[]).total.sums);
            }
        }
        prop_assert_eq!(by_day, expected.total);
    }
}

//! Generated histories, against the naive reference and in every order of arrival.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;

use super::reference::{Key, sums};
use super::*;
use crate::production::calendar::ShiftSpan;
use crate::production::history::{
    Annotation, ConditionChange, CounterReading, History, JobRun, OperatorRun, PartCorrection, PartTime,
    QuantityReading, StateChange, Word,
};
use crate::production::quantity::Fixed;
use crate::production::words::{
    Availability, ConditionLevel, ControllerMode, EmergencyStop, Execution, FunctionalMode,
};

/// All times of a generated history are below this.
const END: i64 = 100;

fn time() -> impl Strategy<Value = Timestamp> {
    (0..END).prop_map(at)
}

fn any_span() -> impl Strategy<Value = Span> {
    (0..END, 0..END).prop_map(
        |(from, length)| if length > 90 { Span::since(at(from)) } else { span(from, from + length) },
    )
}

fn word() -> impl Strategy<Value = Word> {
    let execution = (0_u8..2, select(Execution::ALL)).prop_map(|(path, word)| Word::Execution { path, word });
    let mode =
        (0_u8..2, select(ControllerMode::ALL)).prop_map(|(path, word)| Word::ControllerMode { path, word });
    prop_oneof![
        6 => (0_u8..2).prop_map(|path| Word::Execution { path, word: Execution::Active }),
        6 => execution,
        2 => mode,
        1 => select(Availability::ALL).prop_map(Word::Availability),
        1 => select(EmergencyStop::ALL).prop_map(Word::EmergencyStop),
        2 => select(FunctionalMode::ALL).prop_map(Word::FunctionalMode),
    ]
}

fn states() -> impl Strategy<Value = Vec<StateChange>> {
    let state =
        (time(), 0_u64..3, word()).prop_map(|(at, sequence, word)| StateChange { at, sequence, word });
    prop::collection::vec(state, 0..25)
}

fn conditions() -> impl Strategy<Value = Vec<ConditionChange>> {
    let change = (time(), 0_u64..3, 0_u32..2, prop::option::of(0_u32..2), select(ConditionLevel::ALL));
    let change = change.prop_map(|(at, sequence, condition, code, level)| ConditionChange {
        at,
        sequence,
        condition,
        code,
        level,
    });
    prop::collection::vec(change, 0..8)
}

fn counters() -> impl Strategy<Value = Vec<Vec<CounterReading>>> {
    let reading = (time(), 0_u64..3, prop::option::weighted(0.9, 0_i64..9))
        .prop_map(|(at, sequence, value)| CounterReading { at, sequence, value });
    prop::collection::vec(prop::collection::vec(reading, 0..15), 0..3)
}

fn quantities() -> impl Strategy<Value = Vec<Vec<QuantityReading>>> {
    let reading = (time(), prop::option::weighted(0.9, -9_i32..9)).prop_map(|(at, value)| QuantityReading {
        at,
        value: value.and_then(|value| Fixed::from_f64(f64::from(value) / 7.0)),
    });
    prop::collection::vec(prop::collection::vec(reading, 0..9), 0..3)
}

fn part_time() -> impl Strategy<Value = Option<PartTime>> {
    prop::option::of((1_u64..50).prop_map(|micros| PartTime::from_micros(micros).unwrap()))
}

fn runs() -> impl Strategy<Value = Vec<JobRun>> {
    prop::collection::vec((any_span(), part_time(), part_time(), 0_i64..99), 0..5).prop_map(|runs| {
        (0..)
            .zip(runs)
            .map(|(number, (span, ideal, expected, expected_setup_micros))| JobRun {
                id: run_id(number),
                operation: operation_id(number),
                span,
                ideal,
                expected,
                expected_setup_micros,
            })
            .collect()
    })
}

fn annotations() -> impl Strategy<Value = Vec<Annotation>> {
    let one = (any_span(), select(&["Power", "Setup|Tool", "Setup"][..]), any::<bool>());
    let one = one.prop_map(|(span, reason, is_planned)| Annotation {
        span,
        reason: reason.parse().unwrap(),
        is_planned,
    });
    prop::collection::vec(one, 0..4)
}

/// A history in the order of its generation, and the same one in another order.
pub(super) fn histories() -> impl Strategy<Value = (History, History)> {
    let operators =
        (any_span(), 0_u8..3).prop_map(|(span, number)| OperatorRun { span, operator: operator_id(number) });
    let rejects = (time(), select(&RejectKind::ALL[..]), 0_i64..3).prop_map(|(at, kind, parts)| Reject {
        at,
        kind,
        parts,
    });
    let corrections = (time(), -3_i64..3).prop_map(|(at, parts)| PartCorrection { at, parts });
    let said = (
        (20..=END).prop_map(at),
        prop::collection::vec(any_span(), 0..5),
        states(),
        conditions(),
        counters(),
        quantities(),
    );
    let meant = (
        runs(),
        prop::collection::vec(operators, 0..4),
        annotations(),
        prop::collection::vec(rejects, 0..4),
        prop::collection::vec(corrections, 0..4),
    );
    let history = (said, meant).prop_map(|(said, meant)| {
        let (until, covered, states, conditions, counters, quantities) = said;
        let (runs, operators, annotations, rejects, corrections) = meant;
        History {
            until,
            covered,
            states,
            conditions,
            counters,
            quantities,
            runs,
            operators,
            annotations,
            rejects,
            corrections,
        }
    });
    (history, any::<u64>()).prop_map(|(history, seed)| {
        let shuffled = shuffled(&history, seed);
        (history, shuffled)
    })
}

/// The same history with each list in another order, and some observations twice.
fn shuffled(history: &History, seed: u64) -> History {
    fn list<T: Clone>(list: &[T], seed: &mut u64, is_observed: bool) -> Vec<T> {
        let mut all = list.to_vec();
        if is_observed {
            all.extend(list.iter().take(2).cloned());
        }
        for place in (1..all.len()).rev() {
            *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            all.swap(place, (*seed >> 33) as usize % (place + 1));
        }
        all
    }
    let seed = &mut { seed };
    History {
        until: history.until,
        covered: list(&history.covered, seed, true),
        states: list(&history.states, seed, true),
        conditions: list(&history.conditions, seed, true),
        counters: history.counters.iter().map(|readings| list(readings, seed, true)).collect(),
        quantities: history.quantities.iter().map(|readings| list(readings, seed, true)).collect(),
        runs: list(&history.runs, seed, false),
        operators: list(&history.operators, seed, false),
        annotations: list(&history.annotations, seed, false),
        rejects: list(&history.rejects, seed, false),
        corrections: list(&history.corrections, seed, false),
    }
}

/// A day from 5 to 95 with up to three shifts, or without any.
fn days() -> impl Strategy<Value = ProductionDay> {
    (prop::collection::btree_set(5_i64..=95, 0..7), any::<bool>()).prop_map(|(times, is_without)| {
        let times: Vec<i64> = times.into_iter().collect();
        let names = ["Early", "Late", "Night"].map(|name| name.parse::<Name>().unwrap());
        let pairs = times.chunks_exact(2).map(|pair| span(pair[0], pair[1]));
        let shifts: Vec<ShiftSpan> = if is_without {
            Vec::new()
        } else {
            pairs.zip(names).map(|(span, name)| ShiftSpan { name, span }).collect()
        };
        let scheduled =
            if is_without { vec![span(5, 95)] } else { shifts.iter().map(|shift| shift.span).collect() };
        ProductionDay { date: "2030-01-01".parse().unwrap(), span: span(5, 95), shifts, scheduled }
    })
}

fn key(slice: &Slice) -> Key {
    (slice.shift.clone(), slice.run.map(|(id, _)| id), slice.operator, slice.reason.clone())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn sums_equal_those_of_the_reference_in_every_order_of_arrival(
        (history, other) in histories(),
        day in days(),
        edges in prop::collection::vec(0..END, 0..6),
    ) {
        let edges: Vec<Timestamp> = edges.into_iter().map(at).collect();
        let found = cut(&day, day.span, &history.clone().sorted(), &edges);
        prop_assert_eq!(&cut(&day, day.span, &other.clone().sorted(), &edges), &found);
        let (expected, unattributed) = sums(&day, day.span, &other);
        prop_assert_eq!(found.total.parts_unattributed, unattributed);

        let mut by_key: BTreeMap<Key, Cell> = BTreeMap::new();
        for slice in &found.slices {
            let cell = Cell { sums: slice.sums, parts_unattributed: 0, quantities: slice.quantities.clone() };
            by_key.entry(key(slice)).or_default().add(&cell);
        }
        prop_assert_eq!(by_key, expected);

        // Slices and cells follow each other without a gap, and slices are as long as possible.
        let ends = [found.slices.first().map(|slice| slice.span.start()), found.cells.first().map(|cell| cell.0.start())];
        prop_assert_eq!(ends, [Some(found.span.start()); 2]);
        for pair in found.slices.windows(2) {
            prop_assert_eq!(pair[0].span.end(), pair[1].span.start());
            prop_assert_ne!(key(&pair[0]), key(&pair[1]));
        }
        for pair in found.cells.windows(2) {
            prop_assert_eq!(pair[0].0.end(), pair[1].0.start());
            prop_assert!(edges.contains(&pair[1].0.start()));
        }
        let (mut slices, mut cells) = (Cell::default(), Cell::default());
        for slice in &found.slices {
            slices.add(&Cell { sums: slice.sums, parts_unattributed: 0, quantities: slice.quantities.clone() });
        }
        found.cells.iter().for_each(|(_, cell)| cells.add(cell));
        slices.parts_unattributed = cells.parts_unattributed;
        prop_assert_eq!(&slices, &found.total);
        prop_assert_eq!(&cells, &found.total);
    }

    /// However a window is divided, the sums of its pieces add up to those of the whole.
    #[test]
    fn divided_windows_add_up(
        (history, _) in histories(),
        day in days(),
        points in prop::collection::vec(0..END, 0..6),
    ) {
        let history = history.sorted();
        let mut points: Vec<i64> = points.into_iter().chain([0, END]).collect();
        points.sort_unstable();
        let mut added = Cell::default();
        for pair in points.windows(2) {
            added.add(&cut(&day, span(pair[0], pair[1]), &history, &[]).total);
        }
        prop_assert_eq!(added, cut(&day, day.span, &history, &[]).total);
    }
}

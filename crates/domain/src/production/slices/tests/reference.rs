//! A naive reference: it looks at each microsecond by itself.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::production::history::{History, Word};
use crate::production::quantity::Fixed;
use crate::production::status::{Signals, Status};
use crate::production::words::ConditionLevel;

/// The shift, run, operator and reason of a slice.
pub(super) type Key = (Option<Name>, Option<JobRunId>, Option<OperatorId>, Option<Reason>);

/// What applies at a time among spans that may overlap: the one that sorts last.
fn topmost<T: Ord>(all: impl Iterator<Item = (Span, T)>, at: Timestamp) -> Option<T> {
    all.filter(|(span, _)| span.contains(at)).max().map(|(_, value)| value)
}

fn status(history: &History, now: Timestamp) -> Status {
    let mut words: Vec<_> = history.states.iter().filter(|state| state.at <= now).collect();
    words.sort();
    let (mut whole, mut paths) = (Signals::NONE, BTreeMap::<u8, Signals>::new());
    for state in words {
        match state.word {
            Word::Availability(word) => whole.availability = word,
            Word::EmergencyStop(word) => whole.emergency_stop = word,
            Word::FunctionalMode(word) => whole.functional_mode = word,
            Word::Execution { path, word } => paths.entry(path).or_insert(Signals::NONE).execution = word,
            Word::ControllerMode { path, word } => {
                paths.entry(path).or_insert(Signals::NONE).controller_mode = word;
            }
        }
    }
    let (active, _) = conditions(history, now);
    whole.condition = active.values().flat_map(BTreeMap::values).copied().max().unwrap_or(whole.condition);
    Status::of_paths(paths.values().map(|path| {
        Signals { execution: path.execution, controller_mode: path.controller_mode, ..whole }.status()
    }))
}

/// The level of each code of each condition.
type Levels = BTreeMap<u32, BTreeMap<Option<u32>, ConditionLevel>>;

/// The levels of each condition and code up to a time, and when a fault began.
fn conditions(history: &History, until: Timestamp) -> (Levels, Vec<Timestamp>) {
    let changes: BTreeSet<_> = history.conditions.iter().filter(|change| change.at <= until).collect();
    let (mut levels, mut faults, mut began) = (BTreeMap::new(), BTreeSet::new(), Vec::new());
    let mut hidden = BTreeMap::new();
    for change in changes {
        let own: &mut BTreeMap<_, _> = levels.entry(change.condition).or_default();
        if change.level == ConditionLevel::Unavailable {
            if !own.is_empty() {
                hidden.insert(change.condition, std::mem::take(own));
            }
            continue;
        }
        own.extend(hidden.remove(&change.condition).unwrap_or_default());
        if change.level == ConditionLevel::Normal && change.code.is_none() {
            own.clear();
            faults.retain(|(condition, _)| *condition != change.condition);
        }
        own.insert(change.code, change.level);
        if change.level != ConditionLevel::Fault {
            faults.remove(&(change.condition, change.code));
        } else if faults.insert((change.condition, change.code)) {
            began.push(change.at);
        }
    }
    (levels, began)
}

/// The sums by shift, run, operator and reason, and the unattributed parts. The history need not be in order.
pub(super) fn sums(day: &ProductionDay, window: Span, history: &History) -> (BTreeMap<Key, Cell>, i64) {
    let mut cells: BTreeMap<Key, Cell> = BTreeMap::new();
    let counted: Vec<(Timestamp, i64, bool)> =
        history.counters.iter().flat_map(|readings| rises(readings, &history.covered)).collect();
    let (_, faults) = conditions(history, window.end());
    let mut unattributed = 0;
    for micro in window.start().as_micros()..window.end().as_micros().min(history.until.as_micros()) {
        let now = at(micro);
        let shift = topmost(day.shifts.iter().map(|shift| (shift.span, shift.name.clone())), now);
        let id = topmost(history.runs.iter().map(|run| (run.span, run.id)), now);
        let run = history.runs.iter().find(|run| Some(run.id) == id);
        let operator = topmost(history.operators.iter().map(|run| (run.span, run.operator)), now);
        let note = history.annotations.iter().filter(|note| note.span.contains(now)).max();
        let cell = cells.entry((shift, id, operator, note.map(|note| note.reason.clone()))).or_default();
        let is_covered = history.covered.iter().any(|span| span.contains(now));
        let status = if is_covered { status(history, now) } else { Status::NoData };
        let is_scheduled = day.scheduled.iter().any(|span| span.contains(now));
        let (is_known, is_in_cycle) = (status != Status::NoData, status == Status::InCycle);
        let mut add = |sum, by| cell.sums.increase(sum, by);
        add(status.sum(), 1);
        add(Sum::All, 1);
        add(Sum::Scheduled, is_scheduled.into());
        add(Sum::ScheduledNoData, (is_scheduled && !is_known).into());
        add(Sum::ScheduledInCycle, (is_scheduled && is_in_cycle).into());
        let is_down = is_scheduled && is_known && !is_in_cycle;
        add(Sum::Downtime, is_down.into());
        add(Sum::PlannedDowntime, (is_down && note.is_some_and(|note| note.is_planned)).into());
        add(Sum::UnplannedDowntime, (is_down && note.is_some_and(|note| !note.is_planned)).into());
        add(Sum::Alarms, faults.iter().filter(|fault| **fault == now).count() as i64);
        let starting = history.runs.iter().filter(|run| run.span.start() == now);
        add(Sum::ExpectedSetup, starting.map(|run| run.expected_setup_micros).sum());

        let here = |parts: &(Timestamp, i64, bool)| parts.0 == now;
        unattributed += counted.iter().filter(|rise| here(rise) && !rise.2).map(|rise| rise.1).sum::<i64>();
        let mut parts: i64 = counted.iter().filter(|rise| here(rise) && rise.2).map(|rise| rise.1).sum();
        parts += history.corrections.iter().filter(|one| one.at == now).map(|one| one.parts).sum::<i64>();
        let rejected = |kind| {
            let rejects = history.rejects.iter().filter(|one| one.at == now && one.kind == kind);
            rejects.map(|one| one.parts).sum::<i64>()
        };
        let (scrap, other) = (rejected(RejectKind::Scrap), rejected(RejectKind::Nonconforming));
        add(Sum::PartsTotal, parts);
        add(Sum::PartsScrap, scrap);
        add(Sum::PartsNonconforming, other);
        add(Sum::PartsGood, parts - scrap - other);
        let millionths = |time: u64| {
            let since = micro - run.map_or(0, |run| run.span.start().as_micros());
            (since + 1) * 1_000_000 / time as i64 - since * 1_000_000 / time as i64
        };
        if let Some(time) = run.and_then(|run| run.ideal).map(|time| time.as_micros()) {
            add(Sum::PartsWithIdeal, parts);
            add(Sum::IdealTime, parts * time as i64);
            add(Sum::InCycleWithIdeal, is_in_cycle.into());
            add(Sum::IdealParts, i64::from(is_in_cycle) * millionths(time));
        }
        if let Some(time) = run.and_then(|run| run.expected).map(|time| time.as_micros()) {
            add(Sum::PartsWithExpected, parts);
            add(Sum::ExpectedTime, parts * time as i64);
            add(Sum::ExpectedParts, i64::from(is_scheduled && is_known) * millionths(time));
        }
        cell.quantities.resize(history.quantities.len(), QuantitySums::default());
        for (readings, sums) in history.quantities.iter().zip(&mut cell.quantities) {
            let readings: BTreeSet<(Timestamp, Option<Fixed>)> =
                readings.iter().map(|reading| (reading.at, reading.value)).collect();
            for (_, value) in readings.iter().filter(|(at, _)| *at == now) {
                value.iter().for_each(|value| sums.read(now, *value));
            }
            let held = readings.iter().rfind(|(at, _)| *at <= now).and_then(|(_, value)| *value);
            held.filter(|_| is_covered).iter().for_each(|value| sums.hold(*value, 1));
        }
    }
    (cells, unattributed)
}

/// When a counter rose, by how much, and whether the parts can be attributed.
fn rises(
    readings: &[crate::production::history::CounterReading],
    covered: &[Span],
) -> Vec<(Timestamp, i64, bool)> {
    let readings: BTreeSet<_> = readings.iter().collect();
    let (mut rises, mut last, mut is_unknown) = (Vec::new(), None, false);
    for reading in readings {
        if let (Some(value), Some((since, before))) = (reading.value, last) {
            let between = Span::new(since, reading.at);
            let micros = between.start().as_micros()..between.end().as_micros();
            let is_covered = micros.clone().all(|micro| covered.iter().any(|span| span.contains(at(micro))));
            let parts = if value >= before {
                value - before
            } else if 2 * value <= before {
                value
            } else {
                0
            };
            rises.push((reading.at, parts, is_covered && !is_unknown));
        }
        is_unknown = reading.value.is_none();
        last = reading.value.map(|value| (reading.at, value)).or(last);
    }
    rises
}

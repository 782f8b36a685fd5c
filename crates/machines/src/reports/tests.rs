//! Groups from cells are those from whole days, for generated histories in many zones.

use std::collections::HashMap;
use std::sync::Arc;

use bailiwick_domain::calendar::{Calendar, CalendarRules, LocalDate};
use bailiwick_domain::history::{
    Annotation, CounterReading, History, Reject, RejectKind, SortedHistory, StateChange, Word,
};
use bailiwick_domain::id::{NodeId, SiteId};
use bailiwick_domain::slices::NodeDay;
use bailiwick_domain::span::Span;
use bailiwick_domain::sums::Sum;
use bailiwick_domain::time::Timestamp;
use bailiwick_domain::words::Execution;
use bailiwick_engine::operation::Output as _;
use bailiwick_store::Resolution;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use uuid::Uuid;

use super::cell_groups::CellGroups;
use super::dimension::Dimension;
use super::grouping::{Grouping, Limits, Place};
use super::metrics::Shown;
use super::names::ReportNames;
use super::period::Period;
use super::query::{Layout, ReportQuery};
use super::report::Report;
use crate::days::pieces::{cells, has_whole_hours, pieces};
use crate::days::plan::{Part, Wanted, dates, sums};
use crate::days::takes::Takes as _;

/// Zones, each with the first of four days in which its clock changes, if it does.
const ZONES: [(&str, &str); 6] = [
    ("UTC", "2030-04-05"),
    ("Australia/Adelaide", "2030-04-05"),
    ("Asia/Kathmandu", "2030-04-05"),
    ("Australia/Lord_Howe", "2030-04-05"),
    ("Pacific/Chatham", "2030-04-05"),
    ("Europe/Berlin", "2030-03-29"),
];
const METRICS: [&str; 9] = [
    "utilization",
    "in_cycle_ms",
    "no_data_ms",
    "oee",
    "parts_good",
    "parts_unattributed",
    "starts_at",
    "ends_at",
    "planned_downtime_ms",
];
/// Minutes of the time that histories are about: five days, from half a day before the first one.
const MINUTES: i64 = 5 * 24 * 60;

fn calendars() -> impl Strategy<Value = (Arc<Calendar>, LocalDate)> {
    let starts = select(&["00:00", "06:00", "06:01"][..]);
    (select(&ZONES[..]), starts, any::<bool>()).prop_map(|((zone, first), starts, has_shifts)| {
        let weekdays = ["monday", "friday", "saturday", "sunday"];
        let shift = serde_json::json!([{ "name": "Early", "starts_at": "05:20", "ends_at": "13:10", "weekdays": weekdays }]);
        let shifts = if has_shifts { shift } else { serde_json::json!([]) };
        let rules = serde_json::json!({ "time_zone": zone, "day_starts_at": starts, "shifts": shifts });
        let rules: CalendarRules = serde_json::from_value(rules).unwrap();
        (Arc::new(Calendar::new(&rules).unwrap()), first.parse().unwrap())
    })
}

/// What happens at a machine. Times are minutes from the beginning on.
#[derive(Clone, Debug)]
struct Happens {
    states: Vec<(i64, Execution)>,
    covered: Vec<(i64, i64)>,
    counter: Vec<(i64, i64)>,
    rejects: Vec<(i64, i64)>,
    annotations: Vec<(i64, i64, bool)>,
}

fn happens() -> impl Strategy<Value = Happens> {
    let minute = || 0..MINUTES;
    let states = prop::collection::vec((minute(), select(Execution::ALL)), 0..12);
    let covered = prop::collection::vec((minute(), 1..MINUTES / 2), 0..4);
    let counter = prop::collection::vec((minute(), 0..9_i64), 0..8);
    let rejects = prop::collection::vec((minute(), 1..3_i64), 0..2);
    let annotations = prop::collection::vec((minute(), 1..900_i64, any::<bool>()), 0..3);
    (states, covered, counter, rejects, annotations).prop_map(
        |(states, covered, counter, rejects, annotations)| Happens {
            states,
            covered,
            counter,
            rejects,
            annotations,
        },
    )
}

impl Happens {
    fn history(&self, start: Timestamp) -> SortedHistory {
        let at = |minute: i64| start.plus_seconds(minute * 60);
        let span = |from: i64, minutes: i64| Span::new(at(from), at(from + minutes));
        let mut history = History::none(at(10 * MINUTES));
        history.covered = self.covered.iter().map(|(from, minutes)| span(*from, *minutes)).collect();
        let state = |(minute, word): &(i64, Execution)| StateChange {
            at: at(*minute),
            sequence: 0,
            word: Word::Execution { path: 0, word: *word },
        };
        history.states = self.states.iter().map(state).collect();
        let reading = |(minute, value): &(i64, i64)| CounterReading {
            at: at(*minute),
            sequence: 0,
            value: Some(*value),
        };
        history.counters = vec![self.counter.iter().map(reading).collect()];
        let reject =
            |(minute, parts): &(i64, i64)| Reject { at: at(*minute), kind: RejectKind::Scrap, parts: *parts };
        history.rejects = self.rejects.iter().map(reject).collect();
        let annotation = |(from, minutes, is_planned): &(i64, i64, bool)| Annotation {
            span: span(*from, *minutes),
            reason: "Tool".parse().unwrap(),
            is_planned: *is_planned,
        };
        history.annotations = self.annotations.iter().map(annotation).collect();
        history.sorted()
    }
}

fn id(number: usize) -> Uuid {
    Uuid::from_u128(number as u128 + 1)
}

/// A machine: its calendar, the first of its days, and the sums of each.
struct Machine {
    calendar: Arc<Calendar>,
    days: Vec<(Wanted, NodeDay)>,
}

impl Machine {
    fn of(calendar: &Arc<Calendar>, first: LocalDate, happens: &Happens) -> Self {
        let last = first.plus_days(3).unwrap();
        let start = calendar.span(first, last).start().plus_seconds(-43_200);
        let history = happens.history(start);
        let days = dates(first, last).map(|date| {
            let wanted = Wanted { day: calendar.day(date), part: Part::Whole };
            let mut summed = sums(calendar, &wanted, &history, false);
            (wanted, summed.remove(0))
        });
        Self { calendar: Arc::clone(calendar), days: days.collect() }
    }
}

/// The answer of a report on machines, made by `add`.
fn answer(
    dimensions: &[Dimension],
    with: Option<Sum>,
    layout: Layout,
    machines: &[Machine],
    add: impl Fn(&mut Grouping<'_>),
) -> String {
    let shown = Shown::of(Some(&METRICS.map(str::to_owned)), &[]).unwrap();
    let place = |n: usize| Place {
        site: n.is_multiple_of(2).then(|| SiteId::from_uuid(id(n % 4))),
        labels: vec![None],
    };
    let places: HashMap<NodeId, Place> =
        (0..machines.len()).map(|n| (NodeId::from_uuid(id(n)), place(n))).collect();
    let limits = Limits { shifts: None, job_operations: None, operators: None };
    let mut grouping = Grouping::new(dimensions, places, limits, with, None, shown.needs());
    add(&mut grouping);
    let at = Timestamp::from_micros(0);
    let query = ReportQuery {
        period: Period::Times { from: at, until: at },
        time_zone: "UTC".parse().unwrap(),
        metrics: METRICS.to_vec(),
        group_by: dimensions.to_vec(),
        nodes: machines.len(),
        shifts: None,
        job_operations: None,
        operators: None,
    };
    let groups = grouping.into_groups().unwrap();
    let report = Report::of(query, 0, groups, shown, layout, ReportNames::default(), None).unwrap();
    String::from_utf8(report.into_body().unwrap().into_bytes()).unwrap()
}

fn by_days(machines: &[Machine], grouping: &mut Grouping<'_>) {
    for (n, machine) in machines.iter().enumerate() {
        for (wanted, day) in &machine.days {
            grouping.add(NodeId::from_uuid(id(n)), &machine.calendar, wanted.day.date, day);
        }
    }
}

fn by_cells(machines: &[Machine], grouping: &mut Grouping<'_>) {
    let ids = (0..machines.len()).map(|n| NodeId::from_uuid(id(n)));
    let mut groups = CellGroups::new(grouping, ids);
    let resolution = groups.resolution();
    // One day after the other, as the store gives them.
    for day in 0..4 {
        for (n, machine) in machines.iter().enumerate() {
            let Machine { calendar, days } = machine;
            let (wanted, sums) = &days[day];
            let span = wanted.day.span;
            if resolution == Resolution::HalfHour && !has_whole_hours(calendar, span) {
                groups.day(NodeId::from_uuid(id(n)), calendar, &wanted.day, sums);
                continue;
            }
            groups.begin(calendar, wanted.day.date, &pieces(span, resolution));
            let cells = cells(sums, resolution);
            let of =
                |sum| cells.sums.iter().find(|(other, _)| *other == sum).map_or([].as_slice(), |(_, v)| v);
            let sums: Vec<&[i64]> = groups.sums().iter().map(|sum| of(*sum)).collect();
            groups.add(n, &sums);
        }
    }
}

fn all_dimensions() -> Vec<Dimension> {
    let names = ["node", "site", "label:hall", "hour", "day", "week", "month"];
    names.iter().map(|name| name.parse().unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn groups_from_cells_are_those_from_days(
        machines in prop::collection::vec((calendars(), happens()), 1..5),
        dimensions in subsequence(all_dimensions(), 0..5).prop_shuffle(),
        with in select(&[None, Some(Sum::Downtime)][..]),
        layout in select(&[Layout::Nested, Layout::Rows, Layout::Columns][..]),
    ) {
        let machines: Vec<Machine> =
            machines.iter().map(|((calendar, first), happens)| Machine::of(calendar, *first, happens)).collect();
        let ask = |add: &dyn Fn(&mut Grouping<'_>)| answer(&dimensions, with, layout, &machines, add);
        let expected = ask(&|grouping| by_days(&machines, grouping));
        prop_assert_eq!(ask(&|grouping| by_cells(&machines, grouping)), expected.clone());
        prop_assert!(serde_json::from_str::<serde_json::Value>(&expected).is_ok(), "{}", expected);
    }
}

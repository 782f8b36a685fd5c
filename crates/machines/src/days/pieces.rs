//! The pieces into which cells divide a day: the day itself, or half hours of UTC.

use bailiwick_domain::calendar::Calendar;
use bailiwick_domain::slices::{Cell, NodeDay, half_hours};
use bailiwick_domain::span::Span;
use bailiwick_domain::sums::Sum;
use bailiwick_domain::time::Timestamp;
use bailiwick_store::{CellSum, NodeCells, Resolution};

/// Half an hour in microseconds.
const HALF_HOUR_MICROS: i64 = 1_800_000_000;

/// The pieces of a day. The first and the last half hour may be cut off by the day.
pub(crate) fn pieces(day: Span, resolution: Resolution) -> Vec<Span> {
    if resolution == Resolution::Day {
        return vec![day];
    }
    if day.is_empty() {
        return Vec::new();
    }
    let starts = std::iter::once(day.start()).chain(half_hours(day));
    let ends = half_hours(day).into_iter().chain([day.end()]);
    starts.zip(ends).map(|(start, end)| Span::new(start, end)).collect()
}

/// The number of the first piece of a day.
pub(super) const fn first(day: Span, resolution: Resolution) -> i64 {
    match resolution {
        Resolution::Day => 0,
        Resolution::HalfHour => number(day.start()),
    }
}

/// The number of the half hour of a time.
const fn number(at: Timestamp) -> i64 {
    at.as_micros().div_euclid(HALF_HOUR_MICROS)
}

/// Whether each hour of a day by the local clock is made of half hours of UTC.
pub(crate) fn has_whole_hours(calendar: &Calendar, day: Span) -> bool {
    let mut starts = calendar.hours(day).into_iter().map(Span::start).skip(1);
    starts.all(|start| start.as_micros() % HALF_HOUR_MICROS == 0)
}

/// Whether there was data in a cell.
fn has_data(cell: &Cell) -> bool {
    cell.sums.get(Sum::All) > cell.sums.get(Sum::NoData)
}

/// From the first to the last cell with data; `None` if there was none.
pub(crate) fn with_data(day: &NodeDay) -> Option<Span> {
    let mut spans = day.cells.iter().filter(|(_, cell)| has_data(cell)).map(|(span, _)| *span);
    let first = spans.next()?;
    Some(Span::new(first.start(), spans.next_back().unwrap_or(first).end()))
}

/// One of the sums of a cell.
fn value(cell: &Cell, sum: CellSum) -> i64 {
    match sum {
        CellSum::Of(sum) => cell.sums.get(sum),
        CellSum::PartsUnattributed => cell.parts_unattributed,
        CellSum::Stored | CellSum::FirstAt | CellSum::LastAt => 0,
    }
}

/// The cells of a day.
pub(crate) fn cells(day: &NodeDay, resolution: Resolution) -> NodeCells {
    let (mut first, mut pieces) = (0, 1);
    let summed: Vec<(i64, &Cell)> = match resolution {
        Resolution::Day => vec![(0, &day.total)],
        Resolution::HalfHour => {
            let all: Vec<(i64, &Cell)> =
                day.cells.iter().map(|(span, cell)| (number(span.start()), cell)).collect();
            first = all.first().map_or(0, |(number, _)| *number);
            let last = all.last().map_or(-1, |(number, _)| *number);
            pieces = usize::try_from(last - first + 1).unwrap_or_default();
            all
        }
    };
    let sum_of = |sum: CellSum| {
        let mut values = vec![0_i64; pieces];
        for (number, cell) in &summed {
            let place = usize::try_from(number - first).unwrap_or(usize::MAX);
            if let Some(into) = values.get_mut(place) {
                *into = into.saturating_add(value(cell, sum));
            }
        }
        values
    };
    let mut sums: Vec<(CellSum, Vec<i64>)> = CellSum::all().map(|sum| (sum, sum_of(sum))).collect();
    if let Some(known) = with_data(day).filter(|_| resolution == Resolution::Day) {
        sums.push((CellSum::FirstAt, vec![known.start().as_micros()]));
        sums.push((CellSum::LastAt, vec![known.end().as_micros()]));
    }
    sums.retain(|(_, values)| values.iter().any(|value| *value != 0));
    NodeCells { first, pieces, sums }
}

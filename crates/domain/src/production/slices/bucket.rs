//! Buckets: the smallest pieces of time that are summed. Slices and cells are made of whole buckets.

use super::track::Tracks;
use super::{Cell, NodeDay, Slice};
use crate::production::calendar::ProductionDay;
use crate::production::history::{Annotation, History, JobRun};
use crate::production::quantity::QuantitySums;
use crate::production::span::Span;
use crate::production::status::Status;
use crate::production::sums::{Sum, Sums};
use crate::time::Timestamp;

/// A piece of time in which everything but the status is the same, between two edges.
pub(super) struct Bucket<'a> {
    pub(super) span: Span,
    is_scheduled: bool,
    run: Option<&'a JobRun>,
    annotation: Option<&'a Annotation>,
    /// Its slice, by place.
    slice: usize,
    /// Its cell, by place.
    cell: usize,
    sums: Sums,
    parts_unattributed: i64,
}

impl Bucket<'_> {
    /// Counts a stretch of its time.
    pub(super) fn add_time(&mut self, span: Span, status: Status) {
        let micros = span.micros();
        self.sums.increase(status.sum(), micros);
        self.sums.increase(Sum::All, micros);
        if self.is_scheduled {
            self.sums.increase(Sum::Scheduled, micros);
            match status {
                Status::NoData => self.sums.increase(Sum::ScheduledNoData, micros),
                Status::InCycle => self.sums.increase(Sum::ScheduledInCycle, micros),
                _ => self.add_downtime(micros),
            }
        }
        let Some(run) = self.run else { return };
        if let Some(ideal) = run.ideal.filter(|_| status == Status::InCycle) {
            self.sums.increase(Sum::InCycleWithIdeal, micros);
            self.sums.increase(Sum::IdealParts, ideal.micro_parts(run.span.start(), span));
        }
        if let Some(expected) = run.expected.filter(|_| self.is_scheduled && status != Status::NoData) {
            self.sums.increase(Sum::ExpectedParts, expected.micro_parts(run.span.start(), span));
        }
    }

    const fn add_downtime(&mut self, micros: i64) {
        self.sums.increase(Sum::Downtime, micros);
        if let Some(annotation) = self.annotation {
            let sum = if annotation.is_planned { Sum::PlannedDowntime } else { Sum::UnplannedDowntime };
            self.sums.increase(sum, micros);
        }
    }

    fn add_parts(&mut self, parts: i64) {
        self.sums.increase(Sum::PartsTotal, parts);
        self.sums.increase(Sum::PartsGood, parts);
        let Some(run) = self.run else { return };
        if let Some(ideal) = run.ideal {
            self.sums.increase(Sum::PartsWithIdeal, parts);
            self.sums.increase(Sum::IdealTime, ideal.of_parts(parts));
        }
        if let Some(expected) = run.expected {
            self.sums.increase(Sum::PartsWithExpected, parts);
            self.sums.increase(Sum::ExpectedTime, expected.of_parts(parts));
        }
    }
}

/// The buckets of a window in the order of time, and the slices and cells that they belong to.
pub(super) struct Buckets<'a> {
    all: Vec<Bucket<'a>>,
    slices: Vec<Slice>,
    cells: Vec<(Span, Cell)>,
}

impl<'a> Buckets<'a> {
    /// The empty buckets of a window.
    pub(super) fn new(
        day: &'a ProductionDay,
        window: Span,
        history: &'a History,
        edges: &[Timestamp],
    ) -> Self {
        let tracks = Tracks::new(day, history, window);
        let inside = |times: Vec<Timestamp>| {
            let mut times = times;
            times.retain(|at| window.contains(*at));
            times.push(window.start());
            times.push(window.end());
            times.sort_unstable();
            times.dedup();
            times
        };
        let cuts = inside(tracks.ends().chain(edges.iter().copied()).collect());
        let mut edges = inside(edges.to_vec()).into_iter().peekable();
        let mut buckets = Self { all: Vec::with_capacity(cuts.len()), slices: Vec::new(), cells: Vec::new() };
        let spans = cuts.iter().zip(cuts.iter().skip(1)).map(|(start, end)| Span::new(*start, *end));
        for (span, applies) in spans.zip(tracks.at(cuts.iter().copied())) {
            match buckets.slices.last_mut().filter(|slice| applies.is_of(slice)) {
                Some(slice) => slice.span = Span::new(slice.span.start(), span.end()),
                None => buckets.slices.push(applies.slice(span)),
            }
            let is_edge = edges.next_if(|edge| *edge <= span.start()).is_some();
            match buckets.cells.last_mut().filter(|_| !is_edge) {
                Some((cell, _)) => *cell = Span::new(cell.start(), span.end()),
                None => buckets.cells.push((span, Cell::default())),
            }
            buckets.all.push(Bucket {
                span,
                is_scheduled: applies.is_scheduled,
                run: applies.run,
                annotation: applies.annotation,
                slice: buckets.slices.len().saturating_sub(1),
                cell: buckets.cells.len().saturating_sub(1),
                sums: Sums::default(),
                parts_unattributed: 0,
            });
        }
        buckets
    }

    /// The buckets in the order of time.
    pub(super) fn iter(&self) -> std::slice::Iter<'_, Bucket<'a>> {
        self.all.iter()
    }

    /// The buckets in the order of time, to be changed.
    pub(super) fn iter_mut(&mut self) -> std::slice::IterMut<'_, Bucket<'a>> {
        self.all.iter_mut()
    }

    /// The bucket of a time; `None` outside of the window.
    fn of(&mut self, at: Timestamp) -> Option<&mut Bucket<'a>> {
        let place = self.all.partition_point(|bucket| bucket.span.end() <= at);
        self.all.get_mut(place).filter(|bucket| bucket.span.contains(at))
    }

    /// Adds to a sum of the bucket of a time. Outside of the window, nothing happens.
    pub(super) fn increase(&mut self, at: Timestamp, sum: Sum, by: i64) {
        if let Some(bucket) = self.of(at) {
            bucket.sums.increase(sum, by);
        }
    }

    /// Adds parts to the bucket of a time. Outside of the window, nothing happens.
    pub(super) fn add_parts(&mut self, at: Timestamp, parts: i64) {
        if let Some(bucket) = self.of(at) {
            bucket.add_parts(parts);
        }
    }

    /// Adds unattributed parts to the bucket of a time. Outside of the window, nothing happens.
    pub(super) fn add_unattributed(&mut self, at: Timestamp, parts: i64) {
        if let Some(bucket) = self.of(at) {
            bucket.parts_unattributed = bucket.parts_unattributed.saturating_add(parts);
        }
    }

    /// Adds everything up. `quantities` has a list for each quantity, with its sums of each bucket.
    pub(super) fn into_node_day(self, span: Span, quantities: &[Vec<QuantitySums>]) -> NodeDay {
        let Self { all, mut slices, mut cells } = self;
        for bucket in &all {
            if let Some(slice) = slices.get_mut(bucket.slice) {
                slice.sums.add(&bucket.sums);
            }
            if let Some((_, cell)) = cells.get_mut(bucket.cell) {
                cell.sums.add(&bucket.sums);
                cell.parts_unattributed = cell.parts_unattributed.saturating_add(bucket.parts_unattributed);
            }
        }
        for sums in quantities {
            for slice in &mut slices {
                slice.quantities.push(add_up(&all, sums, slice.span));
            }
            for (span, cell) in &mut cells {
                cell.quantities.push(add_up(&all, sums, *span));
            }
        }
        let mut total =
            Cell { quantities: vec![QuantitySums::default(); quantities.len()], ..Cell::default() };
        for (_, cell) in &cells {
            total.add(cell);
        }
        NodeDay { span, slices, cells, total }
    }
}

/// The sums of a quantity in the buckets of a span, which is made of whole buckets.
fn add_up(buckets: &[Bucket<'_>], sums: &[QuantitySums], span: Span) -> QuantitySums {
    let first = buckets.partition_point(|bucket| bucket.span.start() < span.start());
    let inside =
        buckets.iter().zip(sums).skip(first).take_while(|(bucket, _)| bucket.span.end() <= span.end());
    let mut total = QuantitySums::default();
    inside.for_each(|(_, sums)| total.add(sums));
    total
}

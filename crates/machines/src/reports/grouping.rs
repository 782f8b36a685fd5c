//! Sums the days of nodes in groups.

use std::collections::HashMap;

use bailiwick_domain::calendar::{Calendar, LocalDate};
use bailiwick_domain::id::{JobOperationId, NodeId, OperatorId, SiteId};
use bailiwick_domain::name::Name;
use bailiwick_domain::slices::{NodeDay, Slice};
use bailiwick_domain::span::Span;
use bailiwick_domain::sums::{Sum, Sums};
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::error::Result;

use super::dimension::{Dimension, GroupKey};
use super::goals::{Goals, OfFigures};
use super::groups::{Groups, Needs};
use crate::days::pieces::with_data;

/// A piece of a node's day that belongs to one group.
struct Piece<'a> {
    /// Its time, or that from the first to the last data in it.
    span: Span,
    sums: &'a Sums,
    parts_unattributed: i64,
    goals: Option<&'a OfFigures>,
}

/// Which parts of days a report is limited to.
#[derive(Clone, Copy)]
pub(super) struct Limits<'a> {
    /// Of slices, only those of these shifts.
    pub(super) shifts: Option<&'a [Name]>,
    /// Of slices, only those of these job operations.
    pub(super) job_operations: Option<&'a [JobOperationId]>,
    /// Of slices, only those of these operators.
    pub(super) operators: Option<&'a [OperatorId]>,
}

impl Limits<'_> {
    const fn any(&self) -> bool {
        self.shifts.is_some() || self.job_operations.is_some() || self.operators.is_some()
    }

    fn contain(&self, slice: &Slice) -> bool {
        let operation = slice.run.map(|(_, operation)| operation);
        let is_of_shift = |shifts: &[Name]| slice.shift.as_ref().is_some_and(|shift| shifts.contains(shift));
        self.shifts.is_none_or(is_of_shift)
            && self.job_operations.is_none_or(|wanted| operation.is_some_and(|one| wanted.contains(&one)))
            && self.operators.is_none_or(|wanted| slice.operator.is_some_and(|one| wanted.contains(&one)))
    }
}

/// The place of a node, by which it is grouped.
pub(super) struct Place {
    pub(super) site: Option<SiteId>,
    /// The values of the labels that the report is grouped by, in the order of the dimensions.
    pub(super) labels: Vec<Option<String>>,
}

/// Sums node-days in groups.
pub(super) struct Grouping<'a> {
    pub(super) dimensions: &'a [Dimension],
    places: HashMap<NodeId, Place>,
    limits: Limits<'a>,
    /// Only what has some of this is in a group.
    pub(super) with: Option<Sum>,
    /// The goals, if their thresholds are asked for.
    goals: Option<Goals>,
    pub(super) groups: Groups,
    /// The values of a piece, in the order of [`Needs`].
    values: Vec<i64>,
}

impl<'a> Grouping<'a> {
    pub(super) fn new(
        dimensions: &'a [Dimension],
        places: HashMap<NodeId, Place>,
        limits: Limits<'a>,
        with: Option<Sum>,
        goals: Option<Goals>,
        mut needs: Needs,
    ) -> Self {
        needs.sums.extend(with);
        if needs.times {
            // They say whether there was data.
            needs.sums.extend([Sum::All, Sum::NoData]);
        }
        needs.sums.sort_unstable();
        needs.sums.dedup();
        needs.goals = goals.is_some();
        let groups = Groups::new(dimensions.len(), needs);
        Self { dimensions, places, limits, with, goals, groups, values: Vec::new() }
    }

    /// Whether slices are needed.
    pub(super) fn needs_slices(&self) -> bool {
        self.limits.any() || self.dimensions.iter().any(Dimension::is_of_slices)
    }

    /// Whether slices have to be divided at full hours.
    pub(super) fn is_hourly(&self) -> bool {
        self.needs_slices() && self.is_by_hour()
    }

    pub(super) fn is_by_hour(&self) -> bool {
        self.dimensions.contains(&Dimension::Hour)
    }

    /// The groups; an error if they are too many.
    pub(super) fn into_groups(mut self) -> Result<Groups> {
        self.groups.check()?;
        self.groups.add_up(self.with.is_none());
        Ok(self.groups)
    }

    fn site(&self, node: NodeId) -> Option<SiteId> {
        self.places.get(&node).and_then(|place| place.site)
    }

    pub(super) fn goals_of(&self, node: NodeId, operation: Option<JobOperationId>) -> Option<OfFigures> {
        self.goals.as_ref().map(|goals| goals.thresholds(node, self.site(node), operation))
    }

    /// The key of a node; `None` for a dimension that does not depend on it. `labels` counts the labels before.
    pub(super) fn key_of_node(
        &self,
        node: NodeId,
        dimension: &Dimension,
        labels: &mut usize,
    ) -> Option<GroupKey> {
        Some(match dimension {
            Dimension::Node => GroupKey::Node(node),
            Dimension::Site => GroupKey::Site(self.site(node)),
            Dimension::Label(_) => {
                let label = self.places.get(&node).and_then(|place| place.labels.get(*labels));
                *labels = labels.saturating_add(1);
                GroupKey::Text(label.cloned().flatten())
            }
            _ => return None,
        })
    }

    /// Adds a piece of a day. `of_slice` has the keys of dimensions of slices.
    fn put(
        &mut self,
        node: NodeId,
        (calendar, date, start): (&Calendar, LocalDate, Timestamp),
        of_slice: impl Fn(&Dimension) -> Option<GroupKey>,
        piece: &Piece<'_>,
    ) {
        let needs = self.groups.needs();
        self.values.clear();
        self.values.extend(needs.sums.iter().map(|sum| piece.sums.get(*sum)));
        self.values.extend(needs.parts_unattributed.then_some(piece.parts_unattributed));
        if needs.times {
            let has_data = piece.sums.get(Sum::All) > piece.sums.get(Sum::NoData);
            self.values.extend(times(has_data.then_some(piece.span)));
        }
        let is_in_group = self.with.is_none_or(|sum| piece.sums.get(sum) != 0);
        let mut labels = 0;
        let mut keys = Vec::with_capacity(self.dimensions.len());
        for (level, dimension) in self.dimensions.iter().enumerate().filter(|_| is_in_group) {
            let key = self.key_of_node(node, dimension, &mut labels);
            let key =
                key.or_else(|| key_of_time(calendar, date, start, dimension)).or_else(|| of_slice(dimension));
            keys.push(key.map(|key| self.groups.key(level, key)).unwrap_or_default());
        }
        let leaf = if is_in_group { self.groups.leaf(&keys) } else { None };
        let values = std::mem::take(&mut self.values);
        self.add_values(leaf, &values, piece.goals);
        self.values = values;
    }

    /// Adds the values of a piece, in the order of [`Needs`], to the smallest group it is in, and to the total unless that is
    /// made of groups.
    pub(super) fn add_values(&mut self, leaf: Option<u32>, values: &[i64], goals: Option<&OfFigures>) {
        if self.dimensions.is_empty() || self.with.is_some() {
            self.groups.add_to_total(values, goals);
        }
        if let Some(leaf) = leaf {
            self.groups.add_to_leaf(leaf, values, goals);
        }
    }

    /// Adds a day of a node, or with hourly slices an hour of it.
    pub(super) fn add(&mut self, node: NodeId, calendar: &Calendar, date: LocalDate, day: &NodeDay) {
        let limits = self.limits;
        if self.needs_slices() {
            for slice in day.slices.iter().filter(|slice| limits.contain(slice)) {
                let operation = slice.run.map(|(_, operation)| operation);
                let goals = self.goals_of(node, operation);
                let of_slice = |dimension: &Dimension| match dimension {
                    Dimension::Shift => Some(GroupKey::Shift(slice.shift.clone())),
                    Dimension::JobOperation => Some(GroupKey::JobOperation(operation)),
                    Dimension::Operator => Some(GroupKey::Operator(slice.operator)),
                    Dimension::Reason => Some(GroupKey::Reason(slice.reason.clone())),
                    _ => None,
                };
                let (span, sums) = (slice.span, &slice.sums);
                let piece = Piece { span, sums, parts_unattributed: 0, goals: goals.as_ref() };
                self.put(node, (calendar, date, slice.span.start()), of_slice, &piece);
            }
            // Nobody knows of which slice these parts are.
            let needs = self.groups.needs();
            if needs.parts_unattributed {
                self.values.clear();
                self.values.extend(needs.sums.iter().map(|_| 0).chain([day.total.parts_unattributed]));
                self.values.extend(needs.times.then(|| times(None)).into_iter().flatten());
                self.groups.add_to_total(&self.values, None);
            }
            return;
        }
        let goals = self.goals_of(node, None);
        let goals = goals.as_ref();
        if self.is_by_hour() {
            for (span, cell) in &day.cells {
                let (span, parts_unattributed) = (*span, cell.parts_unattributed);
                let piece = Piece { span, sums: &cell.sums, parts_unattributed, goals };
                self.put(node, (calendar, date, span.start()), |_| None, &piece);
            }
        } else {
            let parts_unattributed = day.total.parts_unattributed;
            let span = with_data(day).unwrap_or(day.span);
            let piece = Piece { span, sums: &day.total.sums, parts_unattributed, goals };
            self.put(node, (calendar, date, day.span.start()), |_| None, &piece);
        }
    }
}

/// The key of a time; `None` for a dimension that does not depend on it.
pub(super) fn key_of_time(
    calendar: &Calendar,
    date: LocalDate,
    at: Timestamp,
    dimension: &Dimension,
) -> Option<GroupKey> {
    Some(match dimension {
        Dimension::Hour => GroupKey::Time(hour_of(calendar, at)),
        Dimension::Day => GroupKey::Date(date),
        Dimension::Week => GroupKey::Date(calendar.week(date).0),
        Dimension::Month => GroupKey::Date(calendar.month(date).0),
        _ => return None,
    })
}

/// The last two values of a piece: when its data begin and end. Without data, later than everything and earlier.
pub(super) const fn times(with_data: Option<Span>) -> [i64; 2] {
    match with_data {
        Some(span) => [span.start().as_micros(), span.end().as_micros()],
        None => [i64::MAX, i64::MIN],
    }
}

/// The beginning of the local hour of a time.
fn hour_of(calendar: &Calendar, at: Timestamp) -> Timestamp {
    let before = Timestamp::from_micros(at.as_micros().saturating_sub(3_600_000_000));
    let after = Timestamp::from_micros(at.as_micros().saturating_add(1));
    // The last piece begins where the hour does, because no hour is longer.
    calendar.hours(Span::new(before, after)).last().map_or(at, |hour| hour.start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_begins_by_the_local_clock() {
        let hour = |zone: &str, at: &str| {
            let calendar = Calendar::without_shifts(zone.parse().unwrap());
            hour_of(&calendar, at.parse().unwrap()).to_string()
        };
        assert_eq!(hour("UTC", "2030-01-01T05:00:00Z"), "2030-01-01T05:00:00Z");
        assert_eq!(hour("UTC", "2030-01-01T05:59:59.999999Z"), "2030-01-01T05:00:00Z");
        assert_eq!(hour("Asia/Kathmandu", "2030-01-01T05:00:00Z"), "2030-01-01T04:15:00Z");
        // The clock goes back by half an hour at 15:00 UTC.
        assert_eq!(hour("Australia/Lord_Howe", "2030-04-06T15:10:00Z"), "2030-04-06T15:00:00Z");
    }
}

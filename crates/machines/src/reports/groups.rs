//! Groups of a report, and their sums.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::str::FromStr;

use bailiwick_domain::calendar::{Calendar, LocalDate};
use bailiwick_domain::history::Reason;
use bailiwick_domain::id::{JobOperationId, NodeId, OperatorId, SiteId};
use bailiwick_domain::label::LabelName;
use bailiwick_domain::name::Name;
use bailiwick_domain::slices::{NodeDay, Slice};
use bailiwick_domain::span::Span;
use bailiwick_domain::sums::{Sum, Sums};
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::error::{Error, Result};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::goals::{Agreed, Goals, OfFigures};

/// The most levels of groups.
pub(super) const LEVELS_MAX: usize = 6;
/// The most groups of a report, at all levels together.
const GROUPS_MAX: usize = 100_000;

/// What a report is grouped by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Dimension {
    Node,
    Site,
    Label(LabelName),
    Shift,
    JobOperation,
    Operator,
    Reason,
    Hour,
    Day,
    Week,
    Month,
}

/// The error for a text that is not what a report can be grouped by.
#[derive(Debug, thiserror::Error)]
#[error("expected node, site, label:NAME, shift, job_operation, operator, reason, hour, day, week or month")]
pub(super) struct BadDimension;

impl Dimension {
    const PLAIN: [(&'static str, Self); 10] = [
        ("node", Self::Node),
        ("site", Self::Site),
        ("shift", Self::Shift),
        ("job_operation", Self::JobOperation),
        ("operator", Self::Operator),
        ("reason", Self::Reason),
        ("hour", Self::Hour),
        ("day", Self::Day),
        ("week", Self::Week),
        ("month", Self::Month),
    ];

    /// Whether it divides a day of a node by what was so at that time.
    pub(super) const fn is_of_slices(&self) -> bool {
        matches!(self, Self::Shift | Self::JobOperation | Self::Operator | Self::Reason)
    }
}

impl FromStr for Dimension {
    type Err = BadDimension;

    fn from_str(text: &str) -> std::result::Result<Self, BadDimension> {
        if let Some(label) = text.strip_prefix("label:") {
            return label.parse().map(Self::Label).map_err(|_| BadDimension);
        }
        let plain = Self::PLAIN.into_iter().find(|(name, _)| *name == text);
        plain.map(|(_, dimension)| dimension).ok_or(BadDimension)
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Label(label) => write!(f, "label:{label}"),
            plain => {
                let name = Self::PLAIN.iter().find(|(_, dimension)| dimension == plain);
                f.write_str(name.map_or("", |(name, _)| name))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Dimension {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for Dimension {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl JsonSchema for Dimension {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ReportDimension".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "What a report is grouped by: `node`, `site`, `label:NAME`, `shift`, `job_operation`, `operator`, `reason`, `hour`, `day`, `week` or `month`.",
            "examples": ["node"],
        })
    }
}

/// The value of a dimension. The order is that in which groups are shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub(super) enum GroupKey {
    Node(NodeId),
    Site(Option<SiteId>),
    Text(Option<String>),
    Shift(Option<Name>),
    JobOperation(Option<JobOperationId>),
    Operator(Option<OperatorId>),
    Reason(Option<Reason>),
    Time(Timestamp),
    Date(LocalDate),
}

/// What a group is summed to.
#[derive(Clone, Debug, Default)]
pub(super) struct Summed {
    pub(super) sums: Sums,
    pub(super) parts_unattributed: i64,
    /// When the first piece with data begins.
    pub(super) first: Option<Timestamp>,
    /// When the last piece with data ends.
    pub(super) last: Option<Timestamp>,
    /// The thresholds of goals, if they are asked for.
    pub(super) goals: Agreed,
}

impl Summed {
    fn add(&mut self, piece: &Piece<'_>) {
        self.sums.add(piece.sums);
        self.parts_unattributed = self.parts_unattributed.saturating_add(piece.parts_unattributed);
        if piece.sums.get(Sum::All) > piece.sums.get(Sum::NoData) {
            self.first = Some(self.first.map_or(piece.span.start(), |first| first.min(piece.span.start())));
            self.last = self.last.max(Some(piece.span.end()));
        }
        if let Some(goals) = piece.goals {
            self.goals.add(goals);
        }
    }
}

/// A group, and those into which it is divided.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    pub(super) summed: Summed,
    pub(super) groups: BTreeMap<GroupKey, Self>,
}

/// A piece of a node's day that belongs to one group.
struct Piece<'a> {
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
    dimensions: &'a [Dimension],
    places: HashMap<NodeId, Place>,
    limits: Limits<'a>,
    /// Only what has some of this is in a group.
    with: Option<Sum>,
    /// The goals, if their thresholds are asked for.
    goals: Option<Goals>,
    pub(super) total: Group,
    count: usize,
}

impl<'a> Grouping<'a> {
    pub(super) fn new(
        dimensions: &'a [Dimension],
        places: HashMap<NodeId, Place>,
        limits: Limits<'a>,
        with: Option<Sum>,
        goals: Option<Goals>,
    ) -> Self {
        Self { dimensions, places, limits, with, goals, total: Group::default(), count: 0 }
    }

    /// Whether slices are needed.
    pub(super) fn needs_slices(&self) -> bool {
        self.limits.any() || self.dimensions.iter().any(Dimension::is_of_slices)
    }

    /// Whether slices have to be divided at full hours.
    pub(super) fn is_hourly(&self) -> bool {
        self.needs_slices() && self.dimensions.contains(&Dimension::Hour)
    }

    /// Adds a day of a node, or with hourly slices an hour of it.
    pub(super) fn add(&mut self, node: NodeId, calendar: &Calendar, date: LocalDate, day: &NodeDay) {
        let key = |grouping: &Self, dimension: &Dimension, labels: &mut usize, span: Span| match dimension {
            Dimension::Node => GroupKey::Node(node),
            Dimension::Site => GroupKey::Site(grouping.places.get(&node).and_then(|place| place.site)),
            Dimension::Label(_) => {
                let label = grouping.places.get(&node).and_then(|place| place.labels.get(*labels));
                *labels = labels.saturating_add(1);
                GroupKey::Text(label.cloned().flatten())
            }
            Dimension::Hour => GroupKey::Time(hour_of(calendar, span.start())),
            Dimension::Day => GroupKey::Date(date),
            Dimension::Week => GroupKey::Date(calendar.week(date).0),
            Dimension::Month => GroupKey::Date(calendar.month(date).0),
            // Of slices, which have them.
            Dimension::Shift => GroupKey::Shift(None),
            Dimension::JobOperation => GroupKey::JobOperation(None),
            Dimension::Operator => GroupKey::Operator(None),
            Dimension::Reason => GroupKey::Reason(None),
        };
        let site = self.places.get(&node).and_then(|place| place.site);
        let goals_of = |grouping: &Self, operation| {
            grouping.goals.as_ref().map(|goals| goals.thresholds(node, site, operation))
        };
        let goals = goals_of(self, None);
        let limits = self.limits;
        if self.needs_slices() {
            for slice in day.slices.iter().filter(|slice| limits.contain(slice)) {
                let operation = slice.run.map(|(_, operation)| operation);
                let goals = goals_of(self, operation);
                let mut labels = 0;
                let keys: Vec<GroupKey> = self
                    .dimensions
                    .iter()
                    .map(|dimension| match dimension {
                        Dimension::Shift => GroupKey::Shift(slice.shift.clone()),
                        Dimension::JobOperation => GroupKey::JobOperation(operation),
                        Dimension::Operator => GroupKey::Operator(slice.operator),
                        Dimension::Reason => GroupKey::Reason(slice.reason.clone()),
                        other => key(self, other, &mut labels, slice.span),
                    })
                    .collect();
                let (span, sums, goals) = (slice.span, &slice.sums, goals.as_ref());
                self.put(keys, &Piece { span, sums, parts_unattributed: 0, goals });
            }
            // Nobody knows of which slice these parts are.
            self.total.summed.parts_unattributed =
                self.total.summed.parts_unattributed.saturating_add(day.total.parts_unattributed);
        } else if self.dimensions.contains(&Dimension::Hour) {
            for (span, cell) in &day.cells {
                let mut labels = 0;
                let keys: Vec<GroupKey> = self
                    .dimensions
                    .iter()
                    .map(|dimension| key(self, dimension, &mut labels, *span))
                    .collect();
                let (parts_unattributed, goals) = (cell.parts_unattributed, goals.as_ref());
                self.put(keys, &Piece { span: *span, sums: &cell.sums, parts_unattributed, goals });
            }
        } else {
            let mut labels = 0;
            let keys: Vec<GroupKey> =
                self.dimensions.iter().map(|dimension| key(self, dimension, &mut labels, day.span)).collect();
            let (span, parts_unattributed) = (known(day), day.total.parts_unattributed);
            let (sums, goals) = (&day.total.sums, goals.as_ref());
            self.put(keys, &Piece { span, sums, parts_unattributed, goals });
        }
    }

    fn put(&mut self, keys: Vec<GroupKey>, piece: &Piece<'_>) {
        // The report is refused in the end, so nothing more is kept of it.
        if self.count > GROUPS_MAX {
            return;
        }
        let mut group = &mut self.total;
        group.summed.add(piece);
        if self.with.is_some_and(|sum| piece.sums.get(sum) == 0) {
            return;
        }
        for key in keys {
            let count = &mut self.count;
            group = group.groups.entry(key).or_insert_with(|| {
                *count = count.saturating_add(1);
                Group::default()
            });
            group.summed.add(piece);
        }
    }

    /// Refuses a report with too many groups.
    pub(super) fn check(&self) -> Result<()> {
        if self.count <= GROUPS_MAX {
            return Ok(());
        }
        let detail = format!(
            "the report has more than {GROUPS_MAX} groups: ask for a shorter time, fewer nodes or fewer dimensions"
        );
        Err(Error::invalid("group_by", detail))
    }
}

/// From the first to the last cell with data.
fn known(day: &NodeDay) -> Span {
    let mut with_data =
        day.cells.iter().filter(|(_, cell)| cell.sums.get(Sum::All) > cell.sums.get(Sum::NoData));
    let Some((first, _)) = with_data.next() else { return day.span };
    let last = with_data.next_back().map_or(*first, |(last, _)| *last);
    Span::new(first.start(), last.end())
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
    fn dimensions_are_named() {
        for text in ["node", "site", "label:hall", "shift", "job_operation", "hour", "month"] {
            assert_eq!(text.parse::<Dimension>().unwrap().to_string(), text);
        }
        for text in ["", "nodes", "label:", "label:a b", "year"] {
            assert!(text.parse::<Dimension>().is_err(), "{text}");
        }
    }

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

//! Answers of reports.

use std::collections::BTreeMap;

use bailiwick_domain::cron::Zone;
use bailiwick_domain::id::{JobOperationId, OperatorId};
use bailiwick_domain::name::Name;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::shape::answer::Text;
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::records::to_cell;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::groups::{Dimension, Group, GroupKey};
use super::metrics::{Shown, Shows};
use super::names::ReportNames;
use super::period::Period;

/// How the groups of a report are arranged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(super) enum Layout {
    /// Each group contains those into which it is divided.
    #[default]
    Nested,
    /// A row for each of the smallest groups.
    Rows,
    /// A list for each dimension and metric, with a value for each of the smallest groups.
    Columns,
}

/// The query as it was understood.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ReportQuery {
    /// The time.
    #[serde(flatten)]
    pub(super) period: Period,
    /// The time zone of the organization, in which days begin at nodes without a calendar.
    pub(super) time_zone: Zone,
    /// The metrics.
    pub(super) metrics: Vec<&'static str>,
    /// What it is grouped by.
    pub(super) group_by: Vec<Dimension>,
    /// How many nodes are in it: those of the filter that ever sent machine data.
    pub(super) nodes: usize,
    /// The shifts that it is limited to.
    pub(super) shifts: Option<Vec<Name>>,
    /// The job operations that it is limited to.
    pub(super) job_operations: Option<Vec<JobOperationId>>,
    /// The operators that it is limited to.
    pub(super) operators: Option<Vec<OperatorId>>,
}

/// The values of a group.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ReportValues {
    /// The metrics. Null where a denominator is zero, or where nothing says the value.
    values: BTreeMap<&'static str, Option<Shows>>,
    /// The sums that the ratios are made of.
    sums: BTreeMap<String, Shows>,
}

impl ReportValues {
    fn of(group: &Group, shown: &Shown) -> Self {
        Self { values: shown.values(&group.summed).collect(), sums: shown.parts(&group.summed).collect() }
    }
}

/// A group of a report.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ReportGroup {
    /// What the group is of: an id, a text, a time or a date; null for what has none, such as the time outside of
    /// shifts.
    key: GroupKey,
    /// Its values.
    #[serde(flatten)]
    values: ReportValues,
    /// The groups into which it is divided.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    groups: Vec<Self>,
}

/// A cell of a row: a key or a value.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub(super) enum ReportCell {
    Key(GroupKey),
    Value(Option<Shows>),
}

/// A report.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Report {
    /// The query as it was understood.
    pub(super) query: ReportQuery,
    /// Whether all sums are up to date. If not, ask again shortly.
    pub(super) complete: bool,
    /// How many days of nodes are outdated.
    pub(super) outdated_node_days: u64,
    /// The values of all groups together.
    pub(super) total: ReportValues,
    /// The groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) groups: Option<Vec<ReportGroup>>,
    /// The names of the columns, then one list for each of the smallest groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rows: Option<Vec<BTreeMap<String, ReportCell>>>,
    /// One list for each dimension and metric.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) columns: Option<BTreeMap<String, Vec<ReportCell>>>,
    /// The names of what is mentioned by its id.
    pub(super) names: ReportNames,
    /// The rows as text, if `format` asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<String>,
    /// The format of the text.
    #[serde(skip)]
    format: Option<Format>,
}

impl Report {
    /// A report of these groups.
    pub(super) fn of(
        query: ReportQuery,
        outdated: u64,
        total: &Group,
        shown: &Shown,
        layout: Layout,
        names: ReportNames,
        format: Option<Format>,
    ) -> Result<Self> {
        let dimensions: Vec<String> = query.group_by.iter().map(ToString::to_string).collect();
        let header = || dimensions.iter().cloned().chain(query.metrics.iter().map(|name| (*name).to_owned()));
        let data = match format {
            Some(Format::Csv) => Some(csv(total, shown, &names, &dimensions)?),
            Some(Format::Jsonl) => {
                let mut lines = Vec::new();
                each_row(total, dimensions.len(), shown, &names, &mut |cells| {
                    let row: BTreeMap<String, ReportCell> = header().zip(cells).collect();
                    serde_json::to_writer(&mut lines, &row).map_err(Error::internal)?;
                    lines.push(b'\n');
                    Ok(())
                })?;
                Some(String::from_utf8(lines).map_err(Error::internal)?)
            }
            None => None,
        };
        let (mut groups, mut rows, mut columns) = (None, None, None);
        match layout {
            _ if data.is_some() => {}
            Layout::Nested => groups = Some(nested(total, shown, &names)),
            Layout::Rows => {
                let mut all = Vec::new();
                each_row(total, dimensions.len(), shown, &names, &mut |cells| {
                    all.push(header().zip(cells).collect());
                    Ok(())
                })?;
                rows = Some(all);
            }
            Layout::Columns => {
                let mut lists: Vec<Vec<ReportCell>> = header().map(|_| Vec::new()).collect();
                each_row(total, dimensions.len(), shown, &names, &mut |cells| {
                    for (list, cell) in lists.iter_mut().zip(cells) {
                        list.push(cell);
                    }
                    Ok(())
                })?;
                columns = Some(header().zip(lists).collect());
            }
        }
        Ok(Self {
            complete: outdated == 0,
            outdated_node_days: outdated,
            total: ReportValues::of(total, shown),
            groups,
            rows,
            columns,
            names,
            data,
            format,
            query,
        })
    }

    /// The text alone, if text was asked for.
    pub(super) fn as_text(&self) -> Option<Text> {
        Some(Text { format: self.format?, text: self.data.clone()?, next: None })
    }
}

/// The groups in the order in which they are shown: by their names, or by their keys if they have none.
fn ordered<'g>(group: &'g Group, names: &ReportNames) -> Vec<(&'g GroupKey, &'g Group)> {
    let mut groups: Vec<_> = group.groups.iter().collect();
    if groups.iter().any(|(key, _)| names.get(key).is_some()) {
        groups.sort_by_cached_key(|(key, _)| names.get(key).map(str::to_lowercase));
    }
    groups
}

fn nested(group: &Group, shown: &Shown, names: &ReportNames) -> Vec<ReportGroup> {
    let of = |(key, group): (&GroupKey, &Group)| ReportGroup {
        key: key.clone(),
        values: ReportValues::of(group, shown),
        groups: nested(group, shown, names),
    };
    ordered(group, names).into_iter().map(of).collect()
}

/// Gives the cells of each of the smallest groups to `take`: those at the last of so many levels.
fn each_row(
    group: &Group,
    levels: usize,
    shown: &Shown,
    names: &ReportNames,
    take: &mut impl FnMut(Vec<ReportCell>) -> Result<()>,
) -> Result<()> {
    fn below(
        group: &Group,
        levels: usize,
        keys: &mut Vec<GroupKey>,
        shown: &Shown,
        names: &ReportNames,
        take: &mut impl FnMut(Vec<ReportCell>) -> Result<()>,
    ) -> Result<()> {
        if keys.len() == levels {
            let keys = keys.iter().cloned().map(ReportCell::Key);
            return take(
                keys.chain(shown.values(&group.summed).map(|(_, v)| ReportCell::Value(v))).collect(),
            );
        }
        for (key, group) in ordered(group, names) {
            keys.push(key.clone());
            below(group, levels, keys, shown, names, take)?;
            keys.pop();
        }
        Ok(())
    }
    below(group, levels, &mut Vec::new(), shown, names, take)
}

fn csv(total: &Group, shown: &Shown, names: &ReportNames, dimensions: &[String]) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = dimensions.iter().map(String::as_str).chain(shown.metrics.iter().map(|metric| metric.name));
    writer.write_record(header).map_err(Error::internal)?;
    each_row(total, dimensions.len(), shown, names, &mut |cells| {
        let cells = cells.iter().map(|cell| match cell {
            // People read names.
            ReportCell::Key(key) if names.get(key).is_some() => {
                to_cell(names.get(key).unwrap_or_default()).into_owned()
            }
            ReportCell::Key(GroupKey::Node(id)) => id.to_string(),
            ReportCell::Key(GroupKey::Site(Some(id))) => id.to_string(),
            ReportCell::Key(GroupKey::Text(Some(text))) => to_cell(text).into_owned(),
            ReportCell::Key(GroupKey::Shift(Some(name))) => to_cell(name.as_str()).into_owned(),
            ReportCell::Key(GroupKey::Reason(Some(reason))) => to_cell(reason.as_str()).into_owned(),
            ReportCell::Key(GroupKey::JobOperation(Some(id))) => id.to_string(),
            ReportCell::Key(GroupKey::Operator(Some(id))) => id.to_string(),
            ReportCell::Key(GroupKey::Time(time)) | ReportCell::Value(Some(Shows::Time(time))) => {
                time.to_string()
            }
            ReportCell::Key(GroupKey::Date(date)) => date.to_string(),
            ReportCell::Value(Some(Shows::Whole(number))) => number.to_string(),
            ReportCell::Value(Some(Shows::Number(number))) => number.to_string(),
            ReportCell::Key(_) | ReportCell::Value(None) => String::new(),
        });
        writer.write_record(cells).map_err(Error::internal)
    })?;
    let bytes = writer.into_inner().map_err(|error| Error::internal(error.to_string()))?;
    String::from_utf8(bytes).map_err(Error::internal)
}

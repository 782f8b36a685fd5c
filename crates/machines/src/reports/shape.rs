//! The shape of the answer of a report, from which its schema is made. The answer itself is [`written`](super::written) from
//! columns.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::dimension::GroupKey;
use super::names::ReportNames;
use super::query::ReportQuery;

/// The values of a group.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it says what is written piece by piece")]
pub(super) struct ReportValues {
    /// The metrics. Null where a denominator is zero, or where nothing says the value.
    values: BTreeMap<&'static str, ReportCell>,
    /// The sums that the ratios are made of.
    sums: BTreeMap<String, f64>,
}

/// A group of a report.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it says what is written piece by piece")]
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
pub(super) struct ReportCell;

impl JsonSchema for ReportCell {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ReportCell".into()
    }

    /// It says no type: client generators have no right one for lists and maps with texts, numbers and null in them.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "A number, a text (a time, or a key), or null." })
    }
}

/// A report.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it says what is written piece by piece")]
pub(super) struct Report {
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
}

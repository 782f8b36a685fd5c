//! What a report is grouped by, and the keys of groups.

use std::fmt;
use std::str::FromStr;

use bailiwick_domain::calendar::LocalDate;
use bailiwick_domain::history::Reason;
use bailiwick_domain::id::{JobOperationId, NodeId, OperatorId, SiteId};
use bailiwick_domain::label::LabelName;
use bailiwick_domain::name::Name;
use bailiwick_domain::time::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The most levels of groups.
pub(super) const LEVELS_MAX: usize = 6;

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
#[schemars(inline, with = "Option<String>")]
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
}

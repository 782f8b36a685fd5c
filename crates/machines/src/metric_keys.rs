//! Lists of metric keys in queries.

use std::borrow::Cow;
use std::str::FromStr;

use bailiwick_domain::observations::metric::{BadMetricKey, METRIC_KEY_MAX, MetricKey};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

/// The most metric keys in one query.
const METRIC_KEYS_MAX: usize = 100;

/// Metric keys, separated by commas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MetricKeys(pub(crate) Vec<MetricKey>);

/// Why a text is no list of metric keys.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadMetricKeys {
    #[error("{key}: {error}")]
    Key { key: String, error: BadMetricKey },
    #[error("expected at most {METRIC_KEYS_MAX} metrics, separated by commas")]
    TooMany,
}

impl FromStr for MetricKeys {
    type Err = BadMetricKeys;

    fn from_str(text: &str) -> Result<Self, BadMetricKeys> {
        if text.split(',').count() > METRIC_KEYS_MAX {
            return Err(BadMetricKeys::TooMany);
        }
        let key = |key: &str| {
            let shown = || key.chars().take(METRIC_KEY_MAX).collect();
            key.parse().map_err(|error| BadMetricKeys::Key { key: shown(), error })
        };
        text.split(',').map(str::trim).map(key).collect::<Result<_, _>>().map(Self)
    }
}

impl<'de> Deserialize<'de> for MetricKeys {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for MetricKeys {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "MetricKeys".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "examples": ["execution,part_count"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metric_keys_are_separated_by_commas() {
        let keys = |text: &str| text.parse::<MetricKeys>().map(|keys| keys.0.len());
        assert_eq!(keys("execution").unwrap(), 1);
        assert_eq!(keys("execution, part_count").unwrap(), 2);
        assert_eq!(keys("a,").unwrap_err().to_string().split(':').next(), Some(""));
        assert!(keys("a b").unwrap_err().to_string().starts_with("a b: expected"));
        assert!(matches!(keys(&vec!["a"; 101].join(",")), Err(BadMetricKeys::TooMany)));
    }
}

//! Metrics: what is observed.

use std::borrow::Cow;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::observations::kind::Kind;
use crate::text::text_type::text_type;

/// The most bytes of a metric's key.
pub const METRIC_KEY_MAX: usize = 128;
/// The most bytes of a type, a subtype or a unit.
pub const METRIC_TEXT_MAX: usize = 64;

/// The key of a metric: 1 to 128 characters out of `A-Z`, `a-z`, `0-9` and `._:-`, beginning with a letter, a
/// digit or `_`. Upper and lower case differ. Examples: `execution`, `path1.part_count`, `system.cpu.utilization`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MetricKey(Box<str>);

/// The error for a text that is not the key of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to {METRIC_KEY_MAX} letters, digits and `._:-`, beginning with a letter, a digit or `_`")]
pub struct BadMetricKey;

/// A component of a position or another vector. Each component is a metric of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Component {
    /// The first.
    X,
    /// The second.
    Y,
    /// The third.
    Z,
}

impl Component {
    /// The three components, in the order in which sources write them.
    pub const ALL: [Self; 3] = [Self::X, Self::Y, Self::Z];

    const fn suffix(self) -> &'static str {
        match self {
            Self::X => ".x",
            Self::Y => ".y",
            Self::Z => ".z",
        }
    }
}

impl MetricKey {
    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn as_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }

    /// The key of one component of a vector with this key: `KEY.x`, `KEY.y` or `KEY.z`. An error if that is too
    /// long.
    pub fn component(&self, component: Component) -> Result<Self, BadMetricKey> {
        format!("{}{}", self.0, component.suffix()).parse()
    }

    /// The key of the vector of which this is the key of a component, and which component: `KEY` of `KEY.x`. `None` for
    /// other keys.
    pub fn of_vector(&self) -> Option<(Self, Component)> {
        Component::ALL.into_iter().find_map(|component| {
            let key = self.0.strip_suffix(component.suffix())?;
            Some((key.parse().ok()?, component))
        })
    }
}

impl FromStr for MetricKey {
    type Err = BadMetricKey;

    fn from_str(text: &str) -> Result<Self, BadMetricKey> {
        let begins = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let follows = |byte: u8| begins(byte) || b".:-".contains(&byte);
        let fits = text.len() <= METRIC_KEY_MAX && text.bytes().next().is_some_and(begins);
        if fits && text.bytes().all(follows) { Ok(Self(text.into())) } else { Err(BadMetricKey) }
    }
}

text_type!(
    MetricKey,
    "pattern": r"^[0-9A-Za-z_][0-9A-Za-z_.:-]*$",
    "minLength": 1,
    "maxLength": METRIC_KEY_MAX,
    "examples": ["execution"],
);

/// A type, a subtype or a unit of a metric, in the words of its source: `PART_COUNT`, `ALL`, `MILLIMETER/SECOND`,
/// `°C`. 1 to 64 bytes, no control characters, no space at the beginning or end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MetricText(Box<str>);

/// The error for a text that is not a type, a subtype or a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected 1 to {METRIC_TEXT_MAX} bytes of text without control characters, and without a space at the beginning or end"
)]
pub struct BadMetricText;

impl MetricText {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn as_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}

impl FromStr for MetricText {
    type Err = BadMetricText;

    fn from_str(text: &str) -> Result<Self, BadMetricText> {
        let fits = (1..=METRIC_TEXT_MAX).contains(&text.len());
        if fits && !text.chars().any(char::is_control) && text.trim() == text {
            Ok(Self(text.into()))
        } else {
            Err(BadMetricText)
        }
    }
}

text_type!(seen MetricText, "minLength": 1, "maxLength": METRIC_TEXT_MAX, "examples": ["PART_COUNT"]);

/// What is observed: a key, and what is known of its values. The key and the node together name a series. A
/// series keeps its kind and its unit; type and subtype only describe it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// Its key.
    pub key: MetricKey,
    /// What its values are.
    pub kind: Kind,
    /// Its type in the words of the source, such as `PART_COUNT`.
    #[serde(default, rename = "type")]
    pub metric_type: Option<MetricText>,
    /// Its subtype in the words of the source, such as `ALL`.
    #[serde(default)]
    pub subtype: Option<MetricText>,
    /// The unit of its values, such as `%` or `MILLIMETER`.
    #[serde(default)]
    pub unit: Option<MetricText>,
}

impl Metric {
    /// A metric without type, subtype and unit.
    pub const fn new(key: MetricKey, kind: Kind) -> Self {
        Self { key, kind, metric_type: None, subtype: None, unit: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_key_has_only_its_documented_characters() {
        for key in ["execution", "path1.part_count", "system.cpu.utilization", "X1:load", "_x", "7", "a-b"] {
            assert_eq!(key.parse::<MetricKey>().unwrap().as_str(), key);
        }
        for key in ["", ".x", "-x", ":x", "a b", "a/b", "ä", "a\n", "a=b", "{a}"] {
            assert_eq!(key.parse::<MetricKey>(), Err(BadMetricKey), "{key:?}");
        }
        assert!("a".repeat(128).parse::<MetricKey>().is_ok());
        assert!("a".repeat(129).parse::<MetricKey>().is_err());
    }

    #[test]
    fn a_vector_has_a_key_for_each_component() {
        let key: MetricKey = "path_position".parse().unwrap();
        let keys = Component::ALL.map(|component| key.component(component).unwrap().to_string());
        assert_eq!(keys, ["path_position.x", "path_position.y", "path_position.z"]);
        for component in Component::ALL {
            assert_eq!(key.component(component).unwrap().of_vector(), Some((key.clone(), component)));
        }
        for other in ["path_position", "path_position.w", "x", "ax"] {
            assert_eq!(other.parse::<MetricKey>().unwrap().of_vector(), None, "{other}");
        }
        let long: MetricKey = "a".repeat(127).parse().unwrap();
        assert_eq!(long.component(Component::X), Err(BadMetricKey));
    }

    #[test]
    fn a_unit_is_short_printable_text() {
        for text in ["%", "°C", "MILLIMETER/SECOND", "By/s", "two words"] {
            assert!(text.parse::<MetricText>().is_ok(), "{text}");
        }
        for text in ["", " a", "a ", "a\tb", &"x".repeat(65)] {
            assert_eq!(text.parse::<MetricText>(), Err(BadMetricText), "{text:?}");
        }
    }
}

//! The kinds of metrics.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the values of a metric are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "MetricKind")]
pub enum Kind {
    /// Words, such as `ACTIVE`. A state holds until the next one.
    State,
    /// The readings of a counter: whole numbers.
    Count,
    /// Numbers with a unit, such as a load or a temperature.
    Quantity,
    /// Alarms that begin and end.
    Alarm,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::State, Self::Count, Self::Quantity, Self::Alarm];

    /// The kind as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Count => "count",
            Self::Quantity => "quantity",
            Self::Alarm => "alarm",
        }
    }

    /// The kind with this text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_its_text_in_json_too() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert_eq!(Kind::parse("State"), None);
    }
}

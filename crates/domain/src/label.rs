//! Labels: `name=value`, on whatever is selected by them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::text_type;

/// The most characters of a label's name.
pub const LABEL_NAME_MAX: usize = 63;
/// The most characters of a label's value.
pub const LABEL_VALUE_MAX: usize = 255;
/// The most labels of one object.
pub const LABELS_MAX: usize = 64;

/// A label's name: as a Prometheus label name, so that it can go to metrics unchanged
/// (`[a-zA-Z_][a-zA-Z0-9_]*`, not beginning with `__`), at most 63 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabelName(String);

/// Why a text is not a label's name or value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLabel {
    /// The name has a wrong form.
    #[error(
        "expected a label name of 1 to {LABEL_NAME_MAX} letters, digits and underscores, \
         not beginning with a digit or two underscores"
    )]
    Name,
    /// The value has a wrong form.
    #[error(
        "expected a label value of at most {LABEL_VALUE_MAX} characters, none of them control characters"
    )]
    Value,
    /// There are too many.
    #[error("expected at most {LABELS_MAX} labels")]
    TooMany,
}

impl LabelName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn as_text(&self) -> Cow<'_, str> {
        self.0.as_str().into()
    }
}

impl FromStr for LabelName {
    type Err = BadLabel;

    fn from_str(text: &str) -> Result<Self, BadLabel> {
        let first = text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
        let rest = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if first && rest && text.len() <= LABEL_NAME_MAX && !text.starts_with("__") {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadLabel::Name)
        }
    }
}

text_type!(
    LabelName,
    "maxLength": LABEL_NAME_MAX,
    "pattern": "^(_?[a-zA-Z][a-zA-Z0-9_]*|_[0-9][a-zA-Z0-9_]*|_)$",
    "examples": ["env"],
);

/// A label's value: at most 255 characters, none of them control characters; may be empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabelValue(String);

impl LabelValue {
    /// The value as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn as_text(&self) -> Cow<'_, str> {
        self.0.as_str().into()
    }
}

impl FromStr for LabelValue {
    type Err = BadLabel;

    fn from_str(text: &str) -> Result<Self, BadLabel> {
        if text.chars().count() > LABEL_VALUE_MAX || text.chars().any(char::is_control) {
            return Err(BadLabel::Value);
        }
        Ok(Self(text.to_owned()))
    }
}

text_type!(LabelValue, "maxLength": LABEL_VALUE_MAX, "examples": ["prod"]);

/// The labels of one object, at most 64.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "BTreeMap<LabelName, LabelValue>")]
#[schemars(inline)]
pub struct Labels(
    #[schemars(extend("maxProperties" = LABELS_MAX, "examples" = [{"env": "prod"}]))]
    BTreeMap<LabelName, LabelValue>,
);

impl TryFrom<BTreeMap<LabelName, LabelValue>> for Labels {
    type Error = BadLabel;

    fn try_from(labels: BTreeMap<LabelName, LabelValue>) -> Result<Self, BadLabel> {
        if labels.len() > LABELS_MAX {
            return Err(BadLabel::TooMany);
        }
        Ok(Self(labels))
    }
}

impl Labels {
    /// The value of `name`, if there is such a label.
    pub fn get(&self, name: &LabelName) -> Option<&LabelValue> {
        self.0.get(name)
    }

    /// Each label, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&LabelName, &LabelValue)> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_prometheus() {
        for text in ["env", "_x", "A9", "_"] {
            assert!(text.parse::<LabelName>().is_ok(), "{text}");
        }
        for text in ["", "9a", "__x", "a-b", "ä", &"x".repeat(64)] {
            assert_eq!(text.parse::<LabelName>(), Err(BadLabel::Name), "{text}");
        }
    }

    #[test]
    fn labels_are_bounded() {
        let many: BTreeMap<String, String> = (0..65).map(|n| (format!("l{n}"), String::new())).collect();
        let error = serde_json::from_value::<Labels>(serde_json::json!(many)).unwrap_err();
        assert!(error.to_string().contains("at most 64 labels"), "{error}");
    }
}

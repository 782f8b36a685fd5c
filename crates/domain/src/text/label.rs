//! Labels: `name=value` pairs on objects, by which selectors choose them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::text_type::text_type;

/// The most characters of a label's name.
pub const LABEL_NAME_MAX: usize = 63;
/// The most characters of a label's value.
pub const LABEL_VALUE_MAX: usize = 255;
/// The most labels of one object.
pub const LABELS_MAX: usize = 64;

/// A label's name. It follows the rules for Prometheus label names, so that it can be used in metrics
/// unchanged (`[a-zA-Z_][a-zA-Z0-9_]*`, not beginning with `__`), and has at most 63 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabelName(String);

/// Why a text or map is not a label's name, a label's value or a set of labels.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLabel {
    /// The name is malformed.
    #[error(
        "expected a label name of 1 to {LABEL_NAME_MAX} letters, digits and underscores, \
         not beginning with a digit or two underscores"
    )]
    Name,
    /// The value is malformed.
    #[error(
        "expected a label value of at most {LABEL_VALUE_MAX} characters, none of them control characters"
    )]
    Value,
    /// The text is not a list of labels.
    #[error("expected labels such as env=prod,note=\"two words\", each once")]
    Text,
    /// There are too many labels.
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
    /// The value of the label `name`, if there is one.
    pub fn get(&self, name: &LabelName) -> Option<&LabelValue> {
        self.0.get(name)
    }

    /// Parses labels written in one text: `env=prod,note="two words"`. A value may be in double quotes,
    /// with `\"` and `\\` inside; a value with a comma or a quote must be.
    pub fn from_text(text: &str) -> Result<Self, BadLabel> {
        let mut labels = BTreeMap::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (name, after) = rest.split_once('=').ok_or(BadLabel::Text)?;
            let (value, after) = read_value(after).ok_or(BadLabel::Text)?;
            if labels.insert(name.trim().parse()?, value.parse()?).is_some() {
                return Err(BadLabel::Text);
            }
            rest = match after.trim_start().strip_prefix(',') {
                Some(more) if !more.trim().is_empty() => more.trim_start(),
                None if after.trim().is_empty() => "",
                _ => return Err(BadLabel::Text),
            };
        }
        labels.try_into()
    }

    /// The labels in one text, which [`from_text`](Self::from_text) can parse.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for (name, value) in self.iter() {
            if !text.is_empty() {
                text.push(',');
            }
            text.push_str(name.as_str());
            text.push('=');
            write_value(&mut text, value.as_str());
        }
        text
    }

    /// Each label, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&LabelName, &LabelValue)> {
        self.0.iter()
    }
}

/// The value at the beginning of a text, and the rest of the text.
fn read_value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.trim_start().strip_prefix('"') else {
        let end = text.find(',').unwrap_or(text.len());
        let value = text[..end].trim();
        return (!value.contains('"')).then(|| (value.to_owned(), &text[end..]));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    loop {
        match characters.next()? {
            (at, '"') => return Some((value, &quoted[at + 1..])),
            (_, '\\') => match characters.next()? {
                (_, c @ ('"' | '\\')) => value.push(c),
                _ => return None,
            },
            (_, c) => value.push(c),
        }
    }
}

fn write_value(text: &mut String, value: &str) {
    if value.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':')) {
        text.push_str(value);
        return;
    }
    text.push('"');
    for c in value.chars() {
        if matches!(c, '"' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn labels_are_parsed_from_text() {
        let read = |text: &str| Labels::from_text(text).map(|labels| labels.to_text());
        assert_eq!(read("").unwrap(), "");
        assert_eq!(read(" tier = web , env=prod").unwrap(), "env=prod,tier=web");
        assert_eq!(
            read("a=,b=\"x, \\\"y\\\" \\\\\" , c=two words").unwrap(),
            "a=,b=\"x, \\\"y\\\" \\\\\",c=\"two words\""
        );
        for text in ["a", "a=b,", ",a=b", "a=b,,c=d", "a=b,a=c", "a=\"b", "a=\"b\"c", "a=b\"", "a=\"\\n\""] {
            assert!(read(text).is_err(), "{text}");
        }
        assert_eq!(read("9=x"), Err(BadLabel::Name));
    }

    proptest! {
        #[test]
        fn labels_are_parsed_from_their_own_text(map in prop::collection::btree_map("[a-z]{1,3}", "\\PC{0,6}", 0..5)) {
            let map: BTreeMap<LabelName, LabelValue> =
                map.into_iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect();
            let labels = Labels::try_from(map).unwrap();
            prop_assert_eq!(Labels::from_text(&labels.to_text()), Ok(labels));
        }

        #[test]
        fn parsing_labels_never_panics(text in "[ab=,\" \\\\ä]{0,16}") {
            if let Ok(labels) = Labels::from_text(&text) {
                prop_assert_eq!(Labels::from_text(&labels.to_text()), Ok(labels));
            }
        }
    }

    #[test]
    fn label_names_follow_the_rules_of_prometheus() {
        for text in ["env", "_x", "A9", "_"] {
            assert!(text.parse::<LabelName>().is_ok(), "{text}");
        }
        for text in ["", "9a", "__x", "a-b", "ä", &"x".repeat(64)] {
            assert_eq!(text.parse::<LabelName>(), Err(BadLabel::Name), "{text}");
        }
    }

    #[test]
    fn the_number_of_labels_is_bounded() {
        let many: BTreeMap<String, String> = (0..65).map(|n| (format!("l{n}"), String::new())).collect();
        let error = serde_json::from_value::<Labels>(serde_json::json!(many)).unwrap_err();
        assert!(error.to_string().contains("at most 64 labels"), "{error}");
    }
}

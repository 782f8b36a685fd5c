//! Label selectors, in the grammar of Kubernetes ("Labels and Selectors", set-based requirements):
//! `env=prod,tier in (web,db),!legacy`. A value with characters other than letters, digits, `-`, `_`,
//! `.`, `/` and `:` is written in double quotes, with `\"` and `\\` inside.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::str::FromStr;

use crate::text::label::{LabelName, LabelValue, Labels};
use crate::text::text_type::text_type;

/// The most characters of a selector.
pub const SELECTOR_MAX: usize = 2_000;
/// The most requirements in a selector; each becomes a condition of a database query.
pub const REQUIREMENTS_MAX: usize = 16;

/// Requirements that an object's labels must all meet. An empty selector matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    requirements: Vec<Requirement>,
}

/// A requirement on one label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The label's name.
    pub name: LabelName,
    /// The condition that it must meet.
    pub condition: Condition,
}

/// A condition on a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The label exists, with any value: `name`.
    Exists,
    /// The label does not exist: `!name`.
    Absent,
    /// The label has one of these values: `name=value`, `name in (a,b)`.
    In(BTreeSet<LabelValue>),
    /// The label does not exist or has none of these values: `name!=value`, `name notin (a,b)`.
    NotIn(BTreeSet<LabelValue>),
}

impl Condition {
    fn holds(&self, value: Option<&LabelValue>) -> bool {
        match self {
            Self::Exists => value.is_some(),
            Self::Absent => value.is_none(),
            Self::In(values) => value.is_some_and(|v| values.contains(v)),
            Self::NotIn(values) => value.is_none_or(|v| !values.contains(v)),
        }
    }

    /// Whether every value (or absence) that meets this condition meets `other` too.
    fn implies(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Exists | Self::In(_), Self::Exists) | (Self::Absent, Self::Absent | Self::NotIn(_)) => {
                true
            }
            (Self::In(mine), Self::In(theirs)) => mine.is_subset(theirs),
            (Self::In(mine), Self::NotIn(theirs)) => mine.is_disjoint(theirs),
            (Self::NotIn(mine), Self::NotIn(theirs)) => theirs.is_subset(mine),
            _ => false,
        }
    }
}

impl Selector {
    /// The requirement that a label has a value.
    pub fn of_value(name: LabelName, value: LabelValue) -> Self {
        Self { requirements: vec![Requirement { name, condition: Condition::In([value].into()) }] }
    }

    /// The requirements; labels must meet all of them.
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// Whether there are no requirements.
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    /// Whether `labels` meet all requirements.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.requirements.iter().all(|r| r.condition.holds(labels.get(&r.name)))
    }

    /// A selector that matches what both match.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let mut requirements = self.requirements.clone();
        requirements.extend(other.requirements.iter().filter(|r| !self.requirements.contains(r)).cloned());
        Self { requirements }
    }

    /// Whether everything that this selector matches certainly matches `other` too.
    ///
    /// A result of true is always right. It may be false for a pair where only several requirements
    /// together imply one of `other`'s; a client that grants by selectors must then repeat `other`'s
    /// requirement.
    pub fn implies(&self, other: &Self) -> bool {
        other.requirements.iter().all(|theirs| {
            self.requirements
                .iter()
                .any(|mine| mine.name == theirs.name && mine.condition.implies(&theirs.condition))
        })
    }

    fn as_text(&self) -> Cow<'_, str> {
        let mut text = String::new();
        for (n, Requirement { name, condition }) in self.requirements.iter().enumerate() {
            if n > 0 {
                text.push(',');
            }
            match condition {
                Condition::Exists => text.push_str(name.as_str()),
                Condition::Absent => {
                    text.push('!');
                    text.push_str(name.as_str());
                }
                Condition::In(values) => write_set(&mut text, name, "=", "in", values),
                Condition::NotIn(values) => write_set(&mut text, name, "!=", "notin", values),
            }
        }
        text.into()
    }
}

fn write_set(text: &mut String, name: &LabelName, one: &str, many: &str, values: &BTreeSet<LabelValue>) {
    text.push_str(name.as_str());
    if let (1, Some(value)) = (values.len(), values.first()) {
        text.push_str(one);
        write_value(text, value);
        return;
    }
    let _ = write!(text, " {many} (");
    for (n, value) in values.iter().enumerate() {
        if n > 0 {
            text.push(',');
        }
        write_value(text, value);
    }
    text.push(')');
}

fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':')
}

fn write_value(text: &mut String, value: &LabelValue) {
    if value.as_str().chars().all(is_plain) {
        text.push_str(value.as_str());
        return;
    }
    text.push('"');
    for c in value.as_str().chars() {
        if c == '"' || c == '\\' {
            text.push('\\');
        }
        text.push(c);
    }
    text.push('"');
}

/// The error for a text that is not a selector: what was expected, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} at character {at}; a selector looks like env=prod,tier in (web,db),!legacy")]
pub struct BadSelector {
    what: String,
    at: usize,
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn fail<T>(&self, what: impl Into<String>) -> Result<T, BadSelector> {
        let before = self.text.get(..self.at).unwrap_or_default();
        Err(BadSelector { what: what.into(), at: before.chars().count() + 1 })
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn name(&mut self) -> Result<LabelName, BadSelector> {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        match rest[..end].parse() {
            Ok(name) => {
                self.at += end;
                Ok(name)
            }
            Err(_) => self.fail("expected a label name"),
        }
    }

    fn value(&mut self) -> Result<LabelValue, BadSelector> {
        let rest = self.rest();
        let text = if let Some(quoted) = rest.strip_prefix('"') {
            let mut text = String::new();
            let mut characters = quoted.char_indices();
            loop {
                match characters.next() {
                    None => return self.fail("expected a closing quote for the value that begins"),
                    Some((end, '"')) => {
                        self.at += end + 2;
                        break text;
                    }
                    Some((_, '\\')) => match characters.next() {
                        Some((_, c @ ('"' | '\\'))) => text.push(c),
                        _ => return self.fail("expected \\\" or \\\\ after a backslash in the value"),
                    },
                    Some((_, c)) => text.push(c),
                }
            }
        } else {
            let end = rest.find(|c| !is_plain(c)).unwrap_or(rest.len());
            self.at += end;
            rest[..end].to_owned()
        };
        text.parse().or_else(|e| self.fail(format!("{e}, ending")))
    }

    fn set(&mut self) -> Result<BTreeSet<LabelValue>, BadSelector> {
        self.space();
        if !self.take("(") {
            return self.fail("expected `(` and the values");
        }
        let mut values = BTreeSet::new();
        loop {
            self.space();
            values.insert(self.value()?);
            self.space();
            if self.take(")") {
                return Ok(values);
            }
            if !self.take(",") {
                return self.fail("expected `,` or `)`");
            }
        }
    }

    fn requirement(&mut self) -> Result<Requirement, BadSelector> {
        if self.take("!") {
            self.space();
            return Ok(Requirement { name: self.name()?, condition: Condition::Absent });
        }
        let name = self.name()?;
        let spaced = self.rest().starts_with(char::is_whitespace);
        self.space();
        let condition = if self.take("!=") {
            self.space();
            Condition::NotIn(BTreeSet::from([self.value()?]))
        } else if self.take("==") || self.take("=") {
            self.space();
            Condition::In(BTreeSet::from([self.value()?]))
        } else if spaced && self.take("notin") {
            Condition::NotIn(self.set()?)
        } else if spaced && self.take("in") {
            Condition::In(self.set()?)
        } else {
            Condition::Exists
        };
        Ok(Requirement { name, condition })
    }

    fn selector(&mut self) -> Result<Selector, BadSelector> {
        let mut requirements = Vec::new();
        self.space();
        while !self.rest().is_empty() {
            if requirements.len() == REQUIREMENTS_MAX {
                return self.fail(format!("expected at most {REQUIREMENTS_MAX} requirements, found another"));
            }
            requirements.push(self.requirement()?);
            self.space();
            if self.rest().is_empty() {
                break;
            }
            if !self.take(",") {
                return self.fail("expected `,`, `=`, `!=`, `in (…)` or `notin (…)`");
            }
            self.space();
            if self.rest().is_empty() {
                return self.fail("expected a requirement after the `,`");
            }
        }
        Ok(Selector { requirements })
    }
}

impl FromStr for Selector {
    type Err = BadSelector;

    fn from_str(text: &str) -> Result<Self, BadSelector> {
        if text.chars().count() > SELECTOR_MAX {
            return Err(BadSelector {
                what: format!("expected at most {SELECTOR_MAX} characters, found more"),
                at: SELECTOR_MAX + 1,
            });
        }
        Parser { text, at: 0 }.selector()
    }
}

text_type!(Selector, "maxLength": SELECTOR_MAX, "examples": ["env=prod,tier in (web,db),!legacy"]);

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        let map: BTreeMap<_, _> =
            pairs.iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect();
        map.try_into().unwrap()
    }

    fn matches(selector: &str, pairs: &[(&str, &str)]) -> bool {
        selector.parse::<Selector>().unwrap().matches(&labels(pairs))
    }

    #[test]
    fn a_selector_matches_as_in_kubernetes() {
        let web = [("env", "prod"), ("tier", "web")];
        for selector in [
            "",
            "env",
            "env=prod",
            "env==prod",
            " env = prod , tier in ( web , db ) ",
            "!legacy",
            "env!=test",
            "region!=eu",
            "tier notin (db)",
            "region notin (eu,us)",
            "env=\"prod\"",
        ] {
            assert!(matches(selector, &web), "{selector}");
        }
        for selector in ["legacy", "!env", "env=test", "env!=prod", "tier in (db)", "region in (eu)", "env="]
        {
            assert!(!matches(selector, &web), "{selector}");
        }
        assert!(matches("note=\"two words, \\\"quoted\\\"\"", &[("note", "two words, \"quoted\"")]));
        assert!(matches("in in (in),notin notin (x)", &[("in", "in")]));
    }

    #[test]
    fn an_invalid_selector_names_the_position_of_the_error() {
        for (text, at) in [
            ("=x", 1),
            ("env=prod,", 10),
            ("env prod", 5),
            ("env in prod", 8),
            ("env in (a b)", 11),
            ("a=\"x", 3),
            ("9=1", 1),
        ] {
            let error = text.parse::<Selector>().unwrap_err();
            assert_eq!(error.at, at, "{text}: {error}");
        }
        assert!(vec!["a"; 17].join(",").parse::<Selector>().is_err());
        assert!("x".repeat(2_001).parse::<Selector>().is_err());
    }

    fn selector() -> impl Strategy<Value = Selector> {
        let value =
            prop_oneof!["[ab]".prop_map(|v| v), "[ -~]{0,3}"].prop_map(|v| v.parse::<LabelValue>().unwrap());
        let values = prop::collection::btree_set(value, 1..3);
        let condition = prop_oneof![
            Just(Condition::Exists),
            Just(Condition::Absent),
            values.clone().prop_map(Condition::In),
            values.prop_map(Condition::NotIn),
        ];
        let requirement = ("[xyz]", condition)
            .prop_map(|(name, condition)| Requirement { name: name.parse().unwrap(), condition });
        prop::collection::vec(requirement, 0..4).prop_map(|requirements| Selector { requirements })
    }

    fn some_labels() -> impl Strategy<Value = Labels> {
        prop::collection::btree_map("[xyz]", "[ab]", 0..3).prop_map(|map| {
            let map: BTreeMap<LabelName, LabelValue> =
                map.into_iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect();
            map.try_into().unwrap()
        })
    }

    proptest! {
        #[test]
        fn parsing_a_selector_never_panics(text in any::<String>()) {
            let _ = text.parse::<Selector>();
        }

        #[test]
        fn parsing_an_almost_valid_selector_never_panics(text in "[a-b!=,() \"\\\\in]{0,24}") {
            if let Ok(selector) = text.parse::<Selector>() {
                prop_assert_eq!(selector.to_string().parse::<Selector>(), Ok(selector));
            }
        }

        #[test]
        fn a_selector_is_parsed_from_its_text(selector in selector()) {
            prop_assert_eq!(selector.to_string().parse::<Selector>(), Ok(selector));
        }

        #[test]
        fn combined_selectors_match_what_both_match(a in selector(), b in selector(), labels in some_labels()) {
            prop_assert_eq!(a.and(&b).matches(&labels), a.matches(&labels) && b.matches(&labels));
        }

        #[test]
        fn a_selector_that_implies_another_matches_no_more(a in selector(), b in selector(), labels in some_labels()) {
            prop_assert!(a.implies(&a));
            prop_assert!(a.and(&b).implies(&b));
            if a.implies(&b) && a.matches(&labels) {
                prop_assert!(b.matches(&labels));
            }
        }
    }
}
